"""What a tuned recipe must keep up with, and when it has fallen behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.records import Recipe
from automl_widgets.search.racing import is_behind, least_score
from tests.search.cases import a_record

TREE = Recipe(algorithm="DecisionTree", origin="tuned")


def a_past(*folds, recipe=TREE):
    """Return iterations with these scores of their folds."""
    records = [a_record(k, recipe, sum(scores) / len(scores)) for k, scores in enumerate(folds)]
    return [
        replace(r, result=replace(r.result, fold_scores=tuple(scores)))
        for r, scores in zip(records, folds, strict=True)
    ]


@pytest.mark.parametrize(("goal", "least"), [("max", 0.7), ("min", 0.4)])
def test_it_is_the_worst_fold_of_the_best_iteration(goal, least):
    past = a_past([0.9, 0.7], [0.4, 0.2])
    assert least_score(past, TREE, goal) == least


def test_other_algorithms_fewer_folds_failures_and_the_portfolio_do_not_count():
    past = [
        *a_past([0.5, 0.6]),
        *a_past([0.9], recipe=TREE),
        *a_past([0.9, 0.8], recipe=Recipe(algorithm="KNN")),
        a_record(9, TREE, None, "failed"),
    ]
    assert least_score(past, TREE, "max") == 0.5
    assert least_score(past, replace(TREE, origin="portfolio"), "max") is None
    assert least_score(past, Recipe(algorithm="SGD", origin="tuned"), "max") is None


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=5), st.sampled_from(["max", "min"])
)
def test_a_recipe_that_is_better_than_the_best_is_never_behind_in_the_end(folds, goal):
    past = a_past(*folds)
    means = [sum(scores) / 3 for scores in folds]
    better = [max(means) + 0.01] if goal == "max" else [min(means) - 0.01]
    assert not is_behind(better, least_score(past, TREE, goal), goal)


def test_a_score_that_is_not_a_number_is_not_behind():
    assert not is_behind([float("nan")], 0.5, "max")
    assert not is_behind([0.1], None, "max")
