"""The life of one run, as data. No clock, no thread, no disk.

``advance(state, event)`` returns the next state and what is to be done about it. Every event has a handler in
`_HANDLERS`, which says only what the event itself changes; what follows of it (iterations to launch, a phase that is
over) is worked out by `flow.settle`, the same way after every event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from automl_widgets.engine import limits
from automl_widgets.engine.flow import (
    OUT_OF_TIME,
    Step,
    cancel_running,
    drop_retries,
    recorded,
    settle,
    with_frontier,
    with_standing,
)
from automl_widgets.engine.life import (
    CancelExplanation,
    CancelTrial,
    CommandGiven,
    EngineFailed,
    EngineState,
    Event,
    ExplanationEnded,
    Finish,
    Instruction,
    PlaceGone,
    RulesChanged,
    RunPrepared,
    SetRunState,
    Standing,
    Tick,
    TrialEnded,
    TrialStarted,
)

BY_USER = "stopped by you"


def advance(state: EngineState, event: Event) -> Step:
    """Return the state after an event, and what is to be done about it, in this order.

    After `Finish` only explanations are still given and asked for.

    Examples
    --------
    >>> from automl_widgets.engine.life import Rules
    >>> state, to_do = advance(EngineState(), RunPrepared(now_s=0.0, rules=Rules(n_search=2)))
    >>> [type(instruction).__name__ for instruction in to_do]
    ['SetRunState', 'Launch']
    """
    if state.phase == "ended" and not isinstance(event, ExplanationEnded | CommandGiven):
        return state, ()
    after, done = _HANDLERS[type(event)](state, event)
    after, more = settle(after, event.now_s)
    return after, _announcement(state, after) + done + more


def _announcement(before: EngineState, after: EngineState) -> tuple[Instruction, ...]:
    said = (after.run_state, after.stage)
    if after.phase == "ended" or said == (before.run_state, before.stage):
        return ()
    return (SetRunState(state=said[0], stage=said[1]),)


# ---------------------------------------------------------------- what an event changes


def _run_prepared(state: EngineState, event: RunPrepared) -> Step:
    taken = {s.ensemble for i, s in event.history.items() if i >= event.rules.n_before}
    pending = tuple((k, event.rules.n_search + k) for k in range(event.rules.n_ensembles) if k not in taken)
    state = replace(state, phase="search", rules=event.rules, standings=dict(event.history), ensembles=pending)
    state, to_do = _with_cancels_done(with_frontier(state))
    for command in event.commands:
        state, more = _command_given(state, command)
        to_do += more
    return state, to_do


def _with_cancels_done(state: EngineState) -> Step:
    """End what was being cancelled when the run was interrupted: its process is gone."""
    ending = [i for i, standing in state.standings.items() if standing.state == "canceling"]
    for i in ending:
        state = with_standing(state, i, replace(state.standings[i], state="canceled"))
    return state, tuple(recorded(i, state.standings[i]) for i in ending)


def _trial_started(state: EngineState, event: TrialStarted) -> Step:
    standing = state.standings.get(event.iteration)
    if standing is None or standing.attempt != event.attempt or not standing.holds_slot:
        return state, ()
    return with_standing(state, event.iteration, replace(standing, started_s=event.now_s)), ()


def _trial_ended(state: EngineState, event: TrialEnded) -> Step:
    standing = state.standings.get(event.iteration)
    if standing is None or standing.attempt != event.attempt or not standing.holds_slot:
        return state, ()
    if event.state in ("lost", "crashed") and standing.may_retry and standing.verdict is None:
        again = replace(standing, state="queued", attempt=event.attempt + 1, may_retry=False)
        again = replace(again, verdict=event.state, reason=event.reason)
        return with_standing(state, event.iteration, again), ()
    ended = _ended(state, standing, event)
    state = with_standing(state, event.iteration, ended)
    record = recorded(event.iteration, ended)
    if state.phase == "search" and state.closed is None and limits.reaches_exit(state.rules, ended.score):
        why = f"exit score {state.rules.exit_score:g} reached by iteration {event.iteration}"
        state, dropped = drop_retries(replace(state, closed=why))
        state, cancels = cancel_running(state, "canceled", "exit score reached")
        return state, (record, *dropped, *cancels)
    return state, (record,)


def _ended(state: EngineState, standing: Standing, event: TrialEnded) -> Standing:
    """Return how an iteration stands that will not be tried again."""
    standing = replace(standing, duration_s=event.now_s - standing.started_s, closing_s=event.closing_s)
    limit_s = state.rules.iteration_timeout_s
    if event.state == "completed":
        return replace(standing, state="completed", reason=None, score=event.score)
    if standing.verdict is not None:
        return replace(standing, state=standing.verdict)
    if event.gave_up:
        return replace(standing, state=event.state, reason=event.reason)
    if event.state == "timeout" and standing.is_bounded_by_run:
        return replace(standing, state="timeout", reason=OUT_OF_TIME)
    if event.state == "timeout" and limit_s is not None:
        return replace(standing, state="timeout", reason=f"took more than {limit_s:g} s")
    return replace(standing, state=event.state, reason=event.reason)


def _explanation_ended(state: EngineState, event: ExplanationEnded) -> Step:
    left = tuple(i for i in state.explaining if i != event.iteration)
    return replace(state, explaining=left, explained=state.explained | {event.iteration}), ()


def _command_given(state: EngineState, event: CommandGiven) -> Step:
    if event.kind == "explain" and event.iteration is not None:
        return _asked_to_explain(state, event.iteration), ()
    if state.phase == "ended":
        return state, ()
    if event.kind == "cancel":
        return _canceled(state, event.with_ensembles)
    if event.kind == "cancel_iteration" and event.iteration is not None:
        return _iteration_canceled(state, event.iteration)
    if event.kind == "retry" and event.iteration is not None:
        return _retried(state, event.iteration), ()
    if event.kind in ("pause", "resume"):
        return replace(state, is_paused=event.kind == "pause"), ()
    return state, ()


def may_be_retried(standing: Standing | None) -> bool:
    """Return whether an iteration can be tried again: one of the search that has ended without a score."""
    return standing is not None and standing.is_ended and standing.state != "completed" and standing.ensemble is None


def _retried(state: EngineState, iteration: int) -> EngineState:
    standing = state.standings.get(iteration)
    if standing is None or not may_be_retried(standing) or state.phase != "search" or state.is_canceled:
        return state
    again = Standing(state="queued", attempt=standing.attempt + 1, verdict=standing.state, reason=standing.reason)
    return with_standing(state, iteration, again)


def _rules_changed(state: EngineState, event: RulesChanged) -> Step:
    """Go by other rules: what closed the search may hold no longer, unless the user has."""
    if state.phase != "search" or state.is_canceled:
        return state, ()
    kinds = [kind for kind, _ in state.ensembles]
    pending = tuple((kind, event.rules.n_search + k) for k, kind in enumerate(kinds))
    return with_frontier(replace(state, rules=event.rules, closed=None, ensembles=pending)), ()


def _asked_to_explain(state: EngineState, iteration: int) -> EngineState:
    standing = state.standings.get(iteration)
    is_known = iteration in state.to_explain or iteration in state.explaining
    if standing is None or standing.state != "completed" or is_known:
        return state
    return replace(state, to_explain=(*state.to_explain, iteration))


def _canceled(state: EngineState, with_ensembles: bool) -> Step:
    """Cancel the run: a first time keeps the ensembles, unless told otherwise; once they are built, ends them too."""
    keeps = with_ensembles and state.phase in ("preparing", "search")
    state = replace(
        state,
        is_canceled=True,
        is_paused=False,
        closed=BY_USER,
        to_explain=(),
        ensembles=state.ensembles if keeps else (),
    )
    state, dropped = drop_retries(state)
    state, cancels = cancel_running(state, "canceled", BY_USER)
    return state, dropped + cancels + tuple(CancelExplanation(iteration=i) for i in state.explaining)


def _iteration_canceled(state: EngineState, iteration: int) -> Step:
    standing = state.standings.get(iteration)
    if standing is None:
        return _planned_iteration_canceled(state, iteration)
    if standing.state == "running":
        ending = replace(standing, state="canceling", verdict="canceled", reason="canceled by you")
        cancel = CancelTrial(iteration=iteration, attempt=standing.attempt)
        return with_standing(state, iteration, ending), (cancel,)
    if standing.state == "queued":
        ended = replace(standing, state="canceled", reason="canceled by you")
        return with_standing(state, iteration, ended), (recorded(iteration, ended),)
    return state, ()


def _planned_iteration_canceled(state: EngineState, iteration: int) -> Step:
    left = tuple((k, place) for k, place in state.ensembles if place != iteration)
    is_of_search = state.phase == "search" and state.closed is None and 0 <= iteration < state.rules.n_search
    if not is_of_search and left == state.ensembles:
        return state, ()
    ended = Standing(state="canceled", reason="canceled by you before it started")
    return with_standing(replace(state, ensembles=left), iteration, ended), (recorded(iteration, ended),)


def _tick(state: EngineState, event: Tick) -> Step:
    return state, ()


def _engine_failed(state: EngineState, event: EngineFailed) -> Step:
    running = [i for i, s in state.standings.items() if not s.is_ended]
    cancels = [CancelTrial(iteration=i, attempt=state.standings[i].attempt) for i in running]
    for i in running:
        state = with_standing(state, i, replace(state.standings[i], state="lost", reason="the engine failed"))
    records = [recorded(i, state.standings[i]) for i in running]
    ends = [CancelExplanation(iteration=i) for i in state.explaining]
    finish = Finish(state="failed", reason=event.reason)
    return replace(state, phase="ended", to_explain=()), (*cancels, *ends, *records, finish)


def _place_gone(state: EngineState, event: PlaceGone) -> Step:
    """Leave the run as a kernel that dies leaves it: what ran waits for its next attempt. A cancelled run ends."""
    to_do: tuple[Instruction, ...] = ()
    for i in [i for i, s in state.standings.items() if s.holds_slot]:
        standing = replace(state.standings[i], reason=state.standings[i].reason or event.reason)
        if standing.verdict is None and not state.is_canceled:
            waits = replace(standing, state="queued", attempt=standing.attempt + 1, verdict="lost")
            state = with_standing(state, i, waits)
        else:
            state = with_standing(state, i, replace(standing, state=standing.verdict or "lost"))
            to_do += (recorded(i, state.standings[i]),)
    finish = Finish(state="interrupted", reason=event.reason)
    if state.is_canceled:
        finish = Finish(state="canceled", reason=state.closed or BY_USER)
    return replace(state, phase="ended", explaining=(), to_explain=()), (*to_do, finish)


_HANDLERS: Mapping[type, Callable[[EngineState, Any], Step]] = {
    RunPrepared: _run_prepared,
    TrialStarted: _trial_started,
    TrialEnded: _trial_ended,
    ExplanationEnded: _explanation_ended,
    CommandGiven: _command_given,
    RulesChanged: _rules_changed,
    Tick: _tick,
    EngineFailed: _engine_failed,
    PlaceGone: _place_gone,
}
