"""How many slots a run gets, what an ensemble is offered, and what a worker is told."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from automl_widgets.engine import launch
from automl_widgets.engine.life import Launch
from automl_widgets.engine.past import history
from automl_widgets.engine.prepare import versions
from automl_widgets.records import (
    IterationRecord,
    Plan,
    Profile,
    Recipe,
    Settings,
    TrialResult,
    TrialSpec,
    Validation,
    decode,
)

SETTINGS = {"task": "classification", "primary_metric": "accuracy"}
VALIDATION = Validation(kind="k_fold", n_folds=3)
PROFILE = Profile(task="classification", n_rows=9, n_columns=1, feature_names=("a",), column_purposes=("numeric",))


def course(**settings) -> launch.Course:
    ensembles = (Recipe(algorithm="VotingEnsemble", origin="ensemble"),)
    plan = Plan(portfolio=(Recipe(algorithm="KNN"),) * 3, n_tuned=2, ensembles=ensembles, validation=VALIDATION)
    return launch.Course(
        run_id="AutoML_1",
        settings=Settings(**SETTINGS, **settings),
        profile=PROFILE,
        plan=plan,
        goal="max",
        slots=2,
        threads=1,
        waits_for=(0,) * 5,
        data="data.p5",
    )


def record(i, score=0.5, state="completed", origin="portfolio", **fields) -> IterationRecord:
    result = TrialResult(metrics={}, score=score, spread=None, fold_scores=(), parameters={})
    recipe = Recipe(algorithm="VotingEnsemble" if origin == "ensemble" else "KNN", origin=origin)
    return IterationRecord(
        iteration=i, state=state, recipe=recipe, result=result if state == "completed" else None, **fields
    )


@pytest.mark.parametrize(
    ("asked", "threads", "cores", "capacity", "expected"),
    [
        (None, 1, 4, 4, (4, 1)),
        (2, 1, 4, 4, (2, 1)),
        (50, 1, 4, 4, (4, 1)),
        (None, 1, 4, 3, (3, 1)),
        (None, 2, 4, 4, (2, 2)),
        (4, 3, 4, 4, (1, 3)),
        (None, 99, 4, 4, (1, 4)),
        (None, -1, 4, 4, (1, 4)),
        (2, -1, 4, 4, (2, 2)),
        (3, -1, 4, 4, (3, 1)),
        (None, 1, 1, 1, (1, 1)),
    ],
)
def test_there_are_never_more_threads_than_cores(asked, threads, cores, capacity, expected):
    settings = Settings(**SETTINGS, max_concurrent_iterations=asked, threads_per_iteration=threads)
    slots, each = launch.slots_and_threads(settings, cores, capacity)
    assert (slots, each) == expected
    assert slots * each <= cores


def test_an_ensemble_is_offered_the_best_25_in_the_order_of_their_numbers(tmp_path):
    records = [record(i, score=i / 100) for i in range(40)]
    members = launch.members(records, "max", lambda i: tmp_path / str(i))
    assert [member.iteration for member in members] == list(range(15, 40))
    assert [m.iteration for m in launch.members(records, "min", lambda i: tmp_path)] == list(range(25))


def test_an_ensemble_is_offered_some_of_each_algorithm_however_many_are_better(tmp_path):
    scores = {"SVM": [0.9] * 30, "KNN": [0.5, 0.6, 0.7, 0.4, 0.3], "SGD": [0.1]}
    names = [name for name, of_it in scores.items() for _ in of_it]
    flat = [score for of_it in scores.values() for score in of_it]
    records = [record(i, score) for i, score in enumerate(flat)]
    records = [replace(r, recipe=replace(r.recipe, algorithm=name)) for r, name in zip(records, names, strict=True)]
    members = launch.members(records, "max", lambda i: tmp_path)
    assert [m.iteration for m in members] == [*range(20), 30, 31, 32, 33, 35]


def test_an_ensemble_is_not_offered_what_has_no_score_nor_other_ensembles(tmp_path):
    records = [record(0), record(1, math.nan), record(2, state="failed"), record(3, origin="ensemble")]
    assert [member.iteration for member in launch.members(records, "max", lambda i: tmp_path)] == [0]


def test_a_worker_is_told_all_it_needs(tmp_path):
    spec = launch.spec(course(positive_label="yes"), Launch(iteration=3, attempt=1), Recipe(algorithm="KNN"), tmp_path)
    trial = launch.trial(course(memory_mb=99), Launch(iteration=3, attempt=1, timeout_s=5.0), spec)
    assert decode(TrialSpec, trial.args["spec"]) == spec
    assert (spec.positive_label, spec.attempt) == ("yes", 1)
    assert (trial.key, trial.timeout_s, trial.memory_mb) == ("AutoML_1/3/1", 5.0, 99)
    assert trial.log == str(tmp_path / "log.txt")


def test_an_explanation_is_told_to_stop_before_it_is_stopped(tmp_path):
    spec = launch.spec(course(), Launch(iteration=3), Recipe(algorithm="KNN"), tmp_path)
    trial = launch.explanation(course(), Launch(iteration=3, timeout_s=10.0), spec, turn=7)
    assert (trial.args["time_limit_s"], trial.timeout_s) == (8.0, 10.0)
    assert "time_limit_s" not in launch.explanation(course(), Launch(iteration=3), spec, turn=7).args


def test_the_history_of_an_interrupted_run_tries_again_what_was_running():
    records = [
        record(0, 0.7, started_at=10.0, ended_at=14.0),
        record(1, state="running", attempt=1),
        record(2, state="queued", attempt=1),
        record(3, state="crashed"),
        record(5, state="running", origin="ensemble"),
    ]
    standings = history(course(), records)
    assert {i: (s.state, s.attempt) for i, s in standings.items()} == {
        0: ("completed", 0), 1: ("queued", 2), 2: ("queued", 1), 3: ("crashed", 0)
    }  # fmt: skip
    assert (standings[0].duration_s, standings[0].score) == (4.0, 0.7)


def test_an_ensemble_that_is_ready_is_not_built_again():
    assert history(course(), [record(5, origin="ensemble")])[5].ensemble == 0


def test_versions_name_python_and_what_is_installed():
    found = versions()
    assert {"python", "numpy", "scikit-learn", "lightgbm"} <= set(found)
    assert all(found.values())
