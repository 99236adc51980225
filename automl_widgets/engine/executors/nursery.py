"""How a warden comes by its workers and hears of their end: what differs by system. Not here: any limit.

`Forking` needs POSIX. `Starting` needs only what Python has everywhere: a process, a pipe to it, a thread that waits.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from automl_widgets.engine.executors import processes, system, worker
from automl_widgets.engine.executors.attempt import Attempt
from automl_widgets.engine.executors.entrance import NO_DESCRIPTOR
from automl_widgets.engine.executors.policy import MARKER, WORKER_MARKER, Policy, command

START_FAILED = 71  # exit code of a process that did not become a worker
_SWEEPS = 100
_SWEEP_S = 0.5


class Nursery(Protocol):
    """Where workers come from."""

    def settle(self) -> None:
        """Take note that this process is as it will be: what it loads is loaded."""

    def start(self, number: int, address: str) -> int:
        """Start a worker; return its process id. OSError if that fails."""

    def ended(self) -> list[tuple[int, int]]:
        """Return the children that have ended since the last time, with their exit codes."""

    def sweep(self, number: int, below: Iterable[int], workers: Iterable[int]) -> list[tuple[int, int]]:
        """End what the worker of this number has left behind; return which of the `workers` ended meanwhile."""

    def end_strays(self) -> None:
        """End what is left when nobody is needed any more."""


class Forking:
    """Workers are children of this process, which is alone in its group of threads, and inherits what they leave.

    Parameters
    ----------
    policy
        What holds for workers.
    sockets
        The workers' ends, in the order in which they are to be started.
    let_go
        Closes in a child what belongs to this process.
    """

    def __init__(self, policy: Policy, sockets: deque[socket.socket], let_go: Callable[[], None]) -> None:
        self._policy = policy
        self._start = policy.start
        self._sockets = sockets
        self._let_go = let_go

    def settle(self) -> None:
        """Start workers afresh if some library has started a thread."""
        self._start = system.start_method(self._policy.start)

    def start(self, number: int, address: str) -> int:
        """Fork."""
        with self._sockets.popleft() as end:
            pid = os.fork()
            if pid == 0:
                self._become_worker(end)
        with suppress(OSError):  # the child does it, too: whoever comes first
            os.setpgid(pid, pid)
        return pid

    def ended(self) -> list[tuple[int, int]]:
        """Reap."""
        found = []
        with suppress(ChildProcessError):
            while (child := os.waitpid(-1, os.WNOHANG))[0]:
                found.append((child[0], os.waitstatus_to_exitcode(child[1])))
        return found

    def sweep(self, number: int, below: Iterable[int], workers: Iterable[int]) -> list[tuple[int, int]]:
        """Kill children that are no workers: orphans come here, where the system has sub-reapers."""
        if not system.HAS_SUBREAPER:
            processes.kill_all(below)
        ended: list[tuple[int, int]] = []
        mine = set(workers)
        for _ in range(_SWEEPS):
            strangers = [pid for pid in processes.children(os.getpid()) if pid not in mine]
            if not strangers:
                break
            processes.kill_all(strangers)
            time.sleep(0.001)
            ended += [(pid, code) for pid, code in self.ended() if pid in mine]
        return ended

    def end_strays(self) -> None:
        """Nothing: they have come here, and have been ended."""

    def _become_worker(self, end: socket.socket) -> None:
        """Turn the forked process into a worker. Ends the process."""
        with Attempt() as attempt:
            warden = os.getppid()
            signal.set_wakeup_fd(-1)
            os.setpgid(0, 0)
            if self._start == "fork":
                self._let_go()
                worker.run(end, warden, self._policy)
            os.set_inheritable(end.fileno(), True)
            line = command(self._policy, "worker", end.fileno())
            os.execvp(line[0], line)
        if attempt.raised:
            traceback.print_exception(attempt.raised)
        os._exit(START_FAILED)


class Starting:
    """Workers are started afresh, and found by what stands in their environment: no fork, no group, no sub-reaper.

    Parameters
    ----------
    policy
        What holds for workers.
    ring
        Wakes the warden, from any thread.
    """

    def __init__(self, policy: Policy, ring: Callable[[], None]) -> None:
        self._policy = policy
        self._ring = ring
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._marker = os.environ.get(MARKER, "")
        system.tie_descendants()

    def settle(self) -> None:
        """Nothing: what is loaded here does not matter to processes that start afresh."""

    def start(self, number: int, address: str) -> int:
        """Start a process. Its standard input tells it where to knock; when that ends, this process has ended."""
        child = subprocess.Popen(
            command(self._policy, "worker", NO_DESCRIPTOR),
            env={**os.environ, WORKER_MARKER: self._mark(number)},
            stdin=subprocess.PIPE,
            creationflags=system.CREATION_FLAGS,
        )
        self._children[child.pid] = child
        threading.Thread(target=self._watch, args=(child,), daemon=True).start()
        with suppress(OSError):  # it has ended already
            system.pipe_to(child).write(address.encode())
            system.pipe_to(child).flush()
        return child.pid

    def ended(self) -> list[tuple[int, int]]:
        """Look at each."""
        found = [(pid, child.returncode) for pid, child in self._children.items() if child.returncode is not None]
        for pid, _ in found:
            with suppress(OSError):
                system.pipe_to(self._children.pop(pid)).close()
        return found

    def sweep(self, number: int, below: Iterable[int], workers: Iterable[int]) -> list[tuple[int, int]]:
        """Kill what was seen below it, and what carries its mark."""
        processes.kill_all(below)
        processes.kill_marked(WORKER_MARKER, self._mark(number), _SWEEP_S)
        return []

    def end_strays(self) -> None:
        """Kill what carries the mark of this process."""
        processes.kill_marked(MARKER, self._marker, _SWEEP_S)

    def _mark(self, number: int) -> str:
        return f"{self._marker}.{number}"

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        child.wait()
        self._ring()
