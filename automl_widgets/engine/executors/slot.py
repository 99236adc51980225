"""A worker process as the kernel sees it: what it is at, and what it says. Not here: starting and limiting it."""

from __future__ import annotations

import logging
import pickle
import time
from typing import Any, Protocol

from automl_widgets.engine.executors.attempt import Answer, Attempt, one_line
from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.protocol import Progress, Started, Trial
from automl_widgets.engine.executors.switchboard import Switchboard
from automl_widgets.engine.executors.verdict import Job
from automl_widgets.engine.executors.worker import ANSWER, PROGRESS, READY, RUN, TAKEN, VALUE

LOG = logging.getLogger(__name__)
LOG.addHandler(logging.NullHandler())  # what a thread prints would appear under some cell


class Tell(Protocol):
    """Gives the warden an order about a worker."""

    def __call__(self, order: str, *, worker: int, **fields: object) -> None:
        """Give the order."""


class Slot:
    """A worker process, at the other end of a channel, once it is connected.

    It is given a trial when it says that it is ready *and* the warden says that it is clean: so no
    limit of the last trial can hit the next one.
    """

    def __init__(self, number: int, switchboard: Switchboard, tell: Tell) -> None:
        self.number = number
        self.pid = 0
        self.job: Job | None = None
        self.data = ""
        """What it has mapped last."""
        self.is_up = self.is_ready = self.is_clean = False
        self._channel: Channel | None = None
        self._switchboard = switchboard
        self._tell = tell
        self._is_heard = True

    def connect(self, channel: Channel) -> None:
        """Take the worker's channel; one that comes too late is closed."""
        if not self._is_heard:
            channel.close()
            return
        self._channel = channel
        self._switchboard.add(channel, self.hear)

    @property
    def is_free(self) -> bool:
        """Whether it can take a trial."""
        return self.job is None and self.is_ready and self.is_clean and self._is_heard

    def give(self, job: Job) -> None:
        """Have the worker do a job, within its limits."""
        trial = job.trial
        self.job, self.data = job, trial.data
        self.is_ready = self.is_clean = False
        limits = {"timeout_s": _time_s(trial), "memory_mb": trial.memory_mb, "log": trial.log}
        self._tell("begin", worker=self.number, job=job.number, **limits)
        if self._channel:
            self._channel.post(RUN + job.request)

    def hear(self) -> None:
        """Take note of what the worker has said."""
        if not self._is_heard or self._channel is None:
            return
        payloads, is_closed = self._channel.read()
        for payload in payloads:
            self._on_frame(payload[:1], payload[1:])
        if is_closed:
            self._accuse(self._channel.fault or "closed its connection")

    def stop(self, why: str) -> None:
        """Have the worker ended."""
        self._tell("stop", worker=self.number, job=self.job.number if self.job else 0, why=why)

    def leave(self) -> None:
        """Hang up: a worker that is free ends by itself."""
        self._deafen()
        if self._channel:
            self._channel.close()

    def _deafen(self) -> None:
        self._is_heard = False
        if self._channel:
            self._switchboard.remove(self._channel)

    def _on_frame(self, kind: bytes, body: bytes) -> None:
        if kind == READY:
            self._on_ready()
        elif self.job is None:
            LOG.debug("worker %s spoke without being asked", self.pid)
        else:
            self._on_job_frame(self.job, kind, body)

    def _on_ready(self) -> None:
        self.is_ready = True
        if not self.is_up:
            self.is_up = True
            self._tell("end", worker=self.number, job=0)
        self._tell("rest", worker=self.number)

    def _on_job_frame(self, job: Job, kind: bytes, body: bytes) -> None:
        if kind == TAKEN:
            job.is_taken = True
            job.events.put(Started(key=job.trial.key, pid=self.pid))
        elif kind == VALUE:
            job.value = body
        elif kind == PROGRESS:
            fields = self._loads(body, dict)
            if fields is not None:
                job.events.put(Progress(key=job.trial.key, fields=fields))
        elif kind == ANSWER:
            job.answer = self._loads(body, Answer)
            if job.answer:
                self._tell("end", worker=self.number, job=job.number)

    def _loads(self, body: bytes, kind: type) -> Any:
        loaded = None
        with Attempt() as attempt:
            loaded = pickle.loads(body)
        if isinstance(loaded, kind):
            return loaded
        self._accuse(f"sent what cannot be read: {one_line(attempt.raised) if attempt.raised else type(loaded)}")
        return None

    def _accuse(self, fault: str) -> None:
        """Listen no more to a worker that has closed its connection or writes rubbish, and have it ended."""
        self._deafen()
        if self.job is None:
            self.stop("crashed")
        elif not self.job.answer:
            self.job.fault = self.job.fault or fault
            self.stop("crashed")


def _time_s(trial: Trial) -> float | None:
    """Return how long a trial may take that a process takes up now."""
    if trial.ends_at is None:
        return trial.timeout_s
    left_s = max(0.0, trial.ends_at - time.monotonic())
    return left_s if trial.timeout_s is None else min(trial.timeout_s, left_s)
