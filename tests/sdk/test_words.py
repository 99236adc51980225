from __future__ import annotations

import json
import math
from typing import get_args

import pytest

from automl_widgets.records import IterationRecord, Recipe, RunRecord, RunState, Settings, TrialResult, TrialState
from automl_widgets.sdk import words


@pytest.fixture
def run() -> RunRecord:
    settings = Settings(task="classification", primary_metric="accuracy", iterations=5, name="mine")
    return RunRecord(run_id="AutoML_1", experiment="e", settings=settings, created_at=0.0, tags={"who": "me"})


def scored(i: int, algorithm: str, score: float) -> IterationRecord:
    result = TrialResult(metrics={}, score=score, spread=None, fold_scores=(), parameters={"C": 1.0})
    return IterationRecord(iteration=i, state="completed", recipe=Recipe(algorithm=algorithm), result=result)


def test_every_state_has_one_of_azures_words() -> None:
    assert set(words.RUN_STATUS) == set(get_args(RunState))
    assert set(words.ITERATION_STATUS) == set(get_args(TrialState))


def test_properties_are_strings_and_hold_the_settings(run: RunRecord) -> None:
    found = words.run_properties(run)
    assert all(isinstance(value, str) for value in found.values())
    assert json.loads(found["AMLSettingsJsonString"])["name"] == "mine"
    assert found["num_iterations"] == "5"


def test_iteration_properties_are_what_notebooks_read(run: RunRecord) -> None:
    found = words.iteration_properties(run, scored(3, "LightGBM", 0.5), "max")
    assert all(isinstance(value, str) for value in found.values())
    assert (found["iteration"], found["run_algorithm"], found["score"]) == ("3", "LightGBM", "0.5")
    assert found["goal"] == "accuracy_max"


def test_ensembles_have_azures_pipeline_ids(run: RunRecord) -> None:
    found = words.iteration_properties(run, scored(3, "VotingEnsemble", 0.5), "max")
    assert found["pipeline_id"] == "__AutoML_Ensemble__"
    assert found["run_preprocessor"] == ""


def test_tags_name_the_best_child(run: RunRecord) -> None:
    import dataclasses

    found = words.run_tags(dataclasses.replace(run, best_iteration=2), 0.75)
    assert found == {"iterations": "5", "automl_best_child_run_id": "AutoML_1_2", "best_score": "0.75", "who": "me"}


def test_summary_counts_each_algorithm_best_first() -> None:
    failed = IterationRecord(iteration=9, state="failed", recipe=Recipe(algorithm="KNN"))
    table = words.summary([scored(0, "SVM", 0.5), scored(1, "LightGBM", 0.9), scored(2, "SVM", 0.7), failed], "max")
    assert table[:2] == [["LightGBM", 1, 0.9], ["SVM", 2, 0.7]]
    assert table[2][:2] == ["KNN", 1]
    assert math.isnan(table[2][2])  # type: ignore[arg-type]


def test_summary_of_a_loss_has_the_smallest_first() -> None:
    assert [row[0] for row in words.summary([scored(0, "A", 0.5), scored(1, "B", 0.2)], "min")] == ["B", "A"]


def test_instants_are_written_in_utc() -> None:
    assert words.utc(0.0) == "1970-01-01T00:00:00.000000Z"
    assert words.utc(None) is None
