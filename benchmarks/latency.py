"""The kernel's responsiveness: round trip of a trivial cell, idle and while training."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from benchmarks.figures import describe, line, percentiles

SAMPLES = 200
PAUSE_S = 0.05
SUBMIT = f"""
import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from benchmarks import digits
from automl_widgets import Experiment, RunDetails, Workspace
run = Experiment(Workspace.create(), "bench").submit(digits.config(60))
RunDetails(run).show()
"""


def main() -> None:
    """Round trip of `1 + 1` in a real kernel, idle and while two workers train and the widget is fed."""
    manager, client = start_new_kernel(cwd=tempfile.mkdtemp())
    try:
        idle = sample(client)
        client.execute_interactive(SUBMIT, timeout=60, output_hook=lambda _: None)
        wait_until_training(client)
        training = sample(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    line("idle", describe(idle))
    line("while training", describe(training))
    ratios = [b / a for a, b in zip(percentiles(idle), percentiles(training), strict=True)]
    line("ratio", f"p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f} (aim: p99 2.0 or less)")


def wait_until_training(client: BlockingKernelClient) -> None:
    """Return when two iterations have ended, so that workers and publisher are warm."""
    code = "n = sum(r.state == 'completed' for r in run.store.iterations(run.run_id)); assert n >= 2"
    for _ in range(100):
        if client.execute_interactive(code, timeout=60, output_hook=lambda _: None)["content"]["status"] == "ok":
            return
        time.sleep(0.5)
    raise RuntimeError("no iteration ended within 50 s")


def sample(client: BlockingKernelClient) -> list[float]:
    """Return the seconds of each round trip."""
    found = []
    for _ in range(SAMPLES):
        started = time.perf_counter()
        client.execute_interactive("1 + 1", timeout=60, store_history=False, output_hook=lambda _: None)
        found.append(time.perf_counter() - started)
        time.sleep(PAUSE_S)
    return found
