"""Drives an executor in these tests: submit, wait for events, look at processes."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psutil

from automl_widgets.engine.executors.protocol import Event, Executor, Outcome, Progress, Started, Trial

_NUMBERS = itertools.count()
LIMIT_S = 60.0


class Running:
    """A trial that was submitted, and its events so far."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.key = trial.key
        self.queue: SimpleQueue[Event] = SimpleQueue()
        self.events: list[Event] = []

    def until(self, kind: type[Event], limit_s: float = LIMIT_S) -> Any:
        """Return the next event of this kind."""
        end = time.monotonic() + limit_s
        while True:
            try:
                event = self.queue.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                raise AssertionError(f"{self.key}: no {kind.__name__} within {limit_s} s after {self.events}") from None
            self.events.append(event)
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Outcome), event

    def started(self) -> Started:
        found: Started = self.until(Started)
        return found

    def reported(self) -> dict[str, Any]:
        found: Progress = self.until(Progress)
        return dict(found.fields)

    def outcome(self, limit_s: float = LIMIT_S) -> Outcome:
        found: Outcome = self.until(Outcome, limit_s)
        return found

    def log(self) -> str:
        return Path(self.trial.log).read_text(errors="replace")


class Driver:
    """Submits functions of `bodies` to an executor, each with a log."""

    def __init__(self, executor: Executor, folder: Path) -> None:
        self.executor = executor
        self.folder = folder

    def submit(self, body: Callable[..., Any], *, run: str = "run", **fields: Any) -> Running:
        """Submit; `fields` are those of the trial."""
        number = next(_NUMBERS)
        key = f"{run}/{number}/0"
        log = fields.pop("log", str(self.folder / f"{number}.log"))
        running = Running(Trial(key=key, fn=f"{body.__module__}:{body.__name__}", log=log, **fields))
        self.executor.submit(running.trial, running.queue)
        return running

    def run(self, body: Callable[..., Any], **fields: Any) -> Outcome:
        return self.submit(body, **fields).outcome()

    def value(self, body: Callable[..., Any], **args: Any) -> Any:
        outcome = self.run(body, args=args)
        assert outcome.state == "completed", outcome
        return outcome.value


def is_gone(pid: int) -> bool:
    """Whether no such process runs; one that has ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until(condition: Callable[[], bool], limit_s: float) -> float:
    """Return after how many seconds the condition held."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < limit_s, f"not within {limit_s} s"
        time.sleep(0.002)
    return time.monotonic() - start


def marked(name: str, value: str, since: float) -> list[psutil.Process]:
    """Return the processes started since then with ``name=value`` in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            is_candidate = process.create_time() >= since - 1 and process.pid != os.getpid()
            if is_candidate and process.status() != psutil.STATUS_ZOMBIE and process.environ().get(name) == value:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found
