"""Proposals: functions of what ended long enough ago, never twice the same, near to what did well."""

from __future__ import annotations

import logging
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_widgets.records import Recipe, decode, encode
from automl_widgets.search.algorithms import ALGORITHMS
from automl_widgets.search.plan import make_plan, space_for
from automl_widgets.search.spaces import Choice
from automl_widgets.search.tuner import LAG, depends_on, propose
from tests.search.cases import FOLDS, a_profile, a_record, some_settings

PROFILE = a_profile()


def a_search(iterations=60, **changes):
    changes = {"voting_ensemble": False, "stack_ensemble": False, **changes}
    settings_ = some_settings(iterations=iterations, **changes)
    return make_plan(settings_, PROFILE, FOLDS, available=tuple(ALGORITHMS["classification"])), settings_


def walk(plan, settings_, until, score):
    """Run a search whose scores are a function of the recipe, one iteration after the other."""
    history = []
    for i in range(until):
        recipe = propose(plan, history, settings_, PROFILE, i)
        history.append(a_record(i, recipe, score(recipe)))
    return history


def liking(name):
    """Return scores that favour one algorithm, the more of its first number the better."""
    return lambda recipe: 0.5 + 0.3 * (recipe.algorithm == name) + len(str(recipe.parameters)) * 1e-4


PLAN, SETTINGS = a_search(44)
HISTORY = walk(PLAN, SETTINGS, 44, liking("LightGBM"))


def key(recipe):
    return recipe.algorithm, recipe.preprocessor, str(sorted(recipe.parameters.items()))


def test_the_first_iterations_are_the_portfolio():
    assert tuple(record.recipe for record in HISTORY[: len(PLAN.portfolio)]) == PLAN.portfolio
    assert all((r.recipe.origin == "tuned") != (r.recipe in PLAN.reserve) for r in HISTORY[len(PLAN.portfolio) :])


def test_what_an_algorithm_has_in_reserve_comes_before_what_is_drawn_for_it():
    rest = [record.recipe for record in HISTORY[len(PLAN.portfolio) :]]
    for name in {recipe.algorithm for recipe in rest}:
        mine = [recipe for recipe in rest if recipe.algorithm == name]
        reserve = [recipe for recipe in PLAN.reserve if recipe.algorithm == name]
        assert mine[: len(reserve)] == reserve[: len(mine)]
    assert sum(recipe in PLAN.reserve and recipe.algorithm == "LightGBM" for recipe in rest) >= 3


def test_no_recipe_is_tried_twice():
    assert len({key(record.recipe) for record in HISTORY}) == len(HISTORY)


def test_a_used_up_space_still_gives_new_recipes_as_long_as_there_are_any():
    plan, settings_ = a_search(60, allowed_algorithms=("KNN",))
    history = walk(plan, settings_, 60, lambda recipe: 1.0 if recipe.parameters["n_neighbors"] == 1 else 0.1)
    assert len({key(record.recipe) for record in history}) == 60


@settings(max_examples=12, deadline=None)
@given(st.integers(len(PLAN.portfolio), 43), st.integers(0, 2**32 - 1))
def test_a_proposal_depends_on_what_ended_long_ago_alone(iteration, seed):
    rng = np.random.default_rng(seed)
    seen = HISTORY[: depends_on(PLAN, iteration).stop]
    later = [
        replace(record, state=str(rng.choice(["failed", "running", "queued"])), result=None, recipe=None)
        for record in HISTORY[len(seen) :]
        if rng.random() < 0.5
    ]
    mixed = [*seen, *later]
    rng.shuffle(mixed)
    assert propose(PLAN, mixed, SETTINGS, PROFILE, iteration) == HISTORY[iteration].recipe


def test_a_proposal_is_the_same_after_a_restart():
    stored = [decode(type(record), encode(record)) for record in HISTORY]
    assert propose(PLAN, stored, SETTINGS, PROFILE, 40) == HISTORY[40].recipe


def test_another_seed_gives_other_recipes():
    other = replace(SETTINGS, random_state=43)
    pairs = [(propose(PLAN, HISTORY, other, PROFILE, i), HISTORY[i].recipe) for i in range(30, 36)]
    assert any(one != another for one, another in pairs)


def test_iterations_of_the_portfolio_wait_for_nothing_ensembles_for_all_others():
    plan, _ = a_search(60, voting_ensemble=True, stack_ensemble=True)
    n = len(plan.portfolio)
    assert depends_on(plan, n - 1) == range(0)
    assert depends_on(plan, n) == range(n - LAG + 1)
    assert depends_on(plan, 57) == range(50)
    assert depends_on(plan, 58) == depends_on(plan, 59) == range(58)


def test_algorithms_that_did_well_are_tried_more_often_than_others():
    names = [record.recipe.algorithm for record in HISTORY[len(PLAN.portfolio) :]]
    assert names.count("LightGBM") >= 4
    assert len(set(names)) >= 4, "others have a chance, too"


@pytest.mark.parametrize("goal", ["max", "min"])
def test_tuning_finds_what_scores_well(goal):
    metric = "AUC_weighted" if goal == "max" else "log_loss"
    plan, settings_ = a_search(50, allowed_algorithms=("LogisticRegression",), primary_metric=metric)
    target = 37.0

    def score(recipe):
        miss = abs(np.log(recipe.parameters["C"] / target))
        return -miss if goal == "max" else miss

    misses = [abs(score(record.recipe)) for record in walk(plan, settings_, 50, score)]
    assert np.median(misses[30:]) < np.median(misses[3:15])
    assert min(misses) < 0.3


def test_parameters_lie_within_the_space_and_are_plain():
    for record in (r for r in HISTORY if r.recipe.origin == "tuned"):
        algorithm = ALGORITHMS["classification"][record.recipe.algorithm]
        assert record.recipe.preprocessor in algorithm.preprocessors
        assert set(record.recipe.parameters) == set(algorithm.space)
        searched = space_for(algorithm, PROFILE)
        assert record.recipe.parameters.keys() - searched.keys() <= {"n_estimators", "iterations"}
        for name in record.recipe.parameters.keys() & searched.keys():
            value, dimension = record.recipe.parameters[name], searched[name]
            if isinstance(dimension, Choice):
                assert value in dimension.values
            else:
                assert type(value) in (int, float)
                assert dimension.low <= value <= dimension.high


def test_an_algorithm_that_only_fails_is_given_up():
    n = len(PLAN.portfolio)
    history = [
        replace(record, state="timeout", result=None) if record.recipe.algorithm == "LightGBM" else record
        for record in HISTORY[:n]
    ]
    proposals = [propose(PLAN, history, SETTINGS, PROFILE, i).algorithm for i in range(n, n + 8)]
    assert "LightGBM" not in proposals


@pytest.mark.parametrize("state", ["failed", "crashed", "canceled", "timeout"])
def test_iterations_without_a_score_do_no_harm(state):
    history = [a_record(i, recipe, None, state) for i, recipe in enumerate(PLAN.portfolio)]
    assert propose(PLAN, history, SETTINGS, PROFILE, len(PLAN.portfolio) + 5) not in PLAN.portfolio


def test_a_score_that_is_not_a_number_counts_as_none():
    history = [a_record(i, recipe, float("nan")) for i, recipe in enumerate(PLAN.portfolio)]
    assert isinstance(propose(PLAN, history, SETTINGS, PROFILE, len(PLAN.portfolio)), Recipe)


def a_search_of_machines():
    """Return a search of an algorithm whose default is a word where a number is searched."""
    plan, settings_ = a_search(60, allowed_algorithms=("SVM",))
    return plan, walk(plan, settings_, 20, liking("SVM")), settings_


def test_optuna_is_silent_here_and_speaks_elsewhere(caplog):
    import optuna

    logger = logging.getLogger("optuna.storages._in_memory")
    with caplog.at_level(logging.INFO, logger="optuna"), warnings.catch_warnings():
        warnings.simplefilter("error")
        logger.addHandler(caplog.handler)
        propose(PLAN, HISTORY, SETTINGS, PROFILE, 43)
        propose(*a_search_of_machines(), PROFILE, 40)
        assert not caplog.records
        optuna.create_study()
        assert caplog.records
        logger.removeHandler(caplog.handler)
    assert not logger.filters
