"""Which finished iterations vote, and with which weights. Numbers in, numbers out; not here: any model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from automl_widgets.records import Goal

Floats: TypeAlias = npt.NDArray[np.float64]
Score: TypeAlias = Callable[[npt.NDArray[Any], Floats], float]
_Value: TypeAlias = Callable[[Floats], float]

MAX_ROUNDS, PATIENCE = 50, 15
"""So many are chosen at most, and so many more after the last that made the mean better."""
N_FIRST = 5
WITHIN = 0.05
"""The first members are within this share of the best score."""


def select_weights(
    predictions: Floats,
    y: npt.NDArray[Any],
    score: Score,
    goal: Goal,
    initial: str = "sorted",
    n_candidates: int | None = None,
) -> Floats:
    """Return weights of a mean of predictions that scores well, by forward selection with replacement.

    Caruana et al. (2004): begin with the best members, as many of the best five within 5 % as score best together;
    then add the member with which the mean scores best, again and again, and keep what scored best on the way. To
    go on where one step makes nothing better gives small weights: a member that does not help by half may help by a
    tenth. The result is never worse than the best member, on the rows given.

    Parameters
    ----------
    predictions : array of shape (n_members, n_rows, n_classes) or (n_members, n_rows)
        Of rows that the members have not been fitted to.
    y : array of shape (n_rows,)
    score : callable
        ``score(y, prediction) -> float``; NaN where it is not defined.
    goal : {"max", "min"}
    initial : {"sorted", "best"}
        Begin with the best members, or with the best one alone.
    n_candidates : int, optional
        Only so many of the best members are considered.

    Returns
    -------
    array of shape (n_members,)
        They sum to 1; most are 0. All 0 if no member has a score.

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 3.0])
    >>> error = lambda y, prediction: float(np.abs(y - prediction).mean())
    >>> select_weights(np.array([y - 0.5, y + 0.5, y + 9]), y, error, "min")
    array([0.5, 0.5, 0. ])
    """
    sign = 1.0 if goal == "max" else -1.0

    def value(prediction: Floats) -> float:
        found = sign * score(y, prediction)
        return found if math.isfinite(found) else -math.inf

    alone = np.array([value(member) for member in predictions])
    candidates = [int(k) for k in np.argsort(-alone, kind="stable")[:n_candidates] if alone[k] > -math.inf]
    counts = np.zeros(len(predictions))
    if not candidates:
        return counts
    chosen = _first(predictions, alone, candidates, value) if initial == "sorted" else candidates[:1]
    for member in _grown(predictions, chosen, candidates, value):
        counts[member] += 1
    return np.asarray(counts / counts.sum())


def _first(
    predictions: Floats, alone: Floats, candidates: Sequence[int], value: Callable[[Floats], float]
) -> list[int]:
    """Return the longest useful beginning of the candidates, which are sorted."""
    best = alone[candidates[0]]
    near = [k for k in candidates[:N_FIRST] if alone[k] >= best - WITHIN * abs(best)]
    scores = [value(predictions[near[: n + 1]].mean(axis=0)) for n in range(len(near))]
    return near[: int(np.argmax(scores)) + 1]


def _grown(predictions: Floats, chosen: Sequence[int], candidates: Sequence[int], value: _Value) -> list[int]:
    """Return the members with what was added to them, each as often as it was added."""
    members, total = list(chosen), predictions[list(chosen)].sum(axis=0)
    best, n_best = value(total / len(members)), len(members)
    while len(members) < min(MAX_ROUNDS, n_best + PATIENCE):
        tried = [value((total + predictions[k]) / (len(members) + 1)) for k in candidates]
        winner = int(np.argmax(tried))
        members.append(candidates[winner])
        total = total + predictions[candidates[winner]]
        if tried[winner] > best + 1e-12:
            best, n_best = tried[winner], len(members)
    return members[:n_best]
