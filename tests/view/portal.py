"""A real Jupyter server with the portal, and plain HTTP to it. No test."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser.lab import free_port

ROOT = Path(__file__).parents[2]
TOKEN = "the-token"
BASE = "/user/ann/"
OTHERS = (
    "jupyterlab",
    "jupyter_lsp",
    "jupyter_server_terminals",
    "notebook",
    "notebook_shim",
    "voila.server_extension",
)
"""Extensions that the test environment may have: without them the server starts in half the time."""


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    text: str
    cookies: tuple[str, ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.text)


AUTHORIZER = """
from pathlib import Path
from jupyter_server.auth import Authorizer

class Readers(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource == "automl_widgets" and not Path(f"no {action}").exists()
"""


class PortalServer:
    """A Jupyter server in a folder of its own, on which only what the package installs enables the portal."""

    def __init__(self, folder: Path) -> None:
        self.root, self.runtime = folder / "root", folder / "runtime"
        self.root.mkdir()
        shutil.copytree(ROOT / "jupyter-config", folder / "config")
        off = {"ServerApp": {"jpserver_extensions": dict.fromkeys(OTHERS, False)}}
        (folder / "config" / "jupyter_server_config.json").write_text(json.dumps(off))
        self.port, self.log = free_port(), folder / "server.log"
        places = {f"JUPYTER_{name.upper()}_DIR": str(folder / name) for name in ("config", "data", "runtime")}
        command = [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
            *(f"--ServerApp.port={self.port}", f"--ServerApp.root_dir={self.root}", f"--ServerApp.base_url={BASE}"),
            *(f"--IdentityProvider.token={TOKEN}", "--ServerApp.authorizer_class=readers.Readers"),
        ]
        (folder / "readers.py").write_text(AUTHORIZER)
        places["PYTHONPATH"] = f"{folder}{os.pathsep}{ROOT}"
        self._out = self.log.open("w")
        self.process = subprocess.Popen(
            command, env={**os.environ, **places}, cwd=self.root, stdout=self._out, stderr=subprocess.STDOUT
        )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.ask("GET", "api/status", prefix="")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the server did not start within 60 s: {self.log.read_text()}")

    def ask(self, method: str, path: str, *given: Any, **more: Any) -> Reply:
        """Send one request: `ask` of this module, to this server."""
        return ask(self.port, method, path, *given, **more)

    @contextlib.contextmanager
    def refused(self, action: str) -> Iterator[None]:
        """Have the server's authorizer refuse an action: read, write or execute."""
        note = self.root / f"no {action}"
        note.touch()
        yield
        note.unlink()

    def stop(self) -> None:
        """End the server."""
        self.process.terminate()
        self.process.wait(20)
        self._out.close()


def ask(
    port: int,
    method: str,
    path: str,
    body: object = None,
    headers: dict[str, str] | None = None,
    prefix: str = "automl-widgets/",
    **query: object,
) -> Reply:
    """Send one request, with the token unless other headers are given."""
    headers = {"Authorization": f"token {TOKEN}"} if headers is None else headers
    address = f"{BASE}{prefix}{path}" + (f"?{urllib.parse.urlencode(query, doseq=True)}" if query else "")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        text = body if isinstance(body, str) or body is None else json.dumps(body)
        connection.request(method, address, body=text, headers=headers)
        found = connection.getresponse()
        cookies = tuple(found.headers.get_all("Set-Cookie") or ())
        return Reply(found.status, dict(found.getheaders()), found.read().decode(errors="replace"), cookies)
    finally:
        connection.close()
