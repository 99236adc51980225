"""Predictions of rows held back, and what becomes of them in a file."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.engine import artifacts
from automl_widgets.engine.held import Held, Truth, mean, mean_scores, spread

Y = np.array([0, 1, 0, 1, 0, 1])
TRUTH = Truth(task="classification", y=Y, n_classes=2)


def held_of(*folds: list[int], **options) -> Held:
    rows = tuple(np.array(fold) for fold in folds)
    return Held(rows=rows, predictions=tuple(np.eye(2)[Y[r]] * 0.8 + 0.1 for r in rows), **options)


def same(one: Held, other: Held) -> bool:
    pairs = [*zip(one.rows, other.rows, strict=True), *zip(one.predictions, other.predictions, strict=True)]
    return all(np.array_equal(a, b) for a, b in pairs) and one.of_validation_data == other.of_validation_data


def test_a_file_has_an_entry_for_each_row_and_minus_one_where_it_was_never_held_back():
    arrays = held_of([0, 3], [1, 2]).to_arrays(6)
    assert arrays["fold"].tolist() == [0, 1, 1, 0, -1, -1]
    assert arrays["fold"].dtype == np.int16
    assert np.isnan(arrays["prediction"][4:]).all()
    assert str(arrays["rows"]) == "train"


@given(st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=4))
def test_what_is_read_is_what_was_written_also_where_folds_share_rows(folds):
    held = held_of(*[sorted(fold) for fold in folds])
    assert same(Held.from_arrays(held.to_arrays(6)), held)


def test_predictions_survive_the_file(tmp_path):
    held = held_of([0, 1, 2], of_validation_data=True)
    artifacts.save_held(str(tmp_path), held, Truth(task="classification", y=np.zeros(6)))
    assert same(artifacts.load_held(str(tmp_path)), held)
    assert [path.name for path in tmp_path.iterdir()] == ["oof.npz"]


def test_a_score_is_the_mean_over_the_folds():
    held = held_of([0, 1], [2, 3, 4, 5])
    wrong = 1 - held.pooled()
    half = held.with_pooled(np.concatenate([wrong[:2], held.pooled()[2:]]))
    assert half.score_one(TRUTH, "accuracy") == mean_scores(half.scores(TRUTH))["accuracy"] == 0.5
    assert held.with_pooled(wrong).score_one(TRUTH, "accuracy") == 0.0


def test_a_sample_has_rows_of_every_fold_and_knows_their_places():
    held = held_of(list(range(6)), list(range(6)))
    sample, places = held.sampled(6, seed=0)
    assert np.array_equal(sample.pooled(), held.pooled()[places])
    assert 0 < len(places) < 12
    assert same(held.sampled(12, seed=0)[0], held)


def test_weights_and_the_positive_class_count():
    truth = Truth(task="classification", y=Y, n_classes=2, weights=np.array([1.0, 0, 0, 0, 0, 3.0]), positive_class=0)
    held = held_of([0, 5]).with_pooled(np.array([[0.9, 0.1], [0.9, 0.1]]))
    scores = held.scores(truth)[0]
    assert (scores["accuracy"], scores["recall_score_binary"]) == (0.25, 1.0)


def test_normalised_errors_are_of_the_whole_range():
    truth = Truth(task="regression", y=np.array([0.0, 1.0, 10.0]), y_range=(0.0, 10.0))
    held = Held(rows=(np.array([0, 1]),), predictions=(np.array([1.0, 2.0]),))
    assert held.score_one(truth, "normalized_mean_absolute_error") == pytest.approx(0.1)


def test_a_fold_without_a_score_is_left_out():
    assert mean([0.5, math.nan, 0.7]) == pytest.approx(0.6)
    assert math.isnan(mean([math.nan]))
    assert spread([0.5, math.nan]) is None
    assert spread([0.0, 2.0]) == pytest.approx(math.sqrt(2))


def test_a_failed_write_leaves_what_was_there(tmp_path):
    artifacts.save_text(str(tmp_path), "code.py", "1")
    with pytest.raises(TypeError, match="not JSON serializable"):
        artifacts.save_json(str(tmp_path), "code.py", object())
    with pytest.raises(AttributeError, match="lambda"):
        artifacts.save_model(str(tmp_path), lambda: 1)
    assert [path.name for path in tmp_path.iterdir()] == ["code.py"]
