"""The kernel's side of an envoy: its process, what is asked of it, and an executor that hands trials on to it.

The envoy of another kernel is found by a file, which is there as long as runs are detached on its cluster.
"""

from __future__ import annotations

import atexit
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from automl_widgets.engine.cluster.detached import Order
from automl_widgets.engine.cluster.envoy import BOOT
from automl_widgets.engine.cluster.spec import ClusterSpec
from automl_widgets.engine.executors import dataset
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.engine.executors.protocol import Event, Outcome, Trial
from automl_widgets.errors import EngineError, NotSupportedError

START_LIMIT_S = 180.0
ANSWER_LIMIT_S = 90.0


class Beside:
    """An envoy's process, started at once and in the background.

    Parameters
    ----------
    spec
        The cluster that it makes, or connects to.
    door
        The file that says how other kernels come in. If it is there, and somebody behind it, no process is started.

    Raises
    ------
    NotSupportedError
        On Windows: Ray's clusters are Linux's, and the envoy is handed a socket as POSIX does it.
    """

    def __init__(self, spec: ClusterSpec, door: Path | None = None) -> None:
        if os.name != "posix":
            raise NotSupportedError(
                f"The cluster {spec.name!r} cannot be used from Windows: start the notebook on Linux, macOS or in WSL, "
                "or leave the compute target out, and the run stays on this machine."
            )
        self.spec = spec
        self._door = door
        self._is_kept = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._answers: dict[int, Future[Any]] = {}
        self._queues: dict[str, SimpleQueue[Event]] = {}
        self._ready: Future[str] = Future()
        self._end = ""
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        visited = _visited(door)
        if visited is None:
            self._process, self._socket = _started(self._errors)
        else:
            self._socket = visited
        self._pipe = Connection(os.dup(self._socket.fileno()))
        if visited is None:
            self._pipe.send(spec)
        self._reader = threading.Thread(target=self._read, name=f"automl {spec.name}", daemon=True)
        self._reader.start()
        atexit.register(self.close)

    @property
    def is_open(self) -> bool:
        """Whether it can still be asked."""
        return not self._end

    @property
    def is_ready(self) -> bool:
        """Whether the cluster is up."""
        return self._ready.done() and not self._end

    @property
    def reason(self) -> str:
        """Why it has ended, empty if it has not."""
        return self._end

    def wait(self, timeout_s: float = START_LIMIT_S) -> str:
        """Wait until the cluster is up; return its address.

        Raises
        ------
        EngineError
            If it did not come up.
        """
        try:
            return self._ready.result(timeout_s)
        except TimeoutError:
            raise EngineError(f"The cluster {self.spec.name!r} is not up after {timeout_s:g} s.") from None

    def ask(self, what: str, *given: Any) -> Any:
        """Ask the envoy for something and return its answer.

        Raises
        ------
        EngineError
            If it failed, or the envoy has ended.
        """
        self.wait()
        number, answer = next(self._numbers), Future[Any]()
        with self._lock:
            self._answers[number] = answer
        self.send("ask", number, what, given)
        try:
            return answer.result(ANSWER_LIMIT_S)
        except TimeoutError:
            raise EngineError(f"The cluster {self.spec.name!r} has not answered for {ANSWER_LIMIT_S:g} s.") from None

    def send(self, *message: Any) -> bool:
        """Tell the envoy something; return whether it was there to hear it."""
        with self._lock:
            if self._end:
                return False
            try:
                self._pipe.send(message)
            except OSError:
                return False
        return True

    def submit(self, env: str, trial: Trial, events: SimpleQueue[Event]) -> None:
        """Have it run a trial."""
        with self._lock:
            self._queues[trial.key] = events
        if not self.send("submit", env, trial):
            self._lose(self._end or "the cluster's process has ended")

    def change(self, spec: ClusterSpec) -> None:
        """Go by other limits."""
        self.spec = spec
        self.send("update", spec)

    def detach(self, order: Order) -> str:
        """Have an engine take over a run and return its name; an envoy with a cluster outlives this kernel."""
        if self._door and (path := self.ask("door")):
            self._door.write_text(json.dumps([socket.gethostname(), path]))
            self._is_kept = True
        job: str = self.ask("detach", order)
        return job

    def end(self) -> None:
        """End the envoy, the cluster if it is its own, and what was detached there."""
        self.send("end")
        self._is_kept = False
        if self._door:
            self._door.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leave the envoy, which ends with the cluster that is its own, unless runs were detached there."""
        with self._lock, suppress(OSError):
            self._end = self._end or "the cluster was closed"
            self._socket.shutdown(socket.SHUT_RDWR)
        atexit.unregister(self.close)
        if self._process is None or self._is_kept:
            return
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _read(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                self._take(*self._pipe.recv())
        with self._lock:
            self._end = self._end or f"the cluster's process has ended{self._last_words()}"
        self._lose(self._end)

    def _take(self, kind: str, *args: Any) -> None:
        if kind == "event":
            event = args[0]
            with self._lock:
                queue = self._queues.get(event.key)
                if isinstance(event, Outcome):
                    self._queues.pop(event.key, None)
            if queue:
                queue.put(event)
        elif kind == "answer":
            number, value, error = args
            with self._lock:
                answer = self._answers.pop(number)
            answer.set_exception(EngineError(error)) if error else answer.set_result(value)
        elif kind == "ready":
            self._ready.set_result(args[0])
        elif kind == "gone":
            with self._lock:
                self._end = args[0]
        else:
            with self._lock:
                self._end = f"The cluster {self.spec.name!r} could not be reached or started: {args[0]}"

    def _lose(self, reason: str) -> None:
        with self._lock:
            lost, self._queues = self._queues, {}
            answers, self._answers = self._answers, {}
        for key, queue in lost.items():
            queue.put(Outcome(key=key, state="lost", reason=reason))
        for answer in [*answers.values(), self._ready]:
            if not answer.done():
                answer.set_exception(EngineError(reason))

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = [line for line in self._errors.read()[-4000:].decode(errors="replace").splitlines() if line.strip()]
        return f": {lines[-1][:300]}" if lines else ""


def _started(errors: IO[bytes]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        arguments = [str(theirs.fileno()), json.dumps(Policy().path)]
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", BOOT, *arguments],
            pass_fds=[theirs.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )
    return process, ours


def is_somebody_behind(door: Path) -> bool:
    """Return whether an envoy that another kernel has started lets kernels in."""
    found = _visited(door)
    if found:
        found.close()
    return found is not None


def _visited(door: Path | None) -> socket.socket | None:
    """Return the connection to another kernel's envoy; None if there is none on this machine."""
    found = socket.socket(socket.AF_UNIX)
    try:
        host, path = json.loads(door.read_text()) if door else ("", "")
        if host == socket.gethostname():
            found.connect(path)
            return found
    except (OSError, ValueError):
        pass
    found.close()
    return None


class ClusterExecutor:
    """Hands trials on to an envoy: the executor of a run on a cluster.

    Parameters
    ----------
    beside
        The envoy's process.
    runtime_env
        Ray's description of what the run's tasks need.
    """

    def __init__(self, beside: Beside, runtime_env: Mapping[str, Any] | None = None) -> None:
        self._beside = beside
        self._env = json.dumps(dict(runtime_env or {}), sort_keys=True)
        self._capacity = beside.spec.slots

    @property
    def capacity(self) -> int:
        """Number of trials at the same time."""
        return self._capacity

    @property
    def is_open(self) -> bool:
        """Whether the cluster is there, or on its way."""
        return self._beside.is_open

    @property
    def cores(self) -> tuple[int, int]:
        """Cores that all nodes may have at work, and those of one."""
        return self._beside.spec.slots, self._beside.spec.cores

    def put(self, folder: str, data: Mapping[str, Any]) -> str:
        """Write `data` into `folder`; a cluster that does not see the disk gets it with the first trial, once."""
        return dataset.write(folder, data)

    def submit(self, trial: Trial, events: SimpleQueue[Event]) -> None:
        """Run the trial as soon as there is room."""
        self._beside.submit(self._env, trial, events)

    def cancel(self, key: str) -> None:
        """End the trial and its process tree."""
        self._beside.send("cancel", self._env, key)

    def resize(self, capacity: int) -> None:
        """Change the number of trials at the same time."""
        self._capacity = capacity
        self._beside.send("resize", self._env, capacity)

    def close(self) -> None:
        """Leave the envoy to others: it ends with the kernel, or when the target is deleted."""
