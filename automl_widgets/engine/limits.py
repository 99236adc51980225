"""When a run may start nothing more: budget, early stopping, exit score, as questions. No change of its state."""

from __future__ import annotations

import statistics

from automl_widgets.engine.life import EngineState, Launch, Rules

LANDMARKS = 20
"""Iterations that early stopping leaves alone; its window opens with the one after them, as in Azure ML."""
RESERVE_SHARE = 0.05
RESERVE_MIN_S = 1.0
"""Ensembles and explanation get 5 % of the run's time, and not less than a second (nor more than half of it)."""
KILL_S = 0.3
"""What still runs so long before the end is ended: a kill takes some 35 ms, and the last rows have to be written."""
EXPLANATION_MIN_S = 0.5
"""With less time than this an explanation is not begun."""


def reserve_s(timeout_s: float) -> float:
    """Return what of a run's time is kept for ensembles and explanation."""
    return min(max(RESERVE_MIN_S, RESERVE_SHARE * timeout_s), timeout_s / 2)


def search_end_s(rules: Rules) -> float | None:
    """Return when the last iteration of the search must have ended."""
    return None if rules.timeout_s is None else rules.started_s + rules.timeout_s - reserve_s(rules.timeout_s)


def kill_s(rules: Rules) -> float | None:
    """Return when everything must have ended."""
    if rules.timeout_s is None:
        return None
    return rules.started_s + rules.timeout_s - min(KILL_S, reserve_s(rules.timeout_s) / 5)


def fits(state: EngineState, now_s: float) -> bool:
    """Return whether an iteration of median duration would end in time; before the first has ended, always try."""
    end_s = search_end_s(state.rules)
    if end_s is None or now_s >= end_s:
        return end_s is None
    durations = [
        s.duration_s
        for s in state.standings.values()
        if s.state == "completed" and s.ensemble is None and s.duration_s is not None
    ]
    return not durations or now_s + statistics.median(durations) <= end_s


def launch(state: EngineState, iteration: int, attempt: int, ensemble: int | None, now_s: float) -> Launch:
    """Return the instruction to start an iteration, with the time that it may take."""
    end_s = search_end_s(state.rules) if ensemble is None else kill_s(state.rules)
    left_s = None if end_s is None else max(end_s - now_s, 0.0)
    own_s = state.rules.iteration_timeout_s
    timeout_s = min((t for t in (own_s, left_s) if t is not None), default=None)
    return Launch(iteration=iteration, attempt=attempt, ensemble=ensemble, timeout_s=timeout_s)


def explanation_timeout_s(rules: Rules, now_s: float) -> float | None:
    """Return how long an explanation may take that begins now; None for as long as it likes."""
    end_s = kill_s(rules)
    return None if end_s is None else max(end_s - now_s, 0.0)


def early_stop_at(state: EngineState) -> int | None:
    """Return how many iterations the search may have as far as is known now; None for all of them.

    The window is counted along the iterations' numbers, and no iteration starts beyond it before all earlier ones
    have told whether it moves on. So the search stops at the same iteration in whatever order they finish.
    """
    window = state.rules.early_stopping_window
    if window is None:
        return None
    limit = max(LANDMARKS, state.improved_at) + 1 + window
    return limit if limit < state.rules.n_search else None


def reaches_exit(rules: Rules, score: float | None) -> bool:
    """Return whether a score is as good as the user asked for."""
    if rules.exit_score is None or score is None:
        return False
    return score >= rules.exit_score if rules.goal == "max" else score <= rules.exit_score
