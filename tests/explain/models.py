"""Small data and fitted pipelines for the tests of this folder. No test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.datasets import make_classification, make_regression
from sklearn.pipeline import Pipeline

N_ROWS, N_COLUMNS = 160, 6
NAMES = [f"f{j}" for j in range(N_COLUMNS)]


def classification(n_classes: int = 3) -> tuple[Any, Any]:
    return make_classification(
        N_ROWS, N_COLUMNS, n_informative=4, n_classes=n_classes, n_clusters_per_class=1, random_state=0
    )


def regression() -> tuple[Any, Any]:
    return make_regression(N_ROWS, N_COLUMNS, noise=5.0, random_state=0)


def fitted(X: Any, y: Any, *steps: Any) -> Pipeline:
    return Pipeline([(type(step).__name__, step) for step in steps]).fit(X, y)


class Voting(BaseEstimator):
    """The attributes that a vote shows, and a vote's predictions."""

    def __init__(self, estimators: list[tuple[str, Any]], weights: list[float]) -> None:
        self.estimators = estimators
        self.weights = weights

    def fit(self, X: Any, y: Any) -> Voting:
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def _mean(self, predict: Callable[[Any], Any]) -> Any:
        total = sum(self.weights)
        return np.sum([w / total * predict(m) for w, (_, m) in zip(self.weights, self.estimators, strict=True)], axis=0)

    def predict_proba(self, X: Any) -> Any:
        return self._mean(lambda member: member.predict_proba(X))

    def predict(self, X: Any) -> Any:
        return self._mean(lambda member: member.predict(X))


def vote(members: list[Any], weights: list[float]) -> Pipeline:
    named = [(str(k), member) for k, member in enumerate(members)]
    return Pipeline([("VotingEnsemble", Voting(named, weights))])
