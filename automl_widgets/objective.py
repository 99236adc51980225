"""What a run is after: one of the metrics, or a score of the user's own. Not here: the metrics (``metrics``)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.errors import TrialError
from automl_widgets.metrics import METRICS, Metric, metric
from automl_widgets.own import OwnMetric, unpacked
from automl_widgets.records import Settings, Task, TrialSpec


def objective(of: Settings | TrialSpec) -> Metric:
    """Return what is optimised.

    Examples
    --------
    >>> objective(Settings(task="regression", primary_metric="r2_score")).goal
    'max'
    """
    return metric_of(of.primary_metric, of)


def metric_of(name: str, of: Settings | TrialSpec) -> Metric:
    """Return the metric of that name, which may be the user's own.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    own = of.own.metric
    return as_metric(own, of.task) if own is not None and own.name == name else metric(name)


def as_metric(own: OwnMetric, task: Task) -> Metric:
    """Return a score of the user's as a metric."""
    return Metric(name=own.name, task=task, goal=own.goal, bounds=None, uses_weights=own.uses_weights)


def metric_table(settings: Settings, n_classes: int) -> str:
    """Return, as JSON, name, goal and bounds of every scalar metric of a run: what a view must know of them."""
    task, own = settings.task, settings.own.metric
    known = [m for m in METRICS.values() if m.task == task and (n_classes == 2 or not m.name.endswith("_binary"))]
    known += [as_metric(own, task)] if own else []
    return json.dumps([{"name": m.name, "goal": m.goal, "bounds": m.bounds} for m in known])


def score_own(
    own: OwnMetric,
    y_true: npt.NDArray[Any],
    prediction: npt.NDArray[np.float64],
    *,
    labels: npt.NDArray[Any] | None = None,
    weights: npt.NDArray[np.float64] | None = None,
) -> float:
    """Return the user's own score of a prediction.

    Parameters
    ----------
    own : OwnMetric
    y_true : array of shape (n_rows,)
        Codes of the classes, or values.
    prediction : array of shape (n_rows, n_classes) or (n_rows,)
        Probabilities, or values.
    labels : array of shape (n_classes,), optional
        The classes: the user's function sees these, never codes.
    weights : array of shape (n_rows,), optional

    Raises
    ------
    TrialError
        If the function raises, or returns no number.
    """
    what = f"your metric {own.name!r}"
    function = unpacked(own.packed, what)
    given: Any = prediction
    if labels is not None:
        y_true = labels[y_true]
        given = _of_classes(own, prediction, labels)
    options = {"sample_weight": weights} if own.uses_weights and weights is not None else {}
    try:
        return float(function(y_true, given, **options))
    except Exception as error:
        raise TrialError(f"{what} failed: {type(error).__name__}: {error}") from error


def _of_classes(own: OwnMetric, proba: npt.NDArray[np.float64], labels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return what scikit-learn gives to a score: labels, or probabilities; of two classes those of one."""
    if not own.of_probabilities:
        return np.asarray(labels[proba.argmax(axis=1)])
    if len(labels) != 2:
        return proba
    known = labels.tolist()
    return proba[:, known.index(own.positive_label) if own.positive_label in known else 1]
