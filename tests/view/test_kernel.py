"""The widget in a real kernel, spoken to as a page does: displayed, fed, asked, also while a cell runs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client import BlockingKernelClient, KernelManager
from nbclient import NotebookClient

from tests.view import wire
from tests.view.runs import RUN

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
"""A kernel of another version is tested by its folder in PYTHONPATH."""
SETUP = """
from automl_widgets.view import live
from automl_widgets.view.widget import RunDetails, settle
from tests.view.runs import *
live.HAS_BUNDLE = True
store = a_store()
"""


class Page:
    """A front end: what it hears of the kernel, and what it sends."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client
        self.heard: list[dict[str, Any]] = []
        self.comm = ""

    def run(self, code: str, wait: bool = True) -> None:
        number = self.client.execute(code)
        if wait:
            self.hear(lambda m: m["msg_type"] == "status" and is_idle(m) and m["parent_header"].get("msg_id") == number)

    def hear(self, is_it: Callable[[dict[str, Any]], bool], timeout_s: float = 20.0) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            message = self.client.get_iopub_msg(timeout=timeout_s)
            assert message["msg_type"] != "error", "\n".join(message["content"]["traceback"])
            self.heard.append(message)
            if "snap" in opened(message):
                self.comm = message["content"]["comm_id"]
            if is_it(message):
                return message
        raise AssertionError("not heard in time")

    def ask(self, content: dict[str, Any], subshell: str | None = None) -> dict[str, Any]:
        data = {"method": "custom", "content": content}
        message = self.client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        found = self.hear(lambda m: custom(m).get("id") == content["id"])
        return custom(found)

    def patch(self, after: int) -> dict[str, Any]:
        found = self.hear(lambda m: traits(m).get("patch", {}).get("seq", 0) > after)
        return dict(traits(found)["patch"])


def is_idle(message: dict[str, Any]) -> bool:
    return bool(message["content"]["execution_state"] == "idle")


def opened(message: dict[str, Any]) -> dict[str, Any]:
    return dict(message["content"]["data"]["state"]) if message["msg_type"] == "comm_open" else {}


def is_cell_idle(message: dict[str, Any]) -> bool:
    is_status = message["msg_type"] == "status" and is_idle(message)
    return is_status and message["parent_header"].get("msg_type") == "execute_request"


def traits(message: dict[str, Any]) -> dict[str, Any]:
    data = message["content"].get("data", {}) if message["msg_type"] == "comm_msg" else {}
    return data.get("state", {}) if data.get("method") == "update" else {}


def custom(message: dict[str, Any]) -> dict[str, Any]:
    data = message["content"].get("data", {}) if message["msg_type"] == "comm_msg" else {}
    return data.get("content", {}) if data.get("method") == "custom" else {}


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=ENVIRONMENT, cwd=str(ROOT))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    found = Page(client)
    found.run(SETUP + "RunDetails(Run(store))")
    yield found
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_the_last_line_of_a_cell_shows_the_widget_and_the_picture(page: Page) -> None:
    shown = [m["content"] for m in page.heard if m["msg_type"] == "display_data"]
    state = next(opened(m) for m in page.heard if "snap" in opened(m))
    assert [sorted(content["data"])[0] for content in shown] == [
        "application/vnd.jupyter.widget-view+json",
        "text/html",
    ]
    wire.check(state["snap"], "Patch")
    assert state["run_id"] == RUN


def test_a_change_reaches_the_page_at_once_without_a_cell(page: Page) -> None:
    page.run("store.put_iteration(RUN, completed(0, 0.91)); seq = store.seq(RUN)", wait=False)
    new = page.patch(after=2)
    wire.check(new, "Patch")
    assert new["rows"][0]["score"] == 0.91
    page.hear(lambda m: m["msg_type"] == "update_display_data" and "0.9100" in m["content"]["data"]["text/html"])


def test_requests_are_answered(page: Page) -> None:
    hello = page.ask({"op": "hello", "id": 11, "have": 0})
    wire.check(hello["patch"], "Patch")
    assert page.ask({"op": "command", "id": 12, "command": {"kind": "pause"}})["op"] == "taken"
    assert page.ask({"op": "log", "id": 13, "i": 0, "from": 0})["chunk"]["text"] == ""
    assert page.ask({"op": "nonsense", "id": 14})["op"] == "error"


def test_a_request_over_a_subshell_is_answered_while_a_cell_runs(page: Page) -> None:
    features = page.client.kernel_info(reply=True, timeout=10)["content"].get("supported_features", [])
    if "kernel subshells" not in features:
        pytest.skip("this ipykernel has no subshells")
    page.client.control_channel.send(page.client.session.msg("create_subshell_request"))
    reply = page.client.control_channel.get_msg(timeout=10)["content"]
    page.run("import time\nprint('busy', flush=True)\ntime.sleep(3)", wait=False)
    page.hear(lambda m: m["msg_type"] == "stream")
    page.ask({"op": "hello", "id": 21, "have": 0}, subshell=reply["subshell_id"])
    began = time.monotonic()
    page.ask({"op": "hello", "id": 22, "have": 0}, subshell=reply["subshell_id"])
    assert time.monotonic() - began < 1.0
    page.hear(is_cell_idle)


def test_a_notebook_that_is_run_as_a_whole_is_saved_with_its_end(tmp_path: Path) -> None:
    cells = [
        SETUP + "RunDetails(Run(store)).show()",
        "import time\nfor i in range(5):\n    store.put_iteration(RUN, completed(i, 0.9 + i / 100)); time.sleep(0.05)\n"
        "store.update_run(RUN, state='completed', best_iteration=4, ended_at=time.time())\nassert settle(RUN)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute(env=ENVIRONMENT, cwd=str(tmp_path))
    widget, picture = notebook.cells[0].outputs
    assert "my digits (AutoML_7f3c): completed" in picture["data"]["text/html"]
    assert "0.9400" in picture["data"]["text/html"]
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    state = states[widget["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]]["state"]
    assert state["snap"]["status"]["state"] == "completed"
    assert len(state["snap"]["rows"]) == 5
    assert notebook.cells[1].outputs == []
