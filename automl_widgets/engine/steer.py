"""What the user wishes of a run beyond stop and go, judged: what it changes, or why it cannot be. Pure.

``more`` {iterations, minutes, exit_score}, ``block`` and ``allow`` {algorithm}, ``like`` {iteration, count}, ``retry``
{iteration}. On a run that has ended they make it go on, ``block`` and ``allow`` apart.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from automl_widgets.engine.launch import Course
from automl_widgets.engine.life import EngineState
from automl_widgets.engine.machine import may_be_retried
from automl_widgets.errors import AutoMLError, NotFoundError
from automl_widgets.records import Json, Plan, Recipe, Settings
from automl_widgets.search import replan
from automl_widgets.search.algorithms import resolve_algorithm
from automl_widgets.search.own import registry
from automl_widgets.search.plan import why_not

STEERING = frozenset({"more", "block", "allow", "like", "retry"})
AS_MANY_AS_FIT = 1000
"""Iterations that a run is continued by when only time is given."""
MAX_LIKE = 100


class RefusedError(AutoMLError, ValueError):
    """A wish that cannot be fulfilled; the message is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a wish changes of a run."""

    answer: str
    plan: Plan
    settings: Settings
    goes_on: bool = True
    """Whether a run that had ended goes on for it."""
    retried: int | None = None


def change(
    kind: str,
    arguments: Mapping[str, Json],
    state: EngineState,
    course: Course,
    tried: Sequence[Recipe],
    used_s: float = 0.0,
) -> Change:
    """Return what a wish changes.

    Parameters
    ----------
    kind : str
        One of `STEERING`.
    arguments : mapping
        The command's.
    state : EngineState
        The run: searching, or ended.
    course : Course
    tried : sequence of Recipe
        Recipes of all iterations so far, by number; of a run that has ended those of its ensembles too.
    used_s : float, default 0.0
        Seconds that a run which has ended had used.

    Raises
    ------
    RefusedError
        If it cannot be.
    """
    if state.phase == "search" and state.is_canceled:
        raise RefusedError("The run is being stopped.")
    return _CHANGES[kind](_Wish(arguments, state, course, tuple(tried), used_s))


@dataclass(frozen=True, slots=True)
class _Wish:
    arguments: Mapping[str, Json]
    state: EngineState
    course: Course
    tried: tuple[Recipe, ...]
    used_s: float

    @property
    def has_ended(self) -> bool:
        return self.state.phase == "ended"

    def number(self, name: str, most: float = math.inf) -> float | None:
        value = self.arguments.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
            raise RefusedError(f"`{name}` must be a number above 0, but got {name}={value!r:.100}.")
        return value

    def iteration(self) -> int:
        value = self.arguments.get("iteration")
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.state.standings:
            raise RefusedError(f"There is no iteration {value!r:.100} yet.")
        return value

    def algorithm(self) -> str:
        settings, value = self.course.settings, self.arguments.get("algorithm")
        try:
            return _resolved(settings, str(value)[:100])
        except NotFoundError as error:
            raise RefusedError(str(error)) from None

    def grown(self, count: int) -> Plan:
        plan = self.course.plan
        return replan.continued(plan, self.tried, count) if self.has_ended else replan.with_more(plan, count)

    def settings(self, plan: Plan, timeout_s: float | None) -> Settings:
        return replace(self.course.settings, iterations=plan.n_iterations, experiment_timeout_s=timeout_s)


def _more(wish: _Wish) -> Change:
    count, minutes, exit_score = wish.number("iterations"), wish.number("minutes"), wish.arguments.get("exit_score")
    limit_s = wish.course.settings.experiment_timeout_s
    if count is None and minutes is None:
        raise RefusedError("Say how many `iterations` or `minutes` more.")
    if wish.has_ended:
        limit_s = None if minutes is None else wish.used_s + 60 * minutes
    elif minutes is not None and limit_s is None and count is None:
        raise RefusedError("The run has no time limit: give iterations.")
    elif minutes is not None and limit_s is not None:
        limit_s += 60 * minutes
    n_more = int(count or 0) or (AS_MANY_AS_FIT if wish.has_ended else 0)
    plan = wish.grown(n_more)
    settings = wish.settings(plan, limit_s)
    if isinstance(exit_score, int | float) and not isinstance(exit_score, bool):
        settings = replace(settings, exit_score=float(exit_score))
    said = [f"{n_more} more iterations"] if count else []
    said += [f"{minutes:g} more minutes"] if minutes and limit_s is not None else []
    return Change(answer=" and ".join(said), plan=plan, settings=settings)


def _block(wish: _Wish) -> Change:
    name, plan = wish.algorithm(), wish.course.plan
    if plan.tunable_algorithms == (name,):
        raise RefusedError(f"{name} is the last algorithm that is left: allow another one first.")
    if name not in plan.tunable_algorithms:
        raise RefusedError(f"{name} is not among those that are tried: {', '.join(plan.tunable_algorithms)}.")
    plan = replan.without(plan, name, wish.state.next_iteration)
    settings = replace(wish.course.settings, blocked_algorithms=(*wish.course.settings.blocked_algorithms, name))
    return Change(answer=f"no further {name}", plan=plan, settings=settings, goes_on=False)


def _allow(wish: _Wish) -> Change:
    name, course = wish.algorithm(), wish.course
    if name in course.plan.tunable_algorithms:
        raise RefusedError(f"{name} is allowed already.")
    if reason := why_not(name, course.settings, course.profile):
        raise RefusedError(f"{name} {reason}.")
    plan = replan.with_algorithm(course.plan, name, course.settings, course.profile)
    blocked = (n for n in course.settings.blocked_algorithms if _resolved(course.settings, n) != name)
    settings = replace(course.settings, blocked_algorithms=tuple(blocked))
    return Change(answer=f"{name} is tried again", plan=plan, settings=settings, goes_on=False)


def _like(wish: _Wish) -> Change:
    iteration, count = wish.iteration(), int(wish.number("count", MAX_LIKE) or 1)
    known = registry(wish.course.settings.task, wish.course.settings.own)
    if iteration >= len(wish.tried) or wish.tried[iteration].algorithm not in known:
        raise RefusedError(f"Iteration {iteration} has no recipe of its own that others could be like.")
    recipe, course = wish.tried[iteration], wish.course
    recipes = replan.near(recipe, count, course.settings, course.profile, (*wish.tried, *course.plan.portfolio))
    if not recipes:
        raise RefusedError(
            f"Everything like iteration {iteration} has been tried: {recipe.algorithm} has no neighbour."
        )
    base = wish.grown(0)
    plan = replan.with_next(base, recipes, wish.tried)
    limit_s = None if wish.has_ended else course.settings.experiment_timeout_s
    answer = f"{len(recipes)} like iteration {iteration} are next"
    return Change(answer=answer, plan=plan, settings=wish.settings(plan, limit_s))


def _resolved(settings: Settings, name: str) -> str:
    return resolve_algorithm(settings.task, name, [model.name for model in settings.own.models])


def _retry(wish: _Wish) -> Change:
    iteration = wish.iteration()
    standing = wish.state.standings[iteration]
    if not may_be_retried(standing):
        what = "an ensemble" if standing.ensemble is not None else standing.state
        raise RefusedError(f"Iteration {iteration} cannot be tried again: it is {what}.")
    plan = wish.grown(0)
    limit_s = None if wish.has_ended else wish.course.settings.experiment_timeout_s
    answer = f"iteration {iteration} is tried again"
    return Change(answer=answer, plan=plan, settings=wish.settings(plan, limit_s), retried=iteration)


_CHANGES = {"more": _more, "block": _block, "allow": _allow, "like": _like, "retry": _retry}
