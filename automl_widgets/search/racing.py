"""When the folds of a tuned recipe are not worth their time. Pure; not here: the folds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from automl_widgets.records import Goal, IterationRecord, Recipe


def least_score(records: Iterable[IterationRecord], recipe: Recipe, goal: Goal) -> float | None:
    """Return what the mean of a recipe's folds must not fall behind: the worst fold of the best of its algorithm.

    Bergman et al. (2024), "Don't waste your time: early stopping cross-validation", call it the forgiving way: a recipe
    that may still win goes on.

    Parameters
    ----------
    records : iterable of IterationRecord
        What is known when the recipe is drawn.
    recipe : Recipe
    goal : {"max", "min"}

    Returns
    -------
    float or None
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
    best = max(whole, key=lambda result: sign * result.score, default=None)
    return None if best is None else sign * min(sign * score for score in best.fold_scores)


def is_behind(scores: Sequence[float], least: float | None, goal: Goal) -> bool:
    """Return whether the mean of the folds that are done is worse than what it must not fall behind.

    Examples
    --------
    >>> is_behind([0.7, 0.72], least=0.75, goal="max"), is_behind([0.7, 0.72], least=0.7, goal="max")
    (True, False)
    """
    if least is None or not scores:
        return False
    mean = float(np.mean(scores))
    return mean < least if goal == "max" else mean > least
