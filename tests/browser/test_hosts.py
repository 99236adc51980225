"""The view in Notebook 7, Voilà and marimo: live, and a click answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import hosts
from tests.browser.hosts import NotebookSeven, NotebookSevenPage, Page

pytestmark = pytest.mark.timeout(600)

GRID = "[role=grid]"
ENDED = f"{GRID} [role=row][data-state=completed]"
BUSY = "while run.get_status() != 'Completed': pass"


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    yield opened
    opened.close()


def a_click_shows_the_log(page: Any) -> None:
    page.wait_for_selector(ENDED, timeout=200_000)
    page.locator(ENDED).first.click()
    page.get_by_role("tab", name="Log").click()
    page.wait_for_selector("[role=log] >> text=fold 3/3", timeout=20_000)


def test_notebook_7_answers_while_a_cell_runs(page: Any, tmp_path: Path, pictures: Path) -> None:
    server = NotebookSeven(tmp_path)
    try:
        cells = [hosts.SUBMIT, "RunDetails(run).show()", BUSY]
        book = NotebookSevenPage.write(server, page, "page.ipynb", cells)
        book.run(0)
        book.run(1)
        book.run(2, wait=False)
        a_click_shows_the_log(page)
        page.screenshot(path=pictures / "host-notebook-7.png")
    finally:
        server.end_sessions()
        server.stop()


@pytest.mark.parametrize("serve", [hosts.voila, hosts.marimo])
def test_a_page_of_another_host_is_live_and_answers(
    serve: Callable[[Path], Page], page: Any, tmp_path: Path, pictures: Path
) -> None:
    served = serve(tmp_path)
    try:
        page.goto(served.url, timeout=120_000)
        a_click_shows_the_log(page)
        page.wait_for_selector("text=all 5 iterations done", timeout=200_000)
        page.screenshot(path=pictures / f"host-{serve.__name__}.png")
    finally:
        served.stop()
