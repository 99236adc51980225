"""The slots of a local executor: which worker has which trial, and what becomes of each.

Lives in one thread, which alone touches it, and waits for three kinds of news: calls from the
executor's users, events of the warden, frames of the workers. A worker is given a trial when it
says that it is ready *and* the warden says that it is clean: so no limit of the last trial can
hit the next one. Not here: limits, signals and the starting of processes, which are the warden's.
"""

from __future__ import annotations

import logging
import pickle
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from automl_widgets.engine.executors import verdict
from automl_widgets.engine.executors.attempt import Answer, Attempt, one_line
from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.fair_queue import FairQueue
from automl_widgets.engine.executors.keeper import Keeper
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.engine.executors.protocol import Outcome, Progress, Started
from automl_widgets.engine.executors.verdict import Exit, Job
from automl_widgets.engine.executors.worker import ANSWER, PROGRESS, READY, RUN, TAKEN, VALUE

LOG = logging.getLogger(__name__)
LOG.addHandler(logging.NullHandler())  # what a thread prints would appear under some cell

_FAILURES_BORNE = 3
_LOOK_S = 1.0


@dataclass(slots=True, eq=False)
class Slot:
    """A worker process as the kernel sees it."""

    number: int
    channel: Channel
    pid: int = 0
    job: Job | None = None
    data: str = ""
    """What it has mapped last."""
    is_up: bool = False
    is_ready: bool = False
    is_clean: bool = False
    is_heard: bool = True

    @property
    def is_free(self) -> bool:
        """Whether it can take a trial."""
        return self.job is None and self.is_ready and self.is_clean and self.is_heard


class Crew:
    """Runs jobs in at most `capacity` workers.

    Parameters
    ----------
    calls, wake
        Where other threads leave what is to be called in this one, and the socket that tells so.
    """

    def __init__(self, policy: Policy, capacity: int, calls: deque[Callable[[], None]], wake: socket.socket) -> None:
        self._policy = policy
        self._capacity = capacity
        self._calls = calls
        self._wake = wake
        self._selector = selectors.DefaultSelector()
        self._selector.register(wake, selectors.EVENT_READ, self._take_calls)
        self._queue: FairQueue[Job] = FairQueue()
        self._slots: dict[int, Slot] = {}
        self._keeper: Keeper | None = None
        self._keeps_warm = policy.start == "spawn"
        self._is_open = True
        self._is_warden_up = False
        self._deaths = 0
        self._failures = 0
        self._count = 0
        self._asked_at = self._engaged_at = time.monotonic()

    # --- calls from outside, by way of `calls`

    def submit(self, job: Job) -> None:
        """Queue a job."""
        self._asked_at = time.monotonic()
        if self._is_open:
            self._queue.add(job.trial.key, job)
        else:
            self._conclude(job, verdict.on_loss(job, "the executor was closed"))

    def cancel(self, key: str) -> None:
        """Take a job out of the queue, or have its process ended."""
        job = self._queue.remove(key)
        if job:
            job.is_canceled = True
            self._conclude(job, verdict.on_answer(job, None))
        for slot in self._slots.values():
            if slot.job and slot.job.trial.key == key and not slot.job.answer:
                slot.job.is_canceled = True
                self._stop(slot, "canceled")

    def resize(self, capacity: int) -> None:
        """Change the number of workers."""
        self._capacity = capacity

    def close(self) -> None:
        """Cancel everything and end every process."""
        for slot in self._slots.values():
            if slot.job and not slot.job.answer:
                slot.job.is_canceled = True
        while self._queue:
            job = self._queue.pop()
            job.is_canceled = True
            self._conclude(job, verdict.on_answer(job, None))
        self.give_up("the executor was closed")

    # --- the loop

    def run(self) -> None:
        """Work until closed."""
        self._engage()
        while self._is_open:
            self._watch_for_room()
            for key, _ in self._selector.select(self._patience_s()):
                key.data()
            for channel in self._channels():
                channel.flush()
            self._check_start()
            self._pump()

    def give_up(self, reason: str) -> None:
        """End all processes; what has not ended is lost."""
        self._is_open = False
        self._lose_queued(reason)
        self._dismiss_all(reason)
        self._selector.close()

    def let_go(self) -> None:
        """Close what is open here and leave the processes alone: in a forked child they are its parent's."""
        self._selector.close()
        for slot in self._slots.values():
            slot.channel.close()
        if self._keeper:
            self._keeper.let_go()

    def _take_calls(self) -> None:
        with suppress(BlockingIOError):
            self._wake.recv(4096)
        while self._calls and self._is_open:
            self._calls.popleft()()

    def _patience_s(self) -> float | None:
        is_starting = self._keeper is not None and not self._is_warden_up
        return _LOOK_S if is_starting or any(slot.is_free for slot in self._slots.values()) else None

    def _channels(self) -> list[Channel]:
        warden = [self._keeper.channel] if self._keeper else []
        return warden + [slot.channel for slot in self._slots.values() if slot.is_heard]

    def _watch_for_room(self) -> None:
        """Wake up, too, when a process that was behind with reading has made room."""
        for channel in self._channels():
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.is_blocked else 0)
            key = self._selector.get_key(channel)
            if key.events != wanted:
                self._selector.modify(channel, wanted, key.data)

    # --- workers come and go

    def _pump(self) -> None:
        """Give free workers something to do, and have as many as are needed."""
        if not self._is_open:
            return
        if self._queue and self._keeper is None:
            self._engage()
        if not self._is_warden_up:
            return
        busy = sum(slot.job is not None for slot in self._slots.values())
        while self._queue and busy < self._capacity and self._free():
            self._dispatch(self._queue.pop())
            busy += 1
        is_resting = time.monotonic() - self._asked_at > self._policy.idle_s and not busy
        wanted = min(self._capacity, busy + len(self._queue))
        if self._keeps_warm and not is_resting:
            wanted = self._capacity
        for _ in range(len(self._slots), wanted):
            self._hire()
        kept = 0 if is_resting else self._capacity
        for slot in self._free()[: max(0, len(self._slots) - kept)]:
            self._ignore(slot)
            slot.channel.close()  # it ends by itself, and the warden tells

    def _free(self) -> list[Slot]:
        return [slot for slot in self._slots.values() if slot.is_free]

    def _hire(self) -> None:
        try:
            mine, theirs = socket.socketpair()
        except OSError as error:  # the kernel has no descriptors left
            self._start_failed(str(error))
            return
        self._count += 1
        slot = self._slots[self._count] = Slot(self._count, Channel(mine))
        self._selector.register(slot.channel, selectors.EVENT_READ, partial(self._hear_worker, slot))
        self._tell("spawn", slot, passed=theirs)

    def _dispatch(self, job: Job) -> None:
        free = self._free()
        slot = max(free, key=lambda slot: slot.data == job.trial.data)
        self._count += 1
        job.number = self._count
        slot.job, slot.data = job, job.trial.data
        slot.is_ready = slot.is_clean = False
        trial = job.trial
        self._tell("begin", slot, job=job.number, timeout_s=trial.timeout_s, memory_mb=trial.memory_mb, log=trial.log)
        slot.channel.post(RUN + job.request)

    def _start_failed(self, reason: str) -> None:
        """Bear it a few times; then what waits is lost, rather than to try for ever."""
        LOG.warning("a worker process did not start: %s", reason)
        self._failures += 1
        self._keeps_warm = False
        if self._failures >= _FAILURES_BORNE:
            self._failures = 0
            self._lose_queued(f"no worker process could be started: {reason}")

    def _ignore(self, slot: Slot) -> None:
        if slot.is_heard:
            slot.is_heard = False
            self._selector.unregister(slot.channel)

    # --- what workers say

    def _hear_worker(self, slot: Slot) -> None:
        if not slot.is_heard:
            return
        payloads, is_closed = slot.channel.read()
        for payload in payloads:
            self._on_frame(slot, payload[:1], payload[1:])
        if is_closed:
            self._accuse(slot, slot.channel.fault or "closed its connection")

    def _on_frame(self, slot: Slot, kind: bytes, body: bytes) -> None:
        job = slot.job
        if kind == READY:
            self._on_ready(slot)
        elif job is None:
            LOG.debug("worker %s spoke without being asked", slot.pid)
        elif kind == TAKEN:
            job.is_taken = True
            job.events.put(Started(key=job.trial.key, pid=slot.pid))
        elif kind == VALUE:
            job.value = body
        elif kind == PROGRESS:
            fields = self._loads(slot, body, dict)
            if fields is not None:
                job.events.put(Progress(key=job.trial.key, fields=fields))
        elif kind == ANSWER:
            job.answer = self._loads(slot, body, Answer)
            if job.answer:
                self._tell("end", slot, job=job.number)

    def _on_ready(self, slot: Slot) -> None:
        slot.is_ready = True
        if not slot.is_up:
            slot.is_up = True
            self._failures = 0
            self._keeps_warm = self._policy.start == "spawn"
            self._tell("end", slot, job=0)

    def _loads(self, slot: Slot, body: bytes, kind: type) -> Any:
        loaded = None
        with Attempt() as attempt:
            loaded = pickle.loads(body)
        if isinstance(loaded, kind):
            return loaded
        self._accuse(slot, f"sent what cannot be read: {one_line(attempt.raised) if attempt.raised else type(loaded)}")
        return None

    def _accuse(self, slot: Slot, fault: str) -> None:
        """Listen no more to a worker that has closed its connection or writes rubbish, and have it ended."""
        self._ignore(slot)
        if slot.job is None:
            self._stop(slot, "crashed")
        elif not slot.job.answer:
            slot.job.fault = slot.job.fault or fault
            self._stop(slot, "crashed")

    # --- the warden

    def _engage(self) -> None:
        """Start a warden."""
        self._engaged_at = time.monotonic()
        try:
            self._keeper = Keeper(self._policy)
        except OSError as error:
            self._lose_queued(f"the warden process could not be started: {error}")
            return
        self._selector.register(self._keeper.channel, selectors.EVENT_READ, self._hear_warden)

    def _check_start(self) -> None:
        waited_s = time.monotonic() - self._engaged_at
        if self._keeper and not self._is_warden_up and waited_s > self._policy.start_limit_s:
            self._warden_gone("took too long to start")

    def _hear_warden(self) -> None:
        if not self._keeper:
            return
        events, is_gone = self._keeper.hear()
        for event in events:
            self._on_warden_event(event)
        if is_gone:
            self._warden_gone("ended")

    def _on_warden_event(self, event: dict[str, Any]) -> None:
        if event["say"] == "ready":
            self._is_warden_up = True
            return
        slot = self._slots.get(event["worker"])
        if slot is None:
            return
        if event["say"] == "spawned":
            slot.pid = event["pid"]
        elif event["say"] == "idle":
            slot.is_clean = True
            if slot.job and slot.job.number == event["job"]:
                self._deaths = 0
                self._conclude(slot.job, verdict.on_answer(slot.job, event["peak_mb"]))
                slot.job = None
        elif event["say"] == "exit":
            self._on_exit(slot, Exit(**event["ended"]))

    def _on_exit(self, slot: Slot, ended: Exit) -> None:
        """Take note that a worker has ended: what it had to say comes first."""
        self._hear_worker(slot)
        self._remove(slot)
        job = slot.job
        if job and (job.is_taken or job.is_canceled):
            self._conclude(job, verdict.on_exit(job, ended))
        elif job:  # it died before it took the trial up
            self._queue.add(job.trial.key, job, first=True)
        if not slot.is_up or (job and not job.is_taken and not job.is_canceled):
            words = self._keeper.last_words() if self._keeper else ""
            self._start_failed(ended.reason or f"{words or 'nothing was written'} (exit code {ended.code})")

    def _remove(self, slot: Slot) -> None:
        self._ignore(slot)
        slot.channel.close()
        self._slots.pop(slot.number, None)

    def _warden_gone(self, how: str) -> None:
        """All workers are gone with it. Start another one; if that is gone, too, lose what waits."""
        words = self._keeper.last_words() if self._keeper else ""
        reason = f"the warden process {how}: {words}" if words else f"the warden process {how}"
        LOG.warning(reason)
        self._dismiss_all(reason)
        self._deaths += 1
        if self._deaths > 1:
            self._deaths = 0
            self._lose_queued(reason)
        else:
            self._engage()

    def _dismiss_all(self, reason: str) -> None:
        """End the warden and all workers, and conclude what they were at."""
        for slot in self._slots.values():
            self._hear_worker(slot)
        if self._keeper:
            self._selector.unregister(self._keeper.channel)
            self._keeper.bury()
            self._keeper, self._is_warden_up = None, False
        for slot in list(self._slots.values()):
            self._remove(slot)
            if slot.job:
                self._conclude(slot.job, verdict.on_loss(slot.job, reason))

    def _tell(self, order: str, slot: Slot, *, passed: socket.socket | None = None, **fields: object) -> None:
        if self._keeper:
            self._keeper.tell(order, passed, worker=slot.number, **fields)

    def _stop(self, slot: Slot, why: str) -> None:
        self._tell("stop", slot, job=slot.job.number if slot.job else 0, why=why, reason="")

    # --- outcomes

    def _lose_queued(self, reason: str) -> None:
        while self._queue:
            job = self._queue.pop()
            self._conclude(job, verdict.on_loss(job, reason))

    def _conclude(self, job: Job, outcome: Outcome) -> None:
        self._asked_at = time.monotonic()
        job.events.put(outcome)
