"""Lets kernels in, hears what they ask for, and has it done by the envoy. Not here: what can be asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Listener
from typing import TYPE_CHECKING, Any

from automl_widgets.engine.cluster.guest import Guest
from automl_widgets.engine.executors.attempt import Attempt, one_line

if TYPE_CHECKING:
    from automl_widgets.engine.cluster.envoy import Envoy


class Reception:
    """Serves each kernel in a thread of its own.

    Parameters
    ----------
    envoy
        Its methods are what can be asked for.
    end
        Ends this process.
    """

    def __init__(self, envoy: Envoy, end: Callable[[], None]) -> None:
        self._envoy, self._end = envoy, end
        self._lock = threading.Lock()
        self._guests: set[Guest] = set()
        self._door = ""

    @property
    def is_needed(self) -> bool:
        """Whether a kernel is here, or a run that has none."""
        return bool(self._guests) or self._envoy.has_detached

    def welcome(self, guest: Guest) -> None:
        """Serve one more kernel."""
        with self._lock:
            self._guests.add(guest)
        threading.Thread(target=self._serve, args=(guest,), daemon=True).start()

    def dismiss(self, reason: str) -> None:
        """Tell every kernel that the cluster has gone."""
        for guest in tuple(self._guests):
            guest.tell("gone", reason)

    def door(self) -> str:
        """Return the path of the socket by which other kernels come in; empty if the cluster is not this process's."""
        with self._lock:
            if self._envoy.folder and not self._door:
                self._door = os.path.join(self._envoy.folder, "door")
                listener = Listener(self._door, family="AF_UNIX")
                threading.Thread(target=self._let_in, args=(listener,), daemon=True).start()
            return self._door

    def _let_in(self, listener: Listener) -> None:
        while True:
            with suppress(OSError, EOFError):
                self.welcome(Guest(listener.accept()))

    def _serve(self, guest: Guest) -> None:
        guest.tell("ready", self._envoy.address)
        with suppress(EOFError, OSError):
            while True:
                self._do(guest, *guest.hear())
        guest.leave()
        with self._lock:
            self._guests.discard(guest)
        if not self.is_needed:  # at once, though the main thread may be starting a node
            self._end()

    def _do(self, guest: Guest, name: str, *args: Any) -> None:
        if name == "ask":
            threading.Thread(target=self._answer, args=(guest, *args), daemon=True).start()
        elif name == "submit":
            self._envoy.submit(guest, *args)
        elif name == "end":
            self._end()
        else:
            getattr(self._envoy, name)(*args)

    def _answer(self, guest: Guest, number: int, what: str, given: tuple[Any, ...]) -> None:
        value, ask = None, getattr(self if what == "door" else self._envoy, what)
        with Attempt() as attempt:
            value = ask(*given)
        guest.tell("answer", number, value, one_line(attempt.raised) if attempt.raised else "")
