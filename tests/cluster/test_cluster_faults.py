"""What goes wrong on a cluster, for real: each fault ends in a true state, and nothing that had finished is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from automl_widgets import AmlCompute, AutoMLConfig, AutoMLRun, ComputeTarget, Experiment, Workspace
from automl_widgets.engine import launch
from automl_widgets.records import RUN_ENDED, IterationRecord
from automl_widgets.sdk.child import IterationRun
from automl_widgets.sdk.clusters import running_cluster
from tests.engine.executors.driving import is_gone, wait_until

pytest.importorskip("ray", reason="the extra `ray` is not installed")
SETTINGS = {
    "task": "classification",
    "n_cross_validations": 2,
    "max_concurrent_iterations": 2,
    "featurization": "off",
    "enable_voting_ensemble": False,
    "enable_stack_ensemble": False,
    "enable_early_stopping": False,
    "model_explainability": False,
    "debug_log": None,
}


class Place:
    """A cluster of two nodes, and runs on it that do next to nothing."""

    def __init__(self, folder: Path) -> None:
        self.ws = Workspace.create(path=folder)
        config = AmlCompute.provisioning_configuration(
            vm_size="STANDARD_A1_V2", min_nodes=2, max_nodes=2, idle_seconds_before_scaledown=1000
        )
        self.target = ComputeTarget.create(self.ws, "automlcl", config)

    def submit(self, n: int, **settings: Any) -> AutoMLRun:
        """Submit a run of `n` iterations once both nodes are there."""
        self.target.wait_for_completion(min_node_count=2)
        X = np.random.default_rng(0).standard_normal((60, 3))
        settings = {"X": X, "y": X[:, 0] > 0, **SETTINGS, **settings}
        return Experiment(self.ws, "faults").submit(AutoMLConfig(iterations=n, compute_target=self.target, **settings))

    def processes(self, name: str) -> list[psutil.Process]:
        """Return the cluster's living processes of this name, oldest first."""
        cluster = running_cluster(self.ws, "automlcl")
        assert cluster
        assert cluster._process
        found = psutil.Process(cluster._process.pid).children(recursive=True)
        return sorted((p for p in found if not is_gone(p.pid) and _name(p) == name), key=psutil.Process.create_time)


def _name(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return process.name()
    return ""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("faults"))
    yield made
    made.target.delete()


@pytest.fixture(autouse=True)
def short_iterations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "RUN_ITERATION", "tests.cluster.bodies:short")


def rows(run: AutoMLRun) -> tuple[IterationRecord, ...]:
    return run.store.iterations(run.run_id)


def completed(run: AutoMLRun) -> list[IterationRecord]:
    return [row for row in rows(run) if row.state == "completed"]


def ended(run: AutoMLRun, limit_s: float) -> tuple[str, str | None]:
    wait_until(lambda: run.record.state in RUN_ENDED, limit_s)
    return run.record.state, run.record.reason


def running(run: AutoMLRun) -> tuple[IterationRecord, list[psutil.Process]]:
    """Wait until an iteration is in a process; return it, and the processes above that one."""
    found: list[tuple[IterationRecord, list[psutil.Process]]] = []

    def look() -> bool:
        for row in rows(run):
            if row.state == "running" and row.pid and not is_gone(row.pid):
                found.append((row, psutil.Process(row.pid).parents()))
        return bool(found)

    wait_until(look, 30)
    return found[0]


def test_an_iteration_whose_task_is_killed_is_tried_again_and_its_properties_say_so(place: Place) -> None:
    run = place.submit(4)
    row, above = running(run)
    next(process for process in above if process.name().startswith("ray::")).kill()
    assert ended(run, 30) == ("completed", "all 4 iterations done")
    (before,) = rows(run)[row.iteration].earlier
    properties = IterationRun(run, row.iteration).get_properties()
    assert (properties["attempt"], properties["node"], before.node) == ("2", rows(run)[row.iteration].node, row.node)
    assert properties["retried"] == (
        f"attempt 1 lost on {row.node}: the task's process on its node was killed; tried again on {properties['node']}"
    )


def test_an_iteration_that_takes_more_memory_than_its_node_has_says_so_and_the_run_goes_on(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "RUN_ITERATION", "tests.cluster.bodies:eats")
    run = place.submit(3)
    assert ended(run, 60) == ("completed", "all 3 iterations done")
    assert [row.state for row in rows(run)] == ["completed", "oom", "completed"]
    assert (rows(run)[1].reason or "").endswith("MB of memory, more than its limit of 2,000 MB, the memory of its node")


def test_a_script_that_hangs_ends_with_the_runs_time(place: Place, tmp_path: Path) -> None:
    (tmp_path / "get_data.py").write_text("import time\ntime.sleep(600)\n")
    script = {"path": tmp_path, "data_script": tmp_path / "get_data.py", "X": None, "y": None}
    run = place.submit(3, **script, experiment_timeout_hours=3 / 3600)
    assert ended(run, 30)[0] == "failed"
    assert run.record.reason == "TrialError: get_data.py: it did not end within the run's limit of 3 s"


@pytest.mark.slow
def test_the_iterations_of_a_node_that_is_cut_off_are_tried_again_on_another(place: Place) -> None:
    run = place.submit(6)
    row, above = running(run)
    raylet = next(process for process in above if process.name() == "raylet")
    stopped = [raylet, *raylet.children(recursive=True)]
    for process in stopped:
        process.suspend()
    assert ended(run, 60) == ("completed", "all 6 iterations done")
    again = rows(run)[row.iteration]
    assert [(one.state, one.reason, one.node) for one in again.earlier] == [("lost", "its node has died", row.node)]
    assert again.node != row.node
    for process in stopped:  # the network is back: what is left there ends, and changes nothing
        if not is_gone(process.pid):
            process.resume()
    wait_until(lambda: all(is_gone(process.pid) for process in stopped), 20)
    assert rows(run)[row.iteration] == again


@pytest.mark.slow
def test_when_the_head_is_killed_the_run_is_interrupted_and_goes_on_on_a_new_cluster(place: Place) -> None:
    run = place.submit(12)
    wait_until(lambda: len(completed(run)) >= 3, 30)
    head = place.processes("raylet")[0]
    before = [*place.processes("gcs_server"), *place.processes("raylet")]
    for process in [before[0], *head.children(recursive=True), head]:
        with suppress(psutil.NoSuchProcess):  # with the head goes what it holds
            process.kill()
    state, reason = ended(run, 30)
    kept = completed(run)
    assert (state, len(kept) >= 3) == ("interrupted", True)
    assert "head" in (reason or "")
    assert {row.state for row in rows(run)} == {"completed", "queued"}
    assert run.get_status() == "Failed"
    wait_until(lambda: all(is_gone(process.pid) for process in before), 10)
    run.resume()
    assert ended(run, 90) == ("completed", "all 12 iterations done")
    assert [rows(run)[row.iteration] for row in kept] == kept
    assert {one.reason for row in rows(run) for one in row.earlier} == {reason}
