"""A table and what is needed to run recipes on it, in this process."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from automl_widgets.data.folds import resolve
from automl_widgets.data.load import Inputs, load
from automl_widgets.engine import artifacts, trial
from automl_widgets.records import Member, Recipe, Settings, TrialResult, TrialSpec, decode, encode

LOGISTIC = Recipe(algorithm="LogisticRegression", preprocessor="StandardScalerWrapper")
FOREST = Recipe(algorithm="RandomForest", preprocessor="MaxAbsScaler", parameters={"n_estimators": 10})
NEIGHBOURS = Recipe(algorithm="KNN", preprocessor="StandardScalerWrapper")


def blobs(n=120, labels=("no", "perhaps", "yes")):
    rng = np.random.default_rng(0)
    codes = np.arange(n) % len(labels)
    X = rng.normal(size=(n, 4)) + codes[:, None] * [1.5, 0, 0, 0]
    return X, np.array(labels)[codes]


class Bench:
    def __init__(self, folder: Path, task="classification", metric="accuracy", featurization="auto", **inputs):
        settings = {k: inputs.pop(k) for k in ("n_folds", "validation_size", "positive_label") if k in inputs}
        self.settings = Settings(task=task, primary_metric=metric, featurization=featurization, **settings)
        self.table = load(self.settings, Inputs(**inputs))
        self.validation = resolve(self.settings, self.table.profile, Inputs(**inputs))
        self.folder, self.reports, self.members = folder, [], []

    def spec(self, recipe: Recipe, i=0, **options) -> TrialSpec:
        folder = self.folder / str(i)
        folder.mkdir(exist_ok=True)
        return TrialSpec(
            run_id="AutoML_1",
            iteration=i,
            attempt=0,
            recipe=recipe,
            task=self.settings.task,
            primary_metric=self.settings.primary_metric,
            validation=self.validation,
            featurization=self.settings.featurization,
            column_purposes=self.table.profile.column_purposes,
            random_state=42,
            threads=1,
            folder=str(folder),
            positive_label=self.settings.positive_label,
            **options,
        )

    def report(self, **fields):
        self.reports.append(fields)

    def run(self, recipe: Recipe, i=0, **options) -> TrialResult:
        spec = self.spec(recipe, i, **options)
        result = decode(TrialResult, trial.run_iteration(self.table.data, self.report, spec=encode(spec)))
        self.members.append(Member(iteration=i, folder=spec.folder, name=recipe.name, score=result.score))
        return result

    def combine(self, algorithm: str, i=9, **options) -> TrialResult:
        recipe = Recipe(algorithm=algorithm, origin="ensemble")
        spec = self.spec(recipe, i, members=tuple(self.members), **options)
        return decode(TrialResult, trial.run_ensemble(self.table.data, self.report, spec=encode(spec)))

    def model(self, i=0):
        return artifacts.load_model(str(self.folder / str(i)))

    def held(self, i=0):
        return artifacts.load_held(str(self.folder / str(i)))
