"""What is left of a run whose engine has died: its time without the gaps, its iterations, its data."""

from __future__ import annotations

import numpy as np

from automl_widgets.data.load import fingerprint
from automl_widgets.engine.executors import dataset
from automl_widgets.engine.past import drop_data, stored_data, used_s
from automl_widgets.records import IterationRecord, RunRecord, Settings

DATA = {"X": np.arange(6.0).reshape(3, 2), "y": np.array([0, 1, 0])}


def a_run(**fields) -> RunRecord:
    settings = Settings(task="classification", primary_metric="accuracy")
    return RunRecord(run_id="r", experiment="e", settings=settings, created_at=90.0, **fields)


def an_iteration(**fields) -> IterationRecord:
    return IterationRecord(iteration=0, **fields)


def test_a_run_that_was_never_begun_has_used_nothing():
    assert used_s(a_run(), (), 95.0) == 0.0


def test_a_run_has_used_the_time_up_to_the_last_sign_of_life_of_its_engine():
    run, records = a_run(started_at=100.0), [an_iteration(started_at=101.0, ended_at=104.0)]
    assert used_s(run, records, None) == 4.0
    assert used_s(run, records, 107.0) == 7.0
    assert used_s(run, [], None) == 0.0


def test_the_time_between_two_engines_does_not_count():
    run = a_run(started_at=100.0, used_s=7.0, resumed_at=1000.0)
    records = [an_iteration(started_at=101.0, ended_at=104.0)]
    assert used_s(run, records, 1002.0) == 9.0
    assert used_s(run, records, None) == 7.0


def test_an_ended_run_has_used_the_time_up_to_its_end():
    assert used_s(a_run(started_at=100.0, ended_at=120.0), (), 500.0) == 20.0


def test_data_are_found_by_their_fingerprint_and_none_else(tmp_path):
    path, right = dataset.write(tmp_path, DATA), fingerprint(DATA)
    dataset.write(tmp_path, {**DATA, "y": np.array([1, 1, 0])})
    assert stored_data(tmp_path, right) == path
    assert stored_data(tmp_path, "another") is None


def test_data_that_were_changed_or_cut_are_not_found(tmp_path):
    path = dataset.write(tmp_path, DATA)
    with open(path, "r+b") as file:
        file.write(b"\x01")
    assert stored_data(tmp_path, fingerprint(DATA)) is None
    with open(path, "r+b") as file:
        file.truncate(100)
    assert stored_data(tmp_path, fingerprint(DATA)) is None


def test_data_larger_than_wanted_are_not_kept(tmp_path):
    path = dataset.write(tmp_path, DATA)
    drop_data(tmp_path, limit_mb=1.0)
    assert stored_data(tmp_path, fingerprint(DATA)) == path
    drop_data(tmp_path, limit_mb=0.0)
    assert stored_data(tmp_path, fingerprint(DATA)) is None
