"""How a plan changes when the user wants more, less or other things of a run. Pure: plans and recipes, no clock.

What has been started keeps its number and recipe. From there on a plan's portfolio may be longer than the one that it
began with: whatever is settled in advance stands in it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from automl_widgets.records import Json, Plan, Profile, Recipe, Settings
from automl_widgets.search.own import registry
from automl_widgets.search.plan import portfolio_of, preprocessors_for, space_for
from automl_widgets.search.spaces import Choice, Dimension

NEARNESS = 0.1
"""Standard deviation of a step away from a recipe, as a share of a dimension's length."""
SAME_CHOICE = 0.8
"""Chance that a choice stays as it is."""
DRAWS = 100


def with_more(plan: Plan, count: int) -> Plan:
    """Return the plan with so many more iterations: the rest of the portfolio first, then tuned ones.

    Examples
    --------
    >>> from automl_widgets.records import Validation
    >>> rest = (Recipe(algorithm="KNN"),)
    >>> folds = Validation(kind="k_fold", n_folds=3)
    >>> plan = Plan(portfolio=(Recipe(algorithm="SVM"),), n_tuned=0, ensembles=(), validation=folds, reserve=rest)
    >>> more = with_more(plan, 3)
    >>> [recipe.algorithm for recipe in more.portfolio], more.n_tuned
    (['SVM', 'KNN'], 2)
    """
    taken = plan.reserve[:count] if not plan.n_tuned else ()
    return replace(
        plan,
        portfolio=(*plan.portfolio, *taken),
        n_tuned=plan.n_tuned + count - len(taken),
        reserve=plan.reserve[len(taken) :],
    )


def continued(plan: Plan, tried: Sequence[Recipe], count: int) -> Plan:
    """Return the plan of a run that had ended, with so many iterations behind those it has, old ensembles included."""
    waiting = tuple(recipe for recipe in (*plan.portfolio, *plan.reserve) if recipe not in tried)
    base = replace(plan, portfolio=tuple(tried), n_tuned=0, reserve=waiting, n_before=len(tried))
    return with_more(base, count)


def without(plan: Plan, algorithm: str, since: int) -> Plan:
    """Return the plan in which no iteration from `since` on has the algorithm; as many iterations as before."""
    left = tuple(recipe for recipe in plan.portfolio[since:] if recipe.algorithm != algorithm)
    n_gone = len(plan.portfolio[since:]) - len(left)
    reserve = tuple(recipe for recipe in plan.reserve if recipe.algorithm != algorithm)
    tunable = tuple(name for name in plan.tunable_algorithms if name != algorithm)
    plan = replace(plan, portfolio=(*plan.portfolio[:since], *left), reserve=reserve, tunable_algorithms=tunable)
    return with_more(plan, n_gone)


def with_algorithm(plan: Plan, algorithm: str, settings: Settings, profile: Profile) -> Plan:
    """Return the plan that may try the algorithm again: its recipes of the portfolio come with the rest of that."""
    tunable = (*(name for name in plan.tunable_algorithms if name != algorithm), algorithm)
    known = {*map(_key, plan.portfolio), *map(_key, plan.reserve)}
    new = tuple(r for r in portfolio_of(algorithm, settings, profile) if _key(r) not in known)
    return replace(plan, tunable_algorithms=tunable, reserve=(*plan.reserve, *new))


def with_next(plan: Plan, recipes: Sequence[Recipe], tried: Sequence[Recipe]) -> Plan:
    """Return the plan in which these recipes are the next ones, behind what was `tried`; the others come after them."""
    rest = plan.portfolio[len(tried) :]
    n_tuned = plan.n_tuned - max(0, len(tried) - len(plan.portfolio))
    return replace(plan, portfolio=(*tried, *recipes, *rest), n_tuned=n_tuned)


def near(recipe: Recipe, count: int, settings: Settings, profile: Profile, tried: Sequence[Recipe]) -> list[Recipe]:
    """Return recipes a small step away from one, none of them tried before, as far as there are so many."""
    algorithm = registry(settings.task, settings.own)[recipe.algorithm]
    space = {"preprocessor": Choice(preprocessors_for(algorithm, settings, profile)), **space_for(algorithm, profile)}
    given = {"preprocessor": recipe.preprocessor, **recipe.parameters}
    rng = np.random.default_rng([settings.random_state, len(tried), 2])
    seen, found = {_key(r) for r in tried}, []
    for _ in range(count * DRAWS):
        values = {name: _step(given[name], dimension, rng) for name, dimension in space.items() if name in given}
        preprocessor = str(values.pop("preprocessor", recipe.preprocessor))
        new = replace(recipe, preprocessor=preprocessor, parameters={**recipe.parameters, **values}, origin="tuned")
        if _key(new) not in seen:
            seen.add(_key(new))
            found.append(new)
        if len(found) == count:
            break
    return found


def _key(recipe: Recipe) -> str:
    return repr((recipe.preprocessor, recipe.algorithm, sorted(recipe.parameters.items())))


def _step(value: Json, dimension: Dimension, rng: np.random.Generator) -> Json:
    """Return a value near another one, within the dimension."""
    if isinstance(dimension, Choice):
        stays = value not in dimension.values or rng.random() < SAME_CHOICE
        return value if stays else dimension.values[int(rng.integers(len(dimension.values)))]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    low, high = float(dimension.low), float(dimension.high)
    if dimension.log:
        low, high = math.log(low), math.log(high)
        place = math.log(min(max(float(value), dimension.low), dimension.high))
    else:
        place = float(value)
    place = min(max(place + NEARNESS * (high - low) * rng.standard_normal(), low), high)
    moved = math.exp(place) if dimension.log else place
    moved = min(max(moved, dimension.low), dimension.high)
    return round(moved) if isinstance(dimension.low, int) and isinstance(value, int) else float(f"{moved:.5g}")
