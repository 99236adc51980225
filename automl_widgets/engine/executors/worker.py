"""A worker process: takes trials from its line, one after the other, until it is told to go or is worn out.

Its line carries frames whose first byte is their kind. To the worker: RUN. From it: READY (free),
TAKEN, PROGRESS, VALUE (of a function that returned) and ANSWER. The warden starts it, limits it
and ends it; nothing of that is here.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import os
import pickle
import signal
import socket
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from automl_widgets.engine.executors import dataset, entrance, processes, stage, system
from automl_widgets.engine.executors.attempt import Answer, Attempt, call, failure
from automl_widgets.engine.executors.channel import Line
from automl_widgets.engine.executors.policy import Policy, from_text
from automl_widgets.errors import EngineError

RUN, READY, TAKEN, PROGRESS, VALUE, ANSWER = (bytes([code]) for code in range(1, 7))
NO_CONNECTION = 70
"""Exit code of a worker that cannot reach the kernel any more."""

_DATA_KEPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One trial as it travels to a worker."""

    fn: str
    args: bytes
    """Pickled for themselves: to fail at loading them is the trial's failure."""
    data: str
    log: str
    threads: int


def boot(number: int, text: str) -> None:
    """Run a worker in a process started afresh; `number` is the descriptor of its line."""
    end, policy = entrance.connected(number), from_text(text)
    if policy.start == "portable":
        system.end_with_input()
    for name in policy.preload:
        with Attempt():  # a trial that needs it will say so
            importlib.import_module(name)
    gc.freeze()
    run(end, os.getppid(), policy)


def run(end: socket.socket, warden: int, policy: Policy) -> None:
    """Run a worker in this process, whose parent is the warden. Ends the process."""
    system.die_with(warden)
    system.adopt_orphans()
    system.lower_priority(policy.nice)
    system.forbid_core_dumps()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "SIGCHLD"):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    stage.open_output()
    faulthandler.enable(2)
    try:
        Worker(Line(end), policy).work()
    except (EOFError, OSError, EngineError):
        os._exit(NO_CONNECTION)
    os._exit(0)


class Worker:
    """Takes requests from `line` and answers them."""

    def __init__(self, line: Line, policy: Policy) -> None:
        self._line = line
        self._policy = policy
        self._data: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._home = stage.Home.of_this_process()
        self._first_mb = processes.anonymous_mb([os.getpid()])

    def work(self) -> None:
        """Serve until worn out; EOFError when the kernel has hung up."""
        for _ in range(self._policy.trials_per_worker):
            self._line.send(READY)
            request: Request = pickle.loads(self._line.receive()[1:])
            self._line.send(TAKEN)
            self._send(self._perform(request))
            del request
            gc.collect()
            grown = processes.anonymous_mb([os.getpid()]) - self._first_mb
            if self._home.restore() or grown > self._policy.growth_mb:
                return

    def _perform(self, request: Request) -> tuple[Answer, bytes]:
        """Call the function on its stage; return the answer and its value, pickled while the log is still open."""
        answer, value = Answer(state="completed"), b""
        with Attempt() as attempt, stage.stage(request.log, request.threads, self._policy.log_limit_mb):
            with Attempt() as loading:
                data = self._load(request.data)
            if loading.raised:
                answer = failure(loading.raised)
            else:
                answer = call(request.fn, data, self._report, lambda: _loads(request.args))
            answer, value = _pack(answer)
            stage.write_error(answer.error)
        if attempt.raised:
            return failure(attempt.raised), b""
        return answer, value

    def _load(self, path: str) -> dict[str, Any]:
        """Return the data, of the last paths without reading again; what a trial does to the frames is its own."""
        if not path:
            return {}
        if path not in self._data:
            self._data[path] = dataset.read(path)
        self._data.move_to_end(path)
        while len(self._data) > _DATA_KEPT:
            self._data.popitem(last=False)
        return {name: _shallow(value) for name, value in self._data[path].items()}

    def _report(self, **fields: Any) -> None:
        self._line.send(PROGRESS + pickle.dumps(fields, protocol=5))

    def _send(self, packed: tuple[Answer, bytes]) -> None:
        answer, value = packed
        if value:
            self._line.send(VALUE + value)
        self._line.send(ANSWER + pickle.dumps(answer, protocol=5))


def _pack(answer: Answer) -> tuple[Answer, bytes]:
    """Return the answer without its value, and the value pickled."""
    if answer.state != "completed":
        return answer, b""
    value = b""
    with Attempt() as attempt:
        value = pickle.dumps(answer.value, protocol=5)
    if attempt.raised:
        failed = failure(attempt.raised)
        reason = f"the result cannot be sent to the kernel: {failed.reason}"
        return Answer(state=failed.state, reason=reason, error=failed.error), b""
    return Answer(state="completed"), value


def _loads(pickled: bytes) -> Mapping[str, Any]:
    args: Mapping[str, Any] = pickle.loads(pickled)
    return args


def _shallow(value: Any) -> Any:
    """Return a frame that shares the data: to add a column to it must not show in the next trial."""
    return value.copy(deep=False) if hasattr(value, "iloc") else value
