"""A real run written into MLflow, where that is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import AutoMLRun, NotSupportedError, RunStateError, Workspace


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


def test_its_model_is_loaded_by_pyfunc(finished: AutoMLRun, logged: tuple[Any, str], tmp_path: Path) -> None:
    client, run_id = logged
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    X = np.random.default_rng(1).normal(size=(20, 4))
    model = pyfunc.load_model(client.download_artifacts(run_id, "model", str(tmp_path)))
    assert np.array_equal(model.predict(X), finished.get_output()[1].predict(X))


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
