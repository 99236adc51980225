"""What a run will try, as data: a portfolio in order, then tuned recipes, then ensembles. Pure: no data, no clock.

An algorithm is left out if it is blocked, if its library is not installed, if it is slow on so many rows, if the rows
have weights that it cannot use, or if the features have missing values that neither it nor a featurizer handles. One
that the user allowed by name is not left out for being slow.

The portfolio holds each algorithm once or oftener; what else is good on many data is in reserve until the tuner gives
its algorithm a turn.

Ensembles are the last iterations, each only if it is enabled and if at least two other iterations come before; where
there are too few iterations the stack gives way first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from automl_widgets.errors import ConfigError
from automl_widgets.own import NOTHING, Own
from automl_widgets.records import Json, Plan, Profile, Recipe, Settings, Validation
from automl_widgets.search.algorithms import (
    PREPROCESSORS,
    Algorithm,
    installed,
    resolve_algorithm,
    stand_in,
)
from automl_widgets.search.build import crosses, words
from automl_widgets.search.own import registry
from automl_widgets.search.portfolio import PORTFOLIO, Row
from automl_widgets.search.spaces import Dimension, Int, Parameters, Space, slowness, unhurried_rate

MAX_TREES = 3000
"""Boosting builds a tree for each class in each round: with more trees than these, rounds are taken away."""
MIN_ROUNDS = 40
EARLY_ROWS = 500
"""With so many rows those held back tell when boosting should stop..."""
EARLY_ROUNDS = 1000
"""... and it may go on for so many rounds, fewer where there are many classes..."""
SLOW_TIMES = 2.0
"""... and for up to so many times as many at a slow learning rate."""
USUAL_COLUMNS, USUAL_ROWS = 50, 2000
"""What costs by rows or by pairs of them is measured as if there were so many columns, or so many rows."""
CROSSES_WORTH = 30.0
"""Looking for crosses cannot be stopped, as boosting can."""
MANY_CLASSES, MANY_CLASSES_WORTH = 6, 3.0
"""With so many classes boosting, which grows a tree for each, is worth waiting for only once."""
N_CROSSES, N_WORDS = 24, 40
"""Columns that crosses add, and words of a text that count like as many."""
LEAVES_TIMES: Mapping[int, int] = {40_000: 2, 100_000: 4, 200_000: 8}
"""From so many rows on, trees of boosting begin with so many times the leaves: more rows tell more of them apart."""
LEAVES_MOST: Mapping[str, int] = {"num_leaves": 512, "max_depth": 10, "depth": 8}
"""What a tree may have at most of that: leaves, or levels, each of which doubles them."""
ROUNDS = ("n_estimators", "iterations")
FIRST = 18
"""So many recipes are tried on any data, each algorithm among them."""
LONG_S = 60.0
"""Iterations that are expected to take longer come after the others."""
LONG_SHARE = 1 / 10
"""The same as a share of the time that the run has."""


def make_plan(
    settings: Settings, profile: Profile, validation: Validation, *, available: Collection[str] | None = None
) -> Plan:
    """Return what to try.

    Parameters
    ----------
    settings : Settings
    profile : Profile
    validation : Validation
    available : collection of str, optional
        Names of the algorithms whose library is there; by default what is installed is looked up.

    Raises
    ------
    ConfigError
        If no algorithm is left to try; the message says why for each.

    Examples
    --------
    >>> from automl_widgets.records import Profile, Settings, Validation
    >>> settings = Settings(task="regression", primary_metric="r2_score", iterations=4)
    >>> profile = Profile(task="regression", n_rows=100, n_columns=2, feature_names=(), column_purposes=())
    >>> plan = make_plan(settings, profile, Validation(kind="k_fold", n_folds=5))
    >>> [recipe.name for recipe in (*plan.portfolio, *plan.ensembles)]  # doctest: +NORMALIZE_WHITESPACE
    ['StandardScalerWrapper ElasticNet', 'MaxAbsScaler LightGBM', 'VotingEnsemble', 'StackEnsemble']
    """
    names = _eligible(settings, profile, available)
    ensembles = _ensembles(settings)
    n_search = max(settings.iterations - len(ensembles), 0)
    recipes = _recipes(settings, profile, names)
    known = registry(settings.task, settings.own)
    tunable = tuple(name for name in dict.fromkeys(r.algorithm for r in recipes) if known[name].space)
    n_first = FIRST + len(settings.own.models) if tunable else len(recipes)
    first, others = (_ordered(part, settings, profile, validation) for part in (recipes[:n_first], recipes[n_first:]))
    portfolio = tuple(first[:n_search])
    return Plan(
        portfolio=portfolio,
        n_tuned=n_search - len(portfolio) if tunable else 0,
        ensembles=ensembles,
        validation=validation,
        tunable_algorithms=tunable or tuple(names),
        reserve=(*first[n_search:], *others),
    )


def portfolio_of(algorithm: str, settings: Settings, profile: Profile) -> list[Recipe]:
    """Return the recipes with which an algorithm begins."""
    return _recipes(settings, profile, [algorithm])


def why_not(algorithm: str, settings: Settings, profile: Profile) -> str | None:
    """Return why an algorithm cannot be tried though the user asks for it, None if it can."""
    found = registry(settings.task, settings.own)[algorithm]
    return _why_not(found, settings, profile, True) if installed(found) else "is not installed"


def _ensembles(settings: Settings) -> tuple[Recipe, ...]:
    enabled = {"VotingEnsemble": settings.voting_ensemble, "StackEnsemble": settings.stack_ensemble}
    names = [name for name, is_enabled in enabled.items() if is_enabled]
    room = max(settings.iterations - 2, 0)
    return tuple(Recipe(algorithm=name, origin="ensemble") for name in names[:room])


def _eligible(settings: Settings, profile: Profile, available: Collection[str] | None) -> list[str]:
    task, own = settings.task, [model.name for model in settings.own.models]
    known = registry(task, settings.own)
    allowed = {resolve_algorithm(task, name, own) for name in settings.allowed_algorithms or ()}
    allowed |= set(own) if allowed else set()
    blocked = {
        resolve_algorithm(task, name, own) for name in settings.blocked_algorithms if stand_in(task, name) is None
    }
    if available is None:
        available = [name for name, algorithm in known.items() if installed(algorithm)]
    left_out = {
        name: reason
        for name, algorithm in known.items()
        if not allowed or name in allowed
        if (reason := _why_not(algorithm, settings, profile, name in allowed))
    }
    left_out |= {name: "is blocked" for name in known if name in blocked}
    left_out |= {name: "is not installed" for name in known if name not in (*own, *available)}
    names = [name for name in known if (not allowed or name in allowed) and name not in left_out]
    if not names:
        reasons = [f"{name} {reason}" for name, reason in left_out.items() if not allowed or name in allowed]
        raise ConfigError([f"No algorithm is left to try: {', '.join(reasons)}."])
    return names


def _why_not(algorithm: Algorithm, settings: Settings, profile: Profile, is_wanted: bool) -> str | None:
    slow_above = algorithm.slow_above_rows
    if settings.block_slow_algorithms and not is_wanted and slow_above is not None and profile.n_rows > slow_above:
        return f"is slow above {slow_above:,} rows"
    if profile.has_weights and not algorithm.supports_weights:
        return "does not use weights of rows"
    if profile.is_sparse and not algorithm.supports_sparse:
        return "does not take sparse features"
    if has_gaps(settings, profile) and not algorithm.supports_missing:
        return "does not take missing values"
    return None


def has_gaps(settings: Settings, profile: Profile) -> bool:
    """Return whether pipelines are given missing values: without featurization nobody fills them."""
    return settings.featurization == "off" and profile.n_missing_cells > 0


def preprocessors_for(algorithm: Algorithm, settings: Settings, profile: Profile) -> tuple[str, ...]:
    """Return the names of the preprocessors that suit an algorithm and the data, the best one first."""
    names = dict.fromkeys(name and _suited(name, profile) for name in algorithm.preprocessors)
    return tuple(name for name in names if not name or _is_possible(name, settings, profile))


def _is_possible(preprocessor: str, settings: Settings, profile: Profile) -> bool:
    found = PREPROCESSORS[preprocessor]
    if has_gaps(settings, profile) and not found.supports_missing:
        return False
    has_words = settings.featurization == "auto" and "TfIdf" not in settings.transformers.blocked
    return not found.words or (has_words and "text" in profile.column_purposes and not profile.is_sparse)


def _suited(name: str, profile: Profile) -> str:
    """Return a preprocessor's name, or that of the one that stands in for it with such data."""
    preprocessor = PREPROCESSORS[name]
    n_numbers = profile.column_purposes.count("numeric")
    n_categories = sum(purpose.startswith("categorical") for purpose in profile.column_purposes)
    lacks_pairs = preprocessor.crosses and max(n_numbers, n_categories) < 2
    return preprocessor.on_sparse if profile.is_sparse or lacks_pairs else name


def space_for(algorithm: Algorithm, profile: Profile) -> Space:
    """Return what is searched, as far as the data allows it."""
    most = {"n_neighbors": max(1, profile.n_rows // 2)}
    for name in ROUNDS:
        if algorithm.boosts:
            most[name] = _most_rounds(profile)
    return {
        name: _limited(dimension, most[name]) if name in most else _grown(name, dimension, algorithm, profile)
        for name, dimension in algorithm.space.items()
        if not (name in ROUNDS and stops_early(algorithm, profile))
    }


def _limited(dimension: Dimension, most: int) -> Dimension:
    if not isinstance(dimension, Int):
        return dimension
    return replace(dimension, high=max(dimension.low, min(dimension.high, most)))


def _grown(name: str, dimension: Dimension, algorithm: Algorithm, profile: Profile) -> Dimension:
    if not isinstance(dimension, Int) or name not in LEAVES_MOST:
        return dimension
    return replace(dimension, high=_leaves(name, dimension.high, algorithm, profile))


def _leaves(name: str, value: int, algorithm: Algorithm, profile: Profile) -> int:
    """Return how many leaves, or levels of them, a tree has in place of those that suit few rows."""
    times = max((n for rows, n in LEAVES_TIMES.items() if profile.n_rows >= rows), default=1)
    if not algorithm.stops_early or times == 1:
        return value
    grown = value * times if name == "num_leaves" else value + times.bit_length() - 1
    return max(value, min(grown, LEAVES_MOST[name]))


def stops_early(algorithm: Algorithm, profile: Profile) -> bool:
    """Return whether rows held back tell when boosting should stop, so that rounds need not be searched."""
    return algorithm.boosts and algorithm.stops_early and profile.n_rows >= EARLY_ROWS


def start_of(algorithm: Algorithm, profile: Profile, changes: Mapping[str, Json] = MappingProxyType({})) -> Parameters:
    """Return the parameters with which an algorithm starts, and `changes`, with rounds that suit the data."""
    parameters: dict[str, Json] = {**algorithm.defaults, **changes}
    for name in ROUNDS:
        value, rate = parameters.get(name), parameters.get("learning_rate")
        if not algorithm.boosts or not isinstance(value, int):
            continue
        is_early = stops_early(algorithm, profile)
        rounds = min(EARLY_ROUNDS if is_early else value, _most_rounds(profile))
        if algorithm.stops_early and isinstance(rate, float):
            times = SLOW_TIMES if is_early else 1.0
            rate = parameters["learning_rate"] = max(rate, unhurried_rate(times * rounds))
            rounds = int(rounds * min(slowness(rate), times))
        parameters[name] = rounds
    for name in LEAVES_MOST:
        if isinstance(value := parameters.get(name), int):
            parameters[name] = _leaves(name, value, algorithm, profile)
    return parameters


def _most_rounds(profile: Profile) -> int:
    return max(MIN_ROUNDS, MAX_TREES // max(1, len(profile.classes)))


def _recipes(settings: Settings, profile: Profile, names: Collection[str]) -> list[Recipe]:
    own: tuple[Row, ...] = tuple(("", model.name, {}) for model in settings.own.models)
    rows = (row for row in (*own, *PORTFOLIO[settings.task]) if row[1] in names)
    recipes = [recipe for row in rows if (recipe := _recipe(row, settings, profile)) is not None]
    return [recipe for k, recipe in enumerate(recipes) if recipe not in recipes[:k]]


def _recipe(row: Row, settings: Settings, profile: Profile) -> Recipe | None:
    preprocessor, name, changes = row
    algorithm = registry(settings.task, settings.own)[name]
    if algorithm.packed:
        return Recipe(algorithm=name)
    preprocessor = _suited(preprocessor, profile)
    if not _is_possible(preprocessor, settings, profile):
        return None
    return Recipe(algorithm=name, preprocessor=preprocessor, parameters=start_of(algorithm, profile, changes))


def _ordered(recipes: list[Recipe], settings: Settings, profile: Profile, validation: Validation) -> list[Recipe]:
    """Move what is expected to take long behind the rest, and what takes twice as long behind that."""
    budget_s = settings.experiment_timeout_s
    long_s = LONG_S if budget_s is None else min(LONG_S, budget_s * LONG_SHARE)

    def length(recipe: Recipe) -> int:
        worth = 1.0 if budget_s is None else _worth(recipe, recipes, settings, profile)
        times = expected_s(recipe, profile, validation, settings.own) / (long_s * worth)
        return math.ceil(math.log2(max(1.0, times)))

    return sorted(recipes, key=length)


def _worth(recipe: Recipe, recipes: list[Recipe], settings: Settings, profile: Profile) -> float:
    """Return by how much a recipe may be longer than others before it has to wait behind them."""
    known = registry(settings.task, settings.own)
    boosting = [r for r in recipes if known[r.algorithm].stops_early]
    worth = known[recipe.algorithm].worth
    if len(profile.classes) >= MANY_CLASSES and recipe in boosting[1:]:
        return min(worth, MANY_CLASSES_WORTH)
    return min(worth, CROSSES_WORTH) if crosses(recipe) else worth


def expected_s(recipe: Recipe, profile: Profile, validation: Validation, own: Own = NOTHING) -> float:
    """Return a guess of the seconds that a recipe takes with one thread: all folds, and the fit to all rows.

    The number of cells says nothing of sparse data, which is taken as if it were small.
    """
    if profile.is_sparse:
        return 0.0
    algorithm = registry(profile.task, own)[recipe.algorithm]
    n_columns = profile.n_columns + N_CROSSES * crosses(recipe) + N_WORDS * words(recipe)
    table = profile.n_rows * n_columns
    cells = {
        "cells": table * max(1, len(profile.classes)),
        "table": table,
        "rows": profile.n_rows * USUAL_COLUMNS,
        "pairs": table * profile.n_rows / USUAL_ROWS,
    }
    return algorithm.fit_s * cells[algorithm.cost] / 1e6 * (validation.n_folds + 1)
