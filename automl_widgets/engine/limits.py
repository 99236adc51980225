"""When a run may start nothing more: budget, early stopping, exit score, as questions. No change of its state."""

from __future__ import annotations

import math
import statistics

from automl_widgets.engine.life import EngineState, Launch, Rules

LEAST_PATIENCE, LEAST_PATIENCE_TIMED = 20, 40
"""Early stopping waits for so many iterations of its own accord: longer where somebody has given the time for them."""
RESERVE_SHARE, EXPLAINED_SHARE = 0.02, 0.05
RESERVE_MIN_S = 1.0
"""What nobody has measured yet gets 2 % of the run's time, with an explanation 5 %, and not less than a second..."""
RESERVE_MOST = 0.4
"""... and all that comes after the search never more than this share."""
KILL_SHARE = 0.03
KILL_MOST_S = 0.5
"""What still runs so long before the end is ended: a kill takes some 35 ms, and the last rows have to be written."""
HARD_S = 0.05
"""What has not told its end by then is written down as ended, and the run ends without it."""
EXPLANATION_MIN_S = 0.5
"""With less time than this an explanation is not begun."""


def reserve_s(state: EngineState, n_new: int = 0) -> float:
    """Return what of the run's time is kept for ensembles and explanation, if so many iterations more are started.

    A fixed part, and for each iteration that an ensemble may combine what it took to write its files and to compute
    a score: ensembles read and write those files, and compute as many scores as they try members.
    """
    rules = state.rules
    timeout_s = rules.timeout_s or 0.0
    fixed_s = max(RESERVE_MIN_S, (EXPLAINED_SHARE if rules.explain_best else RESERVE_SHARE) * timeout_s)
    return min(fixed_s + _ensembles_s(state, n_new), RESERVE_MOST * timeout_s)


def _ensembles_s(state: EngineState, n_new: int) -> float:
    """Return how long the ensembles will take that are still to be built, as far as is known."""
    rules = state.rules
    n_ensembles = len(state.ensembles)
    if not n_ensembles or not rules.n_members:
        return 0.0
    known = [s.closing_s for s in state.standings.values() if s.score is not None]
    if not known:
        return 0.0
    n_running = sum(s.holds_slot for s in state.standings.values()) + n_new
    n_members = min(rules.n_members, len(known) + n_running)
    return math.ceil(n_ensembles / max(1, rules.slots)) * n_members * statistics.fmean(known)


def search_end_s(state: EngineState, n_new: int = 0) -> float | None:
    """Return when the last iteration of the search must have ended, if so many more are started."""
    rules = state.rules
    return None if rules.timeout_s is None else rules.started_s + rules.timeout_s - reserve_s(state, n_new)


def kill_s(rules: Rules) -> float | None:
    """Return when everything must have ended."""
    if rules.timeout_s is None:
        return None
    return rules.started_s + rules.timeout_s - min(KILL_MOST_S, KILL_SHARE * rules.timeout_s)


def hard_end_s(rules: Rules) -> float | None:
    """Return when the run ends without what has not told its end."""
    if rules.timeout_s is None:
        return None
    return rules.started_s + rules.timeout_s - min(HARD_S, KILL_SHARE * rules.timeout_s / 2)


def patience_s(state: EngineState, now_s: float, most_s: float) -> float:
    """Return how long nothing has to be done for the clock's sake, at most `most_s`."""
    moments = (search_end_s(state), kill_s(state.rules), hard_end_s(state.rules))
    return min([most_s, *(m - now_s for m in moments if m is not None and m > now_s)])


def fits(state: EngineState, now_s: float) -> bool:
    """Return whether an iteration like the shorter ones would end in time; before the first has ended, always try.

    One in four is as short. A longer one finds out by itself that it has no time, and gives up: no other would have
    had that time.
    """
    end_s = search_end_s(state, 1)
    if end_s is None or now_s >= end_s:
        return end_s is None
    durations = sorted(
        s.duration_s
        for s in state.standings.values()
        if s.state == "completed" and s.ensemble is None and s.duration_s is not None
    )
    return not durations or now_s + durations[len(durations) // 4] <= end_s


def launch(state: EngineState, iteration: int, attempt: int, ensemble: int | None, now_s: float) -> Launch:
    """Return the instruction to start an iteration, with the time that it may take."""
    end_s = search_end_s(state, 1) if ensemble is None else kill_s(state.rules)
    left_s = None if end_s is None else max(end_s - now_s, 0.0)
    own_s = state.rules.iteration_timeout_s
    return Launch(
        iteration=iteration,
        attempt=attempt,
        ensemble=ensemble,
        timeout_s=min((t for t in (own_s, left_s) if t is not None), default=None),
        left_s=left_s,
        is_lifeline=ensemble is None and left_s is not None and needs_lifeline(state),
    )


def needs_lifeline(state: EngineState) -> bool:
    """Return whether nothing has a score, and no iteration is at it that must leave one."""
    has_score = any(s.score is not None for s in state.standings.values())
    return not has_score and not any(s.is_lifeline and not s.is_ended for s in state.standings.values())


def explanation_timeout_s(rules: Rules, now_s: float) -> float | None:
    """Return how long an explanation may take that begins now; None for as long as it likes."""
    end_s = kill_s(rules)
    return None if end_s is None else max(end_s - now_s, 0.0)


def account(rules: Rules, now_s: float) -> str:
    """Return what of its time a run has used, empty if it had no limit.

    Examples
    --------
    >>> account(Rules(n_search=1, started_s=100.0, timeout_s=60.0), now_s=158.94)
    '; asked 60.0 s, used 58.9 s'
    """
    return "" if rules.timeout_s is None else f"; asked {rules.timeout_s:.1f} s, used {now_s - rules.started_s:.1f} s"


def early_stop_at(state: EngineState) -> int | None:
    """Return how many iterations the search may have as far as is known now; None for all of them.

    The window is counted along the iterations' numbers, and no iteration starts beyond it before all earlier ones
    have told whether it moves on. So the search stops at the same iteration in whatever order they finish.
    """
    window = patience(state)
    if window is None:
        return None
    limit = max(state.rules.landmarks, state.improved_at, state.rules.n_before - 1) + 1 + window
    return limit if limit < state.rules.n_search else None


def patience(state: EngineState) -> int | None:
    """Return how many iterations may bring nothing better before the search ends; None for any number."""
    window = state.rules.early_stopping_window
    least = LEAST_PATIENCE if state.rules.timeout_s is None else LEAST_PATIENCE_TIMED
    return window if window is None else window or max(least, state.improved_at)


def reaches_exit(rules: Rules, score: float | None) -> bool:
    """Return whether a score is as good as the user asked for."""
    if rules.exit_score is None or score is None:
        return False
    return score >= rules.exit_score if rules.goal == "max" else score <= rules.exit_score
