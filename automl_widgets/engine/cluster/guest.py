"""A kernel that is connected to an envoy: its pipe, and the trials that are its own. Not here: what it asks for."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from automl_widgets.engine.executors.protocol import Event, Outcome, Trial
from automl_widgets.engine.executors.ray import RayExecutor


class Guest:
    """Passes on to one kernel what its trials say.

    Parameters
    ----------
    pipe
        To the kernel.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe, self._lock = pipe, threading.Lock()
        self._socket = socket.socket(fileno=os.dup(pipe.fileno()))
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._running: dict[str, RayExecutor] = {}
        threading.Thread(target=self._pass_on, daemon=True).start()

    def hear(self) -> tuple[Any, ...]:
        """Wait for the next thing that the kernel says; EOFError or OSError when it has gone."""
        heard: tuple[Any, ...] = self._pipe.recv()
        return heard

    def tell(self, *message: Any) -> None:
        """Say something to the kernel, if it is still there."""
        with self._lock, suppress(OSError):
            self._pipe.send(message)

    def submit(self, executor: RayExecutor, trial: Trial) -> None:
        """Run a trial of this kernel's."""
        self._running[trial.key] = executor
        executor.submit(trial, self._events)  # type: ignore[arg-type]

    def hang_up(self) -> None:
        """End the connection: `hear` fails."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def leave(self) -> None:
        """End what the kernel has left behind."""
        self._events.put(None)
        running: Mapping[str, RayExecutor] = dict(self._running)
        for key, executor in running.items():
            executor.cancel(key)

    def _pass_on(self) -> None:
        while (event := self._events.get()) is not None:
            if isinstance(event, Outcome):
                self._running.pop(event.key, None)
            self.tell("event", event)
