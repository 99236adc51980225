"""Every recipe as a pipeline that is fitted: probabilities, weights, copies, repeatability, small and odd data."""

from __future__ import annotations

import json
import pickle
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from automl_widgets.records import Recipe
from automl_widgets.search.algorithms import ALGORITHMS, PREPROCESSORS
from automl_widgets.search.build import changed_parameters, learner_of
from automl_widgets.search.estimators import Calibrated, LabelEncoded
from tests.search.cases import ALL, ROWS, a_case, a_pipeline, a_recipe, predicted

KINDS = {"classification": ("binary", "multiclass"), "regression": ("regression",)}
CASES = [(kind, name) for task, name in ALL for kind in KINDS[task]]


def fitted(recipe, case, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error", FutureWarning)
        return a_pipeline(recipe, case, **options).fit(case.X, case.y)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_every_algorithm_predicts_labels_and_probabilities_or_values(kind, name):
    case = a_case(kind)
    model = fitted(a_recipe(case.task, name), case)
    labels, prediction = model.predict(case.X_new), predicted(model, case)
    assert labels.shape == (20,)
    if case.task == "regression":
        assert is_regressor(model)
        assert np.isfinite(prediction).all()
        return
    assert is_classifier(model)
    assert list(model.classes_) == sorted(set(case.y))
    np.testing.assert_allclose(prediction.sum(axis=1), 1, atol=1e-6)
    assert (prediction >= 0).all()
    assert (model.classes_[prediction.argmax(axis=1)] == labels).all()
    assert set(labels) <= set(case.y)


@pytest.mark.parametrize(("task", "preprocessor", "name", "changes"), ROWS)
def test_every_recipe_of_the_portfolio_beats_guessing_and_repeats_itself(task, preprocessor, name, changes):
    case = a_case("multiclass" if task == "classification" else "regression")
    recipe = Recipe(algorithm=name, preprocessor=preprocessor, parameters=changes)
    model = fitted(recipe, case)
    again = pickle.loads(pickle.dumps(clone(model).fit(case.X, case.y)))
    np.testing.assert_array_equal(predicted(model, case), predicted(again, case))
    naive = name.endswith("NaiveBayes")
    assert model.score(case.X, case.y) > (0.3 if naive or task == "regression" else 0.5)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_weights_of_rows_are_used_where_an_algorithm_says_so(kind, name):
    case = a_case(kind)
    if not ALGORITHMS[case.task][name].supports_weights:
        pytest.skip(f"{name} takes no weights")
    pipeline = a_pipeline(a_recipe(case.task, name), case)
    with_weights = predicted(clone(pipeline).fit(case.X, case.y, **{f"{name}__sample_weight": case.weights}), case)
    without = predicted(clone(pipeline).fit(case.X, case.y), case)
    assert not np.allclose(with_weights, without)


@pytest.mark.parametrize(("task", "name"), ALL)
def test_sparse_features_are_taken_where_an_algorithm_says_so(task, name):
    case = a_case("multiclass" if task == "classification" else "regression")
    case.X, case.X_new = (sparse.csr_matrix(np.where(np.abs(X) > 0.5, X, 0)) for X in (case.X, case.X_new))
    algorithm = ALGORITHMS[task][name]
    if not algorithm.supports_sparse:
        pytest.skip(f"{name} takes no sparse features")
    for preprocessor in dict.fromkeys(PREPROCESSORS[p].on_sparse for p in algorithm.preprocessors[:3]):
        model = fitted(Recipe(algorithm=name, preprocessor=preprocessor), case, is_sparse=True)
        assert np.isfinite(predicted(model, case)).all()


@pytest.mark.parametrize("preprocessor", ["MaxAbsScaler", "StandardScalerWrapper", "SparseNormalizer"])
def test_scalers_for_sparse_features_keep_them_sparse(preprocessor):
    case = a_case("binary")
    scaler = a_pipeline(Recipe(algorithm="SGD", preprocessor=preprocessor), case, is_sparse=True).steps[0][1]
    assert sparse.issparse(scaler.fit_transform(sparse.csr_matrix(case.X)))
    assert PREPROCESSORS[preprocessor].on_sparse == preprocessor


@pytest.mark.parametrize(("task", "name"), ALL)
def test_twelve_rows_are_enough(task, name):
    case = a_case("multiclass" if task == "classification" else "regression", n_rows=12)
    model = fitted(a_recipe(task, name), case)
    assert np.isfinite(predicted(model, case)).all()


@pytest.mark.parametrize("name", [name for task, name in ALL if task == "classification"])
def test_a_class_of_one_row_does_no_harm(name):
    case = a_case("multiclass", n_rows=30)
    case.y = np.where(case.y == 20, 10, case.y)
    case.y[5] = 20
    model = fitted(a_recipe("classification", name), case)
    assert list(model.classes_) == [0, 10, 20]
    np.testing.assert_allclose(predicted(model, case).sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("algorithm", ["SVM", "LinearSVM"])
def test_a_margin_becomes_a_probability_also_if_no_row_can_be_held_back(algorithm):
    case = a_case("binary", n_rows=40)
    rows = np.r_[np.flatnonzero(case.y == "no")[:6], np.flatnonzero(case.y == "yes")[:2]]
    case.X, case.y = case.X[rows], case.y[rows]
    model = fitted(a_recipe("classification", algorithm), case)
    assert model.steps[-1][1].slope_ == 1.0
    assert set(model.predict(case.X)) == {"no", "yes"}


def test_probabilities_of_a_support_vector_machine_are_calibrated():
    from sklearn.metrics import log_loss

    case = a_case("multiclass", n_rows=300)
    half = a_pipeline(a_recipe("classification", "SVM"), case).fit(case.X[:150], case.y[:150])
    guess = log_loss(case.y[150:], np.full((150, 3), 1 / 3))
    assert log_loss(case.y[150:], half.predict_proba(case.X[150:])) < 0.7 * guess


def test_threads_seed_and_silence_are_set_on_every_learner():
    for task, name in ALL:
        algorithm = ALGORITHMS[task][name]
        case = a_case("binary" if task == "classification" else "regression")
        parameters = learner_of(
            a_pipeline(a_recipe(task, name), case, random_state=7, threads=2).steps[-1][1]
        ).get_params()
        assert not algorithm.threads or parameters[algorithm.threads] == 2
        assert not algorithm.seed or parameters[algorithm.seed] == 7
        assert not parameters.get("verbose")
        assert parameters.get("verbosity", -1) in (-1, 0)


def test_parameters_that_small_data_does_not_allow_are_lowered():
    case = a_case("binary", n_rows=30)
    steps = dict(a_pipeline(a_recipe("classification", "KNN", n_neighbors=50), case).steps)
    assert steps["KNN"].n_neighbors == 15
    steps = dict(a_pipeline(Recipe(algorithm="LightGBM", preprocessor="TruncatedSVDWrapper"), case).steps)
    assert steps["LightGBM"].min_child_samples == 1
    assert steps["TruncatedSVDWrapper"].n_components == 6
    steps = dict(a_pipeline(Recipe(algorithm="SVM", preprocessor="PCA"), case).steps)
    assert steps["PCA"].n_components == 0.98


def test_a_truncated_svd_takes_fewer_columns_than_it_was_told():
    case = a_case("binary")
    model = a_pipeline(Recipe(algorithm="SGD", preprocessor="TruncatedSVDWrapper"), case, n_features=40)
    assert model.fit(case.X, case.y)[0].transform(case.X_new).shape == (20, 6)


def test_naive_bayes_of_counts_takes_negative_features():
    case = a_case("binary")
    assert case.X.min() < 0
    model = fitted(a_recipe("classification", "MultinomialNaiveBayes"), case)
    assert np.isfinite(model.predict_proba(case.X_new * 100)).all()


def test_a_recipe_without_a_preprocessor_is_a_learner_alone():
    case = a_case("regression")
    assert [name for name, _ in a_pipeline(Recipe(algorithm="ElasticNet"), case).steps] == ["ElasticNet"]


# Parameters for people -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_parameters_are_plain_and_the_changed_ones_are_named(kind, name):
    case = a_case(kind)
    recipe = a_recipe(case.task, name)
    values, changed = changed_parameters(fitted(recipe, case).steps[-1][1])
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    assert set(changed) <= set(values)
    assert set(values) >= set(ALGORITHMS[case.task][name].space)
    assert not {"n_jobs", "random_state", "thread_count", "verbosity"} & set(changed)
    assert not {"deprecated", "warn"} & {v for v in values.values() if isinstance(v, str)}


def test_changed_parameters_are_those_that_differ_from_the_defaults():
    assert changed_parameters(LogisticRegression(C=5.0, max_iter=300, random_state=1))[1] == ("C", "max_iter")
    values, changed = changed_parameters(RandomForestClassifier(n_estimators=np.int64(7)))
    assert changed == ("n_estimators",)
    assert type(values["n_estimators"]) is int


def test_what_stands_around_a_learner_is_looked_through():
    assert changed_parameters(Calibrated(SVC(C=5.0)))[1] == ("C",)
    assert learner_of(LabelEncoded(SVC(C=2.0))).C == 2.0
    case = a_case("regression")
    inner = learner_of(fitted(a_recipe("regression", "ElasticNet"), case).steps[-1][1])
    assert inner.coef_.shape == (6,)
