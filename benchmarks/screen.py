"""From an iteration's end to its row on the screen, in a real JupyterLab."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.figures import line
from tests.browser.chromium import find
from tests.browser.lab import CHROMIUM_OPTIONS, Notebook, Server

CELLS = [
    f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
    "from benchmarks import digits\nfrom automl_widgets import Experiment, RunDetails, Workspace",
    "run = Experiment(Workspace.create(), 'bench').submit(digits.config())\nRunDetails(run).show()",
    "import json\nrun.wait_for_completion()\n"
    "print(json.dumps({r.iteration: r.ended_at for r in run.store.iterations(run.run_id)}))",
]
WATCH = """() => { const seen = window.__seen = {}; const look = () => {
  const hosts = [...document.querySelectorAll('*')].filter(e => e.shadowRoot);
  const shown = '[role=row][data-i][data-state=completed]';
  for (const host of hosts) for (const row of host.shadowRoot.querySelectorAll(shown))
    seen[row.dataset.i] ??= Date.now() / 1000; requestAnimationFrame(look) }; look() }"""


def main() -> None:
    """Time from an iteration's end, by the engine's clock, to its row on the screen, by the page's."""
    with sync_playwright() as playwright:
        folder = Path(tempfile.mkdtemp())
        server = Server(folder)
        context = playwright.chromium.launch_persistent_context(
            str(folder / "profile"), executable_path=find(), headless=True, args=CHROMIUM_OPTIONS,
            viewport={"width": 1600, "height": 1600},
        )  # fmt: skip
        try:
            delays = measure(server, context.new_page())
        finally:
            context.close()
            server.end_sessions()
            server.stop()
    p50, p99 = np.percentile(delays, [50, 99])
    line(
        "end of an iteration to its row on the screen",
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, n {len(delays)} (aim: 250)",
    )


def measure(server: Server, page: Any) -> list[float]:
    """Return the delay of each row in milliseconds."""
    import json

    book = Notebook.write(server, page, "screen.ipynb", CELLS)
    book.focus()
    book.run(0)
    page.evaluate(WATCH)
    book.run(1)
    book.run(2, timeout_s=400)
    page.wait_for_timeout(1000)
    seen = page.evaluate("() => window.__seen")
    ended = json.loads(next(text for text in book.text(2).splitlines() if text.startswith("{")))
    return [1000 * (seen[i] - at) for i, at in ended.items() if i in seen]
