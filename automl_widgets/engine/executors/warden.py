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
import traceback
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from automl_widgets.engine.executors import entrance, system
from automl_widgets.engine.executors.attempt import Attempt
from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.nursery import START_FAILED, Forking, Nursery, Starting
from automl_widgets.engine.executors.policy import Policy, from_text
from automl_widgets.engine.executors.verdict import Exit
from automl_widgets.engine.executors.ward import Ward, Wards


def boot(number: int, text: str) -> None:
    """Run a warden in this process, a child of the kernel; `number` is the descriptor of its socket."""
    kernel, policy = os.getppid(), from_text(text)
    end = entrance.connected(number)
    system.adopt_orphans()
    warden = Warden(Channel(end, takes_sockets=policy.start != "portable"), policy, kernel)
    with Attempt() as attempt:
        warden.run()
    if attempt.raised:
        traceback.print_exception(attempt.raised)
    warden.wards.end_everything()
    os._exit(0)


class Warden:
    """Keeps the workers of the executor at the other end of `control`, whose process is `kernel`."""

    def __init__(self, control: Channel, policy: Policy, kernel: int) -> None:
        self._control = control
        self._policy = policy
        self._kernel = kernel
        self._is_told_to_end = False
        self._bell, self._ear = socket.socketpair()
        self._nursery = self._make_nursery()
        self.wards = Wards(policy, self._nursery)
        self._is_here = system.watched(kernel)
        self._watch = system.watch_exit(kernel)
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._ear, selectors.EVENT_READ)
        if self._watch is not None:
            self._selector.register(self._watch, selectors.EVENT_READ)

    def run(self) -> None:
        """Work until the kernel is gone or hangs up."""
        self._set_signals()
        self._preload()
        self._say("ready")
        is_connected = True
        while is_connected and self._is_wanted():
            wants_to_write = selectors.EVENT_WRITE if self._control.is_blocked else 0
            self._selector.modify(self._control, selectors.EVENT_READ | wants_to_write)
            self._selector.select(self.wards.patience_s())
            with suppress(BlockingIOError):
                self._ear.recv(4096)
            self._control.flush()
            for ward, code in self.wards.bury():
                self._say_exit(ward, code)
            is_connected = self._obey()
            self.wards.enforce()

    def _set_signals(self) -> None:
        """Be woken when a worker ends, end in order when asked to, and leave interrupts to the kernel."""
        for end in (self._bell, self._ear):
            end.setblocking(False)
        signal.set_wakeup_fd(self._bell.fileno(), warn_on_full_buffer=False)
        if hasattr(signal, "SIGCHLD"):
            signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_terminate)

    def _on_terminate(self, *_: object) -> None:
        self._is_told_to_end = True

    def _is_wanted(self) -> bool:
        """Tell whether the kernel lives: a child of it may hold the socket open, what counts is the process."""
        return self._is_here() and not self._is_told_to_end

    def _preload(self) -> None:
        """Load what trials need before workers are forked: they then start warm, and share its memory."""
        if self._policy.start == "fork":
            with system.ending_on_hangup(self._control.fileno()):
                for name in self._policy.preload:
                    with Attempt():  # a trial that needs it will say so
                        importlib.import_module(name)
        self._nursery.settle()
        gc.collect()
        gc.freeze()
        system.lower_session_priority(self._policy.nice)

    def _obey(self) -> bool:
        """Carry out the orders that have come; return whether the kernel is still connected."""
        payloads, is_closed = self._control.read()
        for payload in payloads:
            order = json.loads(payload)
            ward = self.wards.find(order["worker"])
            if order["do"] == "spawn":
                self._spawn(order["worker"], order["address"])
            elif ward:
                self._apply(ward, order)
        return not is_closed

    def _apply(self, ward: Ward, order: dict[str, Any]) -> None:
        """Carry out an order about a worker. One that is being ended is past orders: its exit will be told."""
        what, is_at_it = order["do"], ward.job == order.get("job")
        if ward.why:
            return
        if what == "begin":
            ward.begin(order)
        elif what == "rest":
            ward.allow(None)
        elif what == "stop" and is_at_it:
            ward.terminate(order["why"])
        elif what == "end" and is_at_it:
            if ward.end():
                self._say("idle", worker=ward.number, job=order["job"], peak_mb=ward.peak_mb)
            else:
                ward.why = "left processes behind"
                ward.kill()

    def _make_nursery(self) -> Nursery:
        if self._policy.start == "portable":
            return Starting(self._policy, self._ring)
        return Forking(self._policy, self._control.sockets, self._let_go)

    def _ring(self) -> None:
        with suppress(OSError):  # it rings already
            self._bell.send(b"!")

    def _spawn(self, number: int, address: str) -> None:
        """Start a worker."""
        try:
            pid = self._nursery.start(number, address)
        except OSError as error:
            self._say_exit(Ward(number=number, pid=0, policy=self._policy, reason=str(error)), START_FAILED)
            return
        self.wards.add(number, pid)
        self._say("spawned", worker=number, pid=pid)

    def _let_go(self) -> None:
        """Close what belongs to the warden alone."""
        self._selector.close()
        for one in (self._control, self._bell, self._ear):
            one.close()
        if self._watch is not None:
            os.close(self._watch)

    def _say_exit(self, ward: Ward, code: int) -> None:
        ended = Exit(code=code, why=ward.why, reason=ward.reason, was_killed=ward.was_killed, peak_mb=ward.peak_mb)
        self._say("exit", worker=ward.number, job=ward.job, ended=asdict(ended))

    def _say(self, event: str, **fields: object) -> None:
        self._control.post(json.dumps({"say": event, **fields}).encode())
