"""One job as a process of its own, and its end: whatever it started is ended with it. Not here: what it computes.

Output goes to a file: some peers leave workers behind, which would hold a pipe open for minutes.
"""

from __future__ import annotations

import ctypes
import dataclasses
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil

from benchmarks.quality import datasets, environments, scoring
from benchmarks.quality.datasets import Dataset
from benchmarks.quality.results import Key, Result
from benchmarks.quality.systems import System

ROOT = Path(__file__).parents[2]
MARK = "AUTOML_BENCH_JOB"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
RAY_PREFIX = "bench"
"""Peers with Ray have a folder of their own: in the usual one they would find, and wait for, what others have left."""
LAST_LINES = 12
SAMPLE_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One system on one fold of one data set; `label` is its name in the results."""

    system: System
    label: str
    dataset: Dataset
    fold: int
    budget_s: float
    cores: int
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What its result is found by."""
        return Key(
            system=self.label, dataset=self.dataset.name, fold=self.fold, budget_s=self.budget_s, cores=self.cores
        )

    @property
    def folder(self) -> Path:
        """Where it reads and writes."""
        name = f"{self.dataset.name}-{self.fold}-{self.budget_s:g}s-{self.cores}"
        return environments.cache() / "jobs" / self.label / name

    @property
    def timeout_s(self) -> float:
        """When it is killed."""
        return 3 * self.budget_s + 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended."""

    code: int | None
    total_s: float
    memory_mb: float
    left_behind: int


def run(job: Job) -> Result:
    """Run a job to its end or its time-out, and return its result; a failure is a result too."""
    _make_folder(job.folder)
    split = split_file(job.dataset, job.fold)
    ended = _execute(_command(job, split), job)
    result = Result(
        **dataclasses.asdict(job.key),
        task=job.dataset.task,
        group=job.dataset.group,
        metric=scoring.METRICS[job.dataset.task],
        total_s=ended.total_s,
        memory_mb=ended.memory_mb,
        left_behind=ended.left_behind,
        ended_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    if ended.code != 0:
        how = f"killed after {job.timeout_s:.0f} s" if ended.code is None else f"ended with code {ended.code}"
        return dataclasses.replace(result, problem=f"{how}\n{_last_lines(job.folder / 'log.txt')}")
    return _scored(result, job, split)


def split_file(dataset: Dataset, fold: int) -> Path:
    """Return the file with the row numbers of a fold; it is written once, and then the same for every system."""
    path = environments.cache() / "splits" / f"{dataset.name}-{fold}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        split = datasets.split(datasets.target(dataset), dataset.task, fold)
        path.write_text(json.dumps(dataclasses.asdict(split)))
    return path


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("prediction.npy", "took.json", "log.txt"):
        (folder / name).unlink(missing_ok=True)


def _command(job: Job, split: Path) -> list[str]:
    told = {
        "data": str(job.dataset.path.resolve()),
        "target": job.dataset.target,
        "split": str(split),
        "task": job.dataset.task,
        "n_classes": 0 if job.dataset.task == "regression" else int(datasets.target(job.dataset).max()) + 1,
        "budget_s": job.budget_s,
        "cores": job.cores,
        "seed": job.fold,
        "folder": str(job.folder),
        "options": {**job.system.options, **job.options},
    }
    path = job.folder / "job.json"
    path.write_text(json.dumps(told))
    module = f"benchmarks.quality.adapters.{job.system.adapter}"
    return [str(environments.python(job.system.environment)), "-m", module, str(path)]


def _execute(command: list[str], job: Job) -> Ended:
    mark = uuid.uuid4().hex
    scratch = job.folder / "scratch"
    scratch.mkdir(exist_ok=True)
    threads = dict.fromkeys(THREADS, str(job.cores))
    _adopt_orphans()
    started = time.perf_counter()
    with (
        (job.folder / "log.txt").open("wb") as log,
        TemporaryDirectory(prefix=RAY_PREFIX, ignore_cleanup_errors=True) as ray,
    ):
        environment = {**os.environ, **threads, MARK: mark, "PYTHONPATH": str(ROOT), "RAY_TMPDIR": ray}
        process = subprocess.Popen(
            command,
            cwd=scratch,
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            memory_mb = _watch(process, started + job.timeout_s)
        finally:
            total_s = time.perf_counter() - started
            code = process.poll()
            left_behind = _end(process, mark)
    return Ended(code=code, total_s=total_s, memory_mb=memory_mb, left_behind=left_behind)


def _watch(process: subprocess.Popen[bytes], deadline: float) -> float:
    """Return the largest sum of resident megabytes seen, when the process ends or the deadline passes."""
    largest = 0.0
    while time.perf_counter() < deadline:
        try:
            process.wait(timeout=SAMPLE_S)
            return largest
        except subprocess.TimeoutExpired:
            largest = max(largest, _memory_mb(process.pid))
    return largest


def _memory_mb(pid: int) -> float:
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
        return sum(_resident(process) for process in tree) / 2**20
    except psutil.NoSuchProcess:
        return 0.0


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0


def _end(process: subprocess.Popen[bytes], mark: str) -> int:
    """Kill what carries this job's mark, in whatever session it is; return how many but the job itself there were."""
    marked = [other for other in psutil.process_iter() if _mark(other) == mark]
    for other in marked:
        _kill(other)
    process.wait()
    psutil.wait_procs([other for other in marked if other.pid != process.pid], timeout=10)
    return sum(other.pid != process.pid for other in marked)


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def _adopt_orphans() -> None:
    # Linux: what a job leaves behind becomes our child, so that it is reaped and seen (PR_SET_CHILD_SUBREAPER).
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _scored(result: Result, job: Job, split: Path) -> Result:
    rows = json.loads(split.read_text())
    y = datasets.target(job.dataset)
    took: dict[str, Any] = json.loads((job.folder / "took.json").read_text())
    prediction = np.load(job.folder / "prediction.npy")
    found = dataclasses.replace(result, fit_s=took["fit_s"], predict_s=took["predict_s"])
    try:
        score = scoring.score(job.dataset.task, y[rows["train"]], y[rows["test"]], prediction)
    except ValueError as error:
        return dataclasses.replace(found, problem=str(error))
    return dataclasses.replace(found, score=score.score, error=score.error, constant_error=score.constant_error)


def _last_lines(log: Path) -> str:
    return "\n".join(line[:300] for line in log.read_text(errors="replace").splitlines()[-LAST_LINES:])
