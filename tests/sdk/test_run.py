"""The run API of Azure ML SDK v1, on a real run."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import (
    AutoMLConfig,
    AutoMLRun,
    ConfigError,
    DataError,
    Experiment,
    NotFoundError,
    NotSupportedError,
    RunStateError,
    retrieve_model_explanation,
)


def test_the_run_is_completed_and_says_why(finished: AutoMLRun) -> None:
    assert finished.get_status() == finished.status == "Completed"
    assert "6" in str(finished.get_detailed_status()["reason"])


def test_a_fresh_object_finds_everything(finished: AutoMLRun) -> None:
    again = AutoMLRun(finished.experiment, finished.id)
    assert [child.id for child in again.get_children()] == [f"{finished.id}_{i}" for i in range(6)]
    assert again.get_metrics() == finished.get_metrics()


def test_get_output_returns_the_best_and_its_model(finished: AutoMLRun) -> None:
    best, model = finished.get_output()
    scores = [float(child.properties["score"]) for child in finished.get_children(status="Completed")]
    assert float(best.properties["score"]) == max(scores)
    assert set(model.predict(np.zeros((3, 4)))) <= {"yes", "no"}


def test_get_output_by_metric_and_by_iteration(finished: AutoMLRun) -> None:
    by_metric, _ = finished.get_output(metric="log_loss")
    losses = [child.get_metrics("log_loss")["log_loss"] for child in finished.get_children()]
    assert by_metric.get_metrics("log_loss")["log_loss"] == min(losses)
    child, model = finished.get_output(iteration=0)
    assert child.iteration == 0
    assert [name for name, _ in model.steps]


def test_get_output_refuses_what_cannot_be(finished: AutoMLRun) -> None:
    with pytest.raises(ConfigError, match="not both"):
        finished.get_output(iteration=0, metric="accuracy")
    with pytest.raises(NotFoundError, match="No iteration 6: this run has 0 to 5"):
        finished.get_output(iteration=6)
    with pytest.raises(NotFoundError, match="accuracy"):
        finished.get_output(metric="acuracy")
    with pytest.raises(NotSupportedError, match="ONNX models come in one piece"):
        finished.get_output(return_split_onnx_model=True)


def test_the_ensembles_are_the_last_two_and_open(finished: AutoMLRun) -> None:
    names = [child.properties["run_algorithm"] for child in finished.get_children()]
    assert names[-2:] == ["VotingEnsemble", "StackEnsemble"]
    _, voting = finished.get_output(iteration=4)
    step = voting.named_steps["VotingEnsemble"]
    assert len(step.estimators) == len(step.weights)
    _, stack = finished.get_output(iteration=5)
    assert stack.steps[-1][1]._base_learners
    assert stack.steps[-1][1]._meta_learner is not None


def test_children_can_be_asked_for_by_state_and_property(finished: AutoMLRun) -> None:
    assert list(finished.get_children(status="Failed")) == []
    assert [c.iteration for c in finished.get_children(properties={"iteration": "3"})] == [3]
    assert list(finished.get_children(tags={"a": "b"})) == []


def test_metrics_hold_every_scalar_of_the_task(finished: AutoMLRun) -> None:
    metrics = finished.get_metrics()
    assert {"accuracy", "AUC_weighted", "log_loss", "norm_macro_recall", "f1_score_macro"} <= set(metrics)
    assert len(finished.get_metrics(recursive=True)) == 6
    with pytest.raises(NotFoundError, match="No metric 'nothing'"):
        finished.get_metrics("nothing")


def test_properties_and_tags_are_what_notebooks_read(finished: AutoMLRun) -> None:
    assert json.loads(finished.properties["AMLSettingsJsonString"])["task_type"] == "classification"
    assert finished.tags["who"] == "me"
    assert finished.tags["automl_best_child_run_id"].startswith(finished.id)
    finished.tag("note", "<b>")
    assert finished.get_tags()["note"] == "<b>"


def test_details_have_azures_keys(finished: AutoMLRun) -> None:
    details = finished.get_details()
    assert {"runId", "target", "status", "startTimeUtc", "endTimeUtc", "properties", "logFiles"} <= set(details)
    assert len(details["logFiles"]) == 6


def test_summary_names_each_algorithm(finished: AutoMLRun) -> None:
    assert sum(int(str(row[1])) for row in finished.summary()) == 6


def test_output_has_azures_columns(finished: AutoMLRun, capsys: pytest.CaptureFixture[str]) -> None:
    finished.wait_for_completion(show_output=True)
    out = capsys.readouterr().out
    assert f"Parent Run ID: {finished.id}" in out
    assert "ITERATION: The iteration being evaluated." in out
    bests = [float(line.split()[-1]) for line in out.splitlines() if line[:10].strip().isdigit()]
    assert len(bests) == 6
    assert bests == sorted(bests)


def test_logs_and_files_can_be_downloaded(finished: AutoMLRun, elsewhere: Path) -> None:
    child = next(iter(finished.get_children()))
    assert "outputs/model.pkl" in child.get_file_names()
    assert child.download_file("outputs/model.pkl").stat().st_size > 0
    assert len(finished.get_all_logs(elsewhere)) == 6
    assert "fold 3/3" in child.get_log()


def test_a_model_is_registered_under_a_name_and_a_version(finished: AutoMLRun) -> None:
    first = finished.register_model("mine", description="first", tags={"a": "b"})
    second = finished.register_model("mine", iteration=0)
    assert (first.version, second.version) == (1, 2)
    assert finished.model_id == "mine"
    assert finished.experiment.workspace.models["mine"].version == 2
    assert set(first.load().predict(np.zeros((1, 4)))) <= {"yes", "no"}


def test_the_portal_address_is_the_runs_folder(finished: AutoMLRun) -> None:
    assert finished.get_portal_url() == finished.folder.as_uri()


def test_guardrails_are_returned_and_printed(finished: AutoMLRun, capsys: pytest.CaptureFixture[str]) -> None:
    found = finished.get_guardrails()
    assert {"type", "status", "description", "details"} <= set(found["faults"][0])
    assert "DATA GUARDRAILS" in capsys.readouterr().out


def test_the_explanation_has_the_seeds_six_parts(finished: AutoMLRun) -> None:
    best, _ = finished.get_output()
    values, expected, overall, names, per_class, per_class_names = retrieve_model_explanation(best)
    assert [v.shape for v in values] == [(20, 4), (20, 4)]
    assert len(expected) == 2
    assert overall == sorted(overall, reverse=True)
    assert set(names[:2]) == {"C0", "C1"} or set(names) == set(finished.record.profile.feature_names)
    assert [len(p) for p in per_class] == [4, 4]
    assert per_class_names[0][0] in names


def test_an_iteration_without_explanation_says_how_to_get_one(finished: AutoMLRun) -> None:
    best = finished.get_best_child().iteration
    other = next(child for child in finished.get_children() if child.iteration != best)
    with pytest.raises(NotFoundError, match="model_explainability=True"):
        retrieve_model_explanation(other)


def test_an_ended_run_cannot_be_steered(finished: AutoMLRun) -> None:
    for call in (finished.cancel, finished.pause, finished.resume):
        with pytest.raises(RunStateError, match="is not possible: the run is Completed"):
            call()
    with pytest.raises(RunStateError, match="has ended already"):
        finished.cancel_iteration(0)
    with pytest.raises(NotFoundError, match="No iteration 99"):
        finished.cancel_iteration(99)


def test_a_run_of_another_experiment_or_none_is_not_found(finished: AutoMLRun) -> None:
    with pytest.raises(NotFoundError, match="belongs to 'tests'"):
        AutoMLRun(Experiment(finished.experiment.workspace, "other"), finished.id)
    with pytest.raises(NotFoundError, match="AutoML_none"):
        AutoMLRun(finished.experiment, "AutoML_none")


def test_bad_data_leaves_no_run_behind(finished: AutoMLRun) -> None:
    before = len(list(finished.experiment.get_runs()))
    config = AutoMLConfig(task="classification", X=np.zeros((3, 1)), y=["a", "a", "a"])
    with pytest.raises(DataError, match="class"):
        finished.experiment.submit(config)
    assert len(list(finished.experiment.get_runs())) == before


def test_runs_are_listed_and_filtered_by_tag(finished: AutoMLRun) -> None:
    assert [run.id for run in finished.experiment.get_runs(tags={"who": "me"})] == [finished.id]
    assert list(finished.experiment.get_runs(tags={"who": "you"})) == []


def submitted(finished: AutoMLRun, **settings: Any) -> AutoMLRun:
    X = np.random.default_rng(1).normal(size=(3000, 20))
    config = AutoMLConfig(task="regression", X=X, y=X @ np.arange(20.0), n_cross_validations=3, **settings)
    return finished.experiment.submit(config)


def test_a_cancelled_run_keeps_its_best_model(finished: AutoMLRun) -> None:
    run = submitted(finished, iterations=40, model_explainability=False)
    seq = 0
    while run.record.best_iteration is None:
        seq = run.store.wait(run.run_id, seq, 1.0)
    run.cancel()
    run.wait_for_completion()
    assert run.get_status() == "Canceled"
    assert not math.isnan(run.get_output()[1].predict(np.zeros((1, 20)))[0])


def test_a_cancelled_iteration_ends_and_the_run_goes_on(finished: AutoMLRun) -> None:
    run = submitted(finished, iterations=6, model_explainability=False)
    run.cancel_iteration(3)
    run.wait_for_completion()
    states = {child.iteration: child.get_status() for child in run.get_children()}
    assert states[3] == "Canceled"
    assert states[4] == states[5] == run.get_status() == "Completed"
