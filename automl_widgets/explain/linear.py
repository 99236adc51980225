"""Exact contributions of linear models: weight times distance from the background's mean. Not here: whose columns.

Naive Bayes of counts and of yes-or-no columns is linear too, in the logarithm of its probabilities.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from automl_widgets.explain.contributions import Contributions, Link
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table, dense


def linear_contributions(
    learner: Any, is_classifier: bool, background: Table, projection: Any = None
) -> Contributions | None:
    """Return the contributions of a fitted linear model; None if it is none.

    Parameters
    ----------
    learner : estimator
        Fitted.
    is_classifier : bool
        Whether it predicts classes.
    background : table of shape (n_rows, n_columns)
        What the contributions are measured from: rows as the learner gets them, or as `projection` does.
    projection : PCA or TruncatedSVD, optional
        Fitted, if it stands between these rows and the learner.
    """
    weights = linear_weights(learner)
    if weights is None or (projection is not None and hasattr(learner, "binarize")):
        return None
    if projection is not None:
        weights = weights @ _components(projection)
    center = _cells(learner, background).mean(axis=0)

    def of(Z: Table) -> Floats:
        return np.asarray(weights[:, None, :] * (_cells(learner, Z) - center)[None])

    sample = background[:1]
    output = linear_output(learner, is_classifier, sample if projection is None else projection.transform(sample))
    link: Link = "identity"
    if is_classifier:
        link = "logistic" if len(weights) == 1 else "softmax"
    return Contributions(
        of=of,
        expected=output - of(sample)[:, 0, :].sum(axis=1),
        link=link,
        unit="log-odds" if is_classifier else "target",
        method="linear contributions",
        n_background=int(background.shape[0]),
    )


def linear_weights(learner: Any) -> Floats | None:
    """Return a fitted learner's weights for its raw outputs, (n_outputs, n_columns); None if it has none."""
    if hasattr(learner, "feature_log_prob_") and hasattr(learner, "class_log_prior_"):
        log_p = np.asarray(learner.feature_log_prob_)
        weights = log_p - np.log1p(-np.exp(log_p)) if hasattr(learner, "binarize") else log_p
        return weights[1:] - weights[:1] if len(weights) == 2 else weights
    inner = getattr(learner, "regressor_", learner)
    if not isinstance(getattr(inner, "coef_", None), np.ndarray):
        return None
    return np.atleast_2d(np.asarray(inner.coef_, dtype=np.float64)) * _stretch(learner)


def _stretch(learner: Any) -> float:
    """Return by how much a target that was scaled for the learner is stretched back."""
    scaler = getattr(learner, "transformer_", None)
    if scaler is None:
        return 1.0
    low, high = scaler.inverse_transform(np.array([[0.0], [1.0]])).ravel()
    return float(high - low)


def _components(projection: Any) -> Floats:
    components = np.asarray(projection.components_, dtype=np.float64)
    if getattr(projection, "whiten", False):
        components = components / np.sqrt(projection.explained_variance_)[:, None]
    return components


def _cells(learner: Any, Z: Table) -> Floats:
    """Return what the weights apply to: the cells, or whether they exceed naive Bayes' threshold."""
    cells = dense(Z)
    threshold = getattr(learner, "binarize", None)
    return cells if threshold is None else np.asarray(cells > threshold, dtype=np.float64)


def linear_output(learner: Any, is_classifier: bool, Z: Table) -> Floats:
    """Return a fitted learner's raw outputs, (n_outputs,), for one row."""
    if not is_classifier:
        return np.asarray(learner.predict(Z), dtype=np.float64).reshape(-1)
    if hasattr(learner, "decision_function"):
        return np.asarray(learner.decision_function(Z), dtype=np.float64).reshape(-1)
    logs = np.asarray(learner.predict_joint_log_proba(Z), dtype=np.float64).reshape(-1)
    return logs[1:] - logs[:1] if len(logs) == 2 else logs
