"""A page without a kernel that plays recorded runs (js/dev), as a test drives it. No test."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

from tests.browser.lab import free_port

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRID = "[role=grid]"
SEVERE = ("serious", "critical")
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"region": {"enabled": False}, "page-has-heading-one": {"enabled": False}},
}
"""The page around the widget is the host's: landmarks and its first heading are not ours."""


class Stage:
    """Serves the page of recordings."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/js/dev/"
        command = ["node", "js/dev/serve.mjs"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PORT": str(port)}, stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(self.url, timeout=1)
                return
            time.sleep(0.1)
        raise RuntimeError("the page of recordings was not served within 30 s")

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(10)


class Player:
    """One page with one recorded run."""

    def __init__(self, page: Any, url: str) -> None:
        self.page, self.url = page, url

    def play(self, state: str, width: int = 1280, theme: str = "light") -> Player:
        """Open the recording `state` in a widget of that width."""
        self.page.set_viewport_size({"width": width + 24, "height": 1000})
        self.page.goto(f"{self.url}?state={state}&theme={theme}&width={width}")
        self.page.wait_for_selector(GRID)
        return self

    def charts(self) -> Player:
        """Wait until the chart is drawn, where there is something to draw."""
        self.page.wait_for_function(
            "() => { const root = document.querySelector('.automl-run').shadowRoot;"
            " return root.querySelector('.js-plotly-plot .main-svg')"
            " || !root.querySelector('.chartbox:not(.parallel) .nothing').hidden }"
        )
        self.page.wait_for_timeout(200)
        return self

    def row(self, iteration: int) -> Any:
        """Return the row of an iteration."""
        return self.page.locator(f"{GRID} [role=row][data-i='{iteration}']")

    def iterations(self) -> list[int]:
        """Return the iterations whose rows are drawn, from the top."""
        return [
            int(i) for i in self.page.locator(f"{GRID} .rows .row").evaluate_all("all => all.map(one => one.dataset.i)")
        ]

    def do(self, iteration: int, label: str) -> None:
        """Choose an entry of a row's menu."""
        self.row(iteration).locator("button.dots").click()
        self.page.get_by_role("menuitem", name=label).click()

    def focused(self) -> str:
        """Return what has the focus: its role and text, or the iteration of its row."""
        return str(
            self.page.evaluate(
                "() => { const one = document.querySelector('.automl-run').shadowRoot.activeElement;"
                " const name = one && `${one.getAttribute('role') ?? one.tagName} ${one.textContent}`.trim();"
                " return one?.dataset.i ?? name ?? '' }"
            )
        )

    def complaints(self) -> list[str]:
        """Return what axe-core finds serious or critical."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(f"async () => (await axe.run(document, {json.dumps(AXE_OPTIONS)})).violations")
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:300]}"
            for one in found
            if one["impact"] in SEVERE
        ]
