"""A real JupyterLab with a notebook in a real Chromium, as a test drives it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PANEL = "[...jupyterapp.shell.widgets('main')].find(w => w.content?.widgets && w.context)"
SETTINGS = {
    "labconfig/page_config.json": {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}},
}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """JupyterLab in a folder of its own, with configuration of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.root.mkdir(parents=True)
        for name, content in SETTINGS.items():
            path = folder / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
        shutil.copytree(Path(__file__).parents[2] / "jupyter-config", folder / "config", dirs_exist_ok=True)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = (folder / "server.log").open("w")
        self._process = subprocess.Popen(
            self._command(port),
            env=self._environment(folder),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=self.root,
        )
        self._wait()

    def _command(self, port: int) -> list[str]:
        options = [
            "--no-browser",
            "--allow-root",
            f"--ServerApp.port={port}",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.root_dir={self.root}",
            "--IdentityProvider.token=",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
        ]
        return [sys.executable, "-m", "jupyterlab", *options]

    def _environment(self, folder: Path) -> dict[str, str]:
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
        }
        return {**os.environ, **{name: str(folder / place) for name, place in places.items()}}

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/status", timeout=1)
                return
            time.sleep(0.2)
        raise RuntimeError("JupyterLab did not start within 60 s")

    def api(self, path: str, method: str = "GET") -> Any:
        """Call the server's REST API."""
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Cookie": "_xsrf=t", "X-XSRFToken": "t"}
        )
        body = urllib.request.urlopen(request, timeout=10).read()
        return json.loads(body) if body else None

    def end_sessions(self) -> None:
        """Shut every kernel down."""
        for session in self.api("/api/sessions"):
            with contextlib.suppress(OSError):
                self.api(f"/api/sessions/{session['id']}", "DELETE")

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


class Notebook:
    """A notebook open in a page."""

    def __init__(self, server: Server, page: Any, name: str) -> None:
        self.page = page
        self.file = server.root / name
        self.url = f"{server.url}/lab/tree/{name}"

    @classmethod
    def write(cls, server: Server, page: Any, name: str, cells: Sequence[str]) -> Notebook:
        """Write a notebook with these code cells and open it."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made = cls(server, page, name)
        nbformat.write(book, made.file)
        made.open()
        return made

    def open(self, reset: bool = True, kernel: bool = True) -> None:
        """Open or reload it, and wait for its kernel."""
        self.page.goto(self.url + ("?reset" if reset else ""))
        ready = f"({PANEL})?.context.isReady"
        if kernel:
            ready = f"({PANEL})?.sessionContext?.session?.kernel?.status === 'idle'"
        self.page.wait_for_function(f"() => globalThis.jupyterapp && {ready}", timeout=90_000)

    def run(self, cell: int, wait: bool = True, timeout_s: float = 240) -> None:
        """Run one cell."""
        self.page.evaluate(
            f"""cell => {{ const panel = {PANEL}; panel.content.activeCellIndex = cell; panel.content.deselectAll();
            (window.__done ??= {{}})[cell] = false;
            jupyterapp.commands.execute('notebook:run-cell').then(() => window.__done[cell] = true) }}""",
            cell,
        )
        if wait:
            self.page.wait_for_function("cell => window.__done[cell]", arg=cell, timeout=timeout_s * 1000)

    def is_done(self, cell: int) -> bool:
        """Whether the cell has ended."""
        return bool(self.page.evaluate("cell => window.__done[cell]", cell))

    def text(self, cell: int) -> str:
        """Return the text of a cell's output."""
        return str(self.page.evaluate(f"cell => ({PANEL}).content.widgets[cell].outputArea.node.innerText", cell))

    def save(self) -> Any:
        """Save it and read the file."""
        self.page.evaluate(f"() => ({PANEL}).context.save()")
        self.page.wait_for_timeout(1000)
        return nbformat.read(self.file, 4)

    def theme(self, name: str) -> None:
        """Switch JupyterLab's theme, e.g. `JupyterLab Dark`."""
        self.page.evaluate("name => jupyterapp.commands.execute('apputils:change-theme', { theme: name })", name)
        self.page.wait_for_timeout(1500)

    def focus(self) -> None:
        """Give the notebook the whole window."""
        self.page.evaluate("() => { jupyterapp.shell.collapseLeft(); jupyterapp.shell.collapseRight() }")
