"""A real run moved to another workspace: what works there at once, and what only when its maker is trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import AutoMLError, AutoMLRun, RunStateError, Workspace, WorkspaceError, retrieve_model_explanation

X = np.random.default_rng(1).normal(size=(20, 4))


@pytest.fixture(scope="module")
def moved(finished: AutoMLRun, tmp_path_factory: pytest.TempPathFactory) -> AutoMLRun:
    """The run in a workspace of its own, not trusted."""
    folder = tmp_path_factory.mktemp("moved")
    return Workspace.create(path=folder).import_run(finished.export(folder))


def test_all_but_the_models_is_there_at_once(finished: AutoMLRun, moved: AutoMLRun) -> None:
    assert moved.run_id == finished.run_id
    assert moved.get_metrics(recursive=True) == finished.get_metrics(recursive=True)
    assert moved.get_tags()["who"] == "me"
    assert moved.get_properties()["imported"] == "not trusted"
    best, _ = finished.get_output()
    assert np.array_equal(retrieve_model_explanation(moved.get_best_child())[0], retrieve_model_explanation(best)[0])


@pytest.mark.parametrize(
    ("call", "error", "complaint"),
    [
        (lambda run: run.get_output(), WorkspaceError, r"If you know who made it, call run.trust\(\) first"),
        (lambda run: run.register_model(), RunStateError, "register_model is not possible: the run was imported"),
        (lambda run: run.explain(0), RunStateError, "explain is not possible: the run was imported"),
        (lambda run: run.continue_experiment(iterations=1), RunStateError, "the run was imported"),
        (lambda run: run.more_like(0), RunStateError, "the run was imported"),
    ],
)
def test_what_would_run_its_code_is_refused(
    moved: AutoMLRun, call: Callable[[AutoMLRun], Any], error: type[AutoMLError], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        call(moved)
    assert moved.experiment.workspace.models == {}


def test_a_trusted_run_predicts_as_it_did(finished: AutoMLRun, tmp_path: Path) -> None:
    run = Workspace.create(path=tmp_path).import_run(finished.export(tmp_path, data=True))
    run.trust()
    assert np.array_equal(run.get_output()[1].predict(X), finished.get_output()[1].predict(X))
    assert run.register_model("mine").load().predict(X).shape == (20,)


def test_a_model_that_did_not_come_along_cannot_be_registered(finished: AutoMLRun, tmp_path: Path) -> None:
    run = Workspace.create(path=tmp_path).import_run(finished.export(tmp_path, models=False), trust=True)
    with pytest.raises(AutoMLError, match=r"No file 'outputs/model.pkl' in this run"):
        run.register_model("mine")
    assert run.experiment.workspace.models == {}


def test_an_iteration_is_returned_as_onnx(finished: AutoMLRun) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("skl2onnx")
    pytest.importorskip("onnxmltools")
    _, model = finished.get_output(iteration=0)
    _, onnx_model = finished.get_output(iteration=0, return_onnx_model=True)
    label, _ = onnxruntime.InferenceSession(onnx_model.SerializeToString()).run(None, {"X": X.astype(np.float32)})
    assert np.array_equal(label, model.predict(X))
