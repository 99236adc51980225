"""How a process that the kernel starts, or has started, gets its connection to it. Not here: what is said over it.

POSIX hands a socket down: `Pairs`. Where that does not exist, the process is told a port of this machine and a word
that nobody else knows, and knocks: `Door`. The word goes through a pipe, where no list of processes shows it.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.engine.executors.switchboard import Switchboard

Welcome = Callable[[Channel], None]

_LOOPBACK = "127.0.0.1"
_WORD_SIZE = 32
_KNOCK_LIMIT_S = 30.0
NO_DESCRIPTOR = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a process needs to connect: a socket that is handed down to it, or an address that it is told."""

    passed: socket.socket | None = None
    address: str = ""

    @property
    def descriptor(self) -> int:
        """The number of the socket that is handed down, -1 if none is."""
        return self.passed.fileno() if self.passed else NO_DESCRIPTOR


class Entrance(Protocol):
    """Opens ways to the kernel."""

    def open(self, welcome: Welcome) -> Way:
        """Return a way for one process; `welcome` is called with the kernel's end, at once or when it has knocked."""


class Pairs:
    """Hands sockets down. OSError if the kernel has no descriptors left."""

    def open(self, welcome: Welcome) -> Way:
        """Return one end of a pair, and welcome the other."""
        mine, theirs = socket.socketpair()
        welcome(Channel(mine))
        return Way(passed=theirs)


class Door:
    """Listens on the loopback for processes with a word of their own.

    Parameters
    ----------
    switchboard
        Whose thread opens.
    """

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._expected: dict[bytes, Welcome] = {}
        self._listener = socket.create_server((_LOOPBACK, 0), backlog=64)
        self._listener.setblocking(False)
        switchboard.listen(self._listener, self._admit)

    def open(self, welcome: Welcome) -> Way:
        """Return the address for one process, good for one connection."""
        word = secrets.token_hex(_WORD_SIZE // 2)
        self._expected[word.encode()] = welcome
        return Way(address=f"{self._listener.getsockname()[1]} {word}\n")

    def _admit(self) -> None:
        try:
            guest, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        guest.setblocking(False)
        self._switchboard.listen(guest, partial(self._hear, guest, bytearray()))

    def _hear(self, guest: socket.socket, said: bytearray) -> None:
        """Take no more than a word from a guest: what follows is for who expects it."""
        try:
            data = guest.recv(_WORD_SIZE - len(said))
        except BlockingIOError:
            return
        except OSError:
            data = b""
        said += data
        if data and len(said) < _WORD_SIZE:
            return
        self._switchboard.forget(guest)
        welcome = self._expected.pop(bytes(said), None)
        if welcome:
            guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            welcome(Channel(guest))
        else:
            guest.close()


def entrance(policy: Policy, switchboard: Switchboard) -> Entrance:
    """Return the entrance for processes that are started in this way."""
    return Door(switchboard) if policy.start == "portable" else Pairs()


def connected(descriptor: int) -> socket.socket:
    """Return this process's connection: the socket handed down, else knock where standard input says."""
    if descriptor != NO_DESCRIPTOR:
        os.set_inheritable(descriptor, False)  # it came by inheritance, and must go no further
        return socket.socket(fileno=descriptor)
    port, word = os.read(0, 256).decode().split()
    end = socket.create_connection((_LOOPBACK, int(port)), timeout=_KNOCK_LIMIT_S)
    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    end.sendall(word.encode())
    return end
