"""What a tuned recipe must keep up with, and when it has fallen behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.records import Recipe
from automl_widgets.search.racing import is_behind, least_scores
from tests.search.cases import a_record

TREE = Recipe(algorithm="DecisionTree", origin="tuned")


def a_past(*folds, recipe=TREE):
    """Return iterations with these scores of their folds."""
    records = [a_record(k, recipe, sum(scores) / len(scores)) for k, scores in enumerate(folds)]
    return [
        replace(r, result=replace(r.result, fold_scores=tuple(scores)))
        for r, scores in zip(records, folds, strict=True)
    ]


@pytest.mark.parametrize(("goal", "folds"), [("max", (0.6, 0.9, 0.9)), ("min", (-0.6, -0.9, -0.9))])
def test_it_is_the_same_folds_of_the_best_iteration_less_what_its_worst_is_worse_than_its_mean(goal, folds):
    sign = 1 if goal == "max" else -1
    past = a_past(folds)
    assert least_scores(past, TREE, goal) == pytest.approx([sign * 0.4, sign * 0.55, sign * 0.6])


def test_what_may_become_one_of_the_four_best_goes_on():
    past = a_past([0.9, 0.8], [0.8, 0.9], [0.7, 0.9], [0.8, 0.6], [0.1, 0.1])
    assert least_scores(past, TREE, "max") == pytest.approx([0.7 - 0.05, 0.7 - 0.05])


def test_other_algorithms_fewer_folds_failures_and_the_portfolio_do_not_count():
    past = [
        *a_past([0.5, 0.5]),
        *a_past([0.9], recipe=TREE),
        *a_past([0.9, 0.8], recipe=Recipe(algorithm="KNN")),
        a_record(9, TREE, None, "failed"),
    ]
    assert least_scores(past, TREE, "max") == (0.5, 0.5)
    assert least_scores(past, replace(TREE, origin="portfolio"), "max") is None
    assert least_scores(past, Recipe(algorithm="SGD", origin="tuned"), "max") is None


THREE = st.lists(st.floats(0, 1), min_size=3, max_size=3)


@given(st.lists(THREE, min_size=1, max_size=5), st.floats(0, 1), st.sampled_from(["max", "min"]))
def test_a_recipe_that_is_better_than_the_best_in_each_fold_is_never_behind(folds, gain, goal):
    sign = 1 if goal == "max" else -1
    best = max(folds, key=lambda scores: sign * sum(scores))
    better = [score + sign * (gain + 1e-9) for score in best]
    least = least_scores(a_past(*folds), TREE, goal)
    assert not any(is_behind(better[:n], least, goal) for n in (1, 2, 3))


@given(THREE, st.sampled_from(["max", "min"]))
def test_in_the_end_the_worst_fold_of_the_only_one_decides(folds, goal):
    worst = min(folds) if goal == "max" else max(folds)
    assert least_scores(a_past(folds), TREE, goal)[-1] == pytest.approx(worst)


def test_a_score_that_is_not_a_number_is_not_behind():
    assert not is_behind([float("nan")], [0.5], "max")
    assert not is_behind([0.1], None, "max")


def test_nothing_is_behind_in_folds_that_the_best_one_had_no_time_for():
    least = least_scores(a_past([0.9]), TREE, "max")
    assert is_behind([0.8], least, "max")
    assert not is_behind([0.8, 0.8], least, "max")
