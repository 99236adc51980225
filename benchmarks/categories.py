"""Whether boosting does better with a library's own categories than with the featurizer's columns, and how fast."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.figures import line

MOST_ROWS = 30_000
ROUNDS, PATIENCE = 1000, 60
LEARNING_RATE = 0.07
FOLDS = (0, 1)


def main() -> None:
    """Loss and seconds with categories over those with the featurizer's columns, on public data sets that have some."""
    from benchmarks.quality.datasets import FOLDER_VARIABLE, available

    ratios: dict[str, list[tuple[float, float]]] = {name: [] for name in LEARNERS}
    for dataset in available():
        table = _table(dataset) if dataset.rows <= MOST_ROWS else None
        for name, learner in LEARNERS.items() if table else ():
            found = [_ratios(*table, fold, dataset.task, learner) for fold in FOLDS]
            ratios[name] += found
            told = ", ".join(f"{loss:.3f} in {seconds:.1f} times the time" for loss, seconds in found)
            line(f"{dataset.name}, {name}", told)
    if not any(ratios.values()):
        line("no data sets with categories", f"set {FOLDER_VARIABLE} to a folder of data sets with a manifest")
        return
    for name, found in ratios.items():
        losses, seconds = zip(*found, strict=True)
        mean = math.exp(statistics.fmean(map(math.log, losses)))
        line(f"{name}, all", f"loss {mean:.3f} (geometric mean), median time {statistics.median(seconds):.1f}")


def _table(dataset: Any) -> tuple[Any, Any] | None:
    import pandas as pd

    from automl_widgets.data.columns import tidy_column
    from automl_widgets.data.purposes import column_purposes
    from benchmarks.quality.datasets import target

    X = pd.read_csv(dataset.path).drop(columns=dataset.target).apply(tidy_column)
    has_any = any(purpose.startswith("categorical") for purpose in column_purposes(X))
    return (X, target(dataset)) if has_any else None


def _ratios(X: Any, y: Any, fold: int, task: str, learner: Callable[..., Any]) -> tuple[float, float]:
    """Return the loss and the seconds with categories, each over that without."""
    from automl_widgets.data.featurize import Featurizer
    from automl_widgets.data.purposes import column_purposes
    from benchmarks.quality.datasets import split

    rows = split(y, task, fold)
    train, test, held = np.array(rows.train), np.array(rows.test), np.random.default_rng(fold).random(len(rows.train))
    parts = train[held >= 0.2], train[held < 0.2], test
    purposes = column_purposes(X)
    names = [n for n, purpose in zip(X.columns, purposes, strict=True) if purpose.startswith("categorical")]
    results = []
    for is_native in (True, False):
        started = time.process_time()
        if is_native:
            tables = _native(X, names, parts)
        else:
            featurizer = Featurizer(purposes)
            first = featurizer.fit_transform(X.iloc[parts[0]], y[parts[0]])
            tables = [first, *(featurizer.transform(X.iloc[part]) for part in parts[1:])]
        model = learner(task, tables[:2], [y[part] for part in parts[:2]], names if is_native else [])
        results.append((_loss(task, model, tables[2], y[test]), time.process_time() - started))
    (loss, seconds), (usual, usual_s) = results
    return loss / usual, seconds / usual_s


def _native(X: Any, names: list[str], parts: tuple[Any, ...]) -> list[Any]:
    frame = X.select_dtypes(["number", "bool"]).astype(float)
    for name in names:
        texts = X[name].astype(object).where(X[name].notna(), "nan").astype(str)
        frame[name] = texts.where(texts.isin(texts.iloc[parts[0]].unique()), "nan").astype("category")
    return [frame.iloc[part] for part in parts]


def _loss(task: str, model: Any, X: Any, y: Any) -> float:
    from sklearn.metrics import log_loss

    if task == "regression":
        return float(np.sqrt(np.mean((model.predict(X) - y) ** 2)))
    return float(log_loss(y, model.predict_proba(X), labels=model.classes_))


def _lightgbm(task: str, tables: list[Any], targets: list[Any], names: list[str]) -> Any:
    from lightgbm import LGBMClassifier, LGBMRegressor, early_stopping

    kind = LGBMRegressor if task == "regression" else LGBMClassifier
    model = kind(n_estimators=ROUNDS, learning_rate=LEARNING_RATE, colsample_bytree=0.7, n_jobs=1, verbosity=-1)
    stop = early_stopping(PATIENCE, verbose=False)
    held = {"eval_X": tables[1], "eval_y": targets[1]}
    return model.fit(tables[0], targets[0], categorical_feature=names or "auto", callbacks=[stop], **held)


def _catboost(task: str, tables: list[Any], targets: list[Any], names: list[str]) -> Any:
    from catboost import CatBoostClassifier, CatBoostRegressor

    kind = CatBoostRegressor if task == "regression" else CatBoostClassifier
    model = kind(
        iterations=ROUNDS, learning_rate=LEARNING_RATE, thread_count=1, early_stopping_rounds=PATIENCE, verbose=False,
        bootstrap_type="Bernoulli", boosting_type="Plain", subsample=0.8, allow_writing_files=False,
        cat_features=names or None,
    )  # fmt: skip
    return model.fit(tables[0], targets[0], eval_set=(tables[1], targets[1]))


LEARNERS: dict[str, Callable[..., Any]] = {"LightGBM": _lightgbm, "CatBoost": _catboost}
