"""Framed messages over a pair of sockets, and what becomes of it when the other end writes rubbish.

A frame is a head (four fixed bytes, length, CRC-32) and a payload. `Channel` is the end of the
kernel and of the warden: it never blocks. `Line` is a worker's end: it blocks, and it may be used
from several threads. Not here: what the payloads mean.
"""

from __future__ import annotations

import os
import socket
import struct
import threading
import zlib
from collections import deque

from automl_widgets.errors import EngineError

_HEAD = struct.Struct("<4sIQ")
_START = b"\x93amw"
_CHUNK = 1 << 18
_READ_LIMIT = 1 << 23  # bytes taken at one go, so that one large answer does not hold up the others


def _head(payload: bytes) -> bytes:
    return _HEAD.pack(_START, zlib.crc32(payload), len(payload))


class Frames:
    """Turns a stream of bytes into payloads, up to the first byte that cannot be right.

    Examples
    --------
    >>> frames = Frames()
    >>> frames.add(_head(b"abc") + b"a"), frames.add(b"bc")
    ([], [b'abc'])
    >>> frames.add(_head(b"d") + b"d" + b"Segmentation fault"), frames.fault
    ([b'd'], "wrote what is no message: b'Segmentation fau'")
    """

    def __init__(self) -> None:
        self.fault = ""
        """Why nothing more can be read; empty while it can."""
        self._bytes = bytearray()

    def add(self, data: bytes) -> list[bytes]:
        """Return the payloads that `data` completes."""
        self._bytes += data
        payloads = []
        while not self.fault and len(self._bytes) >= _HEAD.size:
            start, checksum, length = _HEAD.unpack_from(self._bytes)
            end = _HEAD.size + length
            if start == _START and len(self._bytes) < end:
                break
            payload = bytes(memoryview(self._bytes)[_HEAD.size : end])
            if start != _START:
                self.fault = f"wrote what is no message: {bytes(self._bytes[: _HEAD.size])!r}"
            elif zlib.crc32(payload) != checksum:
                self.fault = f"wrote a damaged message of {length} bytes"
            else:
                payloads.append(payload)
                del self._bytes[:end]
        return payloads


class Channel:
    """A non-blocking end for one thread, which watches `fileno` with a selector.

    Parameters
    ----------
    end
        The socket; the channel owns it from now on.
    takes_sockets
        Whether descriptors that come along are kept, in `sockets`.
    """

    def __init__(self, end: socket.socket, *, takes_sockets: bool = False) -> None:
        end.setblocking(False)
        self.sockets: deque[socket.socket] = deque()
        self._end = end
        self._frames = Frames()
        self._outgoing: deque[tuple[memoryview, socket.socket | None]] = deque()
        self._most_sockets = 8 if takes_sockets else 0

    def fileno(self) -> int:
        """Return the descriptor, -1 if closed."""
        return self._end.fileno()

    @property
    def is_blocked(self) -> bool:
        """Whether something waits until the other end reads."""
        return bool(self._outgoing)

    def post(self, payload: bytes, passed: socket.socket | None = None) -> None:
        """Send a payload, now or as soon as there is room; `passed` goes along and is closed here."""
        self._outgoing.append((memoryview(_head(payload) + payload), passed))
        self.flush()

    def flush(self) -> None:
        """Send what waits. An end that is gone is not an error here: reading tells."""
        while self._outgoing:
            data, passed = self._outgoing[0]
            try:
                sent = socket.send_fds(self._end, [data], [passed.fileno()]) if passed else self._end.send(data)
            except BlockingIOError:
                return
            except OSError:
                sent = len(data)
            if passed:
                passed.close()
            self._outgoing[0] = (data[sent:], None)
            if sent == len(data):
                self._outgoing.popleft()

    @property
    def fault(self) -> str:
        """What the other end did wrong, if that is why it counts as closed."""
        return self._frames.fault

    def read(self) -> tuple[list[bytes], bool]:
        """Return the payloads that have arrived and whether that was all: closed, or no longer to be understood."""
        payloads: list[bytes] = []
        taken = 0
        while taken < _READ_LIMIT:
            try:
                data = self._receive()
            except BlockingIOError:
                return payloads, False
            except OSError:
                return payloads, True
            if not data:
                return payloads, True
            taken += len(data)
            payloads += self._frames.add(data)
            if self.fault:
                return payloads, True
        return payloads, False

    def close(self) -> None:
        """Close the end and what came along unasked."""
        for one in (*self.sockets, self._end):
            one.close()
        self._outgoing.clear()

    def _receive(self) -> bytes:
        if not self._most_sockets:
            return self._end.recv(_CHUNK)
        data, descriptors, _, _ = socket.recv_fds(self._end, _CHUNK, self._most_sockets)
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
            self.sockets.append(socket.socket(fileno=descriptor))
        return data


class Line:
    """A blocking end, for several threads, that notices when it is no longer what it was.

    A trial may close any descriptor and open a file that gets its number: an answer must not be
    written into a user's file. And it may fork: two processes must not speak at the same time.
    """

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(True)
        self._end = end
        self._frames = Frames()
        self._waiting: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._identity = self._who()
        self._owner = os.getpid()

    def send(self, payload: bytes) -> None:
        """Send a payload; raise EngineError if the connection is no longer ours, OSError if it is broken."""
        with self._lock:
            self._check()
            self._end.sendall(_head(payload))
            self._end.sendall(payload)

    def receive(self) -> bytes:
        """Return the next payload; raise EOFError when the other end is closed, EngineError if it is not ours."""
        while not self._waiting:
            self._check()
            data = self._end.recv(_CHUNK)
            if not data:
                raise EOFError("the kernel has hung up")
            self._waiting.extend(self._frames.add(data))
            if self._frames.fault:
                raise EngineError(f"the kernel {self._frames.fault}")
        return self._waiting.popleft()

    def _check(self) -> None:
        if os.getpid() != self._owner:
            raise EngineError("the connection to the kernel belongs to the process from which this one was forked")
        if self._who() != self._identity:
            raise EngineError("the connection to the kernel was closed by the trial")

    def _who(self) -> tuple[int, int] | None:
        try:
            status = os.fstat(self._end.fileno())
        except OSError:
            return None
        return status.st_dev, status.st_ino
