"""A real Jupyter kernel for these tests: runs cells, is interrupted and killed, and its processes are found."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client import KernelManager

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).parent / "site"
MARK = "FAULTS_MARK"
SETUP = "import os, sys, time; from tests.faults import cells; from tests.faults.cells import submit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a cell has left."""

    output: str
    error: str
    value: Any = None


class Kernel:
    """A kernel with `submit` in its namespace; whatever descends from it carries its mark."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.mark = uuid.uuid4().hex
        self.no_fork = folder / f"no-fork-{self.mark}"
        path = os.pathsep.join([str(SITE), str(ROOT), os.environ.get("PYTHONPATH", "")])
        marks = {MARK: self.mark, "PYTHONPATH": path, "FAULTS_NO_FORK": str(self.no_fork)}
        self.environment = {**os.environ, **marks, **environment}
        self.manager = KernelManager(kernel_name="python3")
        self.manager.start_kernel(env=self.environment, cwd=str(folder), stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.ask("os.getpid()", SETUP)
        self.pid = int(self.ask("os.getpid()"))
        self.stray = ""
        """What was printed and no cell asked for."""

    # ------------------------------------------------------------ cells

    def begin(self, code: str) -> Callable[..., Cell]:
        """Run a cell; return a function that waits for its end."""
        number = self.client.execute(code, store_history=False)
        return lambda limit_s=60.0: self._end(number, limit_s)

    def run(self, code: str, limit_s: float = 60.0) -> Cell:
        """Run a cell to its end."""
        cell: Cell = self.begin(code)(limit_s)
        return cell

    def ask(self, expression: str, code: str = "", limit_s: float = 60.0) -> Any:
        """Run a cell that must neither fail nor print; return what an expression then is."""
        number = self.client.execute(code, store_history=False, user_expressions={"asked": expression})
        cell = self._end(number, limit_s)
        assert (cell.error, cell.output) == ("", ""), cell
        return cell.value

    def _end(self, number: str, limit_s: float) -> Cell:
        output, error, deadline = "", "", time.monotonic() + limit_s
        while True:
            message = self._hear(deadline)
            is_mine, content = message["parent_header"].get("msg_id") == number, message["content"]
            if message["msg_type"] == "stream":
                output += content["text"]
            elif message["msg_type"] == "error":
                error = f"{content['ename']}: {content['evalue']}"
            elif message["msg_type"] == "status" and is_mine and content["execution_state"] == "idle":
                return Cell(output=output, error=error, value=self._answered(number))

    def _hear(self, deadline: float) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self.client.get_iopub_msg(timeout=max(deadline - time.monotonic(), 0.01))
        except Empty:
            raise AssertionError("the kernel does not answer") from None
        return found

    def _answered(self, number: str) -> Any:
        while True:
            reply = self.client.get_shell_msg(timeout=10)
            if reply["parent_header"]["msg_id"] == number:
                break
        asked = reply["content"].get("user_expressions", {}).get("asked")
        if asked is None:
            return None
        assert asked["status"] == "ok", asked
        return ast.literal_eval(asked["data"]["text/plain"])

    def unasked(self) -> str:
        """Return what was printed since the last cell."""
        text = ""
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.02)
            except Empty:
                return text
            text += message["content"].get("text", "")

    # ------------------------------------------------------------ the process

    def interrupt(self) -> None:
        """Do what the button does: the kernel's whole process group gets a SIGINT."""
        self.manager.interrupt_kernel()

    def send(self, number: signal.Signals) -> None:
        """Send the kernel alone a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, and have its remains collected."""
        self.send(signal.SIGKILL)
        self.manager.provisioner.process.wait()

    def processes(self) -> list[psutil.Process]:
        """Return what descends from it, itself included."""
        found = []
        for process in psutil.process_iter():
            try:
                is_alive = process.status() != psutil.STATUS_ZOMBIE
                if is_alive and process.pid != os.getpid() and process.environ().get(MARK) == self.mark:
                    found.append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def strangers(self) -> list[psutil.Process]:
        """Return its processes without itself, its warden and the warden's workers."""
        found = self.processes()
        wardens = {p.pid for p in found if _parent(p) == self.pid and "-P" in _command(p)}
        workers = {p.pid for p in found if _parent(p) in wardens}
        return [p for p in found if p.pid not in {self.pid, *wardens, *workers}]

    @property
    def warden(self) -> psutil.Process | None:
        """Its warden, if it has one."""
        return next((p for p in self.processes() if p.ppid() == self.pid and p.pid == os.getsid(p.pid)), None)

    def close(self) -> None:
        """End it."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        for process in self.processes():
            process.kill()


def _parent(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        return process.ppid()
    return 0


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []
