from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import MISSING, find
from tests.browser.lab import CHROMIUM_OPTIONS, Notebook, Server

BENIGN = ("reading 'schema'", "ResizeObserver loop")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(tmp_path_factory.mktemp("jupyter"))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    chromium = find()
    if chromium is None:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path_factory.mktemp("chromium")),
            executable_path=chromium,
            headless=True,
            args=CHROMIUM_OPTIONS,
            viewport={"width": 1600, "height": 1200},
        )
        yield context
        context.close()


@pytest.fixture
def notebook(server: Server, browser: Any) -> Iterator[Callable[..., Notebook]]:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield lambda name, cells: Notebook.write(server, page, name, cells)
    page.close()
    server.end_sessions()
    assert not [error for error in errors if not any(text in error for text in BENIGN)]


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = Path(__file__).parents[2] / "test-output"
    folder.mkdir(exist_ok=True)
    return folder
