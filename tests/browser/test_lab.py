"""The view in JupyterLab through reloads, second views and fresh kernels, and in the saved notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.hosts import SUBMIT
from tests.browser.lab import Notebook, Server

pytestmark = pytest.mark.timeout(600)

GRID = "[role=grid]"
ENDED = f"{GRID} [role=row][data-state=completed]"
STATES = """() => [...document.querySelectorAll('.automl-run')].map(host =>
  Object.fromEntries([...host.shadowRoot.querySelectorAll('[role=grid] [role=row][data-i]')].map(
    row => [row.dataset.i, row.dataset.state])))"""
DONE = "run.wait_for_completion(); print(run.run_id)"
SAVED_BYTES = 100_000
"""A widget may add this much to the saved notebook."""


@pytest.fixture
def ended(notebook: Callable[..., Notebook]) -> Notebook:
    """A notebook whose run has ended in front of its view."""
    book = notebook("ended.ipynb", [SUBMIT, "RunDetails(run).show()", DONE, "RunDetails(run).show()"])
    book.focus()
    for cell in range(3):
        book.run(cell)
    book.page.wait_for_function(f"() => Object.keys(({STATES})()[0] ?? {{}}).length === 5")
    return book


def states(page: Any) -> list[dict[str, str]]:
    return list(page.evaluate(STATES))


def test_a_second_view_and_a_page_that_was_reloaded_show_the_same(ended: Notebook) -> None:
    ended.run(3)
    page = ended.page
    page.wait_for_function(f"() => ({STATES})().length === 2 && Object.keys(({STATES})()[1]).length === 5")
    first, second = states(page)
    assert first == second == dict.fromkeys("01234", "completed")
    ended.save()
    ended.open(reset=False)
    page.wait_for_function(f"() => ({STATES})().some(view => Object.keys(view).length === 5)", timeout=30_000)
    assert first in states(page)


def test_a_page_reloaded_amid_a_run_catches_up_while_a_cell_runs(notebook: Callable[..., Notebook]) -> None:
    busy = """
import time
while run.get_status() != 'Completed': pass
until = time.time() + 10
while time.time() < until: pass"""
    book = notebook("amid.ipynb", [SUBMIT, "RunDetails(run).show()", busy])
    for cell in range(2):
        book.run(cell)
    book.page.wait_for_selector(ENDED, timeout=200_000)
    book.save()
    book.run(2, wait=False)
    book.open(reset=False, kernel=False)
    book.page.wait_for_function(
        f"() => ({STATES})().some(view => Object.values(view).filter(s => s === 'completed').length === 5)",
        timeout=200_000,
    )


def test_a_fresh_kernel_shows_a_run_that_has_ended_and_has_it_go_on(
    ended: Notebook, server: Server, pictures: Path
) -> None:
    run_id = ended.text(2).split()[-1]
    server.end_sessions()
    open_again = f"""
from automl_widgets import AutoMLRun, Experiment, RunDetails, Workspace
run = AutoMLRun(Experiment(Workspace.from_config(), "hosts"), {run_id!r})
run"""
    book = Notebook.write(server, ended.page, "again.ipynb", [open_again])
    book.run(0)
    ended.page.wait_for_selector(f"{GRID} [role=row][data-i='4']", timeout=30_000)
    ended.page.locator(f"{GRID} [role=row][data-i='0']").click()
    ended.page.get_by_role("tab", name="Log").click()
    ended.page.wait_for_selector("[role=log] >> text=fold 3/3")
    ended.page.get_by_role("button", name="More time").click()
    ended.page.get_by_role("menuitem", name="10 more iterations").click()
    ended.page.wait_for_selector(f"{GRID} [role=row][data-i='7'][data-state=completed]", timeout=60_000)
    ended.page.screenshot(path=pictures / "goes_on.png")


def test_a_saved_notebook_is_small_and_shows_the_result_without_a_kernel(
    ended: Notebook, browser: Any, tmp_path: Path, pictures: Path
) -> None:
    from nbconvert import HTMLExporter

    saved = ended.save()
    view = [output for cell in saved.cells[1:2] for output in cell.outputs]
    assert len(json.dumps(view)) + len(json.dumps(saved.metadata.get("widgets", {}))) < SAVED_BYTES
    html, _ = HTMLExporter().from_notebook_node(nbformat.from_dict(saved))
    (tmp_path / "saved.html").write_text(html)
    page = browser.new_page()
    page.goto(f"file://{tmp_path / 'saved.html'}")
    picture = page.locator(".automl-picture").first
    picture.wait_for()
    assert "5 of 5 iterations" in picture.inner_text()
    assert picture.locator("svg").count() > 0
    page.screenshot(path=pictures / "saved.png")
    page.close()


def test_a_view_that_is_cleared_leaves_no_trace(ended: Notebook) -> None:
    assert len(states(ended.page)) == 1
    ended.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    ended.page.wait_for_function("() => document.querySelectorAll('.automl-run').length === 0")
