"""The portal in a browser: runs are found, watched, steered, resumed, compared, tagged, downloaded and deleted."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from automl_widgets.store import open_store
from automl_widgets.store.place import CONFIG, FOLDER
from tests.browser import resumable
from tests.browser.lab import Notebook, Server
from tests.view import runs as stored

pytestmark = pytest.mark.timeout(300)

SUBMIT = """
import numpy as np
from automl_widgets import AutoMLConfig, Experiment, RunDetails, Workspace

rng = np.random.default_rng(0)
X = rng.normal(size=(20_000, 40))
y = np.where(X[:, 0] + X[:, 1] ** 2 + rng.normal(size=len(X)) > 1, "yes", "no")
config = AutoMLConfig(task="classification", X=X, y=y, iterations=12, n_cross_validations=5)
run = Experiment(Workspace.create("portal"), "seen_from_outside").submit(config)
run.set_tags({"owner": "<img src=x onerror=alert(1)>"})
print(run.get_portal_url())"""
LOOP = """
from pathlib import Path
while not Path("enough").exists(): pass"""
RUNNING = "[role=grid] [role=row][data-state=running]"


@pytest.fixture
def page(browser: Any) -> Any:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield page
    page.close()
    assert errors == []


def test_a_run_is_steered_from_the_portal_while_its_kernel_is_in_a_loop(
    notebook: Callable[..., Notebook], server: Server, page: Any, pictures: Path
) -> None:
    book = notebook("portal.ipynb", [SUBMIT, LOOP])
    book.run(0)
    address = book.text(0).split()[-1]
    book.run(1, wait=False)

    answer = page.goto(f"{server.url}/automl-widgets/?search=seen_from_outside")
    assert answer.ok, answer.text()
    row = page.locator("tbody tr", has_text="seen_from_outside")
    assert row.locator(".tag").first.inner_text() == "owner: <img src=x onerror=alert(1)>"
    row.get_by_role("link").click()
    page.wait_for_selector(RUNNING)
    assert address == page.url

    iteration = page.locator(RUNNING).first.get_attribute("data-i")
    page.locator(f"{RUNNING[:-1]}][data-i='{iteration}'] button.dots").click()
    page.get_by_role("menuitem", name="Cancel").click()
    page.wait_for_selector(f"[role=grid] [role=row][data-i='{iteration}'][data-state=canceled]", timeout=10_000)
    page.screenshot(path=pictures / "portal-run.png")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop now").click()
    page.wait_for_selector(".chip >> text=Cancelled", timeout=30_000)
    assert not book.is_done(1)
    (server.root / "enough").touch()

    page.get_by_role("link", name="All runs").click()
    page.locator("tbody tr[data-state=canceled]", has_text="seen_from_outside").get_by_role(
        "button", name="Delete"
    ).click()
    page.get_by_role("button", name="Delete for ever").click()
    page.wait_for_selector("tbody tr[data-state=canceled]", state="detached")


@pytest.fixture
def left(server: Server) -> Iterator[str]:
    """The id of a run whose process has died; what has resumed it is ended."""
    command = [sys.executable, resumable.__file__, str(server.root / "left")]
    run_id = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    yield run_id
    for process in psutil.process_iter(["cmdline"]):
        if run_id in (process.info["cmdline"] or ()):
            process.terminate()


def test_an_interrupted_run_is_resumed_from_its_page_and_its_report_is_downloaded(
    server: Server, left: str, page: Any, tmp_path: Path
) -> None:
    page.goto(f"{server.url}/automl-widgets/?search={left}")
    page.locator("tbody tr", has_text=left).get_by_role("link").click()
    page.get_by_role("button", name="Resume it").click()
    for state in ("Resuming", "Completed"):
        page.wait_for_selector(f".chip >> text={state}", timeout=60_000)

    page.get_by_role("button", name="More", exact=True).click()
    with page.expect_download() as downloaded:
        page.get_by_role("menuitem", name="Download report").click()
    name = downloaded.value.suggested_filename
    assert re.fullmatch(rf"{re.escape(left)}-report-\d+\.html", name)
    downloaded.value.save_as(tmp_path / name)
    page.goto((tmp_path / name).as_uri())
    assert left in page.inner_text("body")
    assert page.get_by_role("heading", name="Leaderboard").is_visible()


@pytest.fixture
def two(server: Server) -> Iterator[tuple[str, str]]:
    """The ids of two stored runs, of which the second is better."""
    folder = server.root / "two" / FOLDER
    folder.mkdir(parents=True)
    (folder / CONFIG).write_text("{}")
    store = stored.fill(open_store(folder), state="completed", best_iteration=0, ended_at=1_700_000_060.0)
    store.put_iteration(stored.RUN, stored.completed(0, 0.91))
    store.create_run(replace(store.run(stored.RUN), run_id="AutoML_better"))
    store.put_iteration("AutoML_better", stored.completed(0, 0.95))
    yield stored.RUN, "AutoML_better"
    store.close()


def test_runs_are_tagged_and_compared_by_keyboard(
    server: Server, two: tuple[str, str], page: Any, pictures: Path
) -> None:
    page.goto(f"{server.url}/automl-widgets/?experiment=digits")
    row = page.locator(f"tr[data-run='{two[0]}']")
    row.get_by_role("button", name="Add a tag").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("owner: <b>ann")
    page.keyboard.press("Enter")
    row.get_by_role("button", name="Tag owner: <b>ann").wait_for()
    page.keyboard.press("Enter")
    page.keyboard.type("owner: bob")
    page.keyboard.press("Enter")
    row.get_by_role("button", name="Tag owner: bob").wait_for()
    for one in two:
        page.locator(f"tr[data-run='{one}'] input[type=checkbox]").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Compare 2 runs").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=2 runs compared")
    assert page.locator("tbody tr", has_text="AUC_weighted").locator("td b").inner_text() == "0.9500 ± 0.0100"
    page.screenshot(path=pictures / "portal-compare.png")
    page.locator("thead").get_by_role("link").first.click()
    page.wait_for_selector("[role=grid]")
