"""Plans that change while a run goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.records import Plan, Recipe, Validation
from automl_widgets.search import replan
from automl_widgets.search.algorithms import ALGORITHMS
from automl_widgets.search.plan import make_plan
from tests.search.cases import a_profile, some_settings

FOLDS = Validation(kind="k_fold", n_folds=3)
NAMES = ("LightGBM", "KNN", "SVM")
recipes = st.lists(st.sampled_from(NAMES), max_size=12).map(
    lambda names: tuple(Recipe(algorithm=name, parameters={"k": k}) for k, name in enumerate(names))
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    portfolio = draw(recipes)
    n_tuned = draw(st.integers(0, 9))
    reserve = () if n_tuned else draw(recipes)
    return Plan(
        portfolio=portfolio, n_tuned=n_tuned, ensembles=(), validation=FOLDS, tunable_algorithms=NAMES, reserve=reserve
    )


@given(plans(), st.integers(0, 9))
def test_more_adds_as_many_as_asked_and_moves_nothing(plan: Plan, count: int) -> None:
    more = replan.with_more(plan, count)
    assert more.n_iterations == plan.n_iterations + count
    assert more.portfolio[: len(plan.portfolio)] == plan.portfolio


@given(plans(), st.integers(0, 12), st.sampled_from(NAMES))
def test_a_blocked_algorithm_does_not_come_again_and_the_number_of_iterations_stays(
    plan: Plan, since: int, name: str
) -> None:
    less = replan.without(plan, name, since)
    assert less.n_iterations == plan.n_iterations
    assert less.portfolio[:since] == plan.portfolio[:since]
    assert name not in {r.algorithm for r in (*less.portfolio[since:], *less.reserve)}
    assert name not in less.tunable_algorithms


@given(plans(), st.integers(0, 20), st.integers(1, 4))
def test_what_is_wished_comes_next_and_on_top(plan: Plan, started: int, count: int) -> None:
    n_search = len(plan.portfolio) + plan.n_tuned
    started = min(started, n_search)
    filler = Recipe(algorithm="KNN", origin="tuned")
    tried = (*plan.portfolio[:started], *([filler] * (started - len(plan.portfolio))))
    wished = [Recipe(algorithm="SVM", parameters={"wished": k}) for k in range(count)]
    new = replan.with_next(plan, wished, tried)
    assert list(new.portfolio[started : started + count]) == wished
    assert len(new.portfolio) + new.n_tuned == n_search + count


@given(plans(), st.integers(0, 9), st.integers(0, 9))
def test_a_continued_run_keeps_what_it_tried_and_tries_none_of_the_portfolio_twice(
    plan: Plan, n_tried: int, count: int
) -> None:
    tried = plan.portfolio[:n_tried]
    new = replan.continued(plan, tried, count)
    assert new.portfolio[: len(tried)] == tried
    assert len(new.portfolio) + new.n_tuned == len(tried) + count
    assert new.n_before == len(tried)
    assert not set(map(repr, new.portfolio[len(tried) :])) & set(map(repr, tried))


@pytest.mark.parametrize("name", sorted(ALGORITHMS["classification"]))
def test_neighbours_are_new_near_and_of_the_same_algorithm(name: str) -> None:
    settings, profile = some_settings("classification"), a_profile("classification")
    start = Recipe(algorithm=name, preprocessor="MaxAbsScaler", parameters=ALGORITHMS["classification"][name].defaults)
    found = replan.near(start, 4, settings, profile, (start,))
    assert len({repr(r) for r in found}) == len(found)
    assert start not in found
    assert {r.algorithm for r in found} <= {name}
    assert found == replan.near(start, 4, settings, profile, (start,))
    assert found or not ALGORITHMS["classification"][name].space


def test_an_algorithm_that_is_allowed_again_brings_its_part_of_the_portfolio() -> None:
    settings, profile = some_settings("classification"), a_profile("classification")
    plan = make_plan(settings, profile, FOLDS)
    without = replan.without(plan, "LightGBM", 0)
    again = replan.with_algorithm(without, "LightGBM", settings, profile)
    assert "LightGBM" in again.tunable_algorithms
    assert "LightGBM" in {r.algorithm for r in again.reserve}
