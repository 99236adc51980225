"""The workers of an executor and their warden, as the kernel sees them. Not here: what they shall do next."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from typing import Any, Protocol

from automl_widgets.engine.executors import logfile, verdict
from automl_widgets.engine.executors.entrance import entrance
from automl_widgets.engine.executors.keeper import Keeper
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.engine.executors.protocol import Outcome
from automl_widgets.engine.executors.slot import Slot
from automl_widgets.engine.executors.switchboard import Switchboard
from automl_widgets.engine.executors.verdict import Exit, Job


class Foreman(Protocol):
    """Who has to know."""

    def on_end(self, job: Job, outcome: Outcome) -> None:
        """Take note that a job has ended."""

    def on_return(self, job: Job) -> None:
        """Take back a job that its worker never began."""

    def on_worker_up(self) -> None:
        """Take note that a worker has started."""

    def on_start_failed(self, reason: str) -> None:
        """Take note that a worker could not be started."""

    def on_warden_gone(self, reason: str, *, has_started: bool) -> None:
        """Take note that the warden has ended, and all workers with it."""


class Workforce:
    """Engages a warden, hires workers, and tells the foreman what becomes of them and their jobs."""

    def __init__(self, policy: Policy, switchboard: Switchboard, foreman: Foreman) -> None:
        self.is_up = False
        """Whether workers can be hired."""
        self._policy = policy
        self._switchboard = switchboard
        self._foreman = foreman
        self._entrance = entrance(policy, switchboard)
        self._slots: dict[int, Slot] = {}
        self._keeper: Keeper | None = None
        self._engaged_at = 0.0
        self._numbers = itertools.count(1)

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def is_engaged(self) -> bool:
        """Whether there is a warden."""
        return self._keeper is not None

    @property
    def busy(self) -> list[Slot]:
        """Workers that have a job."""
        return [slot for slot in self._slots.values() if slot.job]

    @property
    def free(self) -> list[Slot]:
        """Workers that can take one."""
        return [slot for slot in self._slots.values() if slot.is_free]

    def engage(self) -> None:
        """Start a warden."""
        self._engaged_at = time.monotonic()
        try:
            self._keeper = Keeper(self._policy, self._entrance, self._switchboard, self._hear_warden)
        except OSError as error:
            self._foreman.on_warden_gone(f"the warden process could not be started: {error}", has_started=False)

    def check_start(self) -> None:
        """Give up on a warden that does not come up."""
        waited_s = time.monotonic() - self._engaged_at
        if self._keeper and self._keeper.has_failed:
            self._warden_gone("ended")
        elif self._keeper and not self.is_up and waited_s > self._policy.start_limit_s:
            self._warden_gone(f"was not up after {waited_s:.0f} s")

    def hire(self) -> None:
        """Have the warden start a worker."""
        number = next(self._numbers)
        slot = Slot(number, self._switchboard, self._tell)
        try:
            way = self._entrance.open(slot.connect)
        except OSError as error:  # the kernel has no descriptors left
            self._foreman.on_start_failed(str(error))
            return
        self._slots[number] = slot
        if self._keeper:
            self._keeper.tell("spawn", way.passed, worker=number, address=way.address)

    def give(self, job: Job) -> None:
        """Give a job to a free worker, one that has its data mapped if there is such a one."""
        job.number = next(self._numbers)
        max(self.free, key=lambda slot: slot.data == job.trial.data).give(job)

    def let_go(self, number: int) -> None:
        """Part with so many of the free workers."""
        for slot in self.free[:number]:
            slot.leave()

    def dismiss(self, reason: str) -> None:
        """End the warden and all workers, and tell what becomes of what they were at."""
        for slot in self._slots.values():
            slot.hear()
        if self._keeper:
            self._keeper.bury()
            self._keeper, self.is_up = None, False
        slots, self._slots = self._slots, {}
        for slot in slots.values():
            slot.leave()
            if slot.job:
                with suppress(OSError):  # a full disk
                    logfile.shorten(slot.job.trial.log, self._policy.log_limit_mb)  # the warden's duty, had it lived
                self._foreman.on_end(slot.job, verdict.on_loss(slot.job, reason))

    def _tell(self, order: str, *, worker: int, **fields: object) -> None:
        if self._keeper:
            self._keeper.tell(order, None, worker=worker, **fields)

    def _hear_warden(self) -> None:
        if not self._keeper:
            return
        events, is_gone = self._keeper.hear()
        for event in events:
            self._on_event(event)
        if is_gone:
            self._warden_gone("ended")

    def _on_event(self, event: dict[str, Any]) -> None:
        if event["say"] == "ready":
            self.is_up = True
            return
        slot = self._slots[event["worker"]]
        if event["say"] == "spawned":
            slot.pid = event["pid"]
        elif event["say"] == "idle":
            self._on_idle(slot, event["job"], event["peak_mb"])
        elif event["say"] == "exit":
            self._on_exit(slot, Exit(**event["ended"]))

    def _on_idle(self, slot: Slot, number: int, peak_mb: float) -> None:
        slot.is_clean = True
        if slot.job is None:
            self._foreman.on_worker_up()
        elif slot.job.number == number:
            job, slot.job = slot.job, None
            self._foreman.on_end(job, verdict.on_answer(job, peak_mb))

    def _on_exit(self, slot: Slot, ended: Exit) -> None:
        """Take note that a worker has ended: what it had to say comes first."""
        slot.hear()
        slot.leave()
        del self._slots[slot.number]
        job = slot.job
        if job and (job.is_taken or job.is_canceled):
            self._foreman.on_end(job, verdict.on_exit(job, ended))
            return
        if job:
            self._foreman.on_return(job)
        if job or not slot.is_up:
            words = self._keeper.last_words() if self._keeper else ""
            reason = ended.reason or f"{words or 'nothing was written'} (exit code {ended.code})"
            self._foreman.on_start_failed(reason)

    def _warden_gone(self, how: str) -> None:
        words = self._keeper.last_words() if self._keeper else ""
        reason = f"the warden process {how}: {words}" if words else f"the warden process {how}"
        self.dismiss(reason)
        self._foreman.on_warden_gone(reason, has_started=True)
