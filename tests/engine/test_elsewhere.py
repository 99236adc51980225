"""The package where there is no POSIX, as far as Linux can show it: `elsewhere/sitecustomize.py` hides it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from automl_widgets.engine.cluster import beside
from automl_widgets.engine.cluster.spec import ClusterSpec
from automl_widgets.engine.executors import system
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.errors import NotSupportedError

from .executors.driving import marked, wait_until

ROOT = Path(__file__).parents[2]
IMPORTS = """
import importlib, pkgutil, sys
import automl_widgets
for module in pkgutil.walk_packages(automl_widgets.__path__, "automl_widgets."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
from automl_widgets.engine.cluster import beside
from automl_widgets.engine.cluster.spec import ClusterSpec
from automl_widgets.engine.executors import system
print(hasattr(system.os, "fork"), hasattr(system.signal, "SIGKILL"), system.sys.platform, flush=True)
"""
SUBMIT = """
import sys, time
import numpy as np
from automl_widgets import AutoMLConfig, Experiment, Workspace
X = np.random.default_rng(0).standard_normal((200, 3))
config = AutoMLConfig(task="classification", X=X, y=X[:, 0] > 0, iterations=4, n_cross_validations=2,
                      max_concurrent_iterations=2, model_explainability=False, enable_stack_ensemble=False)
run = Experiment(Workspace.create(path=sys.argv[1]), "elsewhere").submit(config)
"""
RUN = f"""{IMPORTS}{SUBMIT}
run.wait_for_completion()
states = [r.state for r in run.store.iterations(run.run_id)]
best, model = run.get_output()
from automl_widgets.engine.executors.shared import _SHARED
print(run.get_status(), states, (model.predict(X) == (X[:, 0] > 0)).mean() > 0.9, _SHARED.get()._crew._policy.start)
"""
LIVE = f"""{SUBMIT}
while not any(r.pid for r in run.store.iterations(run.run_id)):
    time.sleep(0.01)
print("runs", flush=True)
time.sleep(60)
"""


def started(script: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(Path(__file__).parent / "elsewhere"), str(ROOT), *Policy().path])
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_every_module_is_imported_and_a_run_completes_without_posix_and_leaves_nothing(tmp_path: Path) -> None:
    since = time.time()
    out, errors = started(RUN, str(tmp_path), ELSEWHERE=str(tmp_path)).communicate(timeout=120)
    assert errors == ""
    assert out == f"False False win32\nCompleted {['completed'] * 4} True portable\n"
    wait_until(lambda: not marked("ELSEWHERE", str(tmp_path), since), 5)


def test_nothing_outlives_a_kernel_that_is_killed_without_posix(tmp_path: Path) -> None:
    since = time.time()
    with started(LIVE, str(tmp_path), ELSEWHERE=str(tmp_path)) as kernel:
        assert kernel.stdout
        assert kernel.stdout.readline() == "runs\n"
        assert len(marked("ELSEWHERE", str(tmp_path), since)) > 2
        kernel.send_signal(signal.SIGKILL)
    wait_until(lambda: not marked("ELSEWHERE", str(tmp_path), since), 5)


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the size is that of 64 bits")
def test_the_limits_of_a_job_object_are_as_long_as_windows_has_them() -> None:
    assert ctypes.sizeof(system._JobLimits) == 144


def test_a_cluster_is_not_used_from_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "os", types.SimpleNamespace(name="nt"))
    with pytest.raises(NotSupportedError, match="The cluster 'gpu' cannot be used from Windows"):
        beside.Beside(ClusterSpec(name="gpu"))
