"""What a run will try: order, what is left out and why, ensembles last."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl_widgets.errors import ConfigError
from automl_widgets.records import Plan, Validation, decode, encode
from automl_widgets.search.algorithms import ALGORITHMS, PREPROCESSORS
from automl_widgets.search.plan import FIRST, expected_s, make_plan, preprocessors_for, space_for, start_of
from automl_widgets.search.portfolio import PORTFOLIO
from automl_widgets.transformers import Transformers
from tests.search.cases import FOLDS, a_profile, some_settings

EVERYTHING = {task: tuple(registry) for task, registry in ALGORITHMS.items()}


def a_plan(task="classification", profile=None, available=None, **changes):
    profile = profile or a_profile(task)
    return make_plan(some_settings(task, **changes), profile, FOLDS, available=available or EVERYTHING[task])


def tried(plan):
    return {recipe.algorithm for recipe in plan.portfolio}


def test_twenty_iterations_are_eighteen_recipes_and_two_ensembles():
    plan = a_plan()
    assert len(plan.portfolio) == 18
    assert [recipe.algorithm for recipe in plan.ensembles] == ["VotingEnsemble", "StackEnsemble"]
    assert (plan.n_tuned, plan.n_iterations, plan.validation) == (0, 20, FOLDS)
    assert plan.portfolio[0].name == "StandardScalerWrapper LogisticRegression"
    assert tried(plan) == set(EVERYTHING["classification"])


@pytest.mark.parametrize("task", EVERYTHING)
def test_each_algorithm_is_tried_and_the_tuner_has_what_else_is_known_in_reserve(task):
    plan = a_plan(task, iterations=100)
    assert len(plan.portfolio) == FIRST
    assert tried(plan) == set(EVERYTHING[task])
    assert len(plan.portfolio) + len(plan.reserve) == sum(row[0] != "TfIdf" for row in PORTFOLIO[task])
    assert plan.n_tuned == 98 - FIRST
    assert set(plan.tunable_algorithms) == set(EVERYTHING[task])


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_where_there_is_text_linear_models_are_given_its_words(task):
    wordy = replace(a_profile(task), column_purposes=("numeric", "text"))

    def words(profile, **settings):
        plan = make_plan(some_settings(task, iterations=100, **settings), profile, FOLDS, available=EVERYTHING[task])
        return [recipe.algorithm for recipe in plan.portfolio if recipe.preprocessor == "TfIdf"]

    linear = {"classification": ["LogisticRegression", "MultinomialNaiveBayes", "LinearSVM", "SVM"]}
    assert words(wordy) == linear.get(task, ["ElasticNet", "SVM"])
    assert words(a_profile(task)) == words(wordy, featurization="off") == []
    assert words(wordy, transformers=Transformers(blocked=("TfIdf",))) == words(replace(wordy, is_sparse=True)) == []
    algorithm = ALGORITHMS[task]["SVM"]
    assert "TfIdf" in preprocessors_for(algorithm, some_settings(task), wordy)
    assert "TfIdf" not in preprocessors_for(algorithm, some_settings(task), a_profile(task))


@pytest.mark.parametrize(
    ("iterations", "n_search", "ensembles"),
    [(0, 0, 0), (1, 1, 0), (2, 2, 0), (3, 2, 1), (4, 2, 2), (5, 3, 2)],
)
def test_ensembles_give_way_where_there_are_few_iterations(iterations, n_search, ensembles):
    plan = a_plan(iterations=iterations)
    assert (len(plan.portfolio), len(plan.ensembles), plan.n_tuned) == (n_search, ensembles, 0)
    assert not plan.ensembles or plan.ensembles[0].algorithm == "VotingEnsemble"


def test_ensembles_are_left_out_if_they_are_not_wanted():
    assert a_plan(voting_ensemble=False, iterations=3).ensembles[0].algorithm == "StackEnsemble"
    assert a_plan(voting_ensemble=False, stack_ensemble=False).ensembles == ()


def test_allowed_and_blocked_algorithms_are_respected_by_any_name():
    plan = a_plan(allowed_algorithms=("lgbm_classifier", "KNN", "TensorFlowLinearClassifier"), iterations=60)
    assert tried(plan) == {"LightGBM", "KNN", "LogisticRegression"}
    plan = a_plan(blocked_algorithms=("RANDOM_FOREST", "TensorFlowDNN"))
    assert tried(plan) == set(EVERYTHING["classification"]) - {"RandomForest"}, "its stand-in is not blocked"


def test_slow_algorithms_are_left_out_above_5000_rows_unless_asked_for():
    slow = {"KNN", "SVM"}
    assert slow <= tried(a_plan(profile=a_profile(n_rows=5000), iterations=60))
    assert not slow & tried(a_plan(profile=a_profile(n_rows=5001), iterations=60))
    assert slow <= tried(a_plan(profile=a_profile(n_rows=5001), iterations=60, block_slow_algorithms=False))
    plan = a_plan(profile=a_profile(n_rows=5001), allowed_algorithms=("KNN", "LightGBM"))
    assert tried(plan) == {"KNN", "LightGBM"}


def test_weights_of_rows_leave_out_what_cannot_use_them():
    plan = a_plan("regression", a_profile("regression", has_weights=True), iterations=60)
    assert tried(plan) == set(EVERYTHING["regression"]) - {"KNN", "LassoLars", "MLP"}


def test_sparse_features_get_what_keeps_them_sparse_or_small():
    plan = a_plan("regression", a_profile("regression", is_sparse=True), iterations=60)
    kept = {name for name, preprocessor in PREPROCESSORS.items() if preprocessor.on_sparse == name}
    assert {recipe.preprocessor for recipe in plan.portfolio} <= kept
    assert "LassoLars" not in tried(plan)
    assert len({str(recipe) for recipe in plan.portfolio}) == len(plan.portfolio)


def test_missing_values_that_nobody_fills_are_left_to_those_that_take_them():
    profile = a_profile(n_missing_cells=3)
    trees = {"DecisionTree", "RandomForest", "ExtremeRandomTrees", "LightGBM", "XGBoostClassifier", "CatBoost"}
    plan = a_plan(profile=profile, featurization="off", iterations=60)
    assert tried(plan) == trees
    assert {r.preprocessor for r in plan.portfolio} <= {n for n, p in PREPROCESSORS.items() if p.supports_missing}
    assert tried(a_plan(profile=profile, iterations=60)) > trees


def test_what_is_not_installed_is_not_tried():
    plan = a_plan(available=("LightGBM", "LogisticRegression"))
    assert tried(plan) == {"LightGBM", "LogisticRegression"}


def test_no_algorithm_left_is_an_error_that_says_why():
    with pytest.raises(ConfigError, match="KNN does not use weights of rows, CatBoost is not installed"):
        a_plan(
            profile=a_profile(has_weights=True), allowed_algorithms=("KNN", "CatBoost"), available=("KNN", "LightGBM")
        )
    with pytest.raises(ConfigError, match="LightGBM is blocked"):
        a_plan(allowed_algorithms=("LightGBM",), blocked_algorithms=("LightGBM",))


def test_with_little_time_boosting_comes_at_once_and_forests_later():
    profile = a_profile(n_rows=50_000, n_columns=20, classes=("no", "yes"))
    settings_ = some_settings(iterations=30, experiment_timeout_s=60.0)
    plan = make_plan(settings_, profile, FOLDS, available=EVERYTHING["classification"])
    names = [recipe.algorithm for recipe in plan.portfolio]
    assert names[:3] == ["LogisticRegression", "LightGBM", "CatBoost"]
    assert names.index("ExtremeRandomTrees") > names.index("SGD")


def test_crosses_of_very_many_rows_come_after_boosting_that_can_be_stopped():
    profile = a_profile(n_rows=260_000, n_columns=22, classes=("no", "yes"))
    hold_out = Validation(kind="hold_out", n_folds=1, share=0.1)
    settings_ = some_settings(iterations=40, experiment_timeout_s=10.0)
    plan = make_plan(settings_, profile, hold_out, available=EVERYTHING["classification"])
    names = [(recipe.preprocessor, recipe.algorithm) for recipe in plan.portfolio]
    assert names[1:3] == [("MaxAbsScaler", "LightGBM"), ("MaxAbsScaler", "XGBoostClassifier")]
    assert names.index(("FeatureCrosses", "LightGBM")) > names.index(("RobustScaler", "LightGBM"))


@pytest.mark.parametrize(
    ("n_rows", "n_leaves", "n_levels", "n_most"),
    [(39_999, 31, 6, 128), (40_000, 62, 7, 256), (150_000, 124, 8, 512), (10**6, 248, 9, 512)],
)
def test_trees_of_boosting_are_larger_where_there_are_more_rows(n_rows, n_leaves, n_levels, n_most):
    profile = a_profile(n_rows=n_rows)
    first = {r.algorithm: r.parameters for r in reversed(a_plan(profile=profile).portfolio)}
    assert first["LightGBM"]["num_leaves"] == n_leaves
    assert first["XGBoostClassifier"]["max_depth"] == n_levels
    assert first["CatBoost"]["depth"] == min(n_levels, 8)
    space = space_for(ALGORITHMS["classification"]["LightGBM"], profile)
    assert (space["num_leaves"].low, space["num_leaves"].high) == (4, n_most)


def test_what_takes_long_comes_after_the_rest():
    profile = a_profile(n_rows=100_000, n_columns=60)
    settings_ = some_settings(experiment_timeout_s=600.0, iterations=60)
    plan = make_plan(settings_, profile, FOLDS, available=EVERYTHING["classification"])
    slow = [r for r in plan.portfolio if not ALGORITHMS["classification"][r.algorithm].boosts]
    is_long = [expected_s(recipe, profile, FOLDS) > 60 for recipe in slow]
    assert is_long == sorted(is_long)
    assert any(is_long)
    assert plan.portfolio[0].algorithm == "LogisticRegression"


def test_what_does_not_take_longer_for_many_classes_comes_before_what_does():
    """A tree of a forest holds all classes; boosting grows one for each."""
    profile = a_profile(n_rows=16_000, n_columns=16, classes=tuple(range(26)))
    settings_, folds = some_settings(experiment_timeout_s=30.0), Validation(kind="k_fold", n_folds=3)
    recipes = make_plan(settings_, profile, folds, available=EVERYTHING["classification"]).portfolio
    names = [(recipe.preprocessor, recipe.algorithm) for recipe in recipes]
    assert names[:3] == [
        ("StandardScalerWrapper", "LogisticRegression"),
        ("MaxAbsScaler", "LightGBM"),
        ("MaxAbsScaler", "ExtremeRandomTrees"),
    ]
    assert names.index(("MaxAbsScaler", "RandomForest")) < names.index(("MaxAbsScaler", "XGBoostClassifier"))
    two = replace(profile, classes=(0, 1))
    by_name = {recipe.algorithm: recipe for recipe in reversed(recipes)}
    times = {name: expected_s(r, profile, folds) / expected_s(r, two, folds) for name, r in by_name.items()}
    assert {name for name, ratio in times.items() if ratio == 1} >= {"ExtremeRandomTrees", "RandomForest", "MLP"}
    assert times["LightGBM"] == pytest.approx(13)


def test_many_classes_get_fewer_rounds_of_boosting():
    profile = a_profile(classes=tuple(range(60)))
    rounds = [r.parameters["n_estimators"] for r in a_plan(profile=profile).portfolio if r.algorithm == "LightGBM"]
    assert set(rounds) == {50}  # at most: rows held back tell when to stop
    few = replace(profile, n_rows=400)
    rounds = [r.parameters["n_estimators"] for r in a_plan(profile=few).portfolio if r.algorithm == "LightGBM"]
    assert set(rounds) == {50}
    assert "n_estimators" not in space_for(ALGORITHMS["classification"]["LightGBM"], profile)
    assert space_for(ALGORITHMS["classification"]["LightGBM"], few)["n_estimators"].high == 50
    assert space_for(ALGORITHMS["classification"]["RandomForest"], profile)["n_estimators"].high == 250


@pytest.mark.parametrize(
    ("n_rows", "n_classes", "rate", "rounds"),
    [(4000, 2, 0.02, 2000), (4000, 10, 0.05, 360), (4000, 60, 0.06, 50), (400, 2, 0.06, 200), (400, 60, 0.06, 50)],
)
def test_boosting_learns_slowly_where_it_may_have_the_rounds_for_it(n_rows, n_classes, rate, rounds):
    lightgbm, profile = (
        ALGORITHMS["classification"]["LightGBM"],
        a_profile(n_rows=n_rows, classes=tuple(range(n_classes))),
    )
    slow = start_of(lightgbm, profile, {"learning_rate": 0.02, "n_estimators": 200})
    assert (slow["learning_rate"], slow["n_estimators"]) == (pytest.approx(rate), rounds)


def test_few_rows_have_few_neighbours():
    knn = ALGORITHMS["classification"]["KNN"]
    assert space_for(knn, a_profile(n_rows=30))["n_neighbors"].high == 15
    assert preprocessors_for(knn, some_settings(), a_profile(is_sparse=True))[:2] == (
        *("StandardScalerWrapper", "MaxAbsScaler"),
    )


def test_installed_libraries_are_looked_up():
    plan = make_plan(some_settings(), a_profile(), FOLDS)
    assert {"LightGBM", "LogisticRegression"} <= tried(plan)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_plan_keeps_its_promises(data):
    task = data.draw(st.sampled_from(sorted(EVERYTHING)))
    profile = a_profile(
        task,
        n_rows=data.draw(st.sampled_from([10, 5000, 5001, 10**6])),
        is_sparse=data.draw(st.booleans()),
        has_weights=data.draw(st.booleans()),
    )
    iterations = data.draw(st.integers(0, 80))
    blocked = tuple(data.draw(st.sets(st.sampled_from(EVERYTHING[task]), max_size=3)))
    plan = a_plan(task, profile, iterations=iterations, blocked_algorithms=blocked)
    assert plan == a_plan(task, profile, iterations=iterations, blocked_algorithms=blocked)
    assert plan == decode(Plan, encode(plan))
    assert plan.n_iterations == iterations
    assert plan.n_tuned == 0 or tried(plan) == set(plan.tunable_algorithms)
    assert not tried(plan) & set(blocked)
    names = [(r.preprocessor, r.algorithm, str(r.parameters)) for r in plan.portfolio]
    assert len(set(names)) == len(names)
