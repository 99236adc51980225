"""Forward selection of voters: sums done by hand, and what must hold for any predictions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_widgets.metrics import METRICS, score_one
from automl_widgets.search.selection import select_weights


def absolute_error(y, prediction):
    return float(np.abs(y - prediction).mean())


Y = np.array([1.0, 2.0, 3.0, 4.0])


def test_two_that_err_to_either_side_share_the_vote():
    weights = select_weights(np.array([Y - 1, Y + 9, Y + 1]), Y, absolute_error, "min")
    assert weights.tolist() == [0.5, 0.0, 0.5]


def test_one_that_is_always_right_votes_alone():
    assert select_weights(np.array([Y + 1, Y, Y - 1]), Y, absolute_error, "min").tolist() == [0, 1, 0]


def test_a_member_may_be_taken_more_than_once():
    weights = select_weights(np.array([Y + 1, Y - 2]), Y, absolute_error, "min", initial="best")
    assert weights == pytest.approx([2 / 3, 1 / 3])


def test_beginning_with_several_finds_what_one_by_one_misses():
    wave = np.array([1.0, -1.0, 0.0, 0.0])
    members = np.array([Y + wave, Y - wave + 0.02, Y + 0.9])
    assert select_weights(members, Y, absolute_error, "min", n_candidates=2).tolist() == [0.5, 0.5, 0.0]


def test_only_so_many_candidates_are_considered():
    members = np.array([Y + 3, Y + 1, Y - 3, Y + 2])
    weights = select_weights(members, Y, absolute_error, "min", n_candidates=2)
    assert weights[0] == weights[2] == 0


def test_members_without_a_score_are_left_out():
    members = np.array([np.full(4, np.nan), Y + 1])
    assert select_weights(members, Y, absolute_error, "min").tolist() == [0, 1]
    assert select_weights(members[:1], Y, absolute_error, "min").tolist() == [0]


def test_equal_members_do_not_make_it_grow():
    weights = select_weights(np.array([Y + 1] * 4), Y, absolute_error, "min")
    assert weights.tolist() == [1, 0, 0, 0]


@st.composite
def votes(draw):
    n_members, n_rows, n_classes = draw(st.integers(1, 8)), draw(st.integers(6, 40)), draw(st.integers(2, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, n_rows - n_classes)])
    proba = rng.dirichlet(np.ones(n_classes), (n_members, n_rows)) + np.eye(n_classes)[y] * rng.random(
        (n_members, 1, 1)
    )
    return proba / proba.sum(axis=2, keepdims=True), y


@settings(max_examples=60, deadline=None)
@given(votes(), st.sampled_from(["AUC_weighted", "accuracy", "log_loss"]), st.sampled_from(["sorted", "best"]))
def test_the_vote_is_never_worse_than_its_best_member(case, name, initial):
    predictions, y = case
    sign = 1 if METRICS[name].goal == "max" else -1

    def score(truth, prediction):
        return score_one(name, truth, prediction)

    weights = select_weights(predictions, y, score, METRICS[name].goal, initial, n_candidates=5)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert np.count_nonzero(weights) <= 5
    together = sign * score(y, np.tensordot(weights, predictions, 1))
    assert together >= max(sign * score(y, member) for member in predictions) - 1e-9


@settings(max_examples=30, deadline=None)
@given(votes(), st.randoms(use_true_random=False))
def test_the_order_of_the_members_hardly_matters(case, random):
    predictions, y = case
    order = list(range(len(predictions)))
    random.shuffle(order)

    def score(truth, prediction):
        return score_one("log_loss", truth, prediction)

    one = select_weights(predictions, y, score, "min")
    other = select_weights(predictions[order], y, score, "min")
    np.testing.assert_allclose(one[order], other)


def test_a_member_that_does_not_help_by_half_may_help_by_a_tenth():
    rng = np.random.default_rng(0)
    y = rng.normal(size=2000)
    good, poor = y + 0.1 * rng.normal(size=2000), y + 0.6 * rng.normal(size=2000)
    weights = select_weights(np.array([good, poor]), y, absolute_error, "min")
    assert 0 < weights[1] < 0.2
    assert absolute_error(y, weights @ np.array([good, poor])) < absolute_error(y, good)
