"""Exact SHAP values of a pipeline, where its learner is a sum that can be read: of trees, or of weighted columns.

Nothing is believed: what is read is compared with what the learner predicts, and dropped where it does not add up (a
target that was transformed, an objective with another link, a calibrated score).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from automl_widgets.explain.columns import Front
from automl_widgets.explain.contributions import Contributions, by_class, in_probability, linked
from automl_widgets.explain.linear import linear_contributions
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table, take
from automl_widgets.explain.trees import LIBRARIES, tree_contributions

TOLERANCE = 1e-4
"""Of probabilities, and of a target's own size: XGBoost and LightGBM reckon with 7 digits."""
N_CHECKED = 16


class Exact:
    """Explains rows of a pipeline by its learner's contributions.

    Parameters
    ----------
    front : Front
        The steps before the learner.
    contributions : Contributions
        Of the learner.
    """

    is_slow = False

    def __init__(self, front: Front, contributions: Contributions) -> None:
        self._front, self._of, self._link = front, contributions.of, contributions.link
        self._raw_expected = contributions.expected
        self.expected: Floats = by_class(contributions.expected, contributions.link)
        self.unit, self.method = contributions.unit, contributions.method
        self.n_background = contributions.n_background

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""
        return by_class(self._raw(X), self._link)

    def _raw(self, X: Table) -> Floats:
        return self._front.fold(self._of(self._front.transform(X)))

    def as_probability(self) -> ExactProbability | None:
        """Return the explainer of the probabilities, or of the value, if the link to them is known."""
        return None if self._link == "none" else ExactProbability(self)


class ExactProbability:
    """Explains probabilities by the contributions to log-odds.

    Parameters
    ----------
    exact : Exact
        Explains the log-odds, or what needs no link.
    """

    is_slow = False

    def __init__(self, exact: Exact) -> None:
        self._exact = exact
        nothing = np.zeros((len(exact._raw_expected), 0, 1))
        self.expected = in_probability(nothing, exact._raw_expected, exact._link)[1]
        self.unit = "target" if exact.unit == "target" else "probability"
        self.method, self.n_background = exact.method, exact.n_background

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""
        return in_probability(self._exact._raw(X), self._exact._raw_expected, self._exact._link)[0]


def exact_explainer(pipeline: Any, background: Table, is_classifier: bool) -> Exact | None:
    """Return the exact explainer of a fitted pipeline; None if there is none.

    Parameters
    ----------
    pipeline : Pipeline or estimator
        Fitted.
    background : table
        Rows that stand for nothing known, where trees do not have their own.
    is_classifier : bool
        Whether it predicts classes.
    """
    steps = [step for _, step in pipeline.steps] if hasattr(pipeline, "steps") else [pipeline]
    front = Front(steps[:-1], int(background.shape[1]))
    if not front.is_traceable:
        return None
    Z = front.transform(background)
    found = contributions_of(steps[-1], is_classifier, Z, front.projection)
    return None if found is None else Exact(front, found)


def contributions_of(learner: Any, is_classifier: bool, Z: Table, projection: Any = None) -> Contributions | None:
    """Return contributions that were found to add up to what the learner predicts; None if there are none.

    Parameters
    ----------
    learner : estimator
        Fitted; what this package puts around a library's learner is looked through.
    is_classifier : bool
        Whether it predicts classes.
    Z : table
        Rows as the learner gets them, or as `projection` does.
    projection : PCA or TruncatedSVD, optional
        Fitted, if it stands between these rows and the learner.
    """
    inner = _inner(learner)
    found = linear_contributions(inner, is_classifier, Z, projection)
    if found is None and projection is None:
        found = tree_contributions(inner, is_classifier, take(Z, slice(0, 1)))
    if found is None:
        return None
    sample = take(Z, slice(0, N_CHECKED))
    as_learnt = sample if projection is None else projection.transform(sample)
    if found.unit == "target":
        return found if _equal(_raw(found, sample)[0], learner.predict(as_learnt)) else None
    calibrated = _calibrated(found, learner)
    if _equal(linked(_raw(calibrated, sample), calibrated.link), np.transpose(learner.predict_proba(as_learnt))):
        return calibrated
    is_decision = found.unit == "log-odds" and hasattr(inner, "decision_function")
    if is_decision and _equal(_raw(found, sample), _columns(inner.decision_function(as_learnt))):
        return replace(found, link="none", unit="decision value")
    return None


def _inner(learner: Any) -> Any:
    """Return the library's learner; a forest's own `estimator_` is something else."""
    is_wrapper = type(learner).__module__.split(".")[0] not in LIBRARIES
    return getattr(learner, "estimator_", learner) if is_wrapper else learner


def _raw(found: Contributions, sample: Table) -> Floats:
    return np.asarray(found.expected[:, None] + found.of(sample).sum(axis=2))


def _columns(decisions: Any) -> Floats:
    """Return (n_outputs, n_rows), also of one output."""
    return np.atleast_2d(np.asarray(decisions, dtype=np.float64).T)


def _calibrated(found: Contributions, learner: Any) -> Contributions:
    """Return contributions to the log-odds that a sigmoid makes of the margins of two classes."""
    slope, offset = getattr(learner, "slope_", None), getattr(learner, "offset_", None)
    if slope is None or offset is None or found.link != "logistic":
        return found
    return replace(found, of=lambda Z: slope * found.of(Z), expected=slope * found.expected + offset)


def _equal(ours: Any, theirs: Any) -> bool:
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    size = max(1.0, float(np.abs(theirs).max(initial=0.0)))
    return ours.shape == theirs.shape and bool(np.allclose(ours, theirs, rtol=0.0, atol=TOLERANCE * size))
