"""What only an executor on Ray can do wrong: tasks' processes, files on other disks."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from automl_widgets.engine.executors.loss import outcome_of_loss
from automl_widgets.engine.executors.protocol import Executor

from . import bodies
from .driving import Driver, is_gone, wait_until


@pytest.fixture
def driver(on_ray: Executor, tmp_path: Path) -> Driver:
    return Driver(on_ray, tmp_path)


@pytest.fixture
def far_driver(on_far_ray: Executor, tmp_path: Path) -> Driver:
    return Driver(on_far_ray, tmp_path)


def test_a_trial_whose_task_process_is_killed_is_lost_and_nothing_of_it_lives_on(driver: Driver) -> None:
    neighbour = driver.submit(bodies.sleep, args={"seconds": 1.5})
    neighbour.started()
    running = driver.submit(bodies.nest_and_stay)
    pids = [running.started().pid, *running.reported()["pids"]]
    task = psutil.Process(pids[0]).parent().parent()  # type: ignore[union-attr]
    assert task
    assert task.name().startswith("ray::")
    task.kill()
    outcome = running.outcome()
    assert (outcome.state, outcome.reason) == ("lost", "the task's process on its node was killed")
    wait_until(lambda: all(map(is_gone, pids)), 2)
    assert neighbour.outcome().state == "completed"
    assert driver.value(bodies.add) == 3


def test_a_task_that_hears_nothing_is_killed_when_it_is_cancelled(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl_widgets.engine.executors.desk.FORCE_S", 0.5)
    running = driver.submit(bodies.sleep)
    pid = running.reported()["pid"]
    task = psutil.Process(pid).parent().parent()  # type: ignore[union-attr]
    assert task
    os.kill(task.pid, signal.SIGSTOP)
    driver.executor.cancel(running.key)
    assert running.outcome(10).state == "canceled"
    wait_until(lambda: is_gone(pid), 2)


@pytest.mark.parametrize(
    ("body", "fields", "state", "reason"),
    [
        (bodies.segfault, {}, "crashed", "killed by signal 11 (SIGSEGV)"),
        (bodies.hold_gil, {"timeout_s": 0.5}, "timeout", "took longer than 0.5 s"),
        (bodies.eat, {"memory_mb": 300.0}, "oom", "more than its limit of 300 MB"),
    ],
)
def test_limits_and_crashes_are_those_of_a_trial_at_home(
    far_driver: Driver, body: object, fields: dict[str, float], state: str, reason: str
) -> None:
    assert callable(body)
    outcome = far_driver.run(body, **fields)
    assert outcome.state == state
    assert reason in outcome.reason


def test_a_trial_that_cannot_end_in_time_on_another_clock_is_ended(far_driver: Driver) -> None:
    start = time.monotonic()
    assert far_driver.run(bodies.sleep, ends_at=start + 1.0).state == "timeout"
    assert time.monotonic() - start < 3


def test_files_travel_to_the_node_and_back(far_driver: Driver, tmp_path: Path) -> None:
    own, member = tmp_path / "run" / "3", tmp_path / "run" / "1"
    for folder, name in ((own, "note.txt"), (member, "model.pkl")):
        folder.mkdir(parents=True)
        (folder / name).write_text(f"{name} of {folder.name}")
    spec = {"folder": str(own), "members": ({"folder": str(member)},), "ends_at": time.monotonic() + 60}
    outcome = far_driver.run(bodies.write_files, log=str(own / "log.txt"), ends_at=spec["ends_at"], args={"spec": spec})
    assert outcome.value["seen"] == {"note.txt": "note.txt of 3", "member": "model.pkl of 1"}
    assert 50 < outcome.value["left_s"] < 60
    assert (own / "model.pkl").read_text() == "a model"
    assert (own / "deep" / "part.npz").read_bytes() == b"\0" * 1000
    assert sorted(path.name for path in own.iterdir()) == ["deep", "log.txt", "model.pkl", "note.txt"]


def test_of_a_flood_on_another_disk_the_two_ends_come_back(far_driver: Driver) -> None:
    running = far_driver.submit(bodies.flood, args={"megabytes": 30})
    assert running.outcome().state == "completed"
    log = running.log()
    assert log.startswith("the beginning\nxxx")
    assert log.endswith("xxx\nthe end\n")
    assert len(log) <= 10_000_000


def test_an_environment_that_cannot_be_made_is_a_failure_that_says_so() -> None:
    exceptions = pytest.importorskip("ray.exceptions")
    raised = exceptions.RuntimeEnvSetupError("Failed\nERROR: No matching distribution found for nothing\n")
    outcome = outcome_of_loss("a/0/0", raised, is_canceled=False)
    assert (outcome.state, outcome.reason) == (
        "failed",
        "its environment: ERROR: No matching distribution found for nothing",
    )


def test_a_node_that_has_died_loses_its_trial() -> None:
    exceptions = pytest.importorskip("ray.exceptions")
    outcome = outcome_of_loss("a/0/0", exceptions.NodeDiedError("x"), is_canceled=False)
    assert (outcome.state, outcome.reason) == ("lost", "its node has died")


def test_a_trial_that_is_the_first_to_find_the_head_gone_says_so(
    ray_cluster: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ray

    from automl_widgets.engine.executors.desk import Desk
    from automl_widgets.engine.executors.ray import RayExecutor

    monkeypatch.setattr(Desk, "_read", lambda self, future: None)  # the desk does not find it itself
    ended: list[str] = []
    executor = RayExecutor(1, preload=(), on_end=ended.append)
    ray.kill(executor._desk._mailbox)
    outcome = Driver(executor, tmp_path).submit(bodies.add).outcome(30)
    assert outcome.state == "lost"
    assert outcome.reason.startswith("the head of the Ray cluster has gone")
    assert ended == [outcome.reason]


def test_a_trial_whose_node_has_lost_its_way_to_the_head_is_lost() -> None:
    exceptions = pytest.importorskip("ray.exceptions")
    cause = exceptions.ActorUnavailableError("unavailable", None)
    raised = exceptions.RayTaskError("errand", "a trace", cause).as_instanceof_cause()
    outcome = outcome_of_loss("a/0/0", raised, is_canceled=False)
    assert (outcome.state, outcome.reason) == ("lost", "its node could not reach the head of the cluster")


def test_a_capacity_below_one_is_refused() -> None:
    from automl_widgets.engine.executors.ray import RayExecutor

    pytest.importorskip("ray")
    with pytest.raises(ValueError, match="`capacity` must be at least 1, but got capacity=0"):
        RayExecutor(0)
