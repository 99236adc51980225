"""The portal beside a notebook: a run is found, watched and steered while its kernel is in a loop, and deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab import Notebook, Server

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
    assert row.locator(".tag").inner_text() == "owner: <img src=x onerror=alert(1)>"
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
    page.locator("tbody tr[data-state=canceled]", has_text="seen_from_outside").get_by_role("button").click()
    page.get_by_role("button", name="Delete for ever").click()
    page.wait_for_selector("tbody tr[data-state=canceled]", state="detached")
