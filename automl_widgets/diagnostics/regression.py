"""Diagnostics of predicted values: against the truth, residuals and their histogram. A residual is predicted − true.

Counts are of rows; means weigh rows if there are weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from automl_widgets.diagnostics.curves import Floats, significant

if TYPE_CHECKING:
    from automl_widgets.diagnostics.document import Evidence

N_CELLS = 32
"""Of the picture of predicted against true, along each side."""
MAX_POINTS = 400
"""Up to so many rows are shown one by one."""
N_BINS = 12
"""Of truth and of prediction, with about as many rows each."""
N_HISTOGRAM = 31
OUTER = 0.005
"""Share of rows at each end that may lie outside of a picture."""
N_WORST = 20


def regression(evidence: Evidence) -> dict[str, Any]:
    """Return predicted against true, residuals, their histogram, and the rows with the largest residual."""
    true = np.asarray(evidence.y, dtype=np.float64)
    predicted = evidence.prediction.reshape(-1)
    residual = predicted - true
    return {
        "predicted_true": _predicted_true(true, predicted, evidence.weights),
        "residuals": {
            **_histogram(residual),
            "mean": significant([np.average(residual, weights=evidence.weights)])[0],
            "std": significant([_spread(residual, evidence.weights)])[0],
            "by_prediction": _by(predicted, residual, evidence.weights),
        },
        "worst": _worst(evidence, true, predicted, residual),
    }


def _spread(values: Floats, weights: Floats | None) -> float:
    mean = np.average(values, weights=weights)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def _predicted_true(true: Floats, predicted: Floats, weights: Floats | None) -> dict[str, Any]:
    low, high = _span(np.concatenate([true, predicted]))
    edges = np.linspace(low, high, N_CELLS + 1)
    inside = (true >= low) & (true <= high) & (predicted >= low) & (predicted <= high)
    found: dict[str, Any] = {
        "edges": significant([low, high], 7),
        "n_outside": int((~inside).sum()),
        "by_truth": _by(true, predicted, weights),
    }
    if len(true) <= MAX_POINTS:
        return {**found, "points": [significant(true), significant(predicted)]}
    counts, _, _ = np.histogram2d(true[inside], predicted[inside], bins=(edges, edges))
    x, y = np.nonzero(counts)
    return {**found, "n_cells": N_CELLS, "cells": [x.tolist(), y.tolist(), counts[x, y].astype(np.int64).tolist()]}


def _span(values: Floats) -> tuple[float, float]:
    """Return a range with nearly all values; never empty."""
    low, high = (
        np.quantile(values, [OUTER, 1 - OUTER]) if len(values) > 2 * MAX_POINTS else (values.min(), values.max())
    )
    room = 0.02 * (high - low) or max(1.0, abs(float(high))) * 0.5
    return float(low - room), float(high + room)


def _histogram(residual: Floats) -> dict[str, Any]:
    """Return equal bins around 0; what is further out is counted beside."""
    size = np.abs(residual)
    reach = float(np.quantile(size, 1 - OUTER) if len(size) > 2 * MAX_POINTS else size.max()) * 1.0001
    reach = reach if reach > 0 else 1.0
    counts, edges = np.histogram(residual, bins=N_HISTOGRAM, range=(-reach, reach))
    return {
        "edges": significant(edges, 6),
        "counts": counts.tolist(),
        "n_below": int((residual < -reach).sum()),
        "n_above": int((residual > reach).sum()),
    }


def _by(x: Floats, value: Floats, weights: Floats | None) -> dict[str, Any]:
    """Return mean, spread and the middle 80 % of a value in bins of `x` with about as many rows each."""
    edges = np.unique(np.quantile(x, np.linspace(0, 1, N_BINS + 1)))
    place = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, max(0, len(edges) - 2))
    heap = np.ones(len(x)) if weights is None else weights
    n_bins = max(1, len(edges) - 1)
    weight = np.bincount(place, heap, n_bins)
    there = np.flatnonzero(weight > 0)
    mean = np.bincount(place, heap * value, n_bins)[there] / weight[there]
    center = np.bincount(place, heap * x, n_bins)[there] / weight[there]
    square = np.bincount(place, heap * value**2, n_bins)[there] / weight[there]
    low, high = _middle(place, value, there)
    return {
        "edges": significant(edges, 6),
        "x": significant(center),
        "mean": significant(mean),
        "std": significant(np.sqrt(np.maximum(square - mean**2, 0.0))),
        "low": significant(low),
        "high": significant(high),
        "counts": np.bincount(place, minlength=n_bins)[there].tolist(),
    }


def _middle(
    place: npt.NDArray[np.int64], value: Floats, there: npt.NDArray[np.int64]
) -> tuple[list[float], list[float]]:
    """Return the 10th and 90th percentile in each bin."""
    order = np.lexsort((value, place))
    ordered, starts = value[order], np.searchsorted(place[order], [there, there + 1])
    ends = [np.quantile(ordered[a:b], [0.1, 0.9]) if b > a else (np.nan, np.nan) for a, b in starts.T]
    return [float(low) for low, _ in ends], [float(high) for _, high in ends]


def _worst(evidence: Evidence, true: Floats, predicted: Floats, residual: Floats) -> list[dict[str, Any]]:
    size = np.abs(residual)
    n = min(N_WORST, len(size))
    worst = np.argpartition(-size, n - 1)[:n]
    worst = worst[np.lexsort((evidence.row[worst], -size[worst]))]
    keys = ("true", "predicted", "residual")
    return [
        {
            "row": int(evidence.row[k]),
            "fold": int(evidence.fold[k]),
            **dict(zip(keys, significant([true[k], predicted[k], residual[k]], 7), strict=True)),
        }
        for k in worst
    ]
