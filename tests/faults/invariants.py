"""What must hold after every fault, seen from outside: from the processes there are and from the files alone."""

from __future__ import annotations

import contextlib
import pickle
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

import automl_widgets as aw
from automl_widgets.records import RUN_ENDED, TRIAL_ENDED, IterationRecord
from tests.faults.kernel import Kernel

GONE_S = 5.0
LOG_BYTES = 10_001_000
FILES = ("model.pkl", "oof.npz", "code.py", "pipeline.json", "log.txt")


def until(condition: Callable[[], object], limit_s: float, what: str = "") -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit_s:g} s: {what}"
        time.sleep(0.02)


def kernel_is_well(kernel: Kernel) -> None:
    """It answers, nothing was printed that no cell asked for, and only idle workers are left of what it started."""
    assert kernel.ask("os.getpid()") == kernel.pid
    assert kernel.unasked() == ""
    until(lambda: kernel.strangers() == [], GONE_S, f"left behind: {kernel.strangers()}")


def nothing_survives(kernel: Kernel, since: float) -> None:
    """Of a kernel that has ended, every process is gone within five seconds."""
    left_s = max(since + GONE_S - time.monotonic(), 0.1)
    until(lambda: kernel.processes() == [], left_s, "processes outlive their kernel")


def told_processes_are_gone(workspace: Path) -> None:
    """Whatever an iteration said that it had started does not run."""
    path = workspace / "pids.txt"
    pids = {int(line) for line in path.read_text().split()} if path.exists() else set[int]()
    until(lambda: not any(map(_is_alive, pids)), GONE_S, f"alive: {[p for p in pids if _is_alive(p)]}")


def _is_alive(pid: int) -> bool:
    """Whether it runs; a worker that waits for its next iteration may."""
    try:
        process = psutil.Process(pid)
        is_worker = "-P" in process.cmdline() and not process.children()
        return process.status() != psutil.STATUS_ZOMBIE and not is_worker
    except psutil.NoSuchProcess:
        return False


def store_is_sound(workspace: Path) -> None:
    """SQLite finds nothing wrong."""
    with contextlib.closing(sqlite3.connect(workspace / "store.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def nothing_is_lost(run: aw.AutoMLRun, seen: dict[int, IterationRecord]) -> None:
    """Every iteration that anybody saw ended is as it was seen, and what is completed has all its files."""
    rows = {record.iteration: record for record in run.store.iterations(run.run_id)}
    for number, record in seen.items():
        assert rows[number] == record
    for record in rows.values():
        folder = run.store.iteration_folder(run.run_id, record.iteration)
        if (folder / "log.txt").exists():
            assert (folder / "log.txt").stat().st_size <= LOG_BYTES
        if record.state == "completed":
            _artifacts_are_there(folder, record)


def _artifacts_are_there(folder: Path, record: IterationRecord) -> None:
    assert {name for name in FILES if not (folder / name).is_file()} <= {"log.txt"}, folder
    model = pickle.loads((folder / "model.pkl").read_bytes())
    assert set(model.predict(np.zeros((2, 4)))) <= {"yes", "no"}
    assert record.result is not None
    assert np.load(folder / "oof.npz").files
    compile((folder / "code.py").read_text(), "code.py", "exec")


def run_has_ended_truly(run: aw.AutoMLRun) -> None:
    """The run and its iterations have ended with reasons, the best is the best, and nothing half-written is left."""
    record, rows = run.record, run.store.iterations(run.run_id)
    assert record.state in RUN_ENDED, record.state
    assert record.reason
    assert {r.state for r in rows} <= set(TRIAL_ENDED), rows
    for row in (r for r in rows if r.state != "completed"):
        assert row.reason
        log = run.store.iteration_folder(run.run_id, row.iteration) / "log.txt"
        has_begun = row.recipe is not None
        assert not has_begun or any(says.startswith(row.state) for says in _last_lines(log))
    scores = [(-r.result.score, r.iteration) for r in rows if r.result and r.result.score == r.result.score]
    assert record.best_iteration == (min(scores)[1] if scores else None)
    assert not list(run.folder.rglob("*.tmp"))


def run_is_interrupted(run: aw.AutoMLRun) -> None:
    """Nobody works on the run, and it says so."""
    record = run.record
    assert record.state == "interrupted", (record.state, record.reason)
    assert record.reason


def _last_lines(log: Path) -> list[str]:
    """Return what the last lines say, without time and level: a worker that is being killed may add to the engine's."""
    return [line.decode(errors="replace").split(" ", 3)[-1] for line in log.read_bytes().splitlines()[-5:]]
