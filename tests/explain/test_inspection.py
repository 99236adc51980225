"""Shuffled and fixed columns, interactions: the numbers of scikit-learn and shap, whatever the columns are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shap
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from automl_widgets.errors import DataError, NotSupportedError
from automl_widgets.explain.inspection import codes, fixed, permuted, strongest_interaction

N = 120


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"size": rng.normal(size=N), "rooms": rng.integers(1, 5, N)})
    made["town"] = np.array(["Rome", "Oslo", "Bonn"])[np.arange(N) % 3]
    return made


def model(X: pd.DataFrame, n_classes: int = 0) -> Any:
    front = make_column_transformer((OneHotEncoder(), ["town"]), remainder="passthrough")
    y = X["size"] + X["rooms"] + (X["town"] == "Rome")
    if not n_classes:
        return make_pipeline(front, RandomForestRegressor(10, random_state=0)).fit(X, y)
    return make_pipeline(front, RandomForestClassifier(10, random_state=0)).fit(X, pd.qcut(y, n_classes, labels=False))


def accuracy(fitted: Any, X: Any, y: Any) -> float:
    return float(np.mean(fitted.predict(X) == y))


def test_permutation_importance_is_scikit_learns() -> None:
    X = frame()
    fitted = model(X, 3)
    y = fitted.predict(X)
    mean, std = permuted(fitted, X, y, accuracy, n_repeats=3, random_state=1)
    theirs = permutation_importance(fitted, X, y, scoring="accuracy", n_repeats=3, random_state=1)
    np.testing.assert_allclose(mean, theirs.importances_mean)
    np.testing.assert_allclose(std, theirs.importances_std)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_partial_dependence_is_scikit_learns(n_classes: int) -> None:
    X = frame()
    fitted = model(X, n_classes)
    found = fixed(fitted, X, 0, "numeric")
    theirs = partial_dependence(fitted, X, [0], kind="both", grid_resolution=30)
    np.testing.assert_allclose(found.grid, theirs["grid_values"][0])
    np.testing.assert_allclose(found.average, theirs["average"])
    np.testing.assert_allclose(found.individual, theirs["individual"][:, :100])


def test_whole_numbers_and_categories_have_a_grid_of_their_own() -> None:
    X = frame()
    fitted = model(X)
    assert fixed(fitted, X, 1, "numeric").grid == [1.0, 2.0, 3.0, 4.0]
    towns = fixed(fitted, X, 2, "categorical")
    assert (towns.grid, towns.is_category) == (["Bonn", "Oslo", "Rome"], True)
    assert towns.average[0, 2] > towns.average[0, 0]


def test_rows_in_which_the_column_is_missing_are_left_out() -> None:
    X = frame()
    fitted = model(X)
    X.loc[:9, "size"] = np.nan
    found = fixed(fitted, X, 0, "numeric")
    assert np.isfinite(found.grid).all()
    assert found.individual.shape[1] == 100


def test_sparse_and_plain_tables_are_looked_at_too() -> None:
    X = np.random.default_rng(0).integers(0, 3, (N, 3))
    fitted = RandomForestRegressor(5, random_state=0).fit(X, X[:, 0])
    for table in (X, sparse.csr_matrix(X)):
        assert len(fixed(fitted, table, 0, "numeric").grid) == 3
        mean, _ = permuted(fitted, table, X[:, 0], lambda m, T, y: -float(np.abs(m.predict(T) - y).mean()), n_repeats=2)
        assert mean.argmax() == 0


@pytest.mark.parametrize(
    ("purpose", "column", "error", "words"),
    [
        ("text", "town", NotSupportedError, "this column is text"),
        ("datetime", "town", NotSupportedError, "this column is datetime"),
        ("numeric", "constant", DataError, "fewer than two values"),
        ("categorical", "id", NotSupportedError, "up to 50 levels, but this column has 120"),
    ],
)
def test_what_has_no_partial_dependence_is_refused(purpose: str, column: str, error: Any, words: str) -> None:
    X = frame().assign(constant=1.0, id=[f"n{k}" for k in range(N)])
    with pytest.raises(error, match=words):
        fixed(None, X, list(X).index(column), purpose)


def test_the_strongest_interaction_is_shaps() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 4)), columns=list("abcd"))
    values = np.zeros((400, 4))
    values[:, 0] = X["a"] * (X["c"] > 0)
    assert strongest_interaction(values, X, 0) == 2 == shap.approximate_interactions(0, values, X.to_numpy())[0]
    assert strongest_interaction(values[:, :1], X[["a"]], 0) is None


def test_any_table_becomes_numbers() -> None:
    X = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", None, "y"], "c": [None] * 3})
    assert np.isfinite(codes(X)).all()
