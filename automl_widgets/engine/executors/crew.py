"""Decides in one thread which trial runs next, and how often a start that failed is tried again.

That thread alone touches what is here; others leave their calls at the switchboard. Not here:
processes, which are the workforce's, and limits, which are the warden's.
"""

from __future__ import annotations

import time

from automl_widgets.engine.executors import verdict
from automl_widgets.engine.executors.fair_queue import FairQueue
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.engine.executors.protocol import Outcome
from automl_widgets.engine.executors.slot import LOG
from automl_widgets.engine.executors.switchboard import Switchboard
from automl_widgets.engine.executors.verdict import Job
from automl_widgets.engine.executors.workforce import Workforce

_FAILURES_BORNE = 3
_DEATHS_BORNE = 1
_LOOK_S = 1.0


class Crew:
    """Runs jobs in at most `capacity` workers: the foreman of a workforce."""

    def __init__(self, policy: Policy, capacity: int, switchboard: Switchboard) -> None:
        self._policy = policy
        self._capacity = capacity
        self._switchboard = switchboard
        self._workforce = Workforce(policy, switchboard, self)
        self._queue: FairQueue[Job] = FairQueue()
        self._is_open = True
        self._keeps_warm = policy.start != "fork"
        """Whether workers are started before there is something to do: afresh they need 2 s."""
        self._deaths = 0
        self._failures = 0
        self._asked_at = time.monotonic()

    def submit(self, job: Job) -> None:
        """Queue a job."""
        self._asked_at = time.monotonic()
        if self._is_open:
            self._queue.add(job.trial.key, job)
        else:
            self.on_end(job, verdict.on_loss(job, "the executor was closed"))

    def cancel(self, key: str) -> None:
        """Take a job out of the queue, or have its process ended; one that has answered has ended."""
        waiting = self._queue.remove(key)
        if waiting:
            waiting.is_canceled = True
            self.on_end(waiting, verdict.on_answer(waiting, None))
        for slot in self._workforce.busy:
            if slot.job and slot.job.trial.key == key and not slot.job.answer:
                slot.job.is_canceled = True
                slot.stop("canceled")

    def resize(self, capacity: int) -> None:
        """Change the number of workers."""
        self._capacity = capacity

    def close(self) -> None:
        """Cancel everything and end every process."""
        waiting = [self._queue.pop() for _ in range(len(self._queue))]
        for job in [*waiting, *(slot.job for slot in self._workforce.busy)]:
            if job and not job.answer:
                job.is_canceled = True
        for job in waiting:
            self.on_end(job, verdict.on_answer(job, None))
        self.give_up("the executor was closed")

    def run(self) -> None:
        """Work until closed."""
        self._workforce.engage()
        while self._is_open:
            is_starting = self._workforce.is_engaged and not self._workforce.is_up
            self._switchboard.wait(_LOOK_S if is_starting or self._workforce.free else None)
            self._workforce.check_start()
            if self._is_open and self._queue and not self._workforce.is_engaged:
                self._workforce.engage()
            if self._workforce.is_up:
                self._employ()

    def give_up(self, reason: str) -> None:
        """End all processes; what has not ended is lost."""
        self._is_open = False
        self._lose_queued(reason)
        self._workforce.dismiss(reason)

    def on_end(self, job: Job, outcome: Outcome) -> None:
        """Tell how a job has ended."""
        self._asked_at = time.monotonic()
        if outcome.state != "lost":
            self._deaths = 0
        job.events.put(outcome)

    def on_return(self, job: Job) -> None:
        """Put a job back to the head of the queue."""
        self._queue.add(job.trial.key, job, first=True)

    def on_worker_up(self) -> None:
        """Forget the failures: workers can be started."""
        self._failures = 0
        self._keeps_warm = self._policy.start != "fork"

    def on_start_failed(self, reason: str) -> None:
        """Bear it a few times; then what waits is lost, rather than to try for ever."""
        LOG.warning("a worker process did not start: %s", reason)
        self._failures += 1
        self._keeps_warm = False
        if self._failures >= _FAILURES_BORNE:
            self._failures = 0
            self._lose_queued(f"no worker process could be started: {reason}")

    def on_warden_gone(self, reason: str, *, has_started: bool) -> None:
        """Start another warden, once; one that ends before a trial has, or cannot be started, loses what waits."""
        LOG.warning(reason)
        self._deaths += 1
        if has_started and self._deaths <= _DEATHS_BORNE:
            self._workforce.engage()
        else:
            self._deaths = 0
            self._lose_queued(reason)

    def _employ(self) -> None:
        """Give free workers something to do, and have as many as are needed."""
        workforce = self._workforce
        busy = len(workforce.busy)
        for _ in range(min(len(self._queue), len(workforce.free), self._capacity - busy)):
            workforce.give(self._queue.pop())
            busy += 1
        is_resting = not busy and time.monotonic() - self._asked_at > self._policy.idle_s
        is_warm = self._keeps_warm and not is_resting
        wanted = self._capacity if is_warm else min(self._capacity, busy + len(self._queue))
        for _ in range(len(workforce), wanted):
            workforce.hire()
        workforce.let_go(max(0, len(workforce) - (0 if is_resting else self._capacity)))

    def _lose_queued(self, reason: str) -> None:
        while self._queue:
            job = self._queue.pop()
            self.on_end(job, verdict.on_loss(job, reason))
