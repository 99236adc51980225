"""A created target for real: nodes that come and go and die, a script that brings the data, a run to its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psutil
import pytest

from automl_widgets import AmlCompute, AutoMLConfig, ComputeTarget, Experiment, RunConfiguration, Workspace
from automl_widgets.engine.cluster.beside import Beside, ClusterExecutor
from automl_widgets.sdk.clusters import running_cluster
from tests.engine.executors import bodies
from tests.engine.executors.driving import Driver, is_gone, wait_until

pytest.importorskip("ray", reason="the extra `ray` is not installed")
SCRIPT = """
from helper import rows
from sklearn.datasets import load_digits

def get_data():
    print("reading")
    digits = load_digits()
    return {"X": digits.data[rows], "y": digits.target[rows]}
"""


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.create(path=tmp_path_factory.mktemp("cluster"))


@pytest.fixture(scope="module")
def target(ws: Workspace) -> Iterator[AmlCompute]:
    config = AmlCompute.provisioning_configuration(
        vm_size="STANDARD_D1_V2", max_nodes=2, idle_seconds_before_scaledown=1000
    )
    made = ComputeTarget.create(ws, "automlcl", config)
    yield made
    made.delete()


@pytest.fixture
def cluster(ws: Workspace, target: AmlCompute) -> Beside:
    found = running_cluster(ws, target.name)
    assert found
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("rows = slice(10, 160)\n")
    (tmp_path / "get_data.py").write_text(SCRIPT)
    return tmp_path


def config(project: Path, target: ComputeTarget, **more: Any) -> AutoMLConfig:
    run_config = RunConfiguration(framework="python")
    run_config.target = target
    return AutoMLConfig(
        task="classification",
        path=project,
        data_script=project / "get_data.py",
        compute_target=target,
        run_configuration=run_config,
        debug_log=str(project / "log.txt"),
        iterations=2,
        n_cross_validations=2,
        preprocess=False,
        allowed_models=["LogisticRegression"],
        max_concurrent_iterations=10,
        enable_voting_ensemble=False,
        enable_stack_ensemble=False,
        verbosity=logging.INFO,
        **more,
    )


def test_a_run_on_a_cluster_from_its_script_to_its_model(
    ws: Workspace, target: AmlCompute, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Experiment(ws, "automl_remote").submit(config(project, target), show_output=True)
    printed = capsys.readouterr().out
    assert printed.startswith(f"Running on remote compute: automlcl\nParent Run ID: {run.run_id}\n")
    assert run.get_status() == "Completed", run.record.error
    assert (run.get_details()["target"], run.record.profile.n_rows) == ("automlcl", 150)
    _, model = run.get_output()
    assert model.predict([[0.0] * 64]).shape == (1,)
    assert (run.folder / "setup_log.txt").read_text() == "reading\n"


def test_a_script_that_fails_ends_the_run_with_its_traceback(ws: Workspace, target: AmlCompute, project: Path) -> None:
    (project / "get_data.py").write_text("import no_such_package\n")
    run = Experiment(ws, "automl_remote").submit(config(project, target))
    run.wait_for_completion()
    assert run.get_status() == "Failed"
    assert "get_data.py: ModuleNotFoundError: No module named 'no_such_package'" in run.record.reason
    assert "import no_such_package" in run.record.error


def test_a_script_that_hangs_can_be_cancelled(ws: Workspace, target: AmlCompute, project: Path) -> None:
    (project / "get_data.py").write_text("import time\ntime.sleep(600)\n")
    run = Experiment(ws, "automl_remote").submit(config(project, target))
    wait_until(lambda: run.record.stage == "running get_data.py", 20)
    run.cancel()
    wait_until(lambda: run.get_status() == "Canceled", 20)


def test_nodes_come_on_demand_and_one_that_is_killed_loses_its_trial_which_runs_elsewhere(
    target: AmlCompute, cluster: Beside, tmp_path: Path
) -> None:
    target.wait_for_completion(min_node_count=2)
    status = target.get_status()
    assert (status.current_node_count, status.provisioning_state, status.vm_size) == (2, "Succeeded", "STANDARD_D1_V2")
    driver = Driver(ClusterExecutor(cluster), tmp_path)
    running = driver.submit(bodies.sleep)
    pid = running.reported()["pid"]
    node = next(p for p in psutil.Process(pid).parents() if p.name() == "raylet")
    node.kill()
    assert running.outcome(40).state == "lost"
    wait_until(lambda: is_gone(pid), 5)
    assert driver.value(bodies.add) == 3


def test_idle_nodes_go_and_the_limits_can_be_changed(target: AmlCompute) -> None:
    target.update(idle_seconds_before_scaledown=0)
    wait_until(lambda: target.get_status().current_node_count == 0, 30)
    assert target.list_nodes() == []


def test_another_program_on_this_machine_does_not_come_upon_the_cluster(cluster: Beside) -> None:
    """Ray writes the address that `ray.init()` without one connects to into a file of the machine's."""
    from ray._common.utils import get_ray_address_file

    address, file = cluster.wait(), Path(get_ray_address_file(None))
    assert not file.exists() or file.read_text() != address


def test_a_cluster_whose_process_dies_loses_what_runs_and_says_so() -> None:
    from automl_widgets.engine.cluster.spec import ClusterSpec

    cluster = Beside(ClusterSpec(name="brief"))
    queue: SimpleQueue[Any] = SimpleQueue()
    from automl_widgets.engine.executors.protocol import Trial

    cluster.submit("{}", Trial(key="r/0/0", fn="m:f"), queue)
    time.sleep(0.1)
    cluster._process.kill()
    assert queue.get(timeout=10).reason.startswith("the cluster's process has ended")
    assert not cluster.is_open
