"""A run whose kernel was killed goes on in another one, as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import AutoMLConfig, AutoMLRun, DataError, Experiment, RunStateError, Workspace
from automl_widgets.records import IterationRecord

ROOT = Path(__file__).parents[2]
KERNEL = """
import sys, time
sys.path.insert(0, {root!r})
from tests.sdk.test_resume import asked
from automl_widgets import AutoMLConfig, Experiment, Workspace
run = Experiment(Workspace.create(path={folder!r}), "resume").submit(AutoMLConfig(**asked(**{more!r})))
print(run.id, flush=True)
time.sleep(600)
"""


def asked(**more: Any) -> dict[str, Any]:
    X = np.random.default_rng(0).normal(size=(120, 4))
    y = np.where(X[:, 0] + X[:, 1] ** 2 > 1, "yes", "no")
    settings = {"iterations": 14, "n_cross_validations": 2, "model_explainability": False, "debug_log": None}
    quick = ["LogisticRegression", "DecisionTree", "KNN", "SGD"]
    return {"task": "classification", "X": X, "y": y, "allowed_models": quick, **settings, **more}


class Kernel:
    """Another process that has submitted a run."""

    def __init__(self, folder: Path, more: dict[str, Any]) -> None:
        code = KERNEL.format(root=str(ROOT), folder=str(folder), more=more)
        self.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=folder, text=True)
        assert self.process.stdout is not None
        run_id = self.process.stdout.readline().strip()
        self.run = AutoMLRun(Experiment(Workspace.create(path=folder), "resume"), run_id)

    def killed_when(self, is_due: Callable[[AutoMLRun], bool]) -> AutoMLRun:
        end = time.monotonic() + 120
        while not is_due(self.run):
            assert time.monotonic() < end, self.run.record
            time.sleep(0.002)
        self.kill()
        return self.run

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    started: list[Kernel] = []

    def start(**more: Any) -> Kernel:
        started.append(Kernel(tmp_path, more))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill()


def table(run: AutoMLRun) -> list[tuple[Any, ...]]:
    def row(record: IterationRecord) -> tuple[Any, ...]:
        assert record.recipe is not None
        assert record.result is not None
        return record.iteration, record.recipe, record.result.score, record.result.members

    return [row(record) for record in run.store.iterations(run.id)]


def completed(run: AutoMLRun) -> list[IterationRecord]:
    return [record for record in run.store.iterations(run.id) if record.state == "completed"]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> AutoMLRun:
    folder = tmp_path_factory.mktemp("uninterrupted")
    run = Experiment(Workspace.create(path=folder), "resume").submit(AutoMLConfig(**asked()))
    run.wait_for_completion()
    return run


def test_a_resumed_run_has_the_table_of_one_that_was_never_interrupted(
    kernel: Callable[..., Kernel], uninterrupted: AutoMLRun
) -> None:
    run = kernel().killed_when(lambda run: len(completed(run)) >= 5)
    kept = completed(run)
    run.resume()
    run.wait_for_completion()
    assert run.get_status() == "Completed"
    assert [run.store.iteration(run.id, record.iteration) for record in kept] == kept
    assert table(run) == table(uninterrupted)
    assert [recipe.origin for _, recipe, *_ in table(run)].count("tuned") >= 4


def test_a_run_killed_while_it_was_prepared_is_prepared_again(
    kernel: Callable[..., Kernel], uninterrupted: AutoMLRun
) -> None:
    run = kernel().killed_when(lambda run: list(run.folder.glob("data.*.p5")) != [])
    assert run.record.state == "interrupted"
    run.resume()
    run.wait_for_completion()
    assert table(run) == table(uninterrupted)
    assert len(run.get_guardrails(to_console=False)["faults"]) > 1


def test_data_that_are_gone_are_asked_for_and_compared(kernel: Callable[..., Kernel]) -> None:
    run = kernel(iterations=5).killed_when(lambda run: completed(run) != [])
    for path in run.folder.glob("data.*.p5"):
        path.unlink()
    data = asked()
    with pytest.raises(RunStateError, match=r"Give them once more: resume\(X=..., y=...\)"):
        run.resume()
    with pytest.raises(DataError, match="not the data that the run began with, 120 rows and 4 columns"):
        run.resume(X=data["X"] + 1, y=data["y"])
    run.resume(X=data["X"], y=data["y"])
    run.wait_for_completion()
    assert run.get_status() == "Completed"


def test_a_living_run_needs_no_data(uninterrupted: AutoMLRun) -> None:
    with pytest.raises(RunStateError, match="No data is needed: the run is Completed, not interrupted"):
        uninterrupted.resume(X=[[1]])
