"""Worker processes in the warden's care: looked at, limited, ended, and what they leave behind swept up."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from automl_widgets.engine.executors import logfile, processes, resources
from automl_widgets.engine.executors.nursery import Nursery
from automl_widgets.engine.executors.policy import Policy

_NEVER = float("inf")
_WORTH_ENDING_MB = 200.0  # to end a smaller trial would not help the machine
_TIDY_LIMIT_S = 10.0
_IDLE_LOOK_S = 1.0


@dataclass(slots=True, kw_only=True)
class Ward:
    """A worker process, and what holds for the job it is at; without a job it starts, tidies up or waits."""

    number: int
    pid: int
    policy: Policy
    job: int = 0
    deadline: float = _NEVER
    task: str = ""
    """What the deadline is for."""
    memory_mb: float | None = None
    log: str = ""
    why: str = ""
    """Why it is being ended; empty while it is not."""
    reason: str = ""
    kill_at: float = _NEVER
    was_killed: bool = False
    size_mb: float = 0.0
    peak_mb: float = 0.0
    below: tuple[int, ...] = ()
    """Its descendants when last looked at."""

    def allow(self, limit_s: float | None, task: str = "") -> None:
        """Give it so much time from now on."""
        self.deadline = _NEVER if limit_s is None else time.monotonic() + limit_s
        self.task = f"took longer than {limit_s:g} s{task}" if limit_s is not None else ""

    def begin(self, order: dict[str, Any]) -> None:
        """Apply the limits of a job."""
        self.job, self.log, self.memory_mb = order["job"], order["log"], order["memory_mb"]
        self.allow(order["timeout_s"])
        self.size_mb = self.peak_mb = 0.0

    def end(self) -> bool:
        """Lift the limits of a job that is over; return whether the worker is clean: nothing runs below it."""
        self.measure()
        if not self.below:
            self.job, self.log, self.memory_mb = 0, "", None
        self.allow(_TIDY_LIMIT_S, " to tidy up")
        return not self.below

    def measure(self) -> None:
        """Look at the memory of it and its descendants."""
        self.below = tuple(processes.descendants(self.pid))
        tree = (self.pid, *self.below)
        self.size_mb = processes.anonymous_mb(tree)
        if self.below and self.memory_mb is not None and self.size_mb > self.memory_mb:
            self.size_mb = processes.own_mb(tree)  # forked children share pages: count them once
        self.peak_mb = max(self.peak_mb, self.size_mb)

    def check_memory(self) -> None:
        """End it at once if it holds more than it may."""
        if self.memory_mb is not None and self.size_mb > self.memory_mb and not self.why:
            self.why = "oom"
            self.reason = f"held {self.size_mb:,.1f} MB of memory, more than its limit of {self.memory_mb:,.0f} MB"
            self.kill()

    def check_log(self) -> None:
        """Shorten its log, with the writers halted for that moment: nothing is lost but the middle."""
        if not self.log or not logfile.is_overlong(self.log, self.policy.log_limit_mb):
            return
        with processes.halted((self.pid, *self.below)), suppress(OSError):  # a full disk: tried again at the next look
            logfile.shorten(self.log, self.policy.log_limit_mb)

    def check_time(self, now: float) -> None:
        """End it if its time is over, by force if it has been asked in vain."""
        if now >= self.kill_at:
            self.kill()
        elif now >= self.deadline and not self.why:
            self.terminate("timeout", self.task)

    def terminate(self, why: str, reason: str = "") -> None:
        """Ask it to end; after a grace it is killed."""
        self.why, self.reason = why, reason
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.was_killed = True
        self._end(processes.KILL)

    def _end(self, number: int) -> None:
        """Send a signal to it and its group; remember who is below it, to see to them when it has ended."""
        self.below = tuple(processes.descendants(self.pid)) or self.below
        processes.kill_group(self.pid, number)
        self.deadline, self.kill_at = _NEVER, time.monotonic() + self.policy.grace_s


def most_expendable(wards: list[Ward], free_mb: float, floor_mb: float) -> Ward | None:
    """Return the trial to end for the machine's sake: the largest, if memory is short and it would help.

    Examples
    --------
    >>> small = Ward(number=1, pid=11, policy=Policy(), job=1, size_mb=90.0)
    >>> large = Ward(number=2, pid=12, policy=Policy(), job=2, size_mb=4000.0)
    >>> most_expendable([small, large], free_mb=500.0, floor_mb=300.0) is None
    True
    >>> most_expendable([small, large], free_mb=200.0, floor_mb=300.0).number
    2
    >>> most_expendable([small], free_mb=200.0, floor_mb=300.0) is None
    True
    """
    if free_mb >= floor_mb or any(ward.why == "oom" for ward in wards):
        return None
    largest = max(wards, key=lambda ward: ward.size_mb, default=None)
    return largest if largest and largest.size_mb >= _WORTH_ENDING_MB else None


class Wards:
    """All workers of a warden, which come from its nursery."""

    def __init__(self, policy: Policy, nursery: Nursery) -> None:
        self._policy = policy
        self._nursery = nursery
        self._by_pid: dict[int, Ward] = {}
        self._next_look = 0.0

    def add(self, number: int, pid: int) -> None:
        """Take a process that starts into care."""
        ward = self._by_pid[pid] = Ward(number=number, pid=pid, policy=self._policy)
        ward.allow(self._policy.start_limit_s, " to start")

    def find(self, number: int) -> Ward | None:
        """Return the worker of this number, None if it has ended."""
        return next((ward for ward in self._by_pid.values() if ward.number == number), None)

    def patience_s(self) -> float:
        """Return how long nothing has to be done."""
        moments = [min(ward.deadline, ward.kill_at) for ward in self._by_pid.values()]
        if any(ward.job for ward in self._by_pid.values()):
            moments.append(self._next_look)
        return max(0.0, min([_IDLE_LOOK_S, *(moment - time.monotonic() for moment in moments)]))

    def enforce(self) -> None:
        """See to time limits, and every now and then to memory and logs."""
        now = time.monotonic()
        for ward in self._by_pid.values():
            ward.check_time(now)
        if now < self._next_look:
            return
        self._next_look = now + self._policy.patrol_s
        busy = [ward for ward in self._by_pid.values() if ward.job]
        for ward in busy:
            ward.measure()
            ward.check_memory()
            ward.check_log()
        if busy:
            self._keep_memory_free(busy)

    def bury(self) -> list[tuple[Ward, int]]:
        """Return the workers that have ended and their exit codes, after all that they left behind is gone."""
        ended = self._collect()
        if not ended:
            return []
        for ward, _ in ended:  # grows by those that end meanwhile
            ended += self._known(self._nursery.sweep(ward.number, ward.below, self._by_pid))
        for ward, _ in ended:
            processes.sweep_shared_memory((ward.pid, *ward.below))
            with suppress(OSError):  # a full disk
                logfile.shorten(ward.log, self._policy.log_limit_mb)
        return ended

    def end_everything(self) -> None:
        """End every process below this one, at once: nobody needs them any more."""
        deadline = time.monotonic() + 0.2
        pids = processes.descendants(os.getpid())
        for pid in self._by_pid:
            processes.kill_group(pid, processes.KILL)
        while (left := processes.descendants(os.getpid())) and time.monotonic() < deadline:
            processes.kill_all(left)
            self._nursery.ended()
            time.sleep(0.001)
        self._nursery.end_strays()
        processes.sweep_shared_memory(pids)

    def _keep_memory_free(self, busy: list[Ward]) -> None:
        """End the largest trial before the machine starts to swap, or a container is killed as a whole."""
        floor_mb = self._policy.keep_free_mb
        if floor_mb is None:
            floor_mb = max(0.05 * resources.total_memory_mb(), 300.0)
        free_mb = resources.available_memory_mb()
        ward = most_expendable(busy, free_mb, floor_mb)
        if ward:
            ward.why = "oom"
            ward.reason = (
                f"ended to keep the machine from swapping: {free_mb:,.0f} MB of memory were free, "
                f"and this trial was the largest with {ward.size_mb:,.0f} MB"
            )
            ward.kill()

    def _collect(self) -> list[tuple[Ward, int]]:
        """Return the workers that have ended since the last time, with their exit codes."""
        return self._known(self._nursery.ended())

    def _known(self, ended: list[tuple[int, int]]) -> list[tuple[Ward, int]]:
        return [(self._by_pid.pop(pid), code) for pid, code in ended if pid in self._by_pid]
