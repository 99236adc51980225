"""Small data and fitted pipelines for the tests of this folder. No test."""

from __future__ import annotations

from typing import Any

from sklearn.datasets import make_classification, make_regression
from sklearn.pipeline import Pipeline

from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble

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


def vote(members: list[Any], weights: list[float] | None) -> Pipeline:
    named = [(str(k), member) for k, member in enumerate(members)]
    classes = getattr(members[0], "classes_", None)
    return Pipeline([("VotingEnsemble", PreFittedSoftVoting(named, weights, classes))])


def stack(X: Any, y: Any, members: list[Any], meta_learner: Any) -> Pipeline:
    named = [(str(k), member) for k, member in enumerate(members)]
    model = StackEnsemble(named, meta_learner, getattr(members[0], "classes_", None))
    return Pipeline([("StackEnsemble", model.fit(X, y))])
