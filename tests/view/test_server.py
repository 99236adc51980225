"""Where a run's page is, as a kernel finds out; and the server that the command line starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from automl_widgets.store import open_store
from automl_widgets.store.place import CONFIG, FOLDER
from automl_widgets.view import server
from tests.view import runs as stored

URL = "http://localhost:8888/base/"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace below the root of a server that runs, has the portal and did not start this process."""
    runtime = tmp_path / "runtime"
    runtime.mkdir()
    for name in ("JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_SERVICE_PREFIX", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    pid = os.getpid()
    known = {"pid": pid, "root_dir": str(tmp_path / "root"), "url": URL}
    (runtime / f"jpserver-{pid}.json").write_text(json.dumps(known))
    server.portal_note(runtime).write_text("{}")
    folder = tmp_path / "root" / "a & b" / FOLDER
    folder.mkdir(parents=True)
    return folder


def test_a_runs_page_is_found_by_the_note_of_a_server_that_serves_it(workspace: Path) -> None:
    expected = f"{URL}automl-widgets/run?workspace=a+%26+b%2Fautoml_workspace&run=AutoML_1"
    assert server.portal_url(workspace, "AutoML_1") == expected
    assert server.portal_url(workspace, "AutoML_1", 3) == f"{expected}&iteration=3"
    assert server.portal_url(workspace.parent.parent, "r") == f"{URL}automl-widgets/run?workspace=.&run=r"


def test_there_is_no_page_where_no_server_shows_it(workspace: Path, tmp_path: Path) -> None:
    assert server.portal_url(tmp_path / "elsewhere", "AutoML_1") is None
    assert server.portal_url(workspace / ".hidden", "AutoML_1") is None
    server.portal_note(tmp_path / "runtime").unlink()
    assert server.portal_url(workspace, "AutoML_1") is None


def test_a_server_that_has_ended_shows_nothing(workspace: Path, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    known = {"pid": ended.pid, "root_dir": str(tmp_path), "url": "http://gone/"}
    (tmp_path / "runtime" / f"jpserver-{ended.pid}.json").write_text(json.dumps(known))
    server.portal_note(tmp_path / "runtime", ended.pid).write_text("{}")
    assert server.portal_url(tmp_path, "r") is None


@pytest.mark.parametrize(
    ("hub", "base"),
    [
        ({"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/"}, "/user/ann/"),
        (
            {"JUPYTERHUB_SERVICE_PREFIX": "/user/ann/", "JUPYTERHUB_PUBLIC_URL": "https://hub.example/user/ann"},
            "https://hub.example/user/ann/",
        ),
    ],
)
def test_under_jupyterhub_the_address_is_the_hubs(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, hub: dict[str, str], base: str
) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    for name, value in hub.items():
        monkeypatch.setenv(name, value)
    assert str(server.portal_url(workspace, "r")).startswith(f"{base}automl-widgets/run?workspace=")
    assert server.portal_query(workspace, "r") == "workspace=a+%26+b%2Fautoml_workspace&run=r"


def test_only_a_kernel_of_that_server_tells_its_page_of_the_portal(workspace: Path) -> None:
    assert server.portal_query(workspace, "r") is None


def test_the_command_line_serves_a_workspace_to_who_has_the_address_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / CONFIG).write_text("{}")
    stored.fill(open_store(folder))
    command = [sys.executable, "-m", "automl_widgets", "-w", str(folder), "portal", "7f3c", "--no-browser", "--json"]
    places = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    with subprocess.Popen(command, env={**os.environ, **places}, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        told = json.loads("".join(serving.stdout.readline() for _ in range(4)))
        parts = urlsplit(told["url"])
        token = parts.query.rpartition("token=")[2]
        statuses = {
            path: _status(f"{parts.scheme}://{parts.netloc}{path}", token)
            for path in ("/automl-widgets/api/runs", "/api/contents", "/api/kernels", f"/files/{FOLDER}/{CONFIG}")
        }
        assert _status(told["url"], "") == 200
        serving.send_signal(signal.SIGINT)
        assert serving.wait(20) == 0
    assert (parts.hostname, parts.query.startswith(f"workspace={FOLDER}&run={stored.RUN}")) == ("127.0.0.1", True)
    assert list(statuses.values()) == [200, 403, 403, 403]


def _status(url: str, token: str) -> int:
    headers = {"Authorization": f"token {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as found:
            return int(found.status)
    except urllib.error.HTTPError as error:
        return error.code
