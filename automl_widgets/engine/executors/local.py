"""Trials in worker processes of this machine: the executor that a notebook uses. Not here: its thread's work.

A thread of the kernel (`crew`) gives trials to workers; a warden process starts, limits and ends
those; `engine/executors/worker.py` is what runs in them.
"""

from __future__ import annotations

import os
import pickle
import threading
import weakref
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any

from automl_widgets.engine.executors import dataset
from automl_widgets.engine.executors.attempt import Attempt, failure, one_line
from automl_widgets.engine.executors.crew import Crew
from automl_widgets.engine.executors.policy import Policy, StartMethod
from automl_widgets.engine.executors.protocol import Event, Outcome, Trial
from automl_widgets.engine.executors.resources import available_cores
from automl_widgets.engine.executors.slot import LOG
from automl_widgets.engine.executors.switchboard import Call, Switchboard
from automl_widgets.engine.executors.verdict import Job
from automl_widgets.engine.executors.worker import Request
from automl_widgets.errors import EngineError

_CLOSE_LIMIT_S = 5.0
_OPEN: weakref.WeakSet[LocalExecutor] = weakref.WeakSet()


class LocalExecutor:
    """Runs each trial in a process of this machine, which can be ended at any moment.

    Parameters
    ----------
    capacity
        Number of slots: trials that run at the same time.
    start
        `fork`: workers are forked from a warden that has the libraries loaded. `spawn`: they start
        afresh, 2 s later. `portable`: the same by means that every system has. By default `fork` on
        Linux, `spawn` on macOS, `portable` on Windows; AUTOML_WIDGETS_START chooses otherwise.
    policy
        Everything else; the defaults suit a notebook.

    Notes
    -----
    Warden and libraries are loaded in the background from now on (some 2 s). A trial without a
    `memory_mb` is limited by what the machine has: when less than 5 % of the memory (at least
    300 MB) are free, the largest trial is ended, as `oom`. Its log is limited to 10 MB, the first
    5 and the last 5. A worker is replaced after 100 trials, when it has grown by 300 MB, and
    when a trial has left threads or processes behind.

    Raises
    ------
    ValueError
        If `capacity` is less than 1.
    """

    def __init__(self, capacity: int, start: StartMethod | None = None, policy: Policy | None = None) -> None:
        _check(capacity)
        policy = policy or Policy()
        self._capacity = capacity
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._end = ""
        self._switchboard = Switchboard()
        self._crew = Crew(replace(policy, start=start or policy.start), capacity, self._switchboard)
        self._thread = threading.Thread(target=self._run, name="automl-executor", daemon=True)
        _OPEN.add(self)
        self._thread.start()

    @property
    def capacity(self) -> int:
        """Number of slots."""
        return self._capacity

    @property
    def is_open(self) -> bool:
        """Whether trials can be submitted, from this process."""
        return not self._end and self._owner == os.getpid()

    @property
    def cores(self) -> tuple[int, int]:
        """Cores that this process may use: there is one machine."""
        return available_cores(), available_cores()

    def put(self, folder: str, data: Mapping[str, Any]) -> str:
        """Write `data` into `folder`, to be mapped by all workers; return the file's path."""
        return dataset.write(folder, data)

    def submit(self, trial: Trial, events: SimpleQueue[Event]) -> None:
        """Run the trial as soon as a slot is free; after `close` its outcome is `lost`.

        Raises
        ------
        EngineError
            In a process that was forked from the executor's.
        """
        self._check_owner()
        request = b""
        with Attempt() as attempt:
            args = pickle.dumps(dict(trial.args), protocol=5)
            request = pickle.dumps(
                Request(fn=trial.fn, args=args, data=trial.data, log=trial.log, threads=trial.threads), protocol=5
            )
        if attempt.raised:
            answer = failure(attempt.raised)
            events.put(Outcome(key=trial.key, state=answer.state, reason=answer.reason, error=answer.error))
            return
        job = Job(trial=trial, events=events, request=request)
        if not self._call(partial(self._crew.submit, job)):
            events.put(Outcome(key=trial.key, state="lost", reason=self._end))

    def cancel(self, key: str) -> None:
        """End the trial and its process tree: SIGTERM, after a second SIGKILL."""
        self._call(partial(self._crew.cancel, key))

    def resize(self, capacity: int) -> None:
        """Change the number of slots; what runs goes on."""
        _check(capacity)
        self._capacity = capacity
        self._call(partial(self._crew.resize, capacity))

    def close(self) -> None:
        """Cancel everything and end every process; wait for that at most five seconds."""
        if self._owner != os.getpid():
            return
        self._call(self._crew.close, is_last=True)
        self._thread.join(_CLOSE_LIMIT_S)

    def _call(self, function: Call, *, is_last: bool = False) -> bool:
        """Have the executor's thread call a function; return whether it still does such things."""
        if self._owner != os.getpid():
            return False  # before the lock: the thread that holds it may not exist here
        with self._lock:
            if self._end:
                return False
            self._switchboard.call(function)
            self._end = "the executor was closed" if is_last else ""
        return True

    def _run(self) -> None:
        with Attempt() as attempt:
            self._crew.run()
        if attempt.raised:
            LOG.error("the executor's thread has ended", exc_info=attempt.raised)
            with self._lock:
                self._end = f"a fault of the executor: {one_line(attempt.raised)}"
            with Attempt():  # it may be as broken as the rest
                self._crew.give_up(self._end)
        self._switchboard.take_calls()
        self._switchboard.close()

    def _check_owner(self) -> None:
        if self._owner != os.getpid():
            raise EngineError(
                f"This executor belongs to process {self._owner}, from which process {os.getpid()} was forked: "
                "its workers cannot be used here. Open another one."
            )

    def _let_go(self) -> None:
        """Close in a forked child what keeps the parent's processes from noticing that the parent has ended."""
        self._switchboard.close()


def _check(capacity: int) -> None:
    if capacity < 1:
        raise ValueError(f"`capacity` must be at least 1, but got capacity={capacity}.")


def _let_go_in_child() -> None:
    for executor in _OPEN:
        executor._let_go()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go_in_child)
