"""SHAP values of a vote and of a stack: those of their members, put together as the ensemble puts them together.

A vote is a weighted mean. A stack's second model, if it is linear, is a weighted sum too: of values or probabilities,
of two classes the second's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_widgets.explain.clock import Deadline
from automl_widgets.explain.contributions import Link, by_class, linked
from automl_widgets.explain.exact import TOLERANCE
from automl_widgets.explain.linear import linear_output, linear_weights
from automl_widgets.explain.members import Explainer, Members, share_classes
from automl_widgets.explain.permutation import predictor
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table, take

N_CHECKED = 2


def ensemble_explainer(
    ensemble: Any, background: Table, is_classifier: bool, deadline: Deadline, rng: np.random.Generator
) -> Explainer | None:
    """Return the explainer of an ensemble by its members; None if it is none, or nothing in it can be read.

    Parameters
    ----------
    ensemble : estimator
        A vote has `estimators`, pairs of name and fitted pipeline, and their `weights`; a stack has `base_learners` and
        a `meta_learner`.
    background : table
        Rows that stand for nothing known.
    is_classifier : bool
        Whether it predicts classes.
    deadline : Deadline
        When to stop.
    rng : numpy.random.Generator
        For what has to be sampled.
    """
    is_stack = hasattr(ensemble, "meta_learner")
    models = [model for _, model in (ensemble.base_learners if is_stack else ensemble.estimators)]
    weights = linear_weights(ensemble.meta_learner) if is_stack else _shares(ensemble.weights, len(models))
    if weights is None or not share_classes(ensemble, models):
        return None
    used = np.flatnonzero(weights) if not is_stack else np.arange(len(models))
    members = Members([models[k] for k in used], background, is_classifier, deadline, rng)
    if not members.is_any_read:
        return None
    if not is_stack:
        return Vote(members, weights[used])
    if weights.shape[1] != sum(len(_features(outputs)) for outputs in members.expected):
        return None
    stack = Stack(members, weights, ensemble.meta_learner, is_classifier)
    return stack if stack.agrees_with(ensemble, take(background, slice(0, N_CHECKED))) else None


def _shares(weights: Any, n: int) -> Floats:
    """Return weights that add up to one, all alike if none are given."""
    found = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    return np.asarray(found / found.sum())


class Vote:
    """Explains a weighted mean of members.

    Parameters
    ----------
    members : Members
        Explained.
    weights : ndarray of shape (n_members,)
        They add up to one.
    """

    def __init__(self, members: Members, weights: Floats) -> None:
        self._members, self._weights = members, weights
        self.is_slow, self.unit, self.n_background = members.is_slow, members.unit, members.n_background
        self.expected: Floats = weights @ members.expected
        self.method = f"members added by weight: {members.methods}"

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""
        return np.asarray(sum(self._weights[k] * values for k, values in self._members.each(X)))


class Stack:
    """Explains a linear second model over members.

    Parameters
    ----------
    members : Members
        Explained.
    weights : ndarray of shape (n_outputs, n_features)
        Of the second model.
    meta_learner : estimator
        The second model, fitted.
    is_classifier : bool
        Whether it predicts classes.
    """

    def __init__(self, members: Members, weights: Floats, meta_learner: Any, is_classifier: bool) -> None:
        self._members, self._is_classifier = members, is_classifier
        self._weights = np.split(weights, len(members.expected), axis=1)
        self._link: Link = "identity"
        if is_classifier:
            self._link = "logistic" if len(weights) == 1 else "softmax"
        start = np.concatenate([_features(p) for p in members.expected])
        self.expected: Floats = by_class(linear_output(meta_learner, is_classifier, start[None]), self._link)
        self.is_slow, self.n_background = members.is_slow, members.n_background
        self.unit = "log-odds" if is_classifier else "target"
        self.method = f"members added through the second model: {members.methods}"

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""
        parts = (np.tensordot(self._weights[k], _features(values), axes=1) for k, values in self._members.each(X))
        return by_class(np.asarray(sum(parts)), self._link)

    def agrees_with(self, ensemble: Any, X: Table) -> bool:
        """Return whether values add up to what the ensemble predicts: it may be made otherwise than believed."""
        raw = (self.expected[:, None] + self.values(X).sum(axis=2))[-1 if self._link == "logistic" else 0 :]
        ours, theirs = linked(raw, self._link).T, predictor(ensemble, self._is_classifier)(X)
        size = max(1.0, float(np.abs(theirs).max()))
        return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=0, atol=TOLERANCE * size))


def _features(outputs: Floats) -> Floats:
    """Return what the second model gets of a member's outputs, (n_outputs, ...), or of contributions to them."""
    return outputs[1:] if len(outputs) == 2 else outputs
