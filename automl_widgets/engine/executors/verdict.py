"""How a trial ended, from all that is known about it: facts in, an outcome out. No process, no clock."""

from __future__ import annotations

import pickle
import signal
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, cast

from automl_widgets.engine.executors.attempt import Answer, Attempt, failure
from automl_widgets.engine.executors.processes import KILL
from automl_widgets.engine.executors.protocol import Event, Outcome, OutcomeState, Trial
from automl_widgets.engine.executors.worker import NO_CONNECTION

_STATUSES = {
    0xC0000005: "access violation",
    0xC0000017: "no memory",
    0xC00000FD: "stack overflow",
    0xC0000374: "heap corruption",
}
"""Exit codes of processes that Windows has ended."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A trial on its way, with what has become known of it so far."""

    trial: Trial
    events: SimpleQueue[Event]
    request: bytes = b""
    """What a worker needs, pickled."""
    number: int = 0
    """Grows with every trial that is given to a worker."""
    is_taken: bool = False
    is_canceled: bool = False
    fault: str = ""
    """What the process did wrong on its connection."""
    value: bytes = b""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """The end of a worker process as the warden tells it."""

    code: int
    """Exit code, or minus the signal's number."""
    why: str = ""
    """Empty if nobody ended it."""
    reason: str = ""
    was_killed: bool = False
    """Whether it was the warden that sent a SIGKILL."""
    peak_mb: float | None = None


def on_answer(job: Job, peak_mb: float | None) -> Outcome:
    """Return the outcome of a trial whose process has answered."""
    answer = job.answer or Answer(state="lost", reason="it has not answered")
    if job.is_canceled:
        return _outcome(job, "canceled", "canceled", peak_mb)
    value: Any = None
    with Attempt() as attempt:
        value = pickle.loads(job.value) if answer.state == "completed" else None
    if attempt.raised:
        unread = failure(attempt.raised)
        reason = f"the result cannot be read by the kernel: {unread.reason}"
        answer = Answer(state="failed", reason=reason, error=unread.error)
    return Outcome(
        key=job.trial.key,
        state=answer.state,
        value=value,
        reason=answer.reason,
        error=answer.error,
        peak_memory_mb=peak_mb or None,
        gave_up=answer.state == "timeout",
    )


def on_exit(job: Job, ended: Exit) -> Outcome:
    """Return the outcome of a trial whose process has ended."""
    if job.answer or job.is_canceled:
        return on_answer(job, ended.peak_mb)
    if ended.why in ("timeout", "oom"):
        return _outcome(job, cast(OutcomeState, ended.why), ended.reason, ended.peak_mb)
    was_ended = abs(ended.code) == (KILL if ended.was_killed else signal.SIGTERM)  # Windows has no negative codes
    if job.fault and (was_ended or ended.code == NO_CONNECTION):
        return _outcome(job, "crashed", f"the process {job.fault}", ended.peak_mb)
    return _outcome(job, "crashed", describe(ended.code), ended.peak_mb)


def on_loss(job: Job, reason: str) -> Outcome:
    """Return the outcome of a trial that nobody can say more about, through no fault of its own."""
    return on_answer(job, None) if job.answer or job.is_canceled else _outcome(job, "lost", reason, None)


def describe(code: int) -> str:
    """Return a line about an exit code.

    Examples
    --------
    >>> describe(-11)
    'killed by signal 11 (SIGSEGV)'
    >>> describe(-9)
    'killed by signal 9 (SIGKILL), as the system does when memory runs out'
    >>> describe(3)
    'the process ended with exit code 3 before it had answered'
    >>> describe(0xC0000005)
    'ended by the system: access violation'
    """
    if code in _STATUSES:
        return f"ended by the system: {_STATUSES[code]}"
    if code >= 0:
        return f"the process ended with exit code {code} before it had answered"
    name = next((number.name for number in signal.Signals if number == -code), "unknown")
    hint = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f"killed by signal {-code} ({name}){hint}"


def _outcome(job: Job, state: OutcomeState, reason: str, peak_mb: float | None) -> Outcome:
    return Outcome(key=job.trial.key, state=state, reason=reason, peak_memory_mb=peak_mb or None)
