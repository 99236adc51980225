"""Every scalar score of a prediction, by name. Not here: curves and tables, and who is best.

`METRICS` says what each name means, `scores` computes all of a task's metrics at once and `score_one` only one.
What several metrics share (a confusion matrix, a sort of the probabilities) is computed once, when first asked for.

The definitions are those of Azure ML's automated ML, which are scikit-learn's unless said otherwise:

- Averages over classes (``_macro``, ``_weighted``) run over the classes that occur in `y_true` with a positive weight,
  since a fold may lack a class. ``_micro`` pools all classes.
- ``norm_macro_recall`` is ``(recall_score_macro - 1/K) / (1 - 1/K)`` for K classes: 0 for guessing, negative below it.
- ``weighted_accuracy`` weights each row by the prevalence of its true class.
- ``explained_variance`` and ``r2_score`` are clipped to at least -1.
- ``normalized_*`` errors are divided by the range of `y`, and clipped to at most 1.
- ``mean_absolute_percentage_error`` is in per cent, over the rows where `y` is not 0.
- ``*_binary`` metrics exist for two classes only, and look at the positive class alone.

A metric that is not defined (one class only, a constant for a correlation, a logarithm of less than 0, a prediction
that is not finite, no rows) is NaN, never an error.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from automl_widgets.errors import NotFoundError
from automl_widgets.records import Goal, Task

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a metric's name means."""

    name: str
    task: Task
    goal: Goal
    bounds: tuple[float, float] | None = None
    """(worst, best), if both are bounded."""
    primary_in_azure: bool = False
    """Azure ML allowed it as the primary metric; here every metric may be."""
    uses_weights: bool = True
    binary_only: bool = False
    """It exists for problems of two classes only."""


def metric(name: str) -> Metric:
    """Return the metric of that name.

    Raises
    ------
    NotFoundError
        If there is none; the nearest names are suggested.

    Examples
    --------
    >>> metric("AUC_weighted").goal
    'max'
    >>> metric("acuracy")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.NotFoundError: There is no metric 'acuracy'. Did you mean accuracy?
    """
    if name in METRICS:
        return METRICS[name]
    by_lower_case = {known.lower(): known for known in METRICS}
    near = [by_lower_case[n] for n in difflib.get_close_matches(str(name).lower(), by_lower_case, n=3)]
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Choose one of {', '.join(METRICS)}."
    raise NotFoundError(f"There is no metric {name!r}. {hint}")


def primary_metrics(task: Task) -> tuple[str, ...]:
    """Return the names that may be optimised: every metric of the task."""
    return tuple(m.name for m in METRICS.values() if m.task == task)


def scores(  # noqa: PLR0913 - one call serves both tasks
    task: Task,
    y_true: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    positive_class: int | None = None,
    y_range: tuple[float, float] | None = None,
) -> dict[str, float]:
    """Return every metric of the task, NaN where one is not defined.

    Parameters
    ----------
    task : {"classification", "regression"}
    y_true : array of shape (n_rows,)
        Codes 0..K-1 of the classes, or values.
    prediction : array of shape (n_rows, n_classes) or (n_rows,)
        Probabilities of all K classes, also of those that `y_true` lacks; or values.
    weights : array of shape (n_rows,), optional
        Weights of the rows; see `Metric.uses_weights`.
    positive_class : int, optional
        Code of the positive class of a problem of two classes, 1 by default.
    y_range : (float, float), optional
        Smallest and largest target, for the normalised errors; that of `y_true` by default.

    Examples
    --------
    >>> scores("regression", [1.0, 2.0, 3.0], [1.0, 2.0, 4.0])["mean_absolute_error"]
    0.3333333333333333
    """
    case = _case(task, y_true, prediction, weights, positive_class, y_range)
    return {name: _score(case, name) for name in primary_metrics(task) if case.has(METRICS[name])}


def score_one(  # noqa: PLR0913 - as `scores`
    name: str,
    y_true: npt.ArrayLike,
    prediction: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    positive_class: int | None = None,
    y_range: tuple[float, float] | None = None,
) -> float:
    """Return one metric, without the price of the others; the parameters are those of `scores`.

    Raises
    ------
    NotFoundError
        If there is no metric of that name.

    Examples
    --------
    >>> score_one("accuracy", [0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    0.6666666666666666
    """
    case = _case(metric(name).task, y_true, prediction, weights, positive_class, y_range)
    return _score(case, name) if case.has(METRICS[name]) else math.nan


def _case(  # noqa: PLR0913 - as `scores`
    task: Task,
    y_true: npt.ArrayLike,
    prediction: npt.ArrayLike,
    weights: npt.ArrayLike | None,
    positive_class: int | None,
    y_range: tuple[float, float] | None,
) -> _Classification | _Regression:
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    if task == "classification":
        return _Classification(np.asarray(y_true, dtype=np.int64), np.asarray(prediction), w, positive_class)
    return _Regression(np.asarray(y_true, dtype=np.float64), np.asarray(prediction), w, y_range)


def _score(case: _Classification | _Regression, name: str) -> float:
    if not case.is_scorable:
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(_FUNCTIONS[name](case))


class _Classification:
    """One set of probabilities beside the truth, and what its metrics share."""

    def __init__(self, y: npt.NDArray[np.int64], proba: Any, weights: Floats | None, positive: int | None) -> None:
        self.y = y
        self.proba: Floats = np.asarray(proba, dtype=np.float64)
        self.weights = weights
        self.n_classes = self.proba.shape[1]
        self.positive = 1 if positive is None else positive
        self.is_scorable = bool(y.size) and bool(np.isfinite(self.proba).all())

    def has(self, metric: Metric) -> bool:
        return self.n_classes == 2 or not metric.binary_only

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        return self.proba.argmax(axis=1)

    @cached_property
    def confusion(self) -> Floats:
        """Weight of the rows of each true class (rows) and predicted class (columns)."""
        cells = self.y * self.n_classes + self.predicted
        counts = np.bincount(cells, weights=self.weights, minlength=self.n_classes**2)
        return counts.reshape(self.n_classes, self.n_classes).astype(np.float64)

    @cached_property
    def support(self) -> Floats:
        return np.bincount(self.y, weights=self.weights, minlength=self.n_classes).astype(np.float64)

    @cached_property
    def recall(self) -> Floats:
        return _ratio(self.confusion.diagonal(), self.support)

    @cached_property
    def precision(self) -> Floats:
        return _ratio(self.confusion.diagonal(), self.confusion.sum(axis=0))

    @cached_property
    def f1(self) -> Floats:
        return _ratio(2 * self.confusion.diagonal(), self.confusion.sum(axis=0) + self.support)

    @cached_property
    def accuracy(self) -> float:
        return float(np.average(self.y == self.predicted, weights=self._usable_weights))

    @cached_property
    def ranking(self) -> tuple[Floats, Floats]:
        """Area under the ROC curve and average precision of each class against the rest; NaN if it has no rows."""
        columns = np.ascontiguousarray(self.proba.T)
        return tuple(np.array([self._one_against_rest(k, c) for k, c in enumerate(columns)]).T)  # type: ignore[return-value]

    @cached_property
    def micro_ranking(self) -> tuple[float, float]:
        """The same of all (row, class) pairs pooled."""
        weights = None if self.weights is None else np.repeat(self.weights, self.n_classes)
        return _ranking(self.proba[np.arange(self.y.size), self.y], self.weights, self.proba.ravel(), weights)

    def _one_against_rest(self, k: int, scores: Floats) -> tuple[float, float]:
        if self.support[k] <= 0:
            return math.nan, math.nan
        mine = self.y == k
        return _ranking(scores[mine], None if self.weights is None else self.weights[mine], scores, self.weights)

    @cached_property
    def _usable_weights(self) -> Floats | None:
        """None also if they sum to nothing, which the result then shows as NaN through `support`."""
        return self.weights if self.weights is not None and self.weights.sum() > 0 else None

    def mean(self, per_class: Floats, *, weighted: bool = False) -> float:
        """Average over the classes that occur and have a value."""
        there = (self.support > 0) & np.isfinite(per_class)
        if not there.any():
            return math.nan
        return float(np.average(per_class[there], weights=self.support[there] if weighted else None))

    def log_loss(self) -> float:
        truth = self.proba[np.arange(self.y.size), self.y]
        return float(np.average(-np.log(np.clip(truth, np.finfo(np.float64).eps, 1.0)), weights=self._usable_weights))

    def weighted_accuracy(self) -> float:
        prevalence = np.bincount(self.y, minlength=self.n_classes)[self.y]
        return float(np.average(self.y == self.predicted, weights=prevalence))

    def norm_macro_recall(self) -> float:
        chance = 1.0 / self.n_classes
        return (self.mean(self.recall) - chance) / (1.0 - chance) if chance < 1 else math.nan

    def matthews(self) -> float:
        total, hits = self.confusion.sum(), self.confusion.trace()
        true, predicted = self.support, self.confusion.sum(axis=0)
        scale = math.sqrt(max(total**2 - predicted @ predicted, 0.0)) * math.sqrt(max(total**2 - true @ true, 0.0))
        return float((hits * total - true @ predicted) / scale) if scale > 0 else 0.0


class _Regression:
    """One set of predicted values beside the truth, and what its metrics share."""

    def __init__(self, y: Floats, values: Any, weights: Floats | None, y_range: tuple[float, float] | None) -> None:
        self.y = y
        self.values: Floats = np.asarray(values, dtype=np.float64).reshape(y.shape)
        self.weights = weights
        self.is_scorable = bool(y.size) and bool(np.isfinite(self.values).all())
        self._y_range = y_range

    def has(self, metric: Metric) -> bool:
        del metric  # all of them
        return True

    @cached_property
    def error(self) -> Floats:
        return self.y - self.values

    @cached_property
    def range(self) -> float:
        low, high = self._y_range or (float(self.y.min()), float(self.y.max()))
        return high - low

    def mean(self, values: Floats) -> float:
        if self.weights is None:
            return float(values.mean())
        total = self.weights.sum()
        return float((values @ self.weights) / total) if total > 0 else math.nan

    def mae(self) -> float:
        return self.mean(np.abs(self.error))

    def median(self) -> float:
        return float(np.median(np.abs(self.error)))

    def rmse(self) -> float:
        return math.sqrt(self.mean(self.error**2))

    def rmsle(self) -> float:
        if min(self.y.min(), self.values.min()) <= -1:
            return math.nan
        return math.sqrt(self.mean((np.log1p(self.y) - np.log1p(self.values)) ** 2))

    def mape(self) -> float:
        there = self.y != 0
        if not there.any():
            return math.nan
        weights = None if self.weights is None else self.weights[there]
        if weights is not None and weights.sum() <= 0:
            return math.nan
        return float(100 * np.average(np.abs(self.error[there] / self.y[there]), weights=weights))

    def normalized(self, error: float) -> float:
        return min(1.0, error / self.range) if self.range > 0 and math.isfinite(error) else math.nan

    def explained(self, offset: float) -> float:
        """1 - variance left / variance there was, at least -1; the errors are taken around `offset`."""
        if self.y.size < 2:
            return math.nan
        left = self.mean((self.error - offset) ** 2)
        there = self.mean((self.y - self.mean(self.y)) ** 2)
        if there == 0:
            return 1.0 if left == 0 else 0.0
        return max(-1.0, 1.0 - left / there) if math.isfinite(left) else math.nan

    def spearman(self) -> float:
        a, b = _ranks(self.y), _ranks(self.values)
        scale = math.sqrt((a @ a) * (b @ b))
        return float(np.clip((a @ b) / scale, -1.0, 1.0)) if scale > 0 else math.nan


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _ranks(values: Floats) -> Floats:
    """Ranks around 0, the mean rank where values are equal."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse.reshape(-1)]
    return np.asarray(ranks - ranks.mean())


def _ranking(positive: Floats, positive_weights: Floats | None, all_: Floats, weights: Floats | None) -> tuple[float, float]:
    """Area under the ROC curve and average precision, from the scores of the positive rows among those of all rows.

    Both are means over the positive rows: of the share of negatives below (half of those beside), and of the precision
    if the threshold stood at the row. So one sort and a few searches serve for both, ties included.
    """
    below, upto, total = _weight_below(all_, weights, positive)
    order = None if positive_weights is None else np.argsort(positive, kind="stable")
    mine = np.ones(positive.size) if positive_weights is None else positive_weights[order]
    below_mine, upto_mine, total_mine = _weight_below(positive, positive_weights, positive)
    negatives = total - total_mine
    area = mine @ ((below - below_mine) + (upto - upto_mine)) / (2 * total_mine * negatives) if negatives > 0 else math.nan
    precision = _ratio(total_mine - below_mine, total - below)
    return float(np.clip(area, 0.0, 1.0)), float(mine @ precision / total_mine)


def _weight_below(scores: Floats, weights: Floats | None, at: Floats) -> tuple[Floats, Floats, float]:
    """Weight of the scores below each of `at` (sorted), the same up to and including it, and the weight of all."""
    at = np.sort(at)
    if weights is None:
        ordered = np.sort(scores)
        left, right = np.searchsorted(ordered, at, "left"), np.searchsorted(ordered, at, "right")
        return left.astype(np.float64), right.astype(np.float64), float(scores.size)
    order = np.argsort(scores, kind="stable")
    ordered, heap = scores[order], np.concatenate([[0.0], np.cumsum(weights[order])])
    left, right = np.searchsorted(ordered, at, "left"), np.searchsorted(ordered, at, "right")
    return heap[left], heap[right], float(heap[-1])
