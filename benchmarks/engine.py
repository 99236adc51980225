"""What the engine itself costs: between iterations, on cancel, after a crash, on resume, and in the kernel's memory."""

from __future__ import annotations

import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from automl_widgets import AutoMLConfig, AutoMLRun, Experiment, Workspace
from automl_widgets.engine import launch
from automl_widgets.records import IterationRecord
from benchmarks.figures import line

N_CANCELS = 10
N_CRASHES = 5
N_RESUMED = 990
MANY = """
import sys; sys.path.insert(0, {root!r})
from benchmarks import engine
if __name__ == "__main__":
    engine.{name}({folder!r})
"""


def main() -> None:
    """Empty slots, throughput, cancel, crash, resume and memory, with iterations that do nothing or sleep."""
    gaps()
    throughput()
    cancels()
    crashes()
    resumes()
    in_process("memory")


def submitted(
    body: str | None = None, n_rows: int = 300, n_columns: int = 5, folder: Path | None = None, **settings: Any
) -> AutoMLRun:
    """Submit a run on random data whose iterations are `body` of `benchmarks.bodies`, or real ones."""
    if body is not None:
        launch.RUN_ITERATION = f"benchmarks.bodies:{body}"
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_columns))
    config = AutoMLConfig(
        **{
            "task": "classification",
            "X": X,
            "y": X[:, 0] > 0,
            "featurization": "off",
            "n_cross_validations": 2,
            "enable_voting_ensemble": False,
            "enable_stack_ensemble": False,
            "enable_early_stopping": False,
            "model_explainability": False,
            "debug_log": None,
            **settings,
        }
    )
    return Experiment(Workspace.create(path=folder or tempfile.mkdtemp()), "bench").submit(config)


def rows(run: AutoMLRun) -> tuple[IterationRecord, ...]:
    """Return the iterations so far."""
    return run.store.iterations(run.run_id)


def until(condition: Any, timeout_s: float = 60.0) -> Any:
    """Wait for something, and return it."""
    deadline = time.perf_counter() + timeout_s
    while not (found := condition()):
        if time.perf_counter() > deadline:
            raise TimeoutError(str(condition))
        time.sleep(0.001)
    return found


def gaps() -> None:
    """How long a slot is empty between two iterations."""
    submitted("nothing", iterations=4).wait_for_completion()  # workers are warm
    run = submitted("brief", iterations=60, max_concurrent_iterations=1)
    run.wait_for_completion()
    found = rows(run)
    empty = [1000 * (b.started_at - a.ended_at) for a, b in itertools.pairwise(found)]  # type: ignore[operator]
    line("a slot is empty between two iterations", f"p50 {statistics.median(empty):.1f} ms, most {max(empty):.1f} ms")


def throughput() -> None:
    """Iterations a second that do nothing, and what they take of the kernel's processor."""
    used = time.process_time()
    run = submitted("nothing", iterations=500, max_concurrent_iterations=2)
    run.wait_for_completion()
    speed, used = iterations_a_second(run), 1000 * (time.process_time() - used) / len(rows(run))
    line("iterations that do nothing, 2 at a time", f"{speed:.0f} a second: {1000 / speed:.1f} ms each (aim: 30)")
    line("... processor time of the kernel, mostly for the next recipe", f"{used:.1f} ms")


def iterations_a_second(run: AutoMLRun) -> float:
    """Return how fast a run was, from its first iteration on."""
    found = rows(run)
    return len(found) / (max(r.ended_at or 0 for r in found) - min(r.started_at or 0 for r in found))


def running(run: AutoMLRun, least: int = 1) -> list[IterationRecord]:
    """Return those in a process, once there are so many."""

    def found() -> list[IterationRecord]:
        these = [r for r in rows(run) if r.state == "running" and r.pid]
        return these if len(these) >= least else []

    return list(until(found))


def cancels() -> None:
    """From `cancel_iteration` to the end of its process."""
    run = submitted("sleeps", iterations=N_CANCELS + 2, max_concurrent_iterations=1)
    times = []
    for _ in range(N_CANCELS):
        row = running(run)[0]
        process = psutil.Process(row.pid)
        started = time.perf_counter()
        run.cancel_iteration(row.iteration)
        until(lambda process=process: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
        times.append(1000 * (time.perf_counter() - started))
    run.cancel()
    run.wait_for_completion()
    line("cancel to the process gone", f"p50 {statistics.median(times):.0f} ms, most {max(times):.0f} ms (aim: 1,000)")


def crashes() -> None:
    """From the death of a worker to the next attempt in a process."""
    run = submitted("sleeps", iterations=N_CRASHES + 2, max_concurrent_iterations=1)
    times = []
    for _ in range(N_CRASHES):
        row = running(run)[0]
        started = time.perf_counter()
        os.kill(row.pid or 0, signal.SIGKILL)
        until(lambda row=row: any(r.pid and r.pid != row.pid and r.state == "running" for r in rows(run)))
        times.append(1000 * (time.perf_counter() - started))
    run.cancel()
    run.wait_for_completion()
    line("a worker killed to its iteration running again", f"p50 {statistics.median(times):.0f} ms")


def resumes() -> None:
    """From `resume` of a run with many iterations to the next one started."""
    folder = tempfile.mkdtemp()
    in_process("leave_many", folder)
    run_id = (Path(folder) / "run.txt").read_text()
    run = AutoMLRun(Experiment(Workspace.create(path=folder), "bench"), run_id)
    n = sum(r.state == "completed" for r in rows(run))
    launch.RUN_ITERATION = "benchmarks.bodies:nothing"
    started = time.perf_counter()
    run.resume()
    until(lambda: sum(r.state == "completed" for r in rows(run)) > n)
    line(f"resume of a run of {n:,} iterations", f"{time.perf_counter() - started:.2f} s to the next result")
    run.cancel()
    run.wait_for_completion()


def leave_many(folder: str) -> None:
    """Run many iterations and die."""
    launch.RUN_ITERATION = "benchmarks.bodies:nothing"
    X = np.random.default_rng(0).standard_normal((300, 5))
    config = AutoMLConfig(
        task="classification", X=X, y=X[:, 0] > 0, featurization="off", n_cross_validations=2, iterations=1000,
        enable_early_stopping=False, model_explainability=False, debug_log=None,
    )  # fmt: skip
    run = Experiment(Workspace.create(path=folder), "bench").submit(config)
    (Path(folder) / "run.txt").write_text(run.run_id)
    until(lambda: sum(r.state == "completed" for r in rows(run)) >= N_RESUMED, 300)
    os.kill(os.getpid(), signal.SIGKILL)


def memory(folder: str) -> None:
    """What the kernel and its workers hold of 1 GB of data."""
    n_rows, n_columns = 1_000_000, 125
    me = psutil.Process()
    X = np.random.default_rng(0).standard_normal((n_rows, n_columns))
    y = X[:, 0] > 0
    size, before, peak, workers = X.nbytes / 1e9, me.memory_info().rss, 0, 0.0
    launch.RUN_ITERATION = "benchmarks.bodies:reads"
    config = AutoMLConfig(
        task="classification", X=X, y=y, featurization="off", validation_size=0.2, iterations=8,
        enable_voting_ensemble=False, enable_stack_ensemble=False, model_explainability=False, debug_log=None,
    )  # fmt: skip
    started = time.perf_counter()
    run = Experiment(Workspace.create(path=folder), "bench").submit(config)
    returned = time.perf_counter() - started
    while run.get_status() not in ("Completed", "Failed"):
        peak = max(peak, me.memory_info().rss - before)
        own = [p.memory_full_info() for p in me.children(recursive=True) if p.is_running()]
        workers = max(workers, sum(info.uss for info in own) / 1e9)
        time.sleep(0.02)
    assert run.get_status() == "Completed", run.record.reason
    after = me.memory_info().rss - before
    print(json.dumps({"size": size, "peak": peak / 1e9, "after": after / 1e9, "workers": workers, "submit": returned}))


def in_process(name: str, folder: str | None = None) -> None:
    """Run a part in a process of its own, and print what it found."""
    root, folder = str(Path(__file__).parents[1]), folder or tempfile.mkdtemp()
    script = Path(tempfile.mkdtemp()) / "part.py"
    script.write_text(MANY.format(root=root, name=name, folder=folder))
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    told = [text for text in done.stdout.splitlines() if text.startswith("{")]
    if name != "memory":
        return
    if not told:
        raise RuntimeError(done.stderr)
    found = json.loads(told[-1])
    line(
        f"{found['size']:.1f} GB of data: memory added to the kernel",
        f"{found['peak']:.2f} GB at most, {found['after']:.2f} GB at the end",
    )
    line("... and held by all workers alone", f"{found['workers']:.2f} GB; submit took {found['submit']:.1f} s")
