"""Where a model can be read, SHAP values are exact: they add up, and they are those of the shap library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shap
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy.special import expit
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import ElasticNet, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import BernoulliNB, MultinomialNB
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier, XGBRegressor

from automl_widgets.explain import ShapResult, explain
from automl_widgets.search.estimators import Calibrated, LabelEncoded, TruncatedSVDWrapper
from tests.explain.models import NAMES, classification, fitted, regression

QUIET = {"verbosity": -1, "n_jobs": 1, "n_estimators": 15}
CAT = {"iterations": 10, "depth": 3, "verbose": False, "allow_writing_files": False, "thread_count": 1}


def explained(model: Any, X: Any, task: str, **options: Any) -> ShapResult:
    return explain(model, X[:60], X, task=task, feature_names=NAMES, **options)  # type: ignore[arg-type]


def total(result: ShapResult) -> Any:
    return result.values.sum(axis=-1) + (result.expected[:, None] if result.values.ndim == 3 else result.expected)


BINARY = [
    LGBMClassifier(**QUIET),
    LabelEncoded(XGBClassifier(n_estimators=10, n_jobs=1)),
    LabelEncoded(CatBoostClassifier(**CAT)),
    GradientBoostingClassifier(n_estimators=10),
    LogisticRegression(),
    Calibrated(LinearSVC()),
    SGDClassifier(loss="log_loss", random_state=0),
]


@pytest.mark.parametrize("learner", BINARY, ids=lambda learner: type(learner).__name__)
def test_two_classes_are_explained_in_log_odds_that_add_up_to_the_models(learner: Any) -> None:
    X, y = classification(2)
    model = fitted(X, y, StandardScaler(), learner)
    result = explained(model, X, "classification")
    assert (result.unit, result.values.shape) == ("log-odds", (2, len(X), len(NAMES)))
    np.testing.assert_allclose(expit(total(result)[1]), model.predict_proba(X[result.rows])[:, 1], atol=1e-6)
    np.testing.assert_array_equal(result.values[0], -result.values[1])


MANY = [
    LGBMClassifier(**QUIET),
    LabelEncoded(XGBClassifier(n_estimators=8, n_jobs=1)),
    LabelEncoded(CatBoostClassifier(**CAT)),
    GradientBoostingClassifier(n_estimators=8),
    LogisticRegression(),
    MultinomialNB(),
    BernoulliNB(binarize=0.4),
]


@pytest.mark.parametrize("learner", MANY, ids=lambda learner: type(learner).__name__)
def test_several_classes_are_explained_in_scores_whose_softmax_is_the_models_probability(learner: Any) -> None:
    X, y = classification(3)
    model = fitted(X, y, MinMaxScaler(), learner)
    result = explained(model, X, "classification")
    powers = np.exp(total(result))
    assert result.unit == "log-odds"
    np.testing.assert_allclose((powers / powers.sum(axis=0)).T, model.predict_proba(X[result.rows]), atol=1e-6)


@pytest.mark.parametrize(
    "learner", [RandomForestClassifier(15, random_state=0), DecisionTreeClassifier(max_depth=4)], ids=["forest", "tree"]
)
def test_a_forest_is_explained_in_probabilities(learner: Any) -> None:
    X, y = classification(3)
    model = fitted(X, y, learner)
    result = explained(model, X, "classification")
    assert (result.unit, result.n_background) == ("probability", 0)
    np.testing.assert_allclose(total(result).T, model.predict_proba(X[result.rows]), atol=1e-6)


REGRESSORS = [
    LGBMRegressor(**QUIET),
    XGBRegressor(n_estimators=10, n_jobs=1),
    RandomForestRegressor(15, random_state=0),
    ExtraTreesRegressor(15, random_state=0),
    GradientBoostingRegressor(n_estimators=10),
    Ridge(),
    ElasticNet(alpha=0.1),
    TransformedTargetRegressor(ElasticNet(alpha=0.01), transformer=StandardScaler()),
]


@pytest.mark.parametrize("learner", REGRESSORS, ids=lambda learner: type(learner).__name__)
def test_a_regressor_is_explained_in_the_targets_unit(learner: Any) -> None:
    X, y = regression()
    model = fitted(X, y, RobustScaler(), learner)
    result = explained(model, X, "regression")
    assert (result.unit, result.values.shape) == ("target", (len(X), len(NAMES)))
    np.testing.assert_allclose(total(result), model.predict(X[result.rows]), rtol=1e-5, atol=1e-4)


def test_values_of_lightgbm_and_of_a_forest_are_those_of_shaps_tree_explainer() -> None:
    X, y = classification(2)
    boosted, forest = fitted(X, y, LGBMClassifier(**QUIET)), fitted(X, y, RandomForestClassifier(9, random_state=0))
    ours = explained(boosted, X, "classification")
    theirs = shap.TreeExplainer(boosted[-1]).shap_values(X[ours.rows])
    np.testing.assert_allclose(ours.values[1], theirs, atol=1e-6)
    ours = explained(forest, X, "classification")
    theirs = shap.TreeExplainer(forest[-1]).shap_values(X[ours.rows])
    np.testing.assert_allclose(ours.values, theirs.transpose(2, 0, 1), atol=1e-9)


def test_values_of_gradient_boosting_are_those_of_shaps_tree_explainer() -> None:
    X, y = classification(2)
    model = fitted(X, y, GradientBoostingClassifier(n_estimators=10))
    ours = explained(model, X, "classification")
    np.testing.assert_allclose(ours.values[1], shap.TreeExplainer(model[-1]).shap_values(X[ours.rows]), atol=1e-6)


def test_values_of_linear_models_are_those_of_shaps_linear_explainer() -> None:
    X, y = classification(2)
    for learner in (LogisticRegression(), Ridge()):
        model = fitted(X, y, StandardScaler(), learner)
        task = "classification" if isinstance(learner, LogisticRegression) else "regression"
        ours = explained(model, X, task)
        Z = model[:-1].transform(X)
        theirs = shap.LinearExplainer(model[-1], Z[:60]).shap_values(Z[ours.rows])
        np.testing.assert_allclose(ours.values[1] if ours.values.ndim == 3 else ours.values, theirs, atol=1e-9)


@pytest.mark.parametrize(
    "projection", [PCA(3, whiten=True), PCA(3), TruncatedSVDWrapper(3)], ids=["whitened", "PCA", "SVD"]
)
def test_a_linear_model_behind_a_projection_is_explained_in_the_given_columns(projection: Any) -> None:
    X, y = classification(3)
    model = fitted(X, y, projection, LogisticRegression())
    result = explained(model, X, "classification")
    assert result.method == "linear contributions"
    np.testing.assert_allclose(total(result).T, model.decision_function(X[result.rows]), atol=1e-9)
    moved = X[result.rows[:1]].copy()
    moved[0, 2] = X[:60, 2].mean()
    changed = explain(model, X[:60], moved, task="classification", feature_names=NAMES)
    np.testing.assert_allclose(changed.values[:, 0, 2], 0.0, atol=1e-9)


def test_a_linear_model_without_a_probability_link_is_explained_in_decision_values() -> None:
    X, y = classification(3)
    model = fitted(X, y, StandardScaler(), SGDClassifier(loss="modified_huber", random_state=0))
    result = explained(model, X, "classification")
    assert result.unit == "decision value"
    np.testing.assert_allclose(total(result).T, model.decision_function(X[result.rows]), atol=1e-9)


def test_what_does_not_add_up_is_not_believed() -> None:
    X, y = regression()
    y = np.exp((y - y.mean()) / y.std())
    model = fitted(X, y, LGBMRegressor(objective="poisson", **QUIET))
    result = explain(model, X[:30], X[:3], task="regression", feature_names=NAMES)
    assert result.method == "permutation"
    np.testing.assert_allclose(total(result), model.predict(X[:3])[result.rows], atol=1e-9)
