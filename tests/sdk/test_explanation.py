"""`explain_model` in six parts, on models of each kind, against shap and the model itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification, make_regression
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from automl_widgets import DataError, explain_model

N = 80


def classes(n_classes: int) -> tuple[Any, Any]:
    X, y = make_classification(N, 6, n_informative=4, n_classes=n_classes, random_state=0)
    return X, np.array(["no", "yes", "perhaps"])[y]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "learner",
    [LogisticRegression(), RandomForestClassifier(20, random_state=0), LGBMClassifier(n_estimators=10, verbosity=-1)],
    ids=lambda learner: type(learner).__name__,
)
def test_six_parts_of_a_classifier(learner: Any, n_classes: int) -> None:
    X, y = classes(n_classes)
    model = make_pipeline(StandardScaler(), learner).fit(X, y)
    values, expected, overall, names, per_class, per_class_names = explain_model(model, X, X[:20])
    assert [v.shape for v in values] == [(20, 6)] * n_classes
    assert len(expected) == len(per_class) == len(per_class_names) == n_classes
    assert overall == sorted(overall, reverse=True)
    assert set(names) == {f"x{k}" for k in range(6)}


def test_six_parts_of_a_regression_are_those_of_the_formula() -> None:
    X, y = make_regression(N, 4, random_state=0)
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = LinearRegression().fit(frame, y)
    values, expected, _, names, per_class, per_class_names = explain_model(model, frame, frame[:10])
    assert (per_class, per_class_names) == (None, None)
    assert set(names) == set("abcd")
    added = np.sort(expected + values.sum(axis=1))
    np.testing.assert_allclose(added, np.sort(model.predict(frame[:10])))


@pytest.mark.parametrize("model", [KNeighborsClassifier(), DummyClassifier()], ids=str)
def test_models_that_nobody_can_read_are_explained_too(model: Any) -> None:
    X, y = classes(2)
    values, *_ = explain_model(model.fit(X, y), X, X[:5], time_limit_s=20)
    assert np.isfinite(values[0]).all()
    assert isinstance(model, DummyClassifier) is bool((values[0] == 0).all())


def test_a_classifier_without_probabilities_is_refused_with_a_hint() -> None:
    X, y = classes(2)
    with pytest.raises(DataError, match="CalibratedClassifierCV"):
        explain_model(SVC().fit(X, y), X, X[:5])


def test_one_feature_takes_all_of_it() -> None:
    X, y = classes(2)
    model = LogisticRegression().fit(X[:, :1], y)
    _, _, overall, names, _, _ = explain_model(model, X[:, :1], X[:9, :1], features=["only"])
    assert names == ["only"]
    assert overall[0] > 0


def test_tables_that_do_not_fit_are_named() -> None:
    X, y = classes(2)
    model = LogisticRegression().fit(X, y)
    for X_test, features, words in (
        (X[:, :3], None, "must have the columns of"),
        (X[:0], None, "rows and columns"),
        (X, ["a"], "names 1"),
        (7, None, "got int"),
    ):
        with pytest.raises(DataError, match=words):
            explain_model(model, X, X_test, features=features)
