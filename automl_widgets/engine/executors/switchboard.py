"""Where one thread waits for everything: for what comes over channels and for calls from other threads."""

from __future__ import annotations

import selectors
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from automl_widgets.engine.executors.channel import Channel

Call = Callable[[], None]


class Switchboard:
    """Connects channels with who listens to them. Only `call` may be used by other threads."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque()
        self._bell, self._ear = socket.socketpair()
        self._channels: dict[Channel, Call] = {}
        self._sockets: set[socket.socket] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._ear, selectors.EVENT_READ, self.take_calls)
        for end in (self._bell, self._ear):
            end.setblocking(False)

    def call(self, function: Call) -> None:
        """Have the thread that waits here call `function`."""
        self._calls.append(function)
        with suppress(OSError):  # the bell is ringing already, or the thread is about to look a last time
            self._bell.send(b"!")

    def add(self, channel: Channel, listener: Call) -> None:
        """Call `listener` whenever something has come over the channel, or it was closed."""
        self._channels[channel] = listener
        self._selector.register(channel, selectors.EVENT_READ, listener)

    def remove(self, channel: Channel) -> None:
        """Listen no more; a channel that is not here is ignored."""
        if self._channels.pop(channel, None):
            self._selector.unregister(channel)

    def listen(self, end: socket.socket, listener: Call) -> None:
        """Call `listener` whenever there is something to take from a socket."""
        self._sockets.add(end)
        self._selector.register(end, selectors.EVENT_READ, listener)

    def forget(self, end: socket.socket) -> None:
        """Listen to a socket no more; it stays open."""
        self._sockets.remove(end)
        self._selector.unregister(end)

    def wait(self, limit_s: float | None) -> None:
        """Wait until something comes, and hand it on; send what could not be sent before."""
        for channel, listener in self._channels.items():
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.is_blocked else 0)
            if self._selector.get_key(channel).events != wanted:
                self._selector.modify(channel, wanted, listener)
        for key, _ in self._selector.select(limit_s):
            key.data()
        for channel in self._channels:
            channel.flush()

    def take_calls(self) -> None:
        """Carry out the calls that have been left."""
        with suppress(OSError):
            self._ear.recv(4096)
        while self._calls:
            self._calls.popleft()()

    def close(self) -> None:
        """Close everything, the channels included; processes at their other ends are left alone."""
        self._selector.close()
        for channel in self._channels:
            channel.close()
        for end in (*self._sockets, self._bell, self._ear):
            end.close()
        self._sockets.clear()
        self._channels.clear()
