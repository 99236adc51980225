"""The warden as the kernel sees it: start it, send it orders, read its events, be sure that it is gone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import uuid
from contextlib import suppress
from typing import Any

from automl_widgets.engine.executors import processes, system
from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.entrance import Entrance
from automl_widgets.engine.executors.policy import MARKER, Policy, command, environment
from automl_widgets.engine.executors.switchboard import Call, Switchboard

_CLOSE_LIMIT_S = 4.0
_WORDS_KEPT = 4096


class Keeper:
    """A warden process, started by making one; OSError if that fails.

    The process gets no descriptor of the kernel's but its socket, a session of its own, so that
    Jupyter's interrupt does not reach it, and a file for what it and its workers have to say
    when they cannot start.
    """

    def __init__(self, policy: Policy, entrance: Entrance, switchboard: Switchboard, listener: Call) -> None:
        self._switchboard = switchboard
        self._listener = listener
        self._channel: Channel | None = None
        self._is_over = False
        self._marker = uuid.uuid4().hex
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        way = entrance.open(self._connect)
        try:
            self._process = subprocess.Popen(
                command(policy, "warden", way.descriptor),
                pass_fds=(way.descriptor,) if way.passed else (),
                env=environment(os.environ, self._marker),
                start_new_session=True,
                creationflags=system.CREATION_FLAGS,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
            )
        except OSError:
            self._hang_up()
            self._words.close()
            raise
        finally:
            if way.passed:
                way.passed.close()
        with suppress(OSError), system.pipe_to(self._process) as pipe:  # it may have ended already
            pipe.write(way.address.encode())

    @property
    def pid(self) -> int:
        """Process id of the warden."""
        return self._process.pid

    @property
    def has_failed(self) -> bool:
        """Whether the process has ended before it was connected: then nothing else tells."""
        return self._channel is None and self._process.poll() is not None

    def tell(self, order: str, passed: socket.socket | None = None, **fields: object) -> None:
        """Send an order; never waits. One that cannot arrive is not an error here."""
        if self._channel:
            self._channel.post(json.dumps({"do": order, **fields}).encode(), passed)

    def hear(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the events that have come and whether the warden is gone."""
        if self._channel is None:
            return [], False
        payloads, is_closed = self._channel.read()
        return [json.loads(payload) for payload in payloads], is_closed

    def last_words(self) -> str:
        """Return the last line that warden and workers wrote to their standard error, empty if none."""
        text = system.read_end(self._words, _WORDS_KEPT).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def bury(self) -> None:
        """End the warden and everything below it, and wait for that: by hanging up, else by force."""
        was_connected = self._channel is not None
        self._hang_up()
        try:
            self._process.wait(_CLOSE_LIMIT_S if was_connected else 0.0)
            is_clean = self._process.returncode == 0
        except subprocess.TimeoutExpired:
            is_clean = False
        if not is_clean:
            self._process.kill()
            processes.kill_marked(MARKER, self._marker)
            self._process.wait()
        self._words.close()

    def _connect(self, channel: Channel) -> None:
        if self._is_over:
            channel.close()
            return
        self._channel = channel
        self._switchboard.add(channel, self._listener)

    def _hang_up(self) -> None:
        self._is_over = True
        if self._channel:
            self._switchboard.remove(self._channel)
            self._channel.close()
