"""What a trial still begins, by what it has measured."""

from __future__ import annotations

import time

import numpy as np
import pytest

from automl_widgets.engine.lifeline import some_rows
from automl_widgets.engine.pace import Pace
from automl_widgets.errors import OutOfTimeError
from automl_widgets.records import Recipe
from tests.engine.bench import FOREST, LOGISTIC, Bench, blobs

BOOSTED = Recipe(algorithm="LightGBM", parameters={"n_estimators": 100_000, "num_leaves": 15})


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_without_a_limit_everything_may_begin(clock):
    pace = Pace(ends_s=None, n_folds=3, clock=clock)
    pace.fold_ended(1e9)
    pace.require(2)
    assert pace.fit_until_s(2) is None
    assert pace.rows_in_time(1000, 1.0) == 1000


def test_no_fold_begins_that_would_end_too_late(clock):
    pace = Pace(ends_s=20.0, n_folds=3, growth=1.5, clock=clock)
    pace.fold_ended(4.0, 0.5)
    clock.now = 4.5
    pace.require(2)
    clock.now = 5.0
    with pytest.raises(OutOfTimeError, match=r"1 of 3 folds done, the rest would take 15.1 s more, and 15.0 s were"):
        pace.require(2)


def test_a_learner_that_can_be_stopped_gets_an_equal_share_of_the_time_for_each_fit(clock):
    pace = Pace(ends_s=40.05, n_folds=3, boosts=True, clock=clock)
    assert pace.fit_until_s(4) == pytest.approx(8.5)
    clock.now = 30.0
    pace.fold_ended(30.0)
    pace.require(2)
    assert pace.fit_until_s(1) == pytest.approx(38.5)


def test_a_lifeline_ends_with_the_folds_that_there_is_time_for(clock):
    pace = Pace(ends_s=10.0, n_folds=10, is_lifeline=True, clock=clock)
    pace.fold_ended(3.0)
    clock.now = 3.0
    assert pace.may_go_on()
    clock.now = 6.0
    assert not pace.may_go_on()
    pace.require(8)


def test_some_rows_are_in_order_and_hold_every_class(tmp_path):
    X, y = blobs(90)
    spec = Bench(tmp_path, X=X, y=y, n_folds=3).spec(LOGISTIC)
    codes = np.array([0] * 88 + [1, 2])
    rows = some_rows(spec, codes, np.arange(90), 5)
    assert len(rows) <= 7
    assert set(codes[rows]) == {0, 1, 2}
    assert rows.tolist() == sorted(rows)


# ---------------------------------------------------------------- with learners


def test_boosting_is_stopped_in_time_and_says_so(tmp_path):
    X, y = blobs(2000)
    bench = Bench(tmp_path, X=X, y=y, validation_size=0.02)  # too few rows held back to tell when to stop
    bench.run(Recipe(algorithm="LightGBM", parameters={"n_estimators": 2}))  # loads the library
    result = bench.run(BOOSTED, time_limit_s=2.0)
    rounds = result.parameters["n_estimators"]
    assert 1 <= rounds < 100_000
    assert f"n_estimators={rounds}," in (bench.folder / "0" / "code.py").read_text()
    assert bench.model().steps[-1][1].booster_.num_trees() == rounds * 3
    assert "rounds: the time would not do for all of them" in result.warnings[0]


def test_an_iteration_gives_up_when_it_sees_that_it_cannot_end_in_time(tmp_path):
    X, y = blobs(400)
    bench = Bench(tmp_path, X=X, y=y, n_folds=10)
    slow = Recipe(algorithm="RandomForest", parameters={"n_estimators": 300})
    with pytest.raises(OutOfTimeError, match=r"1 of 10 folds done, the rest would take"):
        bench.run(slow, time_limit_s=0.4)
    assert [r["score"] for r in bench.reports if "score" in r]


def test_a_lifeline_leaves_a_model_of_some_rows_and_folds_and_says_so(tmp_path):
    X, y = blobs(6000)
    bench = Bench(tmp_path, X=X, y=y, n_folds=5)
    result = bench.run(FOREST, ends_at=time.monotonic() + 0.1, is_lifeline=True)
    assert 1 <= len(result.fold_scores) < 5
    assert result.warnings[0] == "fitted to 500 of 6,000 rows: the time would not do for all of them"
    assert result.warnings[1].startswith("scored on ")
    assert len(bench.model().predict(X)) == 6000


def test_a_lifeline_with_time_enough_is_an_iteration_like_any_other(tmp_path):
    X, y = blobs(1500)
    bench = Bench(tmp_path, X=X, y=y, n_folds=2)
    calm = bench.run(LOGISTIC, 0)
    hasty = bench.run(LOGISTIC, 1, ends_at=time.monotonic() + 600, is_lifeline=True)
    assert (hasty.metrics, hasty.warnings) == (calm.metrics, calm.warnings)


def test_boosting_that_cannot_be_told_by_rows_held_back_keeps_its_rounds(tmp_path):
    X, y = blobs(400)
    bench = Bench(tmp_path, X=X, y=y, validation_size=0.2)
    recipe = Recipe(algorithm="GradientBoosting", parameters={"n_estimators": 130})
    result = bench.run(recipe, time_limit_s=60.0, boosting_s=0.0)
    assert result.parameters["n_estimators"] == 130
