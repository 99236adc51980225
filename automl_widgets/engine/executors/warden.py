"""The warden: one process of one thread for each executor, which starts, limits and ends its workers.

It stands beside the kernel because a cell that holds the kernel's GIL would stop every watch kept
there for seconds; it is the parent of all workers, and inherits what they leave behind, so that
nothing outlives a trial; and it ends everything when the kernel is gone, however that came about.
Frames of JSON go both ways: orders (`do`) come, events (`say`) go. Not here: which trial runs next.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from automl_widgets.engine.executors import logfile, processes, resources, system, worker
from automl_widgets.engine.executors.attempt import Attempt
from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.policy import Policy, command, from_text
from automl_widgets.engine.executors.verdict import Exit

START_FAILED = 71
"""Exit code of a process that did not become a worker."""

_WORTH_ENDING_MB = 200.0  # to end a smaller trial would not help the machine
_IDLE_LOOK_S = 1.0


@dataclass(slots=True)
class Ward:
    """A worker process, and what holds for the job it is at; job 0 is to start."""

    number: int
    pid: int
    deadline: float
    job: int = 0
    limit_text: str = ""
    memory_mb: float | None = None
    log: str = ""
    why: str = ""
    """Why it is being ended; empty while it is not."""
    reason: str = ""
    kill_at: float = float("inf")
    was_killed: bool = False
    size_mb: float = 0.0
    peak_mb: float = 0.0
    below: tuple[int, ...] = ()
    """Its descendants when last looked at."""


def boot(number: int, text: str) -> None:
    """Run a warden in this process, a child of the kernel; `number` is the descriptor of its socket."""
    kernel = os.getppid()
    policy = from_text(text)
    system.adopt_orphans()
    os.set_inheritable(number, False)  # it came by inheritance, and must go no further
    control = Channel(socket.socket(fileno=number), takes_sockets=True)
    warden = Warden(control, policy, kernel)
    with Attempt() as attempt:
        warden.run()
    if attempt.raised:
        traceback.print_exception(attempt.raised)
    warden.end_everything()
    os._exit(0)


def most_expendable(wards: list[Ward], free_mb: float, floor_mb: float) -> Ward | None:
    """Return the trial to end for the machine's sake: the largest, if memory is short and it would help.

    Examples
    --------
    >>> small = Ward(number=1, pid=11, deadline=0.0, job=1, size_mb=90.0)
    >>> large = Ward(number=2, pid=12, deadline=0.0, job=2, size_mb=4000.0)
    >>> most_expendable([small, large], free_mb=500.0, floor_mb=300.0) is None
    True
    >>> most_expendable([small, large], free_mb=200.0, floor_mb=300.0).number
    2
    >>> most_expendable([small], free_mb=200.0, floor_mb=300.0) is None
    True
    """
    if free_mb >= floor_mb or any(ward.why == "oom" for ward in wards):
        return None
    largest = max(wards, key=lambda ward: ward.size_mb, default=None)
    return largest if largest and largest.size_mb >= _WORTH_ENDING_MB else None


class Warden:
    """Keeps the workers of the executor at the other end of `control`, whose process is `kernel`."""

    def __init__(self, control: Channel, policy: Policy, kernel: int) -> None:
        self._control = control
        self._policy = policy
        self._kernel = kernel
        self._wards: dict[int, Ward] = {}
        self._wake, wakened = socket.socketpair()
        wakened.setblocking(False)
        self._wake.setblocking(False)
        self._wakened = wakened
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        self._watch = system.watch_exit(kernel)
        if self._watch is not None:
            self._selector.register(self._watch, selectors.EVENT_READ)
        self._start = policy.start
        self._next_look = 0.0
        self._is_told_to_end = False

    def run(self) -> None:
        """Work until the kernel is gone or hangs up."""
        self._set_signals()
        self._preload()
        self._say("ready", start=self._start)
        is_connected = True
        while is_connected and self._is_wanted():
            wants_to_write = selectors.EVENT_WRITE if self._control.is_blocked else 0
            self._selector.modify(self._control, selectors.EVENT_READ | wants_to_write)
            self._selector.select(self._patience_s())
            with suppress(BlockingIOError):
                self._wake.recv(4096)
            self._control.flush()
            self._bury()
            is_connected = self._obey()
            self._enforce(time.monotonic())

    def end_everything(self) -> None:
        """End every process below this one, at once: the kernel is gone or wants no more."""
        deadline = time.monotonic() + 0.2
        for pid in self._wards:
            processes.kill_group(pid, signal.SIGKILL)
        while (left := processes.descendants(os.getpid())) and time.monotonic() < deadline:
            processes.kill_all(left)
            self._collect()
            time.sleep(0.001)

    # --- starting

    def _set_signals(self) -> None:
        signal.set_wakeup_fd(self._wakened.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_terminate)

    def _on_terminate(self, *_: object) -> None:
        self._is_told_to_end = True

    def _preload(self) -> None:
        """Load what trials need before workers are forked: they then start warm, and share its memory."""
        with system.ending_on_hangup(self._control.fileno()):
            for name in self._policy.preload if self._policy.start == "fork" else ():
                with Attempt():  # a trial that needs it will say so
                    importlib.import_module(name)
        self._start = system.start_method(self._policy.start)
        gc.collect()
        gc.freeze()
        system.lower_session_priority()

    def _spawn(self, number: int) -> None:
        """Start a worker on the socket that came with the order."""
        end = self._control.sockets.popleft()
        try:
            pid = os.fork()
        except OSError as error:
            end.close()
            self._tell_exit(Ward(number, 0, 0.0, reason=str(error)), START_FAILED)
            return
        if pid == 0:
            self._become_worker(end)
        end.close()
        with suppress(OSError):  # the child does it, too: whoever comes first
            os.setpgid(pid, pid)
        limit_s = self._policy.start_limit_s
        self._wards[pid] = Ward(number, pid, time.monotonic() + limit_s, limit_text=f"{limit_s:g} s to start")
        self._say("spawned", worker=number, pid=pid)

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

    def _let_go(self) -> None:
        """Close what belongs to the warden alone."""
        self._control.close()
        self._selector.close()
        self._wake.close()
        self._wakened.close()
        if self._watch is not None:
            os.close(self._watch)

    # --- obeying

    def _obey(self) -> bool:
        """Carry out the orders that have come; return whether the kernel is still connected."""
        payloads, is_closed = self._control.read()
        for payload in payloads:
            order = json.loads(payload)
            if order["do"] == "spawn":
                self._spawn(order["worker"])
                continue
            ward = next((ward for ward in self._wards.values() if ward.number == order["worker"]), None)
            if ward:
                self._orders[order["do"]](self, ward, order)
        return not is_closed

    def _is_wanted(self) -> bool:
        """Tell whether the kernel lives: a child of it may hold the socket open, what counts is the process."""
        return os.getppid() == self._kernel and not self._is_told_to_end

    def _begin(self, ward: Ward, order: dict[str, Any]) -> None:
        timeout_s = order["timeout_s"]
        ward.job, ward.log, ward.memory_mb = order["job"], order["log"], order["memory_mb"]
        ward.deadline = float("inf") if timeout_s is None else time.monotonic() + timeout_s
        ward.limit_text = f"{timeout_s:g} s" if timeout_s is not None else ""
        ward.peak_mb = ward.size_mb = 0.0

    def _end(self, ward: Ward, order: dict[str, Any]) -> None:
        """Lift the limits of a job that is over. A worker that leaves processes behind goes with them."""
        if ward.why:
            return  # it is being ended: its exit will be told
        self._measure(ward)
        ward.deadline = float("inf")
        if ward.below:
            ward.why = "left processes behind"
            self._kill(ward)
            return
        ward.job, ward.log, ward.memory_mb = 0, "", None
        self._say("idle", worker=ward.number, job=order["job"], peak_mb=ward.peak_mb)

    def _stop(self, ward: Ward, order: dict[str, Any]) -> None:
        if ward.job == order["job"] and not ward.why:
            self._terminate(ward, order["why"], order["reason"])

    _orders: ClassVar[dict[str, Callable[[Warden, Ward, dict[str, Any]], None]]] = {
        "begin": _begin,
        "end": _end,
        "stop": _stop,
    }

    # --- enforcing

    def _patience_s(self) -> float:
        """Return how long nothing has to be done."""
        times = [time for ward in self._wards.values() for time in (ward.deadline, ward.kill_at)]
        if any(ward.job for ward in self._wards.values()):
            times.append(self._next_look)
        return max(0.0, min([_IDLE_LOOK_S, *(moment - time.monotonic() for moment in times)]))

    def _enforce(self, now: float) -> None:
        for ward in self._wards.values():
            if now >= ward.kill_at:
                self._kill(ward)
            elif now >= ward.deadline and not ward.why:
                self._terminate(ward, "timeout", f"took longer than {ward.limit_text}")
        if now >= self._next_look:
            self._next_look = now + self._policy.patrol_s
            self._look([ward for ward in self._wards.values() if ward.job])

    def _look(self, busy: list[Ward]) -> None:
        """Look at memory and logs of those at work."""
        for ward in busy:
            self._measure(ward)
            if ward.memory_mb is not None and ward.size_mb > ward.memory_mb and not ward.why:
                reason = f"held {ward.size_mb:,.0f} MB of memory, more than its limit of {ward.memory_mb:,.0f} MB"
                self._terminate(ward, "oom", reason, at_once=True)
            if ward.log and logfile.is_overlong(ward.log, self._policy.log_limit_mb):
                self._shorten_log(ward)
        self._keep_memory_free(busy)

    def _keep_memory_free(self, busy: list[Ward]) -> None:
        """End the largest trial before the machine starts to swap, or a container is killed as a whole."""
        if not busy:
            return
        floor_mb = self._policy.keep_free_mb
        if floor_mb is None:
            floor_mb = max(0.05 * resources.total_memory_mb(), 300.0)
        free_mb = resources.available_memory_mb()
        ward = most_expendable(busy, free_mb, floor_mb)
        if ward:
            reason = (
                f"ended to keep the machine from swapping: {free_mb:,.0f} MB of memory were free, "
                f"and this trial was the largest with {ward.size_mb:,.0f} MB"
            )
            self._terminate(ward, "oom", reason, at_once=True)

    def _measure(self, ward: Ward) -> None:
        ward.below = tuple(processes.descendants(ward.pid))
        tree = (ward.pid, *ward.below)
        ward.size_mb = processes.anonymous_mb(tree)
        if ward.below and ward.memory_mb is not None and ward.size_mb > ward.memory_mb:
            ward.size_mb = processes.own_mb(tree)  # forked children share pages: count them once
        ward.peak_mb = max(ward.peak_mb, ward.size_mb)

    def _shorten_log(self, ward: Ward) -> None:
        """Halt the writers for the moment that it takes: nothing is lost but the middle."""
        with processes.halted((ward.pid, *ward.below)), suppress(OSError):  # a full disk: tried again at the next look
            logfile.shorten(ward.log, self._policy.log_limit_mb)

    # --- ending

    def _terminate(self, ward: Ward, why: str, reason: str, *, at_once: bool = False) -> None:
        ward.why, ward.reason = why, reason
        ward.below = tuple(processes.descendants(ward.pid))
        if at_once:
            self._kill(ward)
            return
        processes.kill_group(ward.pid, signal.SIGTERM)
        ward.kill_at = time.monotonic() + self._policy.grace_s

    def _kill(self, ward: Ward) -> None:
        ward.was_killed = True
        processes.kill_group(ward.pid, signal.SIGKILL)
        ward.kill_at = time.monotonic() + self._policy.grace_s

    def _bury(self) -> None:
        """Tell of the workers that have ended, after all that they left behind is gone."""
        ended = self._collect()
        if not ended:
            return
        if sys.platform != "linux":  # no sub-reaper: what they left has gone to the system
            processes.kill_all(pid for ward, _ in ended for pid in ward.below)
        for _ in range(100):
            strangers = [pid for pid in processes.children(os.getpid()) if pid not in self._wards]
            if not strangers:
                break
            processes.kill_all(strangers)
            time.sleep(0.001)
            ended += self._collect()
        for ward, code in ended:
            self._tell_exit(ward, code)

    def _tell_exit(self, ward: Ward, code: int) -> None:
        if ward.log:
            with suppress(OSError):
                logfile.shorten(ward.log, self._policy.log_limit_mb)
        ended = Exit(code=code, why=ward.why, reason=ward.reason, was_killed=ward.was_killed, peak_mb=ward.peak_mb)
        self._say("exit", worker=ward.number, job=ward.job, ended=asdict(ended))

    def _collect(self) -> list[tuple[Ward, int]]:
        """Return the workers that have ended since the last time, with their exit codes."""
        ended: list[tuple[Ward, int]] = []
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return ended
            if not pid:
                return ended
            if pid in self._wards:
                ended.append((self._wards.pop(pid), os.waitstatus_to_exitcode(status)))

    def _say(self, event: str, **fields: object) -> None:
        self._control.post(json.dumps({"say": event, **fields}).encode())
