"""Where the Jupyter server that started this kernel serves a folder, and a run's page. Not here: any request.

The page uses it when the kernel is too busy to answer: it reads logs and drops commands over the server's own REST way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil

PREFIX = "automl-widgets"
ROOT = "."
"""The place of a workspace that is the server's root folder itself."""


@dataclass(frozen=True, slots=True)
class _Server:
    """A Jupyter server of this user on this machine."""

    pid: int
    root: Path
    url: str
    has_portal: bool

    def path(self, folder: Path) -> str | None:
        """Return the path of a folder on this server; None if it is not served."""
        if not folder.is_relative_to(self.root):
            return None
        parts = folder.relative_to(self.root).parts
        return None if any(part.startswith(".") for part in parts) else "/".join(parts)

    @property
    def is_parent(self) -> bool:
        """Whether it started this kernel."""
        return str(self.pid) in (os.environ.get("JPY_PARENT_PID", ""), str(os.getppid()))


def server_path(folder: Path) -> str | None:
    """Return a folder's path on the Jupyter server that started this kernel; None if it is not served.

    The server writes `jpserver-<pid>.json` into Jupyter's runtime folder, and tells each kernel its pid.
    """
    real = folder.resolve()
    paths = (server.path(real) for server in _servers() if server.is_parent)
    return next((path for path in paths if path is not None), None)


def portal_url(workspace: Path, run_id: str, iteration: int | None = None) -> str | None:
    """Return the address of a run's page, or None if no Jupyter server with the portal serves its workspace.

    That of the server which started this kernel, if it has the portal; else of any that runs here. Under JupyterHub it
    is the Hub's public address if that is known, else a path from the Hub's root, as a link in a notebook needs it.

    Parameters
    ----------
    workspace : Path
        The workspace's folder.
    run_id : str
        The run.
    iteration : int, optional
        The iteration that the page shows first.
    """
    found = _portal(workspace)
    if found is None:
        return None
    server, place = found
    chosen = {} if iteration is None else {"iteration": str(iteration)}
    return f"{_base(server)}{PREFIX}/run?{urlencode({'workspace': place, 'run': run_id, **chosen})}"


def portal_query(workspace: Path, run_id: str) -> str | None:
    """Return what names a run to the portal of the server which started this kernel; None if it has none."""
    found = _portal(workspace)
    if found is None or not found[0].is_parent:
        return None
    return urlencode({"workspace": found[1], "run": run_id})


def _portal(workspace: Path) -> tuple[_Server, str] | None:
    """Return a server whose portal shows a workspace, and the workspace's place there."""
    real = workspace.resolve()
    usable = [(server, server.path(real)) for server in _servers() if server.has_portal]
    found = [(server, path or ROOT) for server, path in usable if path is not None]
    return max(found, key=lambda one: one[0].is_parent, default=None)


def portal_note(folder: Path, pid: int | None = None) -> Path:
    """Return the file by which a server tells kernels that it has the portal, in Jupyter's runtime folder."""
    return folder / f"{PREFIX}-{pid or os.getpid()}.json"


def _base(server: _Server) -> str:
    found = server.url
    if server.is_parent:
        found = os.environ.get("JUPYTERHUB_PUBLIC_URL") or os.environ.get("JUPYTERHUB_SERVICE_PREFIX") or found
    return found if found.endswith("/") else f"{found}/"


def _servers() -> Iterator[_Server]:
    try:
        from jupyter_core.paths import jupyter_runtime_dir
    except ImportError:
        return
    folder = Path(jupyter_runtime_dir())
    for file in sorted(folder.glob("jpserver-*.json")):
        try:
            known = json.loads(file.read_text(encoding="utf-8"))
            pid, root, url = int(known["pid"]), Path(known["root_dir"]).resolve(), str(known.get("url", ""))
        except (OSError, ValueError, LookupError, TypeError):
            continue
        yield _Server(pid, root, url, psutil.pid_exists(pid) and portal_note(folder, pid).is_file())
