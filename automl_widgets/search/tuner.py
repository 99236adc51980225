"""The next recipe, made of what came before: the only place that knows Optuna. Pure: history and a seed, no clock.

The recipe of a tuned iteration depends on the results of iterations that are at least `LAG` before it, whatever runs
at the same time: so the same seed gives the same table with one slot or with eight.
"""

from __future__ import annotations

import copy
import logging
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np

from automl_widgets.objective import objective
from automl_widgets.records import TRIAL_ENDED, Goal, IterationRecord, Json, Plan, Profile, Recipe, Settings
from automl_widgets.search.algorithms import PREPROCESSORS, Algorithm
from automl_widgets.search.own import registry
from automl_widgets.search.plan import preprocessors_for, space_for, start_of
from automl_widgets.search.spaces import Choice, Dimension, Float, Int, Space

LAG = 8
EXPLORATION = 0.15
"""Share of the iterations that go to any algorithm alike."""
FADING = 0.6
"""Each algorithm is tried so much less often than the one that did better."""
N_STARTUP = 5
"""Trials of an algorithm before Optuna follows their results."""
N_BEST, N_LATEST = 20, 40
"""Optuna is told the best and the latest trials of an algorithm: it copies each, and all of hundreds take too long."""
MIXED = 0.15
"""Share of the draws in which a preprocessor may mix columns."""
DRAWS = 1000
"""After so many draws that were all tried before, an algorithm counts as used up and a recipe may come again."""

_TALKATIVE = ("optuna.storages._in_memory", "optuna.samplers._tpe.sampler")


def depends_on(plan: Plan, iteration: int) -> range:
    """Return the iterations that must have ended before this one's recipe is known.

    Those of the portfolio depend on none, ensembles on all that are not ensembles.

    Examples
    --------
    >>> from automl_widgets.records import Validation
    >>> portfolio = (Recipe(algorithm="LightGBM"),) * 10
    >>> plan = Plan(portfolio=portfolio, n_tuned=5, ensembles=(), validation=Validation(kind="k_fold", n_folds=3))
    >>> depends_on(plan, 9), depends_on(plan, 12)
    (range(0, 0), range(0, 5))
    """
    n_search = len(plan.portfolio) + plan.n_tuned
    if iteration < len(plan.portfolio):
        return range(0)
    return range(max(0, iteration - LAG + 1) if iteration < n_search else n_search)


def propose(
    plan: Plan,
    history: Sequence[IterationRecord],
    settings: Settings,
    profile: Profile,
    iteration: int,
    between: Mapping[int, Recipe] | None = None,
) -> Recipe:
    """Return the recipe of an iteration of the search.

    Parameters
    ----------
    plan : Plan
    history : sequence of IterationRecord
        Those of `depends_on` have ended; later ones are ignored.
    settings : Settings
    profile : Profile
    iteration : int
    between : mapping, optional
        Recipes of the iterations just before this one that are not in the history yet, as far as they were proposed
        already; what is missing is proposed once more.

    Returns
    -------
    Recipe
        That of the portfolio, one in reserve or a new one, which is none of the earlier recipes.
    """
    if iteration < len(plan.portfolio):
        return plan.portfolio[iteration]
    known = sorted((r for r in history if r.iteration in depends_on(plan, iteration)), key=lambda r: r.iteration)
    search = _Search(plan=plan, settings=settings, profile=profile, known=tuple(known))
    family = search.family(iteration)
    proposed: list[Recipe] = []
    # What the iterations between try is not in the history yet, and none of it is to be proposed again.
    for k in range(max(len(plan.portfolio), iteration - LAG + 1), iteration):
        known_recipe = (between or {}).get(k)
        if (known_recipe.algorithm if known_recipe else search.family(k)) == family:
            proposed.append(known_recipe or search.draw(k, family, proposed))
    return search.draw(iteration, family, proposed)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """What is known when a recipe is proposed."""

    plan: Plan
    settings: Settings
    profile: Profile
    known: tuple[IterationRecord, ...]

    def before(self, iteration: int) -> tuple[IterationRecord, ...]:
        return tuple(r for r in self.known if r.iteration in depends_on(self.plan, iteration))

    def family(self, iteration: int) -> str:
        """Return the algorithm whose turn it is: the better its best result, the more often."""
        names = self.plan.tunable_algorithms
        best = _best_scores(self.before(iteration), objective(self.settings).goal)
        ranked = sorted(names, key=lambda name: (-best.get(name, -math.inf), names.index(name)))
        alive = [name for name in ranked if best.get(name, 0.0) > -math.inf] or ranked
        shares = FADING ** np.minimum(np.arange(len(alive)), sum(name in best for name in alive))
        chances = EXPLORATION / len(alive) + (1 - EXPLORATION) * shares / shares.sum()
        rng = np.random.default_rng([self.settings.random_state, iteration])
        return alive[int(np.searchsorted(np.cumsum(chances), rng.random() * chances.sum()))]

    def _told(self, records: Sequence[IterationRecord]) -> list[IterationRecord]:
        sign = -1 if objective(self.settings).goal == "max" else 1
        scored = [(sign * score, r.iteration) for r in records if (score := _score(r)) is not None]
        best = {iteration for _, iteration in sorted(scored)[:N_BEST]}
        return [r for k, r in enumerate(records) if k >= len(records) - N_LATEST or r.iteration in best]

    def _preprocessors(self, algorithm: Algorithm, iteration: int) -> tuple[str, ...]:
        """Return those to choose from: what mixes columns is seldom good, and gets its share of the draws alone."""
        names = preprocessors_for(algorithm, self.settings, self.profile)
        plain = tuple(name for name in names if not name or not PREPROCESSORS[name].mixes)
        is_any = np.random.default_rng([self.settings.random_state, iteration, 3]).random() < MIXED
        return names if is_any or not plain else plain

    def draw(self, iteration: int, family: str, proposed: Sequence[Recipe]) -> Recipe:
        """Return a recipe of that algorithm that is neither known nor proposed: one in reserve, or a new one."""
        earlier = [*self.plan.portfolio, *proposed, *(r.recipe for r in self.known if r.iteration < iteration)]
        waiting = next((r for r in self.plan.reserve if r.algorithm == family and r not in earlier), None)
        if waiting is not None:
            return waiting
        algorithm = registry(self.settings.task, self.settings.own)[family]
        preprocessors = self._preprocessors(algorithm, iteration)
        space = {"preprocessor": Choice(preprocessors), **space_for(algorithm, self.profile)}
        mine = self._told([r for r in self.before(iteration) if r.recipe is not None and r.recipe.algorithm == family])
        seen = [_values(r, space) for r in earlier if r is not None and r.algorithm == family]
        values = _drawn(space, mine, self.settings, iteration, seen)
        return Recipe(
            algorithm=family,
            preprocessor=str(values.pop("preprocessor")),
            parameters={**start_of(algorithm, self.profile, values), **values},
            origin="tuned",
        )


def _best_scores(records: Sequence[IterationRecord], goal: Goal) -> dict[str, float]:
    """Return each algorithm's best score, larger being better; minus infinity if it failed twice and never got one."""
    best: dict[str, float] = {}
    failures: dict[str, int] = {}
    for record in records:
        if record.recipe is None or record.state not in TRIAL_ENDED:
            continue
        name, score = record.recipe.algorithm, _score(record)
        if score is None:
            failures[name] = failures.get(name, 0) + (record.state != "canceled")
        else:
            best[name] = max(best.get(name, -math.inf), score if goal == "max" else -score)
    return {**{name: -math.inf for name, n in failures.items() if n > 1}, **best}


def _score(record: IterationRecord) -> float | None:
    is_scored = record.state == "completed" and record.result is not None and math.isfinite(record.result.score)
    return record.result.score if is_scored and record.result is not None else None


def _drawn(
    space: Space, records: Sequence[IterationRecord], settings: Settings, iteration: int, seen: Sequence[Any]
) -> dict[str, Json]:
    """Return values that were not seen: Optuna's, or any from the space if Optuna insists on what was."""
    values = _suggested(space, records, settings, iteration)
    rng = np.random.default_rng([settings.random_state, iteration, 1])
    for _ in range(DRAWS):
        if values not in seen:
            break
        values = {name: _random(dimension, rng) for name, dimension in space.items()}
    return values


def _suggested(space: Space, records: Sequence[IterationRecord], settings: Settings, iteration: int) -> dict[str, Json]:
    import optuna

    distributions = {name: _distribution(dimension) for name, dimension in space.items()}
    seed = int(np.random.SeedSequence([settings.random_state, iteration]).generate_state(1)[0])
    # Before version 5 the multivariate sampler is an experiment, and says so on every use.
    is_multivariate = int(optuna.__version__.split(".")[0]) >= 5
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=N_STARTUP, multivariate=is_multivariate)
    goal = objective(settings).goal
    with _silence():
        study = optuna.create_study(direction="maximize" if goal == "max" else "minimize", sampler=sampler)
        for record in records:
            study.add_trial(_trial(record, space, distributions))
        suggested = study.ask(distributions).params
    return {name: _rounded(suggested[name], dimension) for name, dimension in space.items()}


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Optuna from talking about a study of this thread; the user's own studies are announced as ever."""
    thread = threading.get_ident()
    loggers = [logging.getLogger(name) for name in _TALKATIVE]

    def is_of_others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    for logger in loggers:
        logger.addFilter(is_of_others)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(is_of_others)


def _trial(record: IterationRecord, space: Space, distributions: Mapping[str, Any]) -> Any:
    from optuna.trial import TrialState

    values = _values(record.recipe, space) if record.recipe is not None else {}
    score, at = _score(record), datetime.fromtimestamp(0)
    return _settled_trial()(
        number=-1,
        trial_id=-1,
        state=TrialState.FAIL if score is None else TrialState.COMPLETE,
        value=score,
        params=values,
        distributions={name: distributions[name] for name in values},
        datetime_start=at,
        datetime_complete=at,
        user_attrs={},
        system_attrs={},
        intermediate_values={},
    )


@cache
def _settled_trial() -> type[Any]:
    """Return a trial's class for trials that nobody changes: its copy shares what it holds.

    A study copies each trial that it is told of, with its distributions: a third of a proposal's time.
    """
    from optuna.trial import FrozenTrial

    class SettledTrial(FrozenTrial):
        def __deepcopy__(self, memo: object) -> Any:
            return copy.copy(self)

    return SettledTrial


def _values(recipe: Recipe, space: Space) -> dict[str, Json]:
    """Return a recipe as a point of the space: numbers moved inside, words where a number is searched left out."""
    given = {"preprocessor": recipe.preprocessor, **recipe.parameters}
    return {
        name: _inside(given[name], dimension)
        for name, dimension in space.items()
        if name in given and _has_place(given[name], dimension)
    }


def _has_place(value: Json, dimension: Dimension) -> bool:
    if isinstance(dimension, Choice):
        return value in dimension.values
    return isinstance(value, int | float)


def _inside(value: Any, dimension: Dimension) -> Any:
    if isinstance(dimension, Choice):
        return value
    kind = int if isinstance(dimension, Int) else float
    return kind(min(max(value, dimension.low), dimension.high))


def _rounded(value: Any, dimension: Dimension) -> Json:
    """Return a float with five digits: no more matter, and people read them."""
    return _inside(float(f"{value:.5g}"), dimension) if isinstance(dimension, Float) else value


def _distribution(dimension: Dimension) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(dimension, Choice):
        return CategoricalDistribution(dimension.values)
    if isinstance(dimension, Int):
        return IntDistribution(dimension.low, dimension.high, log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _random(dimension: Dimension, rng: np.random.Generator) -> Json:
    if isinstance(dimension, Choice):
        return dimension.values[int(rng.integers(len(dimension.values)))]
    if isinstance(dimension, Int):
        return int(rng.integers(dimension.low, dimension.high, endpoint=True))
    if dimension.log:
        return _rounded(math.exp(rng.uniform(math.log(dimension.low), math.log(dimension.high))), dimension)
    return _rounded(float(rng.uniform(dimension.low, dimension.high)), dimension)
