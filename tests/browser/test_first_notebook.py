"""The main job as a user sees it: the first notebook in a real JupyterLab."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab import Notebook, Server

FIRST = Path(__file__).parents[2] / "notebooks" / "01_first_run.ipynb"
GRID = "[role=grid]"
ENDED = f"{GRID} [role=row][data-state=completed]"


def code_cells(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def first(notebook: Callable[..., Notebook], server: Server) -> Notebook:
    shutil.rmtree(server.root / "automl_workspace", ignore_errors=True)
    book = notebook("first.ipynb", code_cells(FIRST))
    book.focus()
    return book


def chart_values(page: Any) -> list[float]:
    return list(page.locator(".js-plotly-plot").first.evaluate("plot => plot.data.flatMap(t => [...(t.y ?? [])])"))


@pytest.mark.timeout(900)  # the whole job of the notebook, on whatever machine
def test_the_first_notebook_from_submit_to_explanation(first: Notebook, pictures: Path) -> None:
    page = first.page
    for cell in range(3):
        first.run(cell)
    page.wait_for_selector(GRID, timeout=30_000)

    first.run(3, wait=False)
    page.wait_for_selector(ENDED, timeout=60_000)
    page.locator(ENDED).first.click()
    page.get_by_role("tab", name="Log").click()
    page.wait_for_selector("[role=log] >> text=fold 5/5", timeout=10_000)
    page.screenshot(path=pictures / "first-log-while-busy.png")
    assert not first.is_done(3), "the cell must still have been running"

    first.run(4, timeout_s=700)
    assert "VotingEnsemble" in first.text(4)
    page.get_by_role("tab", name="Overview").click()
    page.get_by_label("Metric", exact=True).select_option("AUC_weighted")
    page.wait_for_selector(".js-plotly-plot", timeout=20_000)
    page.wait_for_timeout(1500)
    before_values = chart_values(page)
    page.get_by_label("Metric", exact=True).select_option("log_loss")
    page.wait_for_timeout(1500)
    assert chart_values(page) != before_values
    page.screenshot(path=pictures / "first-finished.png")

    for cell in range(5, 8):
        first.run(cell)
    assert "pixel_" in first.text(6)
    page.locator(f"{GRID} [role=row].isbest").click()
    page.get_by_role("tab", name="Importance").click()
    page.wait_for_selector("aside.detail >> text=pixel_", timeout=10_000)
    page.screenshot(path=pictures / "first-importance.png")


@pytest.mark.timeout(900)
def test_every_cell_of_the_first_notebook_runs_without_a_front_end(tmp_path: Path) -> None:
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(FIRST, 4)
    for cell in book.cells:
        cell.source = cell.source.replace('"iterations": 20', '"iterations": 5').replace("< 10", "< 1")
    NotebookClient(book, timeout=700, resources={"metadata": {"path": str(tmp_path)}}).execute()
    saved = nbformat.writes(book)
    assert "automl-picture" in saved
    assert "Completed" in saved
