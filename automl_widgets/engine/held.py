"""Predictions of rows that their model had not seen, fold by fold. Not here: a model, a file."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from automl_widgets import metrics
from automl_widgets.objective import score_own
from automl_widgets.own import OwnMetric
from automl_widgets.records import Task

Floats: TypeAlias = npt.NDArray[np.float64]
Rows: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What predictions are held against: the rows that some fold may hold back."""

    task: Task
    y: npt.NDArray[Any]
    """Codes of the classes, or values."""
    weights: Floats | None = None
    n_classes: int = 0
    positive_class: int | None = None
    y_range: tuple[float, float] | None = None
    """Smallest and largest target of the whole training data."""
    labels: npt.NDArray[Any] | None = None
    """The classes as the user gave them."""
    own: OwnMetric | None = None

    def scores(self, rows: Rows, prediction: Floats) -> dict[str, float]:
        """Return every metric of a prediction for some rows."""
        found = metrics.scores(self.task, self.y[rows], prediction, **self._options(rows))
        return found if self.own is None else {**found, self.own.name: self._score_own(self.own, rows, prediction)}

    def score_one(self, name: str, rows: Rows, prediction: Floats) -> float:
        """Return one metric of a prediction for some rows."""
        if self.own is not None and self.own.name == name:
            return self._score_own(self.own, rows, prediction)
        return metrics.score_one(name, self.y[rows], prediction, **self._options(rows))

    def _score_own(self, own: OwnMetric, rows: Rows, prediction: Floats) -> float:
        weights = None if self.weights is None else self.weights[rows]
        return score_own(own, self.y[rows], prediction, labels=self.labels, weights=weights)

    def _options(self, rows: Rows) -> dict[str, Any]:
        weights = None if self.weights is None else self.weights[rows]
        return {"weights": weights, "positive_class": self.positive_class, "y_range": self.y_range}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Predictions of every fold: the rows it held back, and what was predicted for them."""

    rows: tuple[Rows, ...]
    predictions: tuple[Floats, ...]
    """(n_rows, n_classes) probabilities or (n_rows,) values for each fold."""
    of_validation_data: bool = False
    """The rows are those of data given for validation, not of the training data."""

    def pooled(self) -> Floats:
        """Return the predictions of all folds, one below the other."""
        return np.concatenate(self.predictions)

    def with_pooled(self, prediction: Floats) -> Held:
        """Return the same rows with other predictions, given one fold below the other."""
        cuts = np.cumsum([len(rows) for rows in self.rows])[:-1]
        return Held(
            rows=self.rows, predictions=tuple(np.split(prediction, cuts)), of_validation_data=self.of_validation_data
        )

    def sampled(self, n_rows: int, seed: int) -> tuple[Held, npt.NDArray[np.intp]]:
        """Return these predictions for some rows of every fold, and the places of those rows in `pooled`.

        All rows if there are no more than `n_rows`; else about as many, the same for the same seed.
        """
        n = sum(len(rows) for rows in self.rows)
        chosen = np.ones(n, dtype=bool) if n <= n_rows else np.random.default_rng(seed).random(n) < n_rows / n
        parts = np.split(chosen, np.cumsum([len(rows) for rows in self.rows])[:-1])
        held = Held(
            rows=tuple(rows[part] for rows, part in zip(self.rows, parts, strict=True)),
            predictions=tuple(p[part] for p, part in zip(self.predictions, parts, strict=True)),
            of_validation_data=self.of_validation_data,
        )
        return held, np.flatnonzero(chosen)

    def scores(self, truth: Truth) -> list[dict[str, float]]:
        """Return every metric for each fold."""
        return [truth.scores(rows, p) for rows, p in zip(self.rows, self.predictions, strict=True)]

    def score_one(self, truth: Truth, name: str) -> float:
        """Return the mean of one metric over the folds."""
        return mean([truth.score_one(name, r, p) for r, p in zip(self.rows, self.predictions, strict=True)])

    def to_arrays(self, n_rows: int) -> dict[str, npt.NDArray[Any]]:
        """Return the arrays that are stored.

        `prediction` and `fold` have an entry for each row, with fold -1 where a row was never held back. A row that
        several folds have held back has the first one there, the others in the arrays that begin with ``more_``.
        """
        row, prediction = np.concatenate(self.rows), self.pooled()
        fold = np.repeat(np.arange(len(self.rows), dtype=np.int16), [len(rows) for rows in self.rows])
        first = np.zeros(len(row), dtype=bool)
        first[np.unique(row, return_index=True)[1]] = True
        arrays = {
            "prediction": np.full((n_rows, *prediction.shape[1:]), np.nan),
            "fold": np.full(n_rows, -1, dtype=np.int16),
            "rows": np.array("valid" if self.of_validation_data else "train"),
        }
        arrays["prediction"][row[first]] = prediction[first]
        arrays["fold"][row[first]] = fold[first]
        if not first.all():
            arrays |= {"more_row": row[~first], "more_fold": fold[~first], "more_prediction": prediction[~first]}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Held:
        """Return what `to_arrays` was made of; rows of a fold are in ascending order."""
        held = np.flatnonzero(arrays["fold"] >= 0)
        row, fold, prediction = held, arrays["fold"][held], arrays["prediction"][held]
        if "more_row" in arrays:
            row = np.concatenate([row, arrays["more_row"]])
            fold = np.concatenate([fold, arrays["more_fold"]])
            prediction = np.concatenate([prediction, arrays["more_prediction"]])
        order = np.lexsort((row, fold))
        cuts = np.flatnonzero(np.diff(fold[order])) + 1
        return cls(
            rows=tuple(np.split(row[order], cuts)),
            predictions=tuple(np.split(prediction[order], cuts)),
            of_validation_data=str(arrays["rows"]) == "valid",
        )


def mean(values: Sequence[float]) -> float:
    """Return the mean of the values that are numbers, NaN if none is."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def spread(values: Sequence[float]) -> float | None:
    """Return the standard deviation of the values that are numbers, None of fewer than two."""
    known = [value for value in values if not math.isnan(value)]
    return float(np.std(known, ddof=1)) if len(known) > 1 else None


def mean_scores(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of every metric over the folds, of those folds where it is defined."""
    return {name: mean([fold[name] for fold in scores]) for name in scores[0]}
