"""What an explanation is, and the figures people read from it. Pure numpy; not here: how SHAP values are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from automl_widgets.records import Json, Task

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapResult:
    """SHAP values of some rows: what each column added to the model's output there.

    ``expected + values.sum(axis=-1)`` is the model's output, in `unit`.
    """

    values: Floats
    """(n_classes, n_rows, n_features) for classification, also of two classes; (n_rows, n_features) for regression."""
    expected: Floats
    """(n_classes,) for classification, () for regression: the output for nothing known."""
    rows: NDArray[np.int64]
    """(n_rows,): positions, in the rows that were given, of those explained."""
    method: str
    """`tree contributions`; if it is not finished: `permutation, 37 of 100 rows, time limit`."""
    unit: str
    """`log-odds`, `probability`, `decision value` or `target`."""
    n_rows: int
    n_background: int
    """Rows that stand for nothing known; 0 where trees use the training rows that they have counted."""
    seconds: float


def summarise(result: ShapResult, feature_names: Sequence[str], classes: Sequence[Json] = ()) -> dict[str, Any]:
    """Return the fields of `Explanation` that an explanation fills, all but `iteration` and `state`.

    Parameters
    ----------
    result : ShapResult
        The SHAP values.
    feature_names : sequence of str
        Names of the columns, in their order.
    classes : sequence
        Labels of the classes, in their order; empty for regression.
    """
    importance = importance_of(result.values)
    is_classification = result.values.ndim == 3
    return {
        "features": tuple(feature_names),
        "overall": tuple(_overall(result.values).tolist()),
        "classes": tuple(str(label) for label in classes) if is_classification else (),
        "per_class": tuple(tuple(row) for row in importance.tolist()) if is_classification else (),
        "method": result.method,
        "unit": result.unit,
        "n_rows": result.n_rows,
        "n_background": result.n_background,
        "seconds": result.seconds,
    }


def six_parts(
    values: Floats, expected: Floats | float, features: Sequence[str], classes: Sequence[Json], task: Task
) -> tuple[Any, Any, list[float], list[str], list[list[float]] | None, list[list[str]] | None]:
    """Return an explanation in six parts, as notebooks of the first AutoML services unpack it.

    Parameters
    ----------
    values : ndarray of shape (n_classes, n_rows, n_features) or (n_rows, n_features)
        SHAP values.
    expected : ndarray of shape (n_classes,) or float
        The output for nothing known.
    features : sequence of str
        Names of the columns.
    classes : sequence
        Labels; empty for regression.
    task : {"classification", "regression"}
        What the model does.

    Returns
    -------
    shap_values : list of ndarray of shape (n_rows, n_features), or one such ndarray for regression
    expected_values : list of float, or float for regression
    overall_summary : list of float
        Mean absolute SHAP values, over rows and classes, largest first.
    overall_imp : list of str
        The features in that order.
    per_class_summary, per_class_imp : list of lists, one a class, or None for regression

    Examples
    --------
    >>> six_parts(np.array([[0.1, -0.3], [0.1, 0.5]]), 2.0, ["a", "b"], [], "regression")[2:]
    ([0.4, 0.1], ['b', 'a'], None, None)
    """
    values = np.asarray(values, dtype=float)
    overall, names = _sorted(_overall(values), features)
    if task == "regression":
        return values, float(np.asarray(expected)), overall, names, None, None
    per_class = [_sorted(row, features) for row in importance_of(values)]
    shap_values = [values[k] for k in range(len(values))]
    expected_values = [float(value) for value in np.asarray(expected)]
    return shap_values, expected_values, overall, names, [p[0] for p in per_class], [p[1] for p in per_class]


def importance_of(values: Floats) -> Floats:
    """Return the mean absolute SHAP value over the rows, for each feature, and class if there are classes."""
    if values.shape[-2] == 0:
        return np.zeros(values.shape[:-2] + values.shape[-1:])
    return np.asarray(np.abs(values).mean(axis=-2))


def _overall(values: Floats) -> Floats:
    importance = importance_of(values)
    return importance if importance.ndim == 1 else np.asarray(importance.mean(axis=0))


def _sorted(importance: Floats, features: Sequence[str]) -> tuple[list[float], list[str]]:
    order = np.argsort(-importance, kind="stable")
    return importance[order].tolist(), [str(features[j]) for j in order]
