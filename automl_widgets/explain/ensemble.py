"""SHAP values of a vote: those of its members, by weight, on one scale. Not here: what a member is.

A vote is a weighted mean of probabilities, or of values. Members that can be read are explained exactly and turned into
probabilities; what all the others say together is explained by permutation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from automl_widgets.explain.clock import Deadline
from automl_widgets.explain.exact import exact_explainer
from automl_widgets.explain.permutation import Permutation, Predict, predictor
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table


class Explainer(Protocol):
    """Explains rows of one model; values and `expected` add up to its output."""

    @property
    def is_slow(self) -> bool:
        """Whether every row takes long, so that the clock is looked at after each."""

    @property
    def expected(self) -> Floats:
        """(n_classes or 1,): the output for nothing known."""

    @property
    def unit(self) -> str:
        """Of the output."""

    @property
    def method(self) -> str:
        """For people."""

    @property
    def n_background(self) -> int:
        """Rows that stand for nothing known."""

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""


class Vote:
    """Adds up members' explanations by weight.

    Parameters
    ----------
    members : sequence of (weight, explainer)
        Weights add up to one.
    """

    def __init__(self, members: Sequence[tuple[float, Explainer]]) -> None:
        self._members = members
        self.is_slow = any(member.is_slow for _, member in members)
        self.expected: Floats = np.sum([weight * member.expected for weight, member in members], axis=0)
        self.unit = members[0][1].unit
        self.n_background = max(member.n_background for _, member in members)
        kinds = dict.fromkeys(member.method for _, member in members)
        self.method = "members added by weight: " + ", ".join(kinds)

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""
        return np.asarray(np.sum([weight * member.values(X) for weight, member in self._members], axis=0))


def vote_explainer(
    ensemble: Any, background: Table, is_classifier: bool, deadline: Deadline, rng: np.random.Generator
) -> Explainer | None:
    """Return the explainer of a voting ensemble; None if it is none, or nothing in it can be read.

    Parameters
    ----------
    ensemble : estimator
        With `estimators`, pairs of name and fitted pipeline, and their `weights`.
    background : table
        Rows that stand for nothing known.
    is_classifier : bool
        Whether it predicts classes.
    deadline : Deadline
        When to stop.
    rng : numpy.random.Generator
        For what has to be sampled.
    """
    named = getattr(ensemble, "estimators", None)
    weights = np.asarray(getattr(ensemble, "weights", None), dtype=np.float64)
    if not named or weights.shape != (len(named),) or not _share_classes(ensemble, [m for _, m in named]):
        return None
    weights = weights / weights.sum()
    read, unread = _divided([m for _, m in named], weights, background, is_classifier)
    if not read:
        return None
    if unread:
        rest = sum(weight for weight, _ in unread)
        unit = read[0][1].unit
        read.append(
            (rest, Permutation(_mean(unread, rest, is_classifier), background, unit=unit, deadline=deadline, rng=rng))
        )
    return Vote(read)


def _share_classes(ensemble: Any, members: Sequence[Any]) -> bool:
    classes = getattr(ensemble, "classes_", None)
    return classes is None or all(np.array_equal(classes, getattr(member, "classes_", classes)) for member in members)


def _divided(
    members: Sequence[Any], weights: Floats, background: Table, is_classifier: bool
) -> tuple[list[tuple[float, Explainer]], list[tuple[float, Any]]]:
    """Return explainers of the members that can be read, and the members that cannot, each with its weight."""
    read: list[tuple[float, Explainer]] = []
    unread = []
    for member, weight in zip(members, weights.tolist(), strict=True):
        exact = exact_explainer(member, background, is_classifier)
        found = None if exact is None else exact.as_probability()
        if weight == 0:
            continue
        if found is None:
            unread.append((weight, member))
        else:
            read.append((weight, found))
    return read, unread


def _mean(members: Sequence[tuple[float, Any]], weight: float, is_classifier: bool) -> Predict:
    parts = [(share / weight, predictor(member, is_classifier)) for share, member in members]
    return lambda X: np.asarray(np.sum([share * predict(X) for share, predict in parts], axis=0))
