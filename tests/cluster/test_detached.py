"""A detached run: its kernel is killed, another one takes it up, and its cluster ends with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from automl_widgets import AutoMLConfig, AutoMLRun, ComputeTarget, Experiment, RunConfiguration, Workspace
from automl_widgets.errors import ConfigError, NotSupportedError
from automl_widgets.sdk import detaching
from automl_widgets.sdk.compute import _write
from tests.engine.executors.driving import is_gone, wait_until

pytest.importorskip("ray", reason="the extra `ray` is not installed")
KERNEL = """
import time
from automl_widgets import AmlCompute, AutoMLConfig, ComputeTarget, Experiment, RunConfiguration, Workspace

ws = Workspace.create(path=".")
config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D1_V2", max_nodes=1)
run_config = RunConfiguration(detached=True)
run_config.target = ComputeTarget.create(ws, "automlcl", config)
run = Experiment(ws, "automl_remote").submit(AutoMLConfig(
    "classification", path="project", data_script="project/get_data.py", run_configuration=run_config,
    iterations=500, n_cross_validations=2, preprocess=False, allowed_models=["LogisticRegression", "DecisionTree"],
    model_explainability=False, debug_log=None,
))
print(run.run_id, flush=True)
while run.record.state == "preparing":
    time.sleep(0.1)
print(run.record.state, flush=True)
time.sleep(600)
"""
SCRIPT = """
from sklearn.datasets import load_digits

def get_data():
    digits = load_digits()
    return {"X": digits.data[:150], "y": digits.target[:150]}
"""


def test_a_detached_run_outlives_its_kernel_and_another_one_takes_it_up(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "get_data.py").write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert kernel.stdout
    try:
        run_id, state = kernel.stdout.readline().strip(), kernel.stdout.readline().strip()
        ws = Workspace(tmp_path / "automl_workspace")
        run = AutoMLRun(Experiment(ws, "automl_remote"), run_id)
        assert state == "running", run.record.reason
        holder = next(p for p in psutil.Process(kernel.pid).children() if "envoy" in " ".join(p.cmdline()))
        processes = [holder, *holder.children(recursive=True)]
    finally:
        kernel.kill()
        kernel.wait()
    n_done = len(list(run.get_children(status="Completed")))
    wait_until(lambda: len(list(run.get_children(status="Completed"))) > n_done, 60)
    assert run.get_status() == "Running"
    run.cancel()
    run.wait_for_completion()
    assert run.get_status() == "Canceled"
    child, model = run.get_output()
    assert model.predict([[0.0] * 64]).shape == (1,)
    assert child.has_log()
    wait_until(lambda: all(is_gone(process.pid) for process in processes), 30)
    assert ComputeTarget(ws, "automlcl").get_status().provisioning_state == "Stopped"


def test_a_run_on_this_machine_alone_cannot_be_detached(tmp_path: Path) -> None:
    config = AutoMLConfig("classification", X=[[1]], y=[1], run_configuration=RunConfiguration(detached=True))
    with pytest.raises(ConfigError, match="`detached` needs a `compute_target`"):
        Experiment(Workspace.create(path=tmp_path), "local").submit(config)


@pytest.fixture
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ComputeTarget:
    """A cluster on another machine, which does not see the workspace's folder."""
    ws = Workspace.create(path=tmp_path)
    _write(ws, "away", "Ray", ComputeTarget.attach_configuration("ray://192.0.2.77:10001"))
    monkeypatch.setattr(detaching, "_obstacle", lambda target, workspace: "the cluster's head has another folder")
    return ComputeTarget(ws, "away")


def test_what_cannot_be_detached_is_said_before_the_run_starts(
    away: ComputeTarget, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NotSupportedError, match=r"A run on 'away' cannot be detached: the cluster's head has another"):
        detaching.is_detached(away, away.workspace, True)
    assert not detaching.is_detached(away, away.workspace, None)
    assert (
        capsys.readouterr().out == "away: the run ends with this kernel, since the cluster's head has another folder.\n"
    )
    assert not detaching.is_detached(away, away.workspace, False)


def test_a_run_is_detached_by_default_on_another_machines_cluster_alone(
    away: ComputeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detaching, "_obstacle", lambda target, workspace: "")
    assert detaching.is_detached(away, away.workspace, None)
    _write(away.workspace, "here", "Ray", ComputeTarget.attach_configuration("127.0.0.1:6379"))
    here = ComputeTarget(away.workspace, "here")
    assert [detaching.is_detached(here, here.workspace, wanted) for wanted in (None, True)] == [False, True]
