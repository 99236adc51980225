"""A vote is explained by its members, on one scale, and adds up to what the vote says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.preprocessing import StandardScaler

from automl_widgets.explain import explain
from automl_widgets.explain.contributions import by_class, in_probability, linked
from automl_widgets.search.ensemble import make_meta_learner
from tests.explain.models import NAMES, classification, fitted, regression, stack, vote

QUIET = {"verbosity": -1, "n_jobs": 1, "n_estimators": 15}


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_vote_of_readable_members_adds_up_in_probabilities(n_classes: int) -> None:
    X, y = classification(n_classes)
    members = [
        fitted(X, y, LGBMClassifier(**QUIET)),
        fitted(X, y, StandardScaler(), LogisticRegression()),
        fitted(X, y, RandomForestClassifier(10, random_state=0)),
    ]
    model = vote(members, [3.0, 1.0, 1.0])
    result = explain(model, X[:50], X, task="classification", feature_names=NAMES)
    assert result.unit == "probability"
    assert result.method == "members added by weight: tree contributions, linear contributions"
    output = result.expected + result.values.sum(axis=2).T
    np.testing.assert_allclose(output, model.predict_proba(X[result.rows]), atol=1e-6)
    np.testing.assert_allclose(result.values.sum(axis=0), 0.0, atol=1e-6)


def test_members_that_cannot_be_read_are_permuted_together() -> None:
    X, y = classification(2)
    members = [fitted(X, y, LGBMClassifier(**QUIET)), fitted(X, y, GaussianNB()), fitted(X, y, GaussianNB())]
    model = vote(members, [0.5, 0.25, 0.25])
    result = explain(model, X[:20], X[:8], task="classification", feature_names=NAMES)
    assert result.method.endswith("tree contributions, permutation")
    output = result.expected + result.values.sum(axis=2).T
    np.testing.assert_allclose(output, model.predict_proba(X[:8][result.rows]), atol=1e-6)


def test_a_vote_of_values_adds_up_in_the_targets_unit() -> None:
    X, y = regression()
    members = [fitted(X, y, LGBMRegressor(**QUIET)), fitted(X, y, Ridge()), fitted(X, y, KNeighborsRegressor())]
    model = vote(members, [1.0, 2.0, 1.0])
    result = explain(model, X[:20], X[:8], task="regression", feature_names=NAMES)
    assert (result.unit, result.values.shape) == ("target", (8, len(NAMES)))
    np.testing.assert_allclose(
        result.expected + result.values.sum(axis=1), model.predict(X[:8][result.rows]), rtol=1e-6
    )


def test_members_without_weights_count_alike() -> None:
    X, y = regression()
    model = vote([fitted(X, y, Ridge()), fitted(X, y, LGBMRegressor(**QUIET))], None)
    result = explain(model, X[:20], X[:8], task="regression", feature_names=NAMES)
    np.testing.assert_allclose(
        result.expected + result.values.sum(axis=1), model.predict(X[:8][result.rows]), rtol=1e-6
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_stack_adds_up_in_the_log_odds_of_its_second_model(n_classes: int) -> None:
    X, y = classification(n_classes)
    members = [
        fitted(X, y, LGBMClassifier(**QUIET)),
        fitted(X, y, GaussianNB()),
        fitted(X, y, RandomForestClassifier(10, random_state=0)),
    ]
    model = stack(X, y, members, make_meta_learner("classification"))
    result = explain(model, X[:30], X[:20], task="classification", feature_names=NAMES)
    assert result.unit == "log-odds"
    assert result.method == "members added through the second model: tree contributions, permutation"
    output = result.expected[:, None] + result.values.sum(axis=2)
    raw = output[1:] if n_classes == 2 else output
    p = linked(raw, "logistic" if n_classes == 2 else "softmax").T
    np.testing.assert_allclose(p, model.predict_proba(X[:20][result.rows]), atol=1e-6)


@pytest.mark.parametrize("name", ["ElasticNetCV", "ElasticNet", "LinearRegression"])
def test_a_stack_of_values_adds_up_in_the_targets_unit(name: str) -> None:
    X, y = regression()
    members = [fitted(X, y, LGBMRegressor(**QUIET)), fitted(X, y, Ridge())]
    model = stack(X, y, members, make_meta_learner("regression", name))
    result = explain(model, X[:30], X[:20], task="regression", feature_names=NAMES)
    assert result.method.startswith("members added through the second model")
    np.testing.assert_allclose(
        result.expected + result.values.sum(axis=1), model.predict(X[:20][result.rows]), rtol=1e-6
    )


def test_a_stack_with_another_second_model_is_permuted_as_a_whole() -> None:
    X, y = classification(2)
    model = stack(X, y, [fitted(X, y, GaussianNB())], make_meta_learner("classification", "LightGBMClassifier"))
    result = explain(model, X[:10], X[:3], task="classification", feature_names=NAMES)
    assert (result.method, result.unit) == ("permutation", "probability")


def test_a_vote_that_nobody_can_read_is_permuted_as_a_whole() -> None:
    X, y = classification(2)
    model = vote([fitted(X[:40], y[:40], GaussianProcessClassifier())], [1.0])
    result = explain(model, X[:10], X[:3], task="classification", feature_names=NAMES)
    assert result.method == "permutation"
    output = result.expected + result.values.sum(axis=2).T
    np.testing.assert_allclose(output, model.predict_proba(X[:3][result.rows]), atol=1e-9)


sizes = st.floats(-200, 200)


@given(
    st.lists(st.lists(sizes, min_size=3, max_size=3), min_size=1, max_size=4), st.sampled_from(["logistic", "softmax"])
)
def test_contributions_to_probabilities_add_up_whatever_the_log_odds(rows: list[list[float]], link: str) -> None:
    n_outputs = 1 if link == "logistic" else 3
    values = np.stack([np.roll(np.array(rows), k, axis=1) for k in range(n_outputs)])
    expected = np.linspace(-1.0, 2.0, n_outputs)
    found, start = in_probability(values, expected, link)  # type: ignore[arg-type]
    ends = linked(expected[:, None] + values.sum(axis=2), link)  # type: ignore[arg-type]
    np.testing.assert_allclose(start[:, None] + found.sum(axis=2), ends, atol=1e-9)


def test_a_column_that_says_nothing_gets_nothing_and_equal_ones_get_the_same() -> None:
    values = np.array([[[2.0, 2.0, 0.0]], [[-1.0, -1.0, 0.0]], [[0.5, 0.5, 0.0]]])
    found, _ = in_probability(values, np.zeros(3), "softmax")
    np.testing.assert_allclose(found[:, 0, 2], 0.0, atol=1e-12)
    np.testing.assert_allclose(found[:, 0, 0], found[:, 0, 1])


def test_two_classes_have_opposite_values() -> None:
    assert by_class(np.array([[1.0]]), "logistic").tolist() == [[-1.0], [1.0]]
    assert by_class(np.array([[1.0]]), "identity").tolist() == [[1.0]]
