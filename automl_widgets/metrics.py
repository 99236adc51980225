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

Longer than 300 lines: the definitions of 38 metrics stand beside each other, since they share their parts.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from automl_widgets.errors import NotFoundError
from automl_widgets.records import Goal, Task

Floats: TypeAlias = npt.NDArray[np.float64]
_Case: TypeAlias = "_Classification | _Regression"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """What a metric's name means."""

    name: str
    task: Task
    goal: Goal
    bounds: tuple[float, float] | None  # (worst, best), if both are bounded
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


def scores(
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
    case = _case(task, y_true, prediction, weights, positive_class if task == "classification" else y_range)
    return {name: _score(case, name) for name in primary_metrics(task) if case.is_binary or name not in _BINARY}


def score_one(
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
    task = metric(name).task
    case = _case(task, y_true, prediction, weights, positive_class if task == "classification" else y_range)
    return _score(case, name) if case.is_binary or name not in _BINARY else math.nan


def _case(task: Task, y_true: npt.ArrayLike, prediction: npt.ArrayLike, w: Any, option: Any) -> _Case:
    values, w = np.asarray(prediction, np.float64), None if w is None else np.asarray(w, np.float64)
    if task == "classification":
        return _Classification(np.asarray(y_true, np.int64), values, w, option)
    return _Regression(np.asarray(y_true, np.float64), values, w, option)


def _score(case: _Case, name: str) -> float:
    if not case.is_scorable:
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(_FUNCTIONS[name](case))


class _Classification:
    """One set of probabilities beside the truth, and what its metrics share."""

    def __init__(self, y: npt.NDArray[np.int64], proba: Floats, weights: Floats | None, positive: int | None) -> None:
        self.y, self.proba, self.weights = y, proba, weights
        self.n_classes = proba.shape[1]
        self.is_binary = self.n_classes == 2
        self.is_scorable = _is_scorable(proba, weights)
        self.positive = 1 if positive is None else positive

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
    def rates(self) -> tuple[Floats, Floats, Floats]:
        """Recall, precision and F1 of each class, 0 where there is nothing to divide by."""
        hits, predicted = self.confusion.diagonal(), self.confusion.sum(axis=0)
        return _ratio(hits, self.support), _ratio(hits, predicted), _ratio(2 * hits, predicted + self.support)

    @cached_property
    def ranking(self) -> tuple[Floats, Floats]:
        """Area under the ROC curve and average precision of each class against the rest; NaN if it has no rows."""
        columns = enumerate(np.ascontiguousarray(self.proba.T))
        return tuple(np.array([self._one_against_rest(k, column) for k, column in columns]).T)

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

    def mean(self, per_class: Floats, *, weighted: bool = False) -> float:
        """Average over the classes that occur and have a value."""
        there = (self.support > 0) & np.isfinite(per_class)
        weights = self.support[there] if weighted else None
        return float(np.average(per_class[there], weights=weights)) if there.any() else math.nan

    def accuracy(self) -> float:
        return float(np.average(self.y == self.predicted, weights=self.weights))

    def log_loss(self) -> float:
        truth = np.maximum(self.proba[np.arange(self.y.size), self.y], np.finfo(np.float64).eps)
        return float(np.average(-np.log(np.minimum(truth, 1.0)), weights=self.weights))

    def weighted_accuracy(self) -> float:
        prevalence = np.bincount(self.y, minlength=self.n_classes)[self.y]
        return float(np.average(self.y == self.predicted, weights=prevalence))

    def norm_macro_recall(self) -> float:
        chance = 1.0 / self.n_classes
        return (self.mean(self.rates[0]) - chance) / (1.0 - chance) if chance < 1 else math.nan

    def matthews(self) -> float:
        total, hits = self.confusion.sum(), self.confusion.trace()
        true, predicted = self.support, self.confusion.sum(axis=0)
        scale = math.sqrt(max((total**2 - predicted @ predicted) * (total**2 - true @ true), 0.0))
        return float(np.clip((hits * total - true @ predicted) / scale, -1.0, 1.0)) if scale > 0 else 0.0


class _Regression:
    """One set of predicted values beside the truth, and what its metrics share."""

    is_binary = False

    def __init__(self, y: Floats, values: Floats, weights: Floats | None, y_range: tuple[float, float] | None) -> None:
        self.y, self.values, self.weights = y, values.reshape(y.shape), weights
        self.error = self.y - self.values
        self.is_scorable = _is_scorable(values, weights)
        self._y_range = y_range

    def mean(self, values: Floats) -> float:
        return float(np.average(values, weights=self.weights))

    def rmse(self) -> float:
        return math.sqrt(self.mean(self.error**2))

    def rmsle(self) -> float:
        if min(self.y.min(), self.values.min()) <= -1:
            return math.nan
        return math.sqrt(self.mean((np.log1p(self.y) - np.log1p(self.values)) ** 2))

    def mape(self) -> float:
        there = (self.y != 0) & (True if self.weights is None else self.weights > 0)
        weights = None if self.weights is None else self.weights[there]
        percent = 100 * np.abs(self.error[there] / self.y[there])
        return float(np.average(percent, weights=weights)) if there.any() else math.nan

    def normalized(self, error: float) -> float:
        low, high = self._y_range or (float(self.y.min()), float(self.y.max()))
        return min(1.0, error / (high - low)) if high > low and math.isfinite(error) else math.nan

    def explained(self, offset: float) -> float:
        """1 - variance left / variance there was, at least -1; the errors are taken around `offset`."""
        if self.y.size < 2:
            return math.nan
        left = self.mean((self.error - offset) ** 2)
        there = self.mean((self.y - self.mean(self.y)) ** 2) if np.ptp(self.y) > 0 else 0.0
        if there == 0:
            return 1.0 if left == 0 else 0.0
        return max(-1.0, 1.0 - left / there)

    def spearman(self) -> float:
        a, b = _ranks(self.y), _ranks(self.values)
        scale = math.sqrt((a @ a) * (b @ b))
        return float(np.clip((a @ b) / scale, -1.0, 1.0)) if scale > 0 else math.nan


def _is_scorable(prediction: Floats, weights: Floats | None) -> bool:
    return bool(prediction.size and np.isfinite(prediction).all() and (weights is None or weights.sum() > 0))


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _ranks(values: Floats) -> Floats:
    """Ranks around 0, the mean rank where values are equal."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse.reshape(-1)]
    return np.asarray(ranks - ranks.mean())


def _ranking(mine: Floats, my_weights: Floats | None, scores: Floats, weights: Floats | None) -> tuple[float, float]:
    """Area under the ROC curve and average precision, from the scores of the positive rows among those of all rows.

    Both are means over the positive rows: of the share of negatives below (half of those beside), and of the precision
    if the threshold stood at the row. So one sort and a few searches serve for both, ties included.
    """
    below, upto, total = _weight_below(scores, weights, mine)
    below_mine, upto_mine, total_mine = _weight_below(mine, my_weights, mine)
    rows = np.ones(mine.size) if my_weights is None else my_weights[np.argsort(mine, kind="stable")]
    beaten = rows @ ((below - below_mine) + (upto - upto_mine)) / 2
    area = beaten / total_mine / (total - total_mine) if total > total_mine else math.nan
    precision = _ratio(total_mine - below_mine, total - below)
    return float(np.clip(area, 0.0, 1.0)), float(np.clip(rows @ precision / total_mine, 0.0, 1.0))


def _weight_below(scores: Floats, weights: Floats | None, at: Floats) -> tuple[Floats, Floats, float]:
    """Weight of the scores below each of `at` in order, the same up to and including it, and the weight of all."""
    order = None if weights is None else np.argsort(scores, kind="stable")
    ordered = np.sort(scores) if order is None else scores[order]
    left, right = (np.searchsorted(ordered, np.sort(at), side) for side in ("left", "right"))
    if weights is None:
        return left.astype(np.float64), right.astype(np.float64), float(scores.size)
    heap = np.concatenate([[0.0], np.cumsum(weights[order])])
    return heap[left], heap[right], float(heap[-1])


_FUNCTIONS: dict[str, Callable[[Any], float]] = {
    "AUC_macro": lambda c: c.mean(c.ranking[0]),
    "AUC_micro": lambda c: c.micro_ranking[0],
    "AUC_weighted": lambda c: c.mean(c.ranking[0], weighted=True),
    "accuracy": _Classification.accuracy,
    "average_precision_score_macro": lambda c: c.mean(c.ranking[1]),
    "average_precision_score_micro": lambda c: c.micro_ranking[1],
    "average_precision_score_weighted": lambda c: c.mean(c.ranking[1], weighted=True),
    "balanced_accuracy": lambda c: c.mean(c.rates[0]),
    "f1_score_macro": lambda c: c.mean(c.rates[2]),
    "f1_score_micro": _Classification.accuracy,
    "f1_score_weighted": lambda c: c.mean(c.rates[2], weighted=True),
    "log_loss": _Classification.log_loss,
    "matthews_correlation": _Classification.matthews,
    "norm_macro_recall": _Classification.norm_macro_recall,
    "precision_score_macro": lambda c: c.mean(c.rates[1]),
    "precision_score_micro": _Classification.accuracy,
    "precision_score_weighted": lambda c: c.mean(c.rates[1], weighted=True),
    "recall_score_macro": lambda c: c.mean(c.rates[0]),
    "recall_score_micro": _Classification.accuracy,
    "recall_score_weighted": lambda c: c.mean(c.rates[0], weighted=True),
    "weighted_accuracy": _Classification.weighted_accuracy,
    "AUC_binary": lambda c: c.ranking[0][c.positive],
    "average_precision_score_binary": lambda c: c.ranking[1][c.positive],
    "f1_score_binary": lambda c: c.rates[2][c.positive],
    "precision_score_binary": lambda c: c.rates[1][c.positive],
    "recall_score_binary": lambda c: c.rates[0][c.positive],
    "explained_variance": lambda r: r.explained(r.mean(r.error)),
    "mean_absolute_error": lambda r: r.mean(np.abs(r.error)),
    "mean_absolute_percentage_error": _Regression.mape,
    "median_absolute_error": lambda r: np.median(np.abs(r.error)),
    "normalized_mean_absolute_error": lambda r: r.normalized(r.mean(np.abs(r.error))),
    "normalized_median_absolute_error": lambda r: r.normalized(np.median(np.abs(r.error))),
    "normalized_root_mean_squared_error": lambda r: r.normalized(r.rmse()),
    "normalized_root_mean_squared_log_error": lambda r: r.normalized(r.rmsle()),
    "r2_score": lambda r: r.explained(0.0),
    "root_mean_squared_error": _Regression.rmse,
    "root_mean_squared_log_error": _Regression.rmsle,
    "spearman_correlation": _Regression.spearman,
}

_REGRESSION = tuple(_FUNCTIONS)[26:]
_BINARY = {name for name in _FUNCTIONS if name.endswith("_binary")}
_ERRORS = {name for name in _FUNCTIONS if "error" in name or name == "log_loss"}
_CORRELATIONS = {"matthews_correlation", "norm_macro_recall", "explained_variance", "r2_score", "spearman_correlation"}
_PRIMARY_IN_AZURE = {
    *("accuracy", "AUC_weighted", "average_precision_score_weighted", "norm_macro_recall", "precision_score_weighted"),
    *("spearman_correlation", "normalized_root_mean_squared_error", "r2_score", "normalized_mean_absolute_error"),
}
_WITHOUT_WEIGHTS = {"weighted_accuracy", "spearman_correlation", "median_absolute_error"}


def _bounds(name: str) -> tuple[float, float] | None:
    if name in _ERRORS:
        return (1.0, 0.0) if name.startswith("normalized_") else None
    return (-1.0, 1.0) if name in _CORRELATIONS else (0.0, 1.0)


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        name: Metric(
            name=name,
            task="regression" if name in _REGRESSION else "classification",
            goal="min" if name in _ERRORS else "max",
            bounds=_bounds(name),
            primary_in_azure=name in _PRIMARY_IN_AZURE,
            uses_weights=name.removeprefix("normalized_") not in _WITHOUT_WEIGHTS,
            binary_only=name in _BINARY,
        )
        for name in _FUNCTIONS
    }
)
"""Every scalar metric by its name: those of classification, of two classes, of regression, each alphabetically."""
