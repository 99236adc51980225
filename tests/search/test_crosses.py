"""Crosses of pairs of columns: which are made, what they are, and that they help."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from lightgbm import LGBMRegressor
from sklearn.pipeline import Pipeline

from automl_widgets.explain import explain
from automl_widgets.records import Validation
from automl_widgets.search.estimators import FeatureCrosses
from automl_widgets.search.plan import N_CROSSES, make_plan
from tests.search.cases import a_profile, some_settings


def ratios(n_rows=400, seed=0):
    """Return rows of which the ratio of two columns says everything, and three more say nothing."""
    X = np.random.default_rng(seed).normal(size=(n_rows, 5))
    X[:, 1] = np.abs(X[:, 1]) + 0.1
    return X, X[:, 0] / X[:, 1]


FITTED = FeatureCrosses("regression").fit(*ratios())


def test_a_ratio_that_says_everything_is_found():
    X, y = ratios()
    crosses = FeatureCrosses("regression").fit(X, y)
    assert "x0 / x1" in crosses.get_feature_names_out()
    assert len(crosses.signs_) <= crosses.n_crosses
    made = crosses.transform(X)
    assert made.shape == (400, len(crosses.get_feature_names_out()))
    np.testing.assert_array_equal(made[:, :5], X)
    np.testing.assert_array_equal(made[:, list(crosses.get_feature_names_out()).index("x0 / x1")], y)


@pytest.mark.parametrize("labels", [["no", "yes"], [0.5, 1.5], [7, 3]])
def test_labels_of_any_kind_are_classes(labels):
    X, y = ratios()
    crosses = FeatureCrosses(random_state=3).fit(X, np.array(labels)[(y > 1).astype(int)])
    again = FeatureCrosses(random_state=3).fit(X, np.array(labels)[(y > 1).astype(int)])
    assert list(crosses.get_feature_names_out()) == list(again.get_feature_names_out())
    assert len(crosses.signs_)


def test_columns_of_two_values_are_not_paired():
    X, y = ratios()
    X[:, :4] = X[:, :4] > 0
    crosses = FeatureCrosses("regression").fit(X, y)
    assert crosses.pairs_.shape == (2, 0)
    np.testing.assert_array_equal(crosses.transform(X), X)


@given(X=arrays(np.float64, (3, 5), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_crosses_are_finite_whatever_the_numbers(X):
    assert np.isfinite(FITTED.transform(X)[:, 5:]).all()


def test_a_cross_is_explained_as_half_of_either_column():
    X, y = ratios()
    steps = [("FeatureCrosses", FeatureCrosses("regression")), ("LightGBM", LGBMRegressor(n_jobs=1, verbosity=-1))]
    model = Pipeline(steps).fit(X, y)
    found = explain(model, X, X, task="regression", feature_names=list("abcde"))
    assert found.method.startswith("tree contributions")
    np.testing.assert_allclose(found.expected + found.values.sum(axis=1), model.predict(X[found.rows]), atol=1e-4)
    importance = np.abs(found.values).mean(axis=0)
    assert importance[:2].min() > 10 * importance[2:].max()


def test_data_without_a_pair_of_numbers_is_not_crossed():
    names = {}
    for n_numbers in (1, 2):
        profile = a_profile(column_purposes=("numeric",) * n_numbers + ("categorical", *("boolean",) * 8))
        plan = make_plan(some_settings(iterations=40), profile, Validation(kind="k_fold", n_folds=5))
        names[n_numbers] = {recipe.name for recipe in plan.portfolio}
    assert "FeatureCrosses LightGBM" in names[2]
    assert "FeatureCrosses LightGBM" not in names[1]


def test_the_plan_counts_with_as_many_crosses_as_there_may_be():
    assert FeatureCrosses().n_crosses == N_CROSSES
