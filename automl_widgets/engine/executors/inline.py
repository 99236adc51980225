"""Trials in this very process: for the tests of other rooms. It can neither limit nor stop what runs."""

from __future__ import annotations

import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from queue import SimpleQueue
from typing import Any

from automl_widgets.engine.executors import dataset
from automl_widgets.engine.executors.attempt import Answer, Attempt, call, failure
from automl_widgets.engine.executors.protocol import Event, Outcome, Progress, Started, Trial
from automl_widgets.engine.executors.resources import available_cores

_CLOSE_LIMIT_S = 5.0


class InlineExecutor:
    """Runs one trial after the other, in the caller's thread or in one of its own.

    It keeps the protocol's order of events, and no more: `cancel` reaches only what has not
    started, `timeout_s`, `memory_mb` and `threads` are ignored, a crash is a crash of the whole
    process, a log has what Python prints and not what C code does, and `resize` changes a number.

    Parameters
    ----------
    threaded
        False: `submit` returns when the trial has ended. True: it returns at once.
    """

    def __init__(self, *, threaded: bool = False) -> None:
        self._capacity = 1
        self._change = threading.Condition()
        self._waiting: OrderedDict[str, tuple[Trial, SimpleQueue[Event]]] = OrderedDict()
        self._is_open = True
        self._thread = threading.Thread(target=self._work, name="automl-inline", daemon=True) if threaded else None
        if self._thread:
            self._thread.start()

    @property
    def capacity(self) -> int:
        """Number of slots as `resize` has set it; one is used."""
        return self._capacity

    @property
    def is_open(self) -> bool:
        """Whether trials can be submitted."""
        return self._is_open

    @property
    def cores(self) -> tuple[int, int]:
        """Cores that this process may use: there is one machine."""
        return available_cores(), available_cores()

    def put(self, folder: str, data: Mapping[str, Any]) -> str:
        """Write `data` into `folder` as the other executors do; return the file's path."""
        return dataset.write(folder, data)

    def submit(self, trial: Trial, events: SimpleQueue[Event]) -> None:
        """Run the trial."""
        with self._change:
            if self._is_open and self._thread:
                self._waiting[trial.key] = trial, events
                self._change.notify()
                return
        if self._is_open:
            _perform(trial, events)
        else:
            events.put(Outcome(key=trial.key, state="lost", reason="the executor was closed"))

    def cancel(self, key: str) -> None:
        """Take the trial out of the queue if it has not started."""
        with self._change:
            found = self._waiting.pop(key, None)
        if found:
            found[1].put(_canceled(found[0]))

    def resize(self, capacity: int) -> None:
        """Change what `capacity` says."""
        self._capacity = capacity

    def close(self) -> None:
        """Cancel what waits, and wait at most five seconds for what runs."""
        with self._change:
            self._is_open = False
            self._change.notify()
        for key in list(self._waiting):
            self.cancel(key)
        if self._thread:
            self._thread.join(_CLOSE_LIMIT_S)

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._waiting or not self._is_open)
                if not self._is_open:
                    return
                _, (trial, events) = self._waiting.popitem(last=False)
            _perform(trial, events)


def _perform(trial: Trial, events: SimpleQueue[Event]) -> None:
    events.put(Started(key=trial.key, pid=os.getpid()))

    def report(**fields: Any) -> None:
        events.put(Progress(key=trial.key, fields=fields))

    answer = Answer(state="lost")
    with Attempt() as attempt, ExitStack() as stack:
        if trial.log:
            log = stack.enter_context(open(trial.log, "a", encoding="utf-8", buffering=1))
            stack.enter_context(redirect_stdout(log))
            stack.enter_context(redirect_stderr(log))
        data = dataset.read(trial.data) if trial.data else {}
        answer = call(trial.fn, data, report, lambda: trial.args)
        if answer.error:
            sys.stderr.write(answer.error)
    if attempt.raised:
        answer = failure(attempt.raised)
    events.put(
        Outcome(
            key=trial.key,
            state=answer.state,
            value=answer.value,
            reason=answer.reason,
            error=answer.error,
            gave_up=answer.state == "timeout",
        )
    )


def _canceled(trial: Trial) -> Outcome:
    return Outcome(key=trial.key, state="canceled", reason="canceled")
