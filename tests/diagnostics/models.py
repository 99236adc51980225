"""Predictions of many kinds of models, made once. No test."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_predict
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from automl_widgets.diagnostics import Evidence, diagnose

CLASSIFIERS = {
    "logistic": LogisticRegression(),
    "forest": RandomForestClassifier(10, random_state=0),
    "extra trees": ExtraTreesClassifier(10, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=5, random_state=0),
    "lightgbm": LGBMClassifier(n_estimators=5, verbose=-1, n_jobs=1),
    "tree": DecisionTreeClassifier(max_depth=3, random_state=0),
    "neighbours": KNeighborsClassifier(),
    "naive bayes": GaussianNB(),
    "bernoulli": BernoulliNB(),
    "discriminant": LinearDiscriminantAnalysis(),
    "network": MLPClassifier((4,), max_iter=20, random_state=0),
}
REGRESSORS = {
    "ridge": Ridge(),
    "forest": RandomForestRegressor(10, random_state=0),
    "tree": DecisionTreeRegressor(max_depth=3, random_state=0),
    "neighbours": KNeighborsRegressor(),
    "svm": SVR(),
    "lightgbm": LGBMRegressor(n_estimators=5, verbose=-1, n_jobs=1),
}
N = 240


@functools.cache
def classified(kind: str, n_classes: int, weighted: bool = False) -> Evidence:
    X, y = make_classification(N, 6, n_informative=4, n_classes=n_classes, n_clusters_per_class=1, random_state=0)
    model = CLASSIFIERS[kind]
    proba = cross_val_predict(model, X, y, cv=3, method="predict_proba")
    return evidence("classification", X, y, proba, weighted, labels=[f"class {k}" for k in range(n_classes)])


@functools.cache
def valued(kind: str, weighted: bool = False) -> Evidence:
    X, y = make_regression(N, 6, noise=20.0, random_state=0)
    return evidence("regression", X, y, cross_val_predict(REGRESSORS[kind], X, y, cv=3), weighted)


def evidence(task: Any, X: Any, y: Any, prediction: Any, weighted: bool = False, **options: Any) -> Evidence:
    n = len(y)
    return Evidence(
        task=task,
        y=y,
        prediction=prediction,
        row=np.arange(n),
        fold=np.arange(n) % 3,
        weights=np.random.default_rng(0).uniform(0.5, 2.0, n) if weighted else None,
        X=X,
        feature_names=[f"f{j}" for j in range(X.shape[1])],
        **options,
    )


@functools.cache
def found(kind: str, n_classes: int, weighted: bool = False) -> dict[str, Any]:
    return diagnose(classified(kind, n_classes, weighted))
