"""Small data that every recipe must cope with, and recipes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.datasets import make_classification, make_regression
from sklearn.pipeline import Pipeline

from automl_widgets.records import IterationRecord, Profile, Recipe, Settings, TrialResult, Validation
from automl_widgets.search.algorithms import ALGORITHMS, installed
from automl_widgets.search.build import build
from automl_widgets.search.portfolio import PORTFOLIO

ALL = [(task, name) for task, registry in ALGORITHMS.items() for name, a in registry.items() if installed(a)]
ROWS = [(task, *row) for task, rows in PORTFOLIO.items() for row in rows if (task, row[1]) in ALL]
FOLDS = Validation(kind="k_fold", n_folds=5)


@dataclass
class Case:
    """Training rows and rows to predict."""

    task: str
    X: Any
    y: Any
    X_new: Any
    weights: Any


def a_case(kind: str, n_rows: int = 90) -> Case:
    """Return a small problem: `binary` (strings), `multiclass` (whole numbers) or `regression`."""
    n_classes = {"binary": 2, "multiclass": 3}.get(kind)
    if n_classes is None:
        X, y = make_regression(n_rows + 20, 6, n_informative=4, noise=5.0, random_state=0)
    else:
        X, y = make_classification(n_rows + 20, 6, n_informative=4, n_classes=n_classes, random_state=0)
        y = np.array(["no", "yes"])[y] if n_classes == 2 else y * 10
    weights = np.random.default_rng(0).integers(1, 4, n_rows).astype(float)
    task = "regression" if n_classes is None else "classification"
    return Case(task, X[:n_rows], y[:n_rows], X[n_rows:], weights)


def a_recipe(task: str, name: str, **parameters: Any) -> Recipe:
    """Return an algorithm's recipe as it stands in the registry."""
    algorithm = ALGORITHMS[task][name]
    return Recipe(algorithm=name, preprocessor=algorithm.preprocessors[0], parameters=parameters)


def a_pipeline(recipe: Recipe, case: Case, random_state: int = 0, **options: Any) -> Pipeline:
    """Return a recipe's pipeline for a case, unfitted."""
    n_rows, n_features = case.X.shape
    options = {"n_rows": n_rows, "n_features": n_features, **options}
    return Pipeline(build(recipe, task=case.task, random_state=random_state, **options))


def predicted(model: Any, case: Case) -> Any:
    """Return probabilities or values for the rows to predict."""
    return model.predict_proba(case.X_new) if case.task == "classification" else model.predict(case.X_new)


def some_settings(task: str = "classification", **changes: Any) -> Settings:
    """Return settings with that task's usual metric."""
    metric = "AUC_weighted" if task == "classification" else "normalized_root_mean_squared_error"
    return Settings(**{"task": task, "primary_metric": metric, "iterations": 20, **changes})


def a_profile(task: str = "classification", **changes: Any) -> Profile:
    """Return the profile of 1,000 rows, 10 columns and three classes."""
    numbers = {"n_rows": 1000, "n_columns": 10, "feature_names": (), "column_purposes": ("numeric",) * 10}
    classes = ("a", "b", "c") if task == "classification" else ()
    return Profile(**{"task": task, "classes": classes, **numbers, **changes})


def a_record(iteration: int, recipe: Recipe, score: float | None = 0.5, state: str = "completed") -> IterationRecord:
    """Return an iteration that has ended, with a score or without."""
    result = None
    if score is not None:
        result = TrialResult(metrics={}, score=score, spread=None, fold_scores=(score,), parameters={})
    return IterationRecord(iteration=iteration, state=state, recipe=recipe, result=result)
