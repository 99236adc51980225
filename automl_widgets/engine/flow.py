"""What follows of a run's state by itself: iterations to launch, phases that are over. No event is known here.

::

    preparing -> search -> ensembles -> explanation -> ended
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TypeAlias

from automl_widgets.engine import limits
from automl_widgets.engine.life import (
    CancelExplanation,
    CancelTrial,
    EngineState,
    Explain,
    Finish,
    Instruction,
    Record,
    Standing,
)
from automl_widgets.records import TrialState

Step: TypeAlias = tuple[EngineState, tuple[Instruction, ...]]

TIME_IS_UP = "time limit reached"
OUT_OF_TIME = "the run's time limit was reached"


def upcoming(state: EngineState) -> int | None:
    """Return the iteration that the next free slot would get from the search, None if there is none to be known."""
    return _next_of_search(state) if state.phase == "search" else None


def settle(state: EngineState, now_s: float) -> Step:
    """Let everything happen that the state allows now: one phase after the other, until nothing more does."""
    if state.phase == "preparing":
        return state, ()
    to_do: tuple[Instruction, ...] = ()
    for step in _STEPS:
        state, more = step(state, now_s)
        to_do += more
    return state, to_do


# ---------------------------------------------------------------- changes that events make too


def with_standing(state: EngineState, iteration: int, standing: Standing) -> EngineState:
    """Return the state with one iteration standing otherwise."""
    state = replace(state, standings={**state.standings, iteration: standing})
    return with_frontier(state) if standing.is_ended or iteration == state.next_iteration else state


def with_frontier(state: EngineState) -> EngineState:
    """Return the state with its three marks along the iterations' numbers moved as far as they go."""
    standings, end = state.standings, state.rules.n_search
    following, frontier, improved_at = state.next_iteration, state.frontier, state.improved_at
    while following < end and following in standings:
        following += 1
    while frontier < end and frontier in standings and standings[frontier].is_ended:
        if _is_better(state, frontier, improved_at):
            improved_at = frontier
        frontier += 1
    return replace(state, next_iteration=following, frontier=frontier, improved_at=improved_at)


def _is_better(state: EngineState, one: int, other: int) -> bool:
    score = state.standings[one].score
    least = state.standings[other].score if other >= 0 else None
    if score is None or least is None:
        return score is not None
    return score > least if state.rules.goal == "max" else score < least


def cancel_running(state: EngineState, verdict: TrialState, reason: str) -> Step:
    """End every iteration that runs; each is given its state and reason once its process is gone."""
    running = [i for i, s in state.standings.items() if s.state == "running"]
    for i in running:
        ending = replace(state.standings[i], state="canceling", verdict=verdict, reason=reason)
        state = with_standing(state, i, ending)
    return state, tuple(CancelTrial(iteration=i, attempt=state.standings[i].attempt) for i in running)


def drop_retries(state: EngineState) -> Step:
    """Give up what waits to be tried again: it ends with what ended its first attempt."""
    queued = [i for i, s in state.standings.items() if s.state == "queued"]
    for i in queued:
        standing = state.standings[i]
        ended = replace(standing, state=standing.verdict or "lost", attempt=max(standing.attempt - 1, 0))
        state = with_standing(state, i, ended)
    return state, tuple(recorded(i, state.standings[i]) for i in queued)


def recorded(iteration: int, standing: Standing) -> Record:
    """Return the instruction to write down an iteration that has ended."""
    return Record(iteration=iteration, attempt=standing.attempt, state=standing.state, reason=standing.reason)


# ---------------------------------------------------------------- steps, in this order


def _watch_the_clock(state: EngineState, now_s: float) -> Step:
    search_end_s, kill_s = limits.search_end_s(state), limits.kill_s(state.rules)
    if search_end_s is None or kill_s is None or now_s < search_end_s or state.phase == "ended":
        return state, ()
    to_do: tuple[Instruction, ...] = ()
    state = replace(state, is_paused=False)
    if state.phase == "search":
        state = replace(state, closed=state.closed or TIME_IS_UP)
        state, to_do = cancel_running(state, "timeout", OUT_OF_TIME)
    if now_s >= kill_s:
        closed = state.closed or (TIME_IS_UP if state.ensembles else None)
        state = replace(state, closed=closed, ensembles=(), to_explain=())
        state, more = cancel_running(state, "timeout", OUT_OF_TIME)
        to_do += more + tuple(CancelExplanation(iteration=i) for i in state.explaining)
    state, more = _end_without(state, now_s)
    return state, to_do + more


def _end_without(state: EngineState, now_s: float) -> Step:
    """At the very end, write down what was ended and has not told so: the run does not wait for a slow machine."""
    hard_end_s = limits.hard_end_s(state.rules)
    if hard_end_s is None or now_s < hard_end_s:
        return state, ()
    late = [i for i, s in state.standings.items() if s.holds_slot]
    for i in late:
        standing = state.standings[i]
        state = with_standing(state, i, replace(standing, state=standing.verdict or "timeout"))
    return replace(state, explaining=()), tuple(recorded(i, state.standings[i]) for i in late)


def _stop_early(state: EngineState, now_s: float) -> Step:
    stop_at = limits.early_stop_at(state)
    if state.phase == "search" and state.closed is None and stop_at is not None and state.frontier >= stop_at:
        why = f"early stopping, no progress in {limits.patience(state)} iterations"
        return replace(state, closed=why), ()
    return state, ()


def _drop_late_retries(state: EngineState, now_s: float) -> Step:
    may_wait = state.phase == "ended" or (limits.fits(state, now_s) and state.closed != TIME_IS_UP)
    return (state, ()) if may_wait else drop_retries(state)


def _start_explanations(state: EngineState, now_s: float) -> Step:
    """Explanations go before iterations: somebody waits for them."""
    to_do: list[Instruction] = []
    while state.to_explain and state.free_slots > 0:
        iteration, *rest = state.to_explain
        state = replace(state, to_explain=tuple(rest), explaining=(*state.explaining, iteration))
        timeout_s = None if state.phase == "ended" else limits.explanation_timeout_s(state.rules, now_s)
        to_do.append(Explain(iteration=iteration, timeout_s=timeout_s))
    return state, tuple(to_do)


def _launch_search(state: EngineState, now_s: float) -> Step:
    to_do: list[Instruction] = []
    while state.phase == "search" and _may_launch(state):
        iteration = _next_of_search(state)
        if iteration is None:
            break
        if not limits.fits(state, now_s):
            return replace(state, closed=TIME_IS_UP), tuple(to_do)
        state, launch = _launched(state, iteration, Standing(), now_s)
        to_do.append(launch)
    return state, tuple(to_do)


def _launch_retries(state: EngineState, now_s: float) -> Step:
    to_do: list[Instruction] = []
    for i in sorted(i for i, s in state.standings.items() if s.state == "queued"):
        if _may_launch(state):
            state, launch = _launched(state, i, state.standings[i], now_s)
            to_do.append(launch)
    return state, tuple(to_do)


def _launch_ensembles(state: EngineState, now_s: float) -> Step:
    to_do: list[Instruction] = []
    while state.phase == "ensembles" and state.ensembles and _may_launch(state):
        (kind, iteration), *rest = state.ensembles
        state = replace(state, ensembles=tuple(rest))
        state, launch = _launched(state, iteration, Standing(ensemble=kind), now_s)
        to_do.append(launch)
    return state, tuple(to_do)


def _may_launch(state: EngineState) -> bool:
    return state.phase != "ended" and not state.is_paused and state.free_slots > 0


def _next_of_search(state: EngineState) -> int | None:
    """Return the iteration that may start next; the order is that of the numbers, nothing overtakes."""
    i, rules = state.next_iteration, state.rules
    stop_at = limits.early_stop_at(state)
    if state.closed is not None or i >= rules.n_search or (stop_at is not None and i >= stop_at):
        return None
    waits_for = rules.waits_for[i] if i < len(rules.waits_for) else 0
    return i if state.frontier >= waits_for else None


def _launched(state: EngineState, iteration: int, standing: Standing, now_s: float) -> tuple[EngineState, Instruction]:
    launch = limits.launch(state, iteration, standing.attempt, standing.ensemble, now_s)
    is_bounded = launch.timeout_s is not None and launch.timeout_s != state.rules.iteration_timeout_s
    running = replace(
        standing,
        state="running",
        started_s=now_s,
        is_bounded_by_run=is_bounded,
        is_lifeline=launch.is_lifeline,
        verdict=None,
        reason=None,
    )
    return with_standing(state, iteration, running), launch


def _leave_search(state: EngineState, now_s: float) -> Step:
    """Once the search is over, give the ensembles the next free numbers."""
    is_over = state.closed is not None or state.next_iteration >= state.rules.n_search
    if state.phase != "search" or not is_over or not state.is_idle:
        return state, ()
    kinds = [kind for kind, _ in state.ensembles] if state.best is not None else []
    free = (i for i in range(state.next_iteration, state.rules.n_iterations) if i not in state.standings)
    return replace(state, phase="ensembles", ensembles=tuple(zip(kinds, free, strict=False))), ()


def _leave_ensembles(state: EngineState, now_s: float) -> Step:
    """Once the ensembles are there, explain the best iteration, if that is wanted and there is time."""
    if state.phase != "ensembles" or state.ensembles or not state.is_idle:
        return state, ()
    state = replace(state, phase="explanation")
    left_s = limits.explanation_timeout_s(state.rules, now_s)
    has_time = left_s is None or left_s >= limits.EXPLANATION_MIN_S
    is_known = state.best in {*state.to_explain, *state.explaining, *state.explained}
    if state.best is None or is_known or not state.rules.explain_best or not has_time or state.is_canceled:
        return state, ()
    return replace(state, to_explain=(state.best, *state.to_explain)), ()


def _leave_explanation(state: EngineState, now_s: float) -> Step:
    if state.phase != "explanation" or state.to_explain or state.explaining:
        return state, ()
    finish = _finish(state)
    finish = replace(finish, reason=f"{finish.reason}{limits.account(state.rules, now_s)}")
    return replace(state, phase="ended"), (finish,)


_STEPS = (
    _watch_the_clock,
    _stop_early,
    _drop_late_retries,
    _start_explanations,
    _launch_retries,
    _launch_search,
    _leave_search,
    _launch_ensembles,
    _leave_ensembles,
    _start_explanations,
    _leave_explanation,
)


def _finish(state: EngineState) -> Finish:
    n_ended = sum(standing.is_ended for standing in state.standings.values())
    if state.is_canceled:
        return Finish(state="canceled", reason=state.closed or "")
    if state.best is None:
        return Finish(state="failed", reason=_failure(state))
    if state.closed is not None:
        return Finish(state="completed", reason=f"{state.closed}, {n_ended} of {state.rules.n_iterations}")
    return Finish(state="completed", reason=f"all {n_ended} iterations done" if n_ended > 1 else "1 iteration done")


def _failure(state: EngineState) -> str:
    """Say why no iteration has a score: what most of them ended with."""
    causes = Counter(s.reason or s.state for s in state.standings.values())
    if not causes:
        return f"{state.closed or 'nothing to do'}, no iteration was started"
    cause, n = causes.most_common(1)[0]
    return f"no iteration has a score; {n} of {len(state.standings)}: {cause}"
