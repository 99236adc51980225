"""The warden as the kernel sees it: start it, send it orders, read its events, be sure that it is gone."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import uuid
from typing import Any

from automl_widgets.engine.executors import processes
from automl_widgets.engine.executors.channel import Channel
from automl_widgets.engine.executors.policy import MARKER, Policy, command, environment

_CLOSE_LIMIT_S = 4.0


class Keeper:
    """A warden process, started by making one; OSError if that fails.

    The process gets no descriptor of the kernel's but its socket, a session of its own, so that
    Jupyter's interrupt does not reach it, and a file for what it and its workers have to say
    when they cannot start.
    """

    def __init__(self, policy: Policy) -> None:
        self._marker = uuid.uuid4().hex
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        mine, theirs = socket.socketpair()
        self.channel = Channel(mine)
        try:
            self._process = subprocess.Popen(
                command(policy, "warden", theirs.fileno()),
                pass_fds=(theirs.fileno(),),
                env=environment(os.environ, self._marker),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
            )
        except OSError:
            self.let_go()
            raise
        finally:
            theirs.close()

    @property
    def pid(self) -> int:
        """Process id of the warden."""
        return self._process.pid

    def tell(self, order: str, passed: socket.socket | None = None, **fields: object) -> None:
        """Send an order; never waits."""
        self.channel.post(json.dumps({"do": order, **fields}).encode(), passed)

    def hear(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the events that have come and whether the warden is gone."""
        payloads, is_closed = self.channel.read()
        return [json.loads(payload) for payload in payloads], is_closed

    def last_words(self) -> str:
        """Return the last line that warden and workers wrote to their standard error, empty if none."""
        size = os.fstat(self._words.fileno()).st_size
        text = os.pread(self._words.fileno(), 4096, max(0, size - 4096)).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return lines[-1] if lines else ""

    def bury(self) -> None:
        """End the warden and everything below it, and wait for that: by hanging up, else by force."""
        self.channel.close()
        try:
            self._process.wait(_CLOSE_LIMIT_S)
            is_clean = self._process.returncode == 0
        except subprocess.TimeoutExpired:
            is_clean = False
        if not is_clean:
            self._process.kill()
            processes.kill_marked(MARKER, self._marker)
            self._process.wait()
        self._words.close()

    def let_go(self) -> None:
        """Close what is open here and leave the processes alone: in a forked child they are its parent's."""
        self.channel.close()
        self._words.close()
