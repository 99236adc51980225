"""One trial as a task of Ray, on the node that it was sent to. Not here: who sends it (``ray``).

In the task's process there is a `LocalExecutor` with one slot, kept for the next task: so a trial on a cluster runs
under the same warden as one at home, in a process that can be ended, within the same limits, and when the task's
process is killed, the trial's processes are gone, too.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from typing import Any

from automl_widgets.engine.executors import freight, resources
from automl_widgets.engine.executors.freight import Cargo, Files, Landed
from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.mailbox import Letter
from automl_widgets.engine.executors.policy import PRELOAD, Policy
from automl_widgets.engine.executors.protocol import Event, Outcome, Trial

TAIL_S = 0.2
"""How often a growing log is sent."""
TAIL_MOST = 5_000_000
"""Of a longer log the end comes when the trial has ended, with what was cut out of it."""
GONE_S = 4.0
KEEP_FREE = 0.08
"""Of a node's memory: Ray kills a task when 5 % are left, and not the one that is to blame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A trial as it travels."""

    ticket: str
    """Name of this attempt, for its letters."""
    trial: Trial
    """Its `ends_at` is the time that was left at `sent_at`."""
    sent_at: float
    """By `time.time`: the node may have had to be started first."""
    path: tuple[str, ...]
    """Where the engine's process imports from."""
    cargo: Cargo | None = None
    """None: the node sees the workspace's disk."""
    preload: tuple[str, ...] = PRELOAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Where a task runs."""

    node: str = ""
    """Ray's id of the node."""
    host: str = ""
    """Its address."""
    pid: int
    """The task's process, not the trial's."""

    @property
    def name(self) -> str:
        """The node for people, ``10.0.0.7 (3c0d08ad)``: several may be on one machine."""
        return f"{self.host} ({self.node[:8]})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """A piece of a trial's log; `whole`: it takes the place of all earlier pieces."""

    content: bytes
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the task returns."""

    outcome: Outcome
    n_letters: int
    """So many letters came before."""
    files: Files = field(default_factory=dict)


def perform(errand: Errand, data: Any, put: Callable[[list[Letter]], None], here: Arrived) -> Delivery:
    """Run the trial to its end; whatever ends this call ends the trial's processes, too.

    Parameters
    ----------
    errand
        The trial.
    data
        Bytes of its data file, if it has to be brought here.
    put
        Sends letters.
    here
        This node and process.
    """
    waited_s = max(0.0, time.time() - errand.sent_at)
    trial = freight.rebased(errand.trial, waited_s, time.monotonic())
    post = _Post(errand.ticket, put)
    post.send(here)
    executor = _executor(errand)
    if data is not None:
        trial = replace(trial, data=freight.stored(trial.data, data))
    if errand.cargo is None:
        return Delivery(outcome=_watched(executor, trial, post, None), n_letters=post.n_sent)
    root = tempfile.mkdtemp(prefix="automl-trial-")
    try:
        there = freight.landed(trial, errand.cargo, root)
        outcome = _watched(executor, there.trial, post, _Tail(there, post))
        return Delivery(outcome=outcome, n_letters=post.n_sent, files=there.written() if trial.log else {})
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _watched(executor: LocalExecutor, trial: Trial, post: _Post, tail: _Tail | None) -> Outcome:
    """Run the trial, pass on what it says, and return its end; if this is interrupted, end it and wait until it is."""
    events: SimpleQueue[Event] = SimpleQueue()
    executor.submit(trial, events)
    has_ended = False
    try:
        while True:
            event = _next(events, TAIL_S if tail else None)
            has_ended = isinstance(event, Outcome)
            if tail:
                tail.look(is_last=has_ended)
            if isinstance(event, Outcome):
                return event
            if event is not None:
                post.send(event)
    finally:
        if not has_ended:
            executor.cancel(trial.key)
            _wait_for_end(events)


def _next(events: SimpleQueue[Event], timeout_s: float | None) -> Event | None:
    """Return the next event; None after a while. An interrupt is noticed in between."""
    end_s = time.monotonic() + (3600.0 if timeout_s is None else timeout_s)
    while (left_s := end_s - time.monotonic()) > 0:
        with suppress(Empty):
            return events.get(timeout=min(left_s, 0.05))
    return None


def _wait_for_end(events: SimpleQueue[Event]) -> None:
    end_s = time.monotonic() + GONE_S
    while time.monotonic() < end_s:
        with suppress(Empty):
            if isinstance(events.get(timeout=0.05), Outcome):
                return


class _Post:
    """Numbers letters and sends them."""

    def __init__(self, ticket: str, put: Callable[[list[Letter]], None]) -> None:
        self._ticket, self._put = ticket, put
        self.n_sent = 0

    def send(self, what: Any) -> None:
        number, self.n_sent = self.n_sent, self.n_sent + 1
        self._put([(self._ticket, number, what)])


class _Tail:
    """Sends a log as it grows."""

    def __init__(self, there: Landed, post: _Post) -> None:
        self._log, self._post = there.trial.log, post
        self._sent = 0
        self._is_cut = False

    def look(self, *, is_last: bool) -> None:
        with suppress(FileNotFoundError):
            size = os.path.getsize(self._log) if self._log else 0
            self._is_cut = self._is_cut or size < self._sent or size > TAIL_MOST
            if self._is_cut and not is_last:
                return
            if is_last or size > self._sent:
                with open(self._log, "rb") as file:
                    file.seek(0 if self._is_cut else self._sent)
                    content = file.read()
                self._sent += len(content)
                self._post.send(LogPart(content=content, whole=self._is_cut))


_KEPT: dict[tuple[str, ...], LocalExecutor] = {}


def _executor(errand: Errand) -> LocalExecutor:
    """Return this process's executor: the libraries that it has loaded serve the next trial, too."""
    path = tuple(dict.fromkeys([*map(os.path.abspath, sys.path), *errand.path]))
    found = _KEPT.get(path)
    if found is None or not found.is_open:
        keep_free_mb = KEEP_FREE * resources.total_memory_mb()
        policy = Policy(path=path, preload=errand.preload, keep_free_mb=keep_free_mb)
        found = _KEPT[path] = LocalExecutor(1, policy=policy)
    return found
