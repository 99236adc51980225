"""What a hand feels: click to panel whatever the kernel does, first paint, scrolling; and what the view weighs."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from automl_widgets.view.answers import STATIC
from benchmarks.figures import line
from tests.browser.chromium import find
from tests.browser.hosts import SUBMIT
from tests.browser.lab import CHROMIUM_OPTIONS, Notebook, Server
from tests.browser.page import Player, Stage

CLICKS = 40
N_UPDATES = 3600
BUSY = {
    "the kernel idle": "",
    "a Python loop": "import time\nuntil = time.time() + 60\nwhile time.time() < until: pass",
    "time.sleep": "import time\ntime.sleep(60)",
    "a C call that keeps the lock": "sum(range(10**10))",
}
UPDATES = f"""
import time
from automl_widgets.view import snapshot
widget = RunDetails(run).widget
for _ in range({N_UPDATES}):
    widget.patch = snapshot.patch(run.store, run.run_id, 0)
    time.sleep(0.002)
"""
CLICK = """async i => {
  const root = document.querySelector('.automl-run').shadowRoot;
  const row = root.querySelector(`[role=grid] [role=row][data-i='${i}']`);
  const shown = () => root.querySelector('aside.detail [role=log]')?.innerText.includes(`iteration ${i}:`);
  const started = performance.now();
  row.click();
  const panel = await new Promise(done => { const look = () => row.getAttribute('aria-selected') === 'true'
    ? requestAnimationFrame(() => done(performance.now() - started)) : requestAnimationFrame(look); look() });
  const log = await new Promise(done => { const look = () => shown() || performance.now() - started > 20000
    ? done(performance.now() - started) : requestAnimationFrame(look); look() });
  return [panel, log] }"""
SHOWN = "() => document.querySelector('.automl-run')?.shadowRoot.querySelectorAll('[role=row][data-i]').length"
SCROLL = """async () => {
  const node = document.querySelector('.automl-run').shadowRoot.querySelector('.rows');
  const gaps = []; let last = performance.now(), top = 0;
  while (gaps.length < 240) {
    top = (top + 97) % (node.scrollHeight - node.clientHeight); node.scrollTop = top;
    await new Promise(requestAnimationFrame);
    const now = performance.now(); gaps.push(now - last); last = now }
  return gaps }"""
EMPTY_FRAMES = SCROLL.replace("node.scrollTop = top;", "")


def main() -> None:
    """Clicks in a real JupyterLab while the kernel is idle and busy; frames, sizes and memory of the view alone."""
    with chromium() as context:
        server = Server(Path(tempfile.mkdtemp()))
        try:
            in_lab(server, context.new_page())
        finally:
            server.end_sessions()
            server.stop()
        stage = Stage()
        try:
            alone(Player(context.new_page(), stage.url))
        finally:
            stage.stop()
    for name in ("widget.js", "plotly-subset.js.gz"):
        content = (STATIC / name).read_bytes()
        packed = content if name.endswith(".gz") else gzip.compress(content)
        line(f"bundle {name}", f"{len(content) / 1000:,.0f} kB, {len(packed) / 1000:,.0f} kB compressed")


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser with a profile of its own."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tempfile.mkdtemp(), executable_path=find(), headless=True, args=CHROMIUM_OPTIONS,
            viewport={"width": 1600, "height": 1600},
        )  # fmt: skip
        yield context
        context.close()


def in_lab(server: Server, page: Any) -> None:
    """A run that has ended, its rows clicked while a cell does this and that."""
    cells = [SUBMIT, "run.wait_for_completion()", "RunDetails(run).show()", UPDATES, *BUSY.values()]
    book = Notebook.write(server, page, "view.ipynb", cells)
    book.focus()
    book.run(0)
    book.run(1)
    started = page.evaluate("() => performance.now()")
    book.run(2, wait=False)
    page.wait_for_function(f"() => ({SHOWN})() === 5")
    line(
        "from the cell to the first picture of the view", f"{page.evaluate('() => performance.now()') - started:.0f} ms"
    )
    page.wait_for_function("() => window.__done[2]")
    page.locator("[role=grid] [role=row][data-i='0']").click()
    page.get_by_role("tab", name="Log").click()
    saved = book.save()
    grown = len(json.dumps(saved.cells[2].outputs)) + len(json.dumps(saved.metadata.get("widgets", {})))
    line("what a view adds to the saved notebook", f"{grown / 1000:.0f} kB (aim: under 100)")
    before = heap_mb(page)
    book.run(3)
    page.wait_for_timeout(2000)
    line(
        f"memory of the page, {N_UPDATES:,} whole updates later", f"{heap_mb(page) - before:+.1f} MB on {before:.0f} MB"
    )
    for cell, name in enumerate(BUSY, start=4):
        book.run(cell, wait=False)
        page.wait_for_timeout(1000)
        times = np.array([page.evaluate(CLICK, str(1 + click % 2)) for click in range(CLICKS)])
        (panel50, panel99), (log50, log99) = (np.percentile(t, [50, 99]) for t in times.T)
        line(f"click to panel, {name}", f"p50 {panel50:.0f} ms, p99 {panel99:.0f} ms")
        line(f"click to log, {name}", f"p50 {log50:.0f} ms, p99 {log99:.0f} ms")
        if "time" in BUSY[name]:
            page.evaluate("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
            page.wait_for_function("cell => window.__done[cell]", arg=cell)


def heap_mb(page: Any) -> float:
    """Return what the page's scripts hold after a collection."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.collectGarbage")
    devtools.send("HeapProfiler.collectGarbage")
    return float(page.evaluate("() => performance.memory.usedJSHeapSize")) / 1e6


def alone(player: Player) -> None:
    """Frames while 5,000 rows are scrolled, against the same page that does not scroll."""
    page = player.play("many").page
    page.wait_for_timeout(1000)
    still, moving = (np.array(page.evaluate(code))[1:] for code in (EMPTY_FRAMES, SCROLL))
    line(
        "frames a second, 5,000 rows scrolled",
        f"{1000 / np.median(moving):.0f}, without scrolling {1000 / np.median(still):.0f}; "
        f"the slowest 1 % take {np.percentile(moving, 99):.0f} ms",
    )
