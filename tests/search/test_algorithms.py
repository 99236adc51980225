"""The registry, and the ways to name what is in it."""

from __future__ import annotations

import json

import pytest

from automl_widgets.errors import NotFoundError
from automl_widgets.records import encode
from automl_widgets.search.algorithms import (
    ALGORITHMS,
    PREPROCESSORS,
    STAND_INS,
    installed,
    resolve_algorithm,
    stand_in,
)
from automl_widgets.search.build import load_class
from automl_widgets.search.portfolio import PORTFOLIO
from automl_widgets.search.spaces import Choice

EVERY = [(task, a) for task, registry in ALGORITHMS.items() for a in registry.values()]
IDS = [f"{task}-{a.name}" for task, a in EVERY]


def test_every_algorithm_of_azure_that_still_exists_is_there_and_two_more():
    assert set(ALGORITHMS["classification"]) == {
        *("LogisticRegression", "SGD", "MultinomialNaiveBayes", "BernoulliNaiveBayes", "SVM", "LinearSVM", "KNN"),
        *("DecisionTree", "RandomForest", "ExtremeRandomTrees", "LightGBM", "GradientBoosting", "XGBoostClassifier"),
        *("CatBoost", "MLP"),
    }
    assert set(ALGORITHMS["regression"]) == {
        *("ElasticNet", "GradientBoosting", "DecisionTree", "KNN", "LassoLars", "SGD", "RandomForest"),
        *("ExtremeRandomTrees", "LightGBM", "XGBoostRegressor", "CatBoost", "MLP", "SVM"),
    }
    assert set(PREPROCESSORS) == {
        *("StandardScalerWrapper", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "PCA", "TruncatedSVDWrapper"),
        *("SparseNormalizer", "FeatureCrosses", "CountsAndCrosses", "TfIdf"),
    }


def fits(value, dimension):
    if isinstance(dimension, Choice):
        return value in dimension.values
    return isinstance(value, str) or value == 0 or dimension.low <= value <= dimension.high


@pytest.mark.parametrize(("task", "algorithm"), EVERY, ids=IDS)
def test_defaults_and_portfolio_lie_within_the_space_and_are_plain(task, algorithm):
    assert json.loads(json.dumps(encode(algorithm)))["name"] == algorithm.name
    assert set(algorithm.preprocessors) <= set(PREPROCESSORS)
    assert not set(algorithm.space) & set(algorithm.fixed)
    rows = [{**algorithm.defaults, **changes} for _, name, changes in PORTFOLIO[task] if name == algorithm.name]
    for parameters in rows:
        assert set(parameters) == set(algorithm.defaults) == set(algorithm.space)
        assert all(fits(value, algorithm.space[name]) for name, value in parameters.items()), parameters


@pytest.mark.parametrize(("task", "algorithm"), EVERY, ids=IDS)
def test_every_path_leads_to_a_class_that_knows_the_parameters(task, algorithm):
    if not installed(algorithm):
        pytest.skip(f"{algorithm.path} is not installed")
    parameters = {**algorithm.defaults, **algorithm.fixed}
    technical = {name: 1 for name in (algorithm.seed, algorithm.threads) if name}
    made = load_class(algorithm.path)(**parameters, **technical)
    assert made.get_params().items() >= technical.items()


@pytest.mark.parametrize("task", ALGORITHMS)
def test_the_portfolio_tries_every_algorithm_and_lightgbm_several_times(task):
    names = [name for _, name, _ in PORTFOLIO[task]]
    assert set(names) == set(ALGORITHMS[task])
    assert names[:18].count("LightGBM") >= 4
    assert len({preprocessor for preprocessor, name, _ in PORTFOLIO[task] if name == "LightGBM"}) >= 4


@pytest.mark.parametrize(("task", "algorithm"), EVERY, ids=IDS)
def test_current_enumerated_class_and_legacy_names_are_known(task, algorithm):
    spelled = "".join(f"_{c}" if c.isupper() else c for c in algorithm.name).strip("_").upper()
    for name in (algorithm.name, algorithm.name.lower(), spelled, algorithm.legacy, algorithm.path.split(":")[1]):
        assert resolve_algorithm(task, name) == algorithm.name


@pytest.mark.parametrize(
    ("task", "name", "found"),
    [
        ("classification", "lgbm_classifier", "LightGBM"),
        ("classification", "Extra Trees", "ExtremeRandomTrees"),
        ("classification", "SVCWrapper", "SVM"),
        ("classification", "xgboost", "XGBoostClassifier"),
        ("regression", "XGBoost", "XGBoostRegressor"),
        ("regression", "TENSOR_FLOW_DNN", "MLP"),
        ("regression", "FastLinearRegressor", "ElasticNet"),
        ("classification", "AveragedPerceptronClassifier", "SGD"),
        ("classification", "TF DNNClassifier", "MLP"),
    ],
)
def test_older_names_lead_to_what_is_tried_today(task, name, found):
    assert resolve_algorithm(task, name) == found


def test_what_stands_in_says_so():
    found = stand_in("classification", "tabnetclassifier")
    assert found is not None
    assert found.algorithm == "LightGBM"
    assert found.reason.startswith("TabnetClassifier is not available, LightGBM is tried:")
    assert stand_in("classification", "LightGBM") is None
    for task, entries in STAND_INS.items():
        assert all(entry.algorithm in ALGORITHMS[task] for entry in entries.values())


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(NotFoundError, match=r"no algorithm 'LigthGBM' for classification\. Did you mean LightGBM"):
        resolve_algorithm("classification", "LigthGBM")
    with pytest.raises(NotFoundError, match="It is one for classification; choose one of ElasticNet"):
        resolve_algorithm("regression", "LogisticRegression")
    with pytest.raises(NotFoundError, match="Choose one of LogisticRegression"):
        resolve_algorithm("classification", "???")
