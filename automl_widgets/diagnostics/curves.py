"""Curves of one column of scores against yes or no: ROC, precision-recall, gain, calibration, thresholds. Pure numpy.

scikit-learn has each of them, and the tests hold every number against it. Here one sort serves all the curves of a
class, which matters with many classes: `diagnose` must not slow an iteration down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]

N_CALIBRATION_BINS = 10
GRID: Floats = np.unique(np.concatenate([np.linspace(0, 1, 51), np.linspace(0, 1, 51) ** 3]))
"""Where averages over classes are taken: closer together near 0, where good models differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """What is above each distinct score, from the highest to the lowest."""

    threshold: Floats
    hits: Floats
    """Weight of the positive rows whose score is at least the threshold."""
    false_alarms: Floats
    """The same of negative rows."""

    @property
    def positives(self) -> float:
        """Weight of all positive rows."""
        return float(self.hits[-1])

    @property
    def negatives(self) -> float:
        """Weight of all negative rows."""
        return float(self.false_alarms[-1])


def ranking(is_positive: npt.NDArray[np.bool_], scores: Floats, weights: Floats | None = None) -> Ranking:
    """Sort rows by score and count what is above each distinct one.

    Parameters
    ----------
    is_positive : array of shape (n_rows,)
    scores : array of shape (n_rows,)
        The higher, the more positive.
    weights : array of shape (n_rows,), optional

    Examples
    --------
    >>> found = ranking(np.array([True, False, True]), np.array([0.9, 0.2, 0.2]))
    >>> found.threshold.tolist(), found.hits.tolist(), found.false_alarms.tolist()
    ([0.9, 0.2], [1.0, 2.0], [0.0, 1.0])
    """
    order = np.argsort(scores)[::-1]
    ordered = scores[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    mine = is_positive[order].astype(np.float64)
    heap = np.ones(len(order)) if weights is None else weights[order]
    hits = np.cumsum(mine * heap)[last]
    return Ranking(threshold=ordered[last], hits=hits, false_alarms=np.cumsum((1.0 - mine) * heap)[last])


def roc(found: Ranking) -> tuple[Floats, Floats, float]:
    """Return the rates of false alarms and of hits, from (0, 0) on, and the area; NaN if one side has no rows."""
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.append(0.0, found.false_alarms / found.negatives)
        y = np.append(0.0, found.hits / found.positives)
    return x, y, float(np.sum(np.diff(x) * (y[1:] + y[:-1])) / 2)


def precision_recall(found: Ranking) -> tuple[Floats, Floats, float]:
    """Return recall and precision, from (0, 1) on, and the average precision."""
    above = found.hits + found.false_alarms
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.append(0.0, found.hits / found.positives)
        precision = np.append(1.0, np.where(above > 0, found.hits / above, 1.0))
    return recall, precision, float(np.sum(np.diff(recall) * precision[1:]))


def gain(found: Ranking) -> tuple[Floats, Floats]:
    """Return the share of rows looked at, best first, and the share of the positive ones among them."""
    total = found.positives + found.negatives
    with np.errstate(invalid="ignore", divide="ignore"):
        return (
            np.append(0.0, (found.hits + found.false_alarms) / total),
            np.append(0.0, found.hits / found.positives),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What was predicted and what happened, in bins of equal width; only bins that have rows."""

    predicted: Floats
    happened: Floats
    weight: Floats

    @property
    def error(self) -> float:
        """The expected calibration error: the mean distance of the two, weighted by rows."""
        return float(np.average(np.abs(self.predicted - self.happened), weights=self.weight))


def calibration(
    is_positive: npt.NDArray[np.bool_], proba: Floats, weights: Floats | None = None, n_bins: int = N_CALIBRATION_BINS
) -> Calibration:
    """Return mean probability and share of positive rows in bins of equal width, as `calibration_curve` does.

    Examples
    --------
    >>> found = calibration(np.array([True, False]), np.array([0.9, 0.3]))
    >>> found.happened.tolist(), round(found.error, 3)
    ([0.0, 1.0], 0.2)
    """
    place = np.searchsorted(np.linspace(0.0, 1.0, n_bins + 1)[1:-1], proba)
    heap = np.ones(len(proba)) if weights is None else weights
    weight: Floats = np.bincount(place, heap, n_bins).astype(np.float64)
    there = weight > 0
    return Calibration(
        predicted=np.bincount(place, heap * proba, n_bins)[there] / weight[there],
        happened=np.bincount(place, heap * is_positive, n_bins)[there] / weight[there],
        weight=weight[there],
    )


def threshold_table(is_positive: npt.NDArray[np.bool_], scores: Floats, thresholds: Floats) -> npt.NDArray[np.int64]:
    """Return true and false positives, true and false negatives, (n_thresholds, 4), where `score >= threshold` is yes.

    Examples
    --------
    >>> threshold_table(np.array([True, False]), np.array([0.9, 0.3]), np.array([0.0, 0.5])).tolist()
    [[1, 1, 0, 0], [1, 0, 1, 0]]
    """
    mine, others = np.sort(scores[is_positive]), np.sort(scores[~is_positive])
    hits = len(mine) - np.searchsorted(mine, thresholds, "left")
    alarms = len(others) - np.searchsorted(others, thresholds, "left")
    return np.stack([hits, alarms, len(others) - alarms, len(mine) - hits], axis=1).astype(np.int64)


def on_grid(x: Floats, y: Floats) -> Floats:
    """Return a curve's height at `GRID`: the highest one where it rises upright, straight lines between its points."""
    keep = np.append(x[1:] != x[:-1], True)
    return np.asarray(np.interp(GRID, x[keep], y[keep]))


def thinned(x: Floats, y: Floats, n: int) -> tuple[Floats, Floats]:
    """Return at most `n` of a curve's points, evenly along its way, the first and the last among them."""
    if len(x) <= n:
        return x, y
    way = np.append(0.0, np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y))))
    picked = np.unique(np.searchsorted(way, np.linspace(0.0, way[-1], n)))
    picked[-1] = len(x) - 1
    return x[picked], y[picked]


def rounded(values: Any, decimals: int = 4) -> list[Any]:
    """Return plain numbers for JSON, with so many decimals; None for those that are not finite."""
    found = np.round(np.asarray(values, dtype=np.float64), decimals)
    if np.isfinite(found).all():
        return list(found.tolist())
    return [value if np.isfinite(value) else None for value in found.tolist()]


def significant(values: Any, digits: int = 5) -> list[Any]:
    """Return plain numbers for JSON, with so many digits that matter; None for those that are not finite."""
    found = np.asarray(values, dtype=np.float64).reshape(-1)
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in found.tolist()]
