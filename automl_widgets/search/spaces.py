"""What the tuner searches and where a learner starts, as far as classifiers and regressors share it.

Defaults lie within their space, or are a word such as ``"scale"`` where a number is searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from automl_widgets.records import Json


@dataclass(frozen=True, slots=True)
class Float:
    """Any number between two ends, both included."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True, slots=True)
class Int:
    """Any whole number between two ends, both included."""

    low: int
    high: int
    log: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[str | float | int | bool | None, ...]


Dimension: TypeAlias = Float | Int | Choice
Space: TypeAlias = Mapping[str, Dimension]
Parameters: TypeAlias = Mapping[str, Json]

RATE_USUAL = 0.06
"""A learning rate below this is a slow one."""
LEISURE = 30.0
"""Learning rate times rounds with which boosting has said all that it has to say."""

BALANCE = Choice((None, "balanced"))

FOREST_SPACE: Space = {
    "n_estimators": Int(50, 250, log=True),
    "min_samples_leaf": Int(1, 20, log=True),
    "max_features": Choice(("sqrt", 0.35, 0.5, 0.75, 1.0)),
}
BOOSTING_SPACE: Space = {
    "n_estimators": Int(40, 300, log=True),
    "learning_rate": Float(0.02, 0.3, log=True),
    "reg_alpha": Float(1e-8, 5.0, log=True),
    "reg_lambda": Float(1e-8, 20.0, log=True),
    "subsample": Float(0.5, 1.0),
    "colsample_bytree": Float(0.3, 1.0),
}
LIGHTGBM_SPACE: Space = {
    **BOOSTING_SPACE,
    "num_leaves": Int(4, 128, log=True),
    "min_child_samples": Int(2, 80, log=True),
    "extra_trees": Choice((False, True)),
}
LIGHTGBM: Parameters = {
    "n_estimators": 150,
    "learning_rate": 0.07,
    "num_leaves": 31,
    "min_child_samples": 20,
    "extra_trees": False,
    "reg_alpha": 0.0,
    "reg_lambda": 0.0,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
}
LIGHTGBM_FIXED: Parameters = {
    # Which way histograms are built is timed by default, and the sums depend on it: the same seed gave other trees.
    "deterministic": True,
    "force_col_wise": True,
    "subsample_freq": 1,
    "verbosity": -1,
}
XGBOOST_SPACE: Space = {
    **BOOSTING_SPACE,
    "max_depth": Int(2, 10),
    "min_child_weight": Float(0.1, 20.0, log=True),
}
XGBOOST: Parameters = {
    "n_estimators": 150,
    "learning_rate": 0.06,
    "max_depth": 6,
    "min_child_weight": 1.0,
    "reg_alpha": 0.0,
    "reg_lambda": 1.0,
    "subsample": 0.7,
    "colsample_bytree": 0.7,
}
XGBOOST_FIXED: Parameters = {"tree_method": "hist", "verbosity": 0}
CATBOOST_SPACE: Space = {
    "iterations": Int(50, 400, log=True),
    "learning_rate": Float(0.02, 0.3, log=True),
    "depth": Int(3, 7),
    "l2_leaf_reg": Float(0.5, 20.0, log=True),
    "random_strength": Float(0.1, 5.0, log=True),
    "subsample": Float(0.5, 1.0),
}
CATBOOST: Parameters = {
    "iterations": 250,
    "learning_rate": 0.07,
    "depth": 6,
    "l2_leaf_reg": 3.0,
    "random_strength": 1.0,
    "subsample": 0.8,
}
CATBOOST_FIXED: Parameters = {
    "bootstrap_type": "Bernoulli",
    "boosting_type": "Plain",
    "verbose": False,
    "allow_writing_files": False,
}
GRADIENT_BOOSTING_SPACE: Space = {
    "n_estimators": Int(40, 200, log=True),
    "learning_rate": Float(0.02, 0.3, log=True),
    "max_depth": Int(2, 5),
    "min_samples_leaf": Int(1, 40, log=True),
    "subsample": Float(0.5, 1.0),
    "max_features": Choice(("sqrt", 0.2, 0.5)),
}
GRADIENT_BOOSTING: Parameters = {
    "n_estimators": 120,
    "learning_rate": 0.1,
    "max_depth": 4,
    "min_samples_leaf": 5,
    "subsample": 0.8,
    "max_features": "sqrt",
}
TREE_SPACE: Space = {
    "min_samples_leaf": Int(1, 60, log=True),
    "max_features": Float(0.3, 1.0),
    "ccp_alpha": Float(1e-7, 0.05, log=True),
}
TREE: Parameters = {"min_samples_leaf": 5, "max_features": 1.0, "ccp_alpha": 1e-5}
KNN_SPACE: Space = {
    "n_neighbors": Int(1, 60, log=True),
    "weights": Choice(("uniform", "distance")),
    "p": Choice((1, 2)),
}
KNN: Parameters = {"n_neighbors": 10, "weights": "distance", "p": 2}
SGD_SPACE: Space = {
    "alpha": Float(1e-6, 0.1, log=True),
    "penalty": Choice(("l2", "l1", "elasticnet")),
}


def unhurried_rate(rounds: float) -> float:
    """Return the least learning rate with which so many rounds are enough to say all; never more than is usual.

    A slower one, which makes a better model given the rounds that it needs, makes a worse one here.

    Examples
    --------
    >>> unhurried_rate(150), unhurried_rate(1000)
    (0.06, 0.03)
    """
    return min(LEISURE / rounds, RATE_USUAL)


def slowness(rate: float) -> float:
    """Return how many times the usual rounds boosting needs at a learning rate, 1 for one that is not slow.

    Examples
    --------
    >>> slowness(0.02), slowness(0.1)
    (3.0, 1.0)
    """
    return max(RATE_USUAL / rate, 1.0) if rate else 1.0
