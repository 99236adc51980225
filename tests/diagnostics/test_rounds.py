"""The learning curve of boosters ends where the fitted model is, and lies below chance."""

from __future__ import annotations

import numpy as np
import pytest
from catboost import CatBoostClassifier, CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from automl_widgets.diagnostics.rounds import learning_curve
from automl_widgets.search.estimators import LabelEncoded

CLASSIFIERS = [
    LGBMClassifier(n_estimators=30, verbose=-1, n_jobs=1),
    LabelEncoded(XGBClassifier(n_estimators=30, n_jobs=1)),
    LabelEncoded(CatBoostClassifier(iterations=30, silent=True, thread_count=1, allow_writing_files=False)),
    GradientBoostingClassifier(n_estimators=30),
    HistGradientBoostingClassifier(max_iter=30),
]
REGRESSORS = [
    LGBMRegressor(n_estimators=30, verbose=-1, n_jobs=1),
    XGBRegressor(n_estimators=30, n_jobs=1),
    CatBoostRegressor(iterations=30, silent=True, thread_count=1, allow_writing_files=False),
    GradientBoostingRegressor(n_estimators=30),
]


def name(model):
    return type(getattr(model, "estimator", None) or model).__name__


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("learner", CLASSIFIERS, ids=name)
def test_a_classifier_ends_at_its_log_loss(learner, n_classes):
    X, y = make_classification(300, 6, n_informative=4, n_classes=n_classes, random_state=0)
    model = make_pipeline(StandardScaler(), learner).fit(X[:200], y[:200])
    curve = learning_curve(model, (X[:200], y[:200]), (X[200:], y[200:]), is_classifier=True)
    assert (curve["round"][0], curve["round"][-1], curve["metric"]) == (1, 30, "log_loss")
    assert curve["held"][-1] == pytest.approx(log_loss(y[200:], model.predict_proba(X[200:])), rel=1e-3)
    assert curve["trained"][-1] < curve["trained"][0] < np.log(n_classes) + 0.01


@pytest.mark.parametrize("learner", REGRESSORS, ids=name)
def test_a_regressor_ends_at_its_error(learner):
    X, y = make_regression(300, 6, noise=10.0, random_state=0)
    model = make_pipeline(StandardScaler(), learner).fit(X[:200], y[:200])
    curve = learning_curve(model, (X[:200], y[:200]), (X[200:], y[200:]), is_classifier=False)
    assert curve["held"][-1] == pytest.approx(root_mean_squared_error(y[200:], model.predict(X[200:])), rel=1e-3)
    assert curve["trained"][-1] < curve["trained"][0]


def test_a_learner_without_rounds_has_no_curve():
    X, y = make_classification(60, random_state=0)
    model = make_pipeline(LogisticRegression()).fit(X, y)
    assert learning_curve(model, (X, y), (X, y), is_classifier=True) is None


def test_a_class_that_only_the_held_back_rows_have_is_left_out():
    X, y = make_classification(90, 6, n_informative=4, n_classes=3, random_state=0)
    seen = y < 2
    model = make_pipeline(LGBMClassifier(n_estimators=5, verbose=-1)).fit(X[seen], y[seen])
    curve = learning_curve(model, (X[seen], y[seen]), (X, y), is_classifier=True)
    same = learning_curve(model, (X[seen], y[seen]), (X[seen], y[seen]), is_classifier=True)
    assert curve["held"] == same["held"]
