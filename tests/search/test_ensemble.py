"""Votes and stacks of fitted pipelines, and the honesty of a stack's predictions."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline

from automl_widgets.errors import NotFoundError
from automl_widgets.metrics import score_one
from automl_widgets.search.ensemble import (
    PreFittedSoftVoting,
    StackEnsemble,
    aligned_proba,
    fit_stack,
    make_meta_learner,
    meta_features,
)
from automl_widgets.search.stacking import META_LEARNERS
from tests.search.cases import a_case, a_pipeline, a_recipe

NAMES = {"classification": ("LogisticRegression", "DecisionTree"), "regression": ("ElasticNet", "DecisionTree")}


def members_of(case):
    names = NAMES[case.task]
    return [(name, a_pipeline(a_recipe(case.task, name), case).fit(case.X, case.y)) for name in names]


def a_vote(kind, weights=(0.25, 0.75)):
    case = a_case(kind)
    classes = np.unique(case.y) if case.task == "classification" else None
    return case, PreFittedSoftVoting(members_of(case), list(weights), classes)


def a_stack(kind):
    case = a_case(kind)
    classes = np.unique(case.y) if case.task == "classification" else None
    stack = StackEnsemble(members_of(case), make_meta_learner(case.task), classes)
    return case, stack.fit(case.X, case.y)


def test_a_vote_is_the_weighted_mean_of_its_members():
    case, vote = a_vote("multiclass")
    one, other = (model.predict_proba(case.X_new) for _, model in vote.estimators)
    np.testing.assert_allclose(vote.predict_proba(case.X_new), 0.25 * one + 0.75 * other)
    assert set(vote.predict(case.X_new)) <= {0, 10, 20}
    case, vote = a_vote("regression")
    one, other = (model.predict(case.X_new) for _, model in vote.estimators)
    np.testing.assert_allclose(vote.predict(case.X_new), 0.25 * one + 0.75 * other)
    assert not hasattr(vote, "predict_proba")
    assert not hasattr(vote, "classes_")


def test_an_ensemble_scores_as_scikit_learn_does():
    case, vote = a_vote("multiclass")
    assert vote.score(case.X, case.y) == (vote.predict(case.X) == case.y).mean()
    case, vote = a_vote("regression")
    assert 0.8 < vote.score(case.X, case.y, sample_weight=case.weights) < 1


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
@pytest.mark.parametrize("make", [a_vote, a_stack])
def test_an_ensemble_is_a_good_scikit_learn_citizen(make, kind):
    case, ensemble = make(kind)
    pipeline = Pipeline([("Ensemble", ensemble)])
    assert is_regressor(pipeline) if kind == "regression" else is_classifier(pipeline)
    again = pickle.loads(pickle.dumps(pipeline))
    assert (again.predict(case.X_new) == pipeline.predict(case.X_new)).all()
    assert "classes" in ensemble.get_params()
    refitted = clone(pipeline).fit(case.X, case.y)
    assert (refitted.predict(case.X_new) == pipeline.predict(case.X_new)).all()
    if kind != "regression":
        np.testing.assert_allclose(pipeline.predict_proba(case.X_new).sum(axis=1), 1)
        assert list(pipeline.classes_) == sorted(set(case.y))


def test_names_that_users_of_azure_ml_know_are_there():
    _, vote = a_vote("binary")
    assert [name for name, _ in vote.estimators] == ["LogisticRegression", "DecisionTree"]
    assert vote.weights == [0.25, 0.75]
    _, stack = a_stack("binary")
    assert stack._base_learners is stack.base_learners
    assert isinstance(stack._meta_learner, LogisticRegression)
    assert stack._meta_learner is stack.meta_learner


def test_a_member_that_lacks_a_class_gives_it_no_probability():
    case = a_case("multiclass")
    few = case.y != 10
    model = LogisticRegression().fit(case.X[few], case.y[few])
    aligned = aligned_proba(model, case.X_new, np.array([0, 10, 20]))
    assert (aligned[:, 1] == 0).all()
    np.testing.assert_array_equal(aligned[:, [0, 2]], model.predict_proba(case.X_new))


def test_stacks_take_frames():
    import pandas as pd

    case = a_case("binary")
    frame = pd.DataFrame(case.X, columns=list("abcdef"), index=range(1000, 1000 + len(case.X)))
    members = [("one", LogisticRegression()), ("other", LogisticRegression(C=0.01))]
    stack = StackEnsemble(members, make_meta_learner("classification"), np.array(["no", "yes"]))
    assert stack.fit(frame, pd.Series(case.y, index=frame.index)).score(frame, case.y) > 0.6


# The second model ----------------------------------------------------------------------------------------------------


def held_back(n_rows=200, n_folds=5, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n_rows) % n_classes
    proba = rng.dirichlet(np.ones(n_classes), (4, n_rows)) + 0.3 * np.eye(n_classes)[y]
    return proba / proba.sum(axis=2, keepdims=True), y, rng.integers(0, n_folds, n_rows)


def test_a_stack_of_members_that_know_nothing_knows_nothing():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 300)
    noise = rng.dirichlet(np.ones(2), (25, 300))
    learner = make_meta_learner("classification", parameters={"C": 100.0})
    stack = fit_stack(noise, y, rng.integers(0, 5, 300), learner)
    assert score_one("AUC_weighted", y, stack.prediction) < 0.58
    seen = stack.meta_learner.predict_proba(meta_features(noise))
    assert score_one("AUC_weighted", y, seen) > 0.62, "what it was fitted to would flatter it"


def test_a_row_is_predicted_by_a_model_that_has_not_seen_it():
    proba, y, fold = held_back()
    honest = fit_stack(proba, y, fold, make_meta_learner("classification")).prediction
    swapped = y.copy()
    swapped[fold == 2] = (swapped[fold == 2] + 1) % 3
    other = fit_stack(proba, swapped, fold, make_meta_learner("classification")).prediction
    np.testing.assert_array_equal(honest[fold == 2], other[fold == 2])
    assert not np.allclose(honest[fold != 2], other[fold != 2])


def test_rows_without_predictions_are_left_out():
    proba, y, fold = held_back()
    fold[:50] = -1
    proba[:, :50] = np.nan
    stack = fit_stack(proba, y, fold, make_meta_learner("classification"))
    assert np.isnan(stack.prediction[:50]).all()
    np.testing.assert_allclose(stack.prediction[50:].sum(axis=1), 1)


def test_the_rows_of_a_single_fold_are_cut_into_parts():
    proba, y, _ = held_back()
    stack = fit_stack(proba, y, np.zeros(len(y), dtype=int), make_meta_learner("classification"))
    assert np.isfinite(stack.prediction).all()
    assert score_one("AUC_weighted", y, stack.prediction) > score_one("AUC_weighted", y, proba[0])


def test_a_class_that_is_in_one_fold_alone_does_no_harm():
    proba, y, fold = held_back()
    y = np.where(y == 2, 1, y)
    y[3], fold[3] = 2, 0
    stack = fit_stack(proba, y, fold, make_meta_learner("classification"))
    assert (stack.prediction[fold == 0][:, 2] == 0).all()
    np.testing.assert_allclose(stack.prediction.sum(axis=1), 1)


@pytest.mark.parametrize(("task", "name"), [(task, name) for task, names in META_LEARNERS.items() for name in names])
def test_every_meta_learner_improves_on_its_members(task, name):
    import warnings

    rng = np.random.default_rng(0)
    learner = make_meta_learner(task, name, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        if task == "classification":
            proba, y, fold = held_back()
            stack = fit_stack(proba, y, fold, learner, weights=rng.random(200) + 0.5)
            assert score_one("AUC_weighted", y, stack.prediction) > score_one("AUC_weighted", y, proba[0])
            return
        y = rng.normal(1000, 50, 300)
        values = y + rng.normal(0, 40, (4, 300))
        stack = fit_stack(values, y, rng.integers(0, 5, 300), learner, weights=rng.random(300) + 0.5)
        assert score_one("r2_score", y, stack.prediction) > score_one("r2_score", y, values[0])


def test_parameters_of_the_meta_learner_are_the_users():
    learner = make_meta_learner("regression", "LinearRegression", {"fit_intercept": False})
    assert isinstance(learner, LinearRegression)
    assert not learner.fit_intercept
    assert make_meta_learner("classification", random_state=7).random_state == 7


def test_an_unknown_meta_learner_is_an_error():
    with pytest.raises(NotFoundError, match=r"no meta learner 'SVM' for classification\. Choose one of Logistic"):
        make_meta_learner("classification", "SVM")


def test_of_two_classes_one_probability_is_enough():
    proba, _, _ = held_back(n_classes=2)
    assert meta_features(proba).shape == (200, 4)
    assert meta_features(held_back()[0]).shape == (200, 12)
    assert math.isclose(meta_features(proba)[5, 1], proba[1, 5, 1])
