"""A real run written into MLflow, where that is installed."""

from __future__ import annotations

import importlib
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import AutoMLConfig, AutoMLRun, Experiment, NotSupportedError, RunStateError, Workspace


@pytest.fixture(scope="module")
def logged(finished: AutoMLRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, str]:
    """MLflow's client and the id of the run."""
    mlflow = pytest.importorskip("mlflow")
    folder = tmp_path_factory.mktemp("mlflow")
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    client = mlflow.MlflowClient(uri)
    client.create_experiment("tests", artifact_location=(folder / "files").as_uri())
    return client, finished.to_mlflow(uri)


def test_the_run_has_its_settings_metrics_and_times(finished: AutoMLRun, logged: tuple[Any, str]) -> None:
    client, run_id = logged
    found, record = client.get_run(run_id), finished.record
    assert (found.info.status, found.info.run_name) == ("FINISHED", record.settings.name)
    assert found.info.end_time == int((record.ended_at or 0) * 1000)
    assert found.data.params["primary_metric"] == record.settings.primary_metric
    assert found.data.metrics["AUC_weighted"] == pytest.approx(finished.get_metrics()["AUC_weighted"])
    assert found.data.tags["who"] == "me"
    assert len(client.get_metric_history(run_id, "iteration_score")) == 6


def test_each_iteration_is_a_child_with_its_files(finished: AutoMLRun, logged: tuple[Any, str]) -> None:
    client, run_id = logged
    children = client.search_runs(
        [client.get_run(run_id).info.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'"
    )
    assert {child.info.run_name.split()[0] for child in children} == set("012345")
    first = next(child for child in children if child.info.run_name.startswith("0 "))
    assert first.data.params["algorithm"] == "LogisticRegression"
    assert {"code.py", "log.txt"} <= {file.path for file in client.list_artifacts(first.info.run_id)}


def test_its_model_is_loaded_by_its_address_and_predicts_the_same(
    finished: AutoMLRun, logged: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, run_id = logged
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", client.tracking_uri)
    X = np.random.default_rng(1).normal(size=(200, 4))
    predicted = pyfunc.load_model(f"runs:/{run_id}/model").predict(X)
    assert np.array_equal(predicted, finished.get_output()[1].predict(X))


def submitted(folder: Path, **more: Any) -> AutoMLRun:
    X = np.random.default_rng(0).normal(size=(120, 4))
    quick = ["LogisticRegression", "DecisionTree", "KNN"]
    config = AutoMLConfig(
        task="classification",
        X=X,
        y=X[:, 0] > 0,
        iterations=4,
        n_cross_validations=2,
        allowed_models=quick,
        enable_voting_ensemble=False,
        enable_stack_ensemble=False,
        model_explainability=False,
        debug_log=str(folder / "automl.log"),
        **more,
    )
    return Experiment(Workspace.create(path=folder), "followed").submit(config)


def children_of(client: Any, run_id: str) -> list[Any]:
    place = client.get_run(run_id).info.experiment_id
    return list(client.search_runs([place], f"tags.`mlflow.parentRunId` = '{run_id}'"))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_run_is_written_as_it_goes(tmp_path: Path, logged: tuple[Any, str]) -> None:
    client = logged[0]
    run = submitted(tmp_path)
    run_id = run.to_mlflow(client.tracking_uri, "tests", follow=True)
    assert client.get_run(run_id).info.status == "RUNNING"
    assert run.to_mlflow(client.tracking_uri, "tests", follow=True) == run_id, "one entry for one run"
    run.wait_for_completion()
    until(lambda: client.get_run(run_id).info.status == "FINISHED")
    scores = {step.step: step.value for step in client.get_metric_history(run_id, "iteration_score")}
    assert scores == {one.iteration: one.result.score for one in run.store.iterations(run.id) if one.result}
    assert {child.info.status for child in children_of(client, run_id)} == {"FINISHED"}
    assert client.list_artifacts(run_id, "model")


def test_a_tracking_server_that_fails_does_no_harm_and_gets_everything_in_the_end(
    tmp_path: Path, logged: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, failures = logged[0], itertools.count()
    exceptions = pytest.importorskip("mlflow.exceptions")
    log_text = type(client).log_text

    def fails(self: Any, *given: Any) -> None:
        if next(failures) < 2:
            raise exceptions.MlflowException("the server is away")
        log_text(self, *given)

    monkeypatch.setattr(type(client), "log_text", fails)
    run = submitted(tmp_path)
    run_id = run.to_mlflow(client.tracking_uri, "tests", models="none", follow=True)
    assert run.wait_for_completion()["status"] == "Completed"
    until(lambda: client.get_run(run_id).info.status == "FINISHED")
    assert len(children_of(client, run_id)) == 4, "nothing is written twice"
    assert (tmp_path / "automl.log").read_text().count("the server is away") == 2


def test_another_process_goes_on_with_an_entry(finished: AutoMLRun, logged: tuple[Any, str]) -> None:
    client = logged[0]
    store, scribe_of = finished.store, importlib.import_module("automl_widgets.share.mlflow_scribe").Scribe
    first = scribe_of(client, store, finished.id, "none", "tests", follows=True)
    assert first.catch_up(most=2)
    second = scribe_of(client, store, finished.id, "none", "tests", follows=True)
    second.finish()
    assert (second.parent, second.catch_up(most=1)) == (first.parent, False)
    assert len(children_of(client, first.parent)) == 6
    assert len(client.get_metric_history(first.parent, "iteration_score")) == 6


def test_an_imported_run_is_written_without_models_or_with_trust(
    finished: AutoMLRun, logged: tuple[Any, str], tmp_path: Path
) -> None:
    run = Workspace.create(path=tmp_path).import_run(finished.export(tmp_path))
    with pytest.raises(RunStateError, match="Saving models is not possible: the run was imported"):
        run.to_mlflow(logged[0].tracking_uri)


def test_without_mlflow_the_call_says_what_to_install(finished: AutoMLRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    with pytest.raises(NotSupportedError, match=r"pip install 'automl_widgets\[mlflow\]'"):
        finished.to_mlflow("sqlite://")
