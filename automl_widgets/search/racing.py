"""When the folds of a tuned recipe are not worth their time. Pure; not here: the folds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from automl_widgets.records import Goal, IterationRecord, Recipe

MAX_ALIKE = 4
"""An ensemble looks at so many of an algorithm before it looks at others that are worse."""


def least_scores(records: Iterable[IterationRecord], recipe: Recipe, goal: Goal) -> tuple[float, ...] | None:
    """Return what the mean of a recipe's first folds must not fall behind, after one fold, after two and so on.

    That is the mean of the same folds of any recipe of its algorithm that an ensemble looks at, less what the worst one
    of the best recipe is worse than its mean. Bergman et al. (2024), "Don't waste your time: early stopping
    cross-validation", call it the forgiving way to compare with a worst fold. Here folds are compared with themselves,
    since some are harder than others for any recipe, and what cannot win may still be of use to an ensemble.

    Parameters
    ----------
    records : iterable of IterationRecord
        What is known when the recipe is drawn.
    recipe : Recipe
    goal : {"max", "min"}

    Returns
    -------
    tuple of float, or None
        None if the recipe was not drawn by the tuner, or nothing of its algorithm has been scored in all folds.
    """
    if recipe.origin != "tuned":
        return None
    sign = 1 if goal == "max" else -1
    results = [
        r.result
        for r in records
        if r.state == "completed" and r.result and r.recipe and r.recipe.algorithm == recipe.algorithm
    ]
    n_folds = max((len(result.fold_scores) for result in results), default=0)
    whole = [r for r in results if len(r.fold_scores) == n_folds and math.isfinite(r.score)]
    best = sorted(whole, key=lambda result: sign * result.score, reverse=True)[:MAX_ALIKE]
    if not best:
        return None
    folds = sign * np.array([result.fold_scores for result in best])
    means = np.cumsum(folds, axis=1) / np.arange(1, n_folds + 1)
    return tuple((sign * (means.min(axis=0) - (folds[0].mean() - folds[0].min()))).tolist())


def is_behind(scores: Sequence[float], least: Sequence[float] | None, goal: Goal) -> bool:
    """Return whether the mean of the folds that are done is worse than what it must not fall behind, if that is known.

    Examples
    --------
    >>> is_behind([0.7, 0.72], least=[0.6, 0.75, 0.7], goal="max"), is_behind([0.7], least=[0.6, 0.75, 0.7], goal="max")
    (True, False)
    """
    if least is None or not 0 < len(scores) <= len(least):
        return False
    mean, limit = float(np.mean(scores)), least[len(scores) - 1]
    return mean < limit if goal == "max" else mean > limit
