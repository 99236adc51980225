"""Comparisons of systems over tasks, as arithmetic on errors. No disk, no clock; the seed is an argument.

`Errors` maps a task, such as (data set, fold), to the error of each system, None for a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Task = tuple[str, int]
Errors = Mapping[Task, Mapping[str, float | None]]
RESAMPLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean over data sets, and where 95 of 100 resamples of the data sets put it."""

    mean: float
    low: float
    high: float


def shared(errors: Errors, systems: Sequence[str]) -> dict[Task, dict[str, float | None]]:
    """Return the tasks that all these systems have run, failures included."""
    return {task: {s: row[s] for s in systems} for task, row in errors.items() if all(s in row for s in systems)}


def ranks(row: Mapping[str, float | None]) -> dict[str, float]:
    """Return 1 for the lowest error and so on; equal ones share the mean of their places, failures come last."""
    numbers = [np.inf if error is None else error for error in row.values()]
    places = [1 + sum(b < a for b in numbers) + (sum(b == a for b in numbers) - 1) / 2 for a in numbers]
    return dict(zip(row, places, strict=True))


def mean_ranks(errors: Errors, seed: int = 0) -> dict[str, Interval]:
    """Return each system's rank, averaged over the folds of a data set, then over data sets."""
    by_task = {task: ranks(row) for task, row in errors.items()}
    systems = next(iter(by_task.values()), {})
    return {s: interval(_by_dataset({task: row[s] for task, row in by_task.items()}), seed) for s in systems}


def wins(errors: Errors, ours: str, theirs: str, seed: int = 0) -> Interval:
    """Return how often `ours` has the lower error, a tie counting half; two failures are a tie."""
    points = {task: ranks({ours: row[ours], theirs: row[theirs]}) for task, row in errors.items()}
    return interval(_by_dataset({task: 2 - row[ours] for task, row in points.items()}), seed)


def normalised(row: Mapping[str, float | None], constant: float) -> dict[str, float]:
    """Return 0 for the best error of the row, 100 for a constant prediction's, which no failure can beat."""
    found = [error for error in row.values() if error is not None]
    best = min([*found, constant])
    width = (constant - best) or 1.0
    return {s: 100.0 if error is None else min(100.0, 100 * (error - best) / width) for s, error in row.items()}


def interval(values: Sequence[float], seed: int = 0) -> Interval:
    """Return the mean of one value a data set, with the percentiles 2.5 and 97.5 of its bootstrap.

    Raises
    ------
    ValueError
        If there is no value.
    """
    if not values:
        raise ValueError("There is no data set that all of these systems have run.")
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    means = np.asarray(values, dtype=np.float64)[drawn].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(mean=float(np.mean(values)), low=float(low), high=float(high))


def _by_dataset(values: Mapping[Task, float]) -> list[float]:
    # Folds of one data set are not independent: they count as one.
    folds: dict[str, list[float]] = {}
    for (dataset, _), value in values.items():
        folds.setdefault(dataset, []).append(value)
    return [float(np.mean(of_one)) for of_one in folds.values()]
