"""How frequent a number is: what is told of it, and of rows that training has not seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from sklearn.pipeline import Pipeline

from automl_widgets.data.featurize import Featurizer
from automl_widgets.data.value_counts import LEAST_VALUES, ValueCountEncoder
from automl_widgets.explain import explain
from automl_widgets.search.code import model_to_code, standalone

PURPOSES = ("numeric", "numeric", "categorical")


def readings(n: int = 800, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows of which those of one class are copies: their values are there several times."""
    rng = np.random.default_rng(seed)
    is_copy = rng.random(n) < 0.5
    value = np.where(is_copy, rng.choice(rng.normal(size=40), n), rng.normal(size=n))
    X = pd.DataFrame({"value": value, "other": rng.normal(size=n), "kind": rng.choice(list("ab"), n)})
    return X, np.where(is_copy, "yes", "no")


def encoded(column: list[float], new: list[float]) -> tuple[list[float], list[float]]:
    encoder = ValueCountEncoder()
    learnt = encoder.fit_transform([pd.Series(column, name="x")], None)
    return learnt.ravel().tolist(), encoder.transform([pd.Series(new, name="x")]).ravel().tolist()


def test_a_row_of_training_counts_the_others_and_a_new_one_those_of_training() -> None:
    many = [float(k) for k in range(LEAST_VALUES)] + [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0]
    learnt, new = encoded(many, [0.0, 1.0, 2.0, 3.0, 99.0, -1.0])
    assert learnt[:4] == [0.0, 1.0, 2.0, 3.0]  # of 0, 1, 2 and 4 others
    assert new == [1.0, 2.0, 2.0, 3.0, 0.0, 0.0]  # of 1, 2, 3, 5, 0 and 0


def test_missing_and_infinite_values_are_one_value() -> None:
    column = [float(k) for k in range(20)] + [np.nan, np.inf, -np.inf, np.nan]
    learnt, new = encoded(column, [np.nan, np.inf])
    assert learnt[-4:] == [2.0] * 4  # three others each
    assert new == [3.0] * 2


@given(st.lists(st.integers(0, 40), min_size=30, max_size=200), st.lists(st.integers(0, 60), min_size=1, max_size=20))
def test_what_is_told_are_powers_of_two_of_the_counts(column: list[int], new: list[int]) -> None:
    encoder = ValueCountEncoder()
    learnt = encoder.fit_transform([pd.Series(column)], None)
    if not encoder.made:
        assert learnt.shape == (len(column), 0)
        return
    expected = [np.ceil(np.log2(column.count(value))) for value in column]
    assert learnt.ravel().tolist() == expected
    told = encoder.transform([pd.Series(new)]).ravel().tolist()
    assert told == [np.ceil(np.log2(1 + column.count(value))) for value in new]


@pytest.mark.parametrize(
    "column", [list(range(LEAST_VALUES - 1)) * 5, list(range(500)), [0.5] * 100], ids=["few", "each once", "constant"]
)
def test_columns_whose_counts_tell_nothing_are_left_out(column: list[float]) -> None:
    assert encoded(column, column[:5])[1] == []


def test_copies_are_told_from_others_by_how_frequent_they_are() -> None:
    (X, y), learner = readings(), LGBMClassifier(n_estimators=30, verbosity=-1, n_jobs=1)
    rows = np.arange(len(X)) < 600
    hits = {}
    for counts in (False, True):
        model = Pipeline([("datatransformer", Featurizer(PURPOSES, counts=counts)), ("LightGBM", learner)])
        hits[counts] = float(np.mean(model.fit(X[rows], y[rows]).predict(X[~rows]) == y[~rows]))
    assert hits[False] < 0.85
    assert hits[True] > 0.93


def test_a_count_belongs_to_its_column_in_names_explanation_and_code() -> None:
    X, y = readings()
    featurizer = Featurizer(PURPOSES, counts=True)
    model = Pipeline([("datatransformer", featurizer), ("L", LGBMClassifier(n_estimators=20, verbosity=-1, n_jobs=1))])
    model.fit(X, y)
    assert [name for name in featurizer.get_engineered_feature_names() if "count" in name] == ["value_count"]
    assert "FrequencyEncoder" in featurizer.get_featurization_summary()[0]["Tranformations"]
    np.testing.assert_array_equal(model.predict_proba(X[["kind", "other", "value"]]), model.predict_proba(X))
    found = explain(model, X, X, task="classification", feature_names=list(X.columns))
    log_odds = found.expected[1] + found.values[1].sum(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), model.predict_proba(X.iloc[found.rows])[:, 1], atol=1e-6)
    assert np.abs(found.values[1]).mean(axis=0).argmax() == 0
    scope: dict = {}
    exec(standalone(model_to_code(model)), scope)
    np.testing.assert_allclose(scope["build"]().fit(X, y).predict_proba(X), model.predict_proba(X))


def test_nothing_is_counted_if_frequencies_are_blocked() -> None:
    X, y = readings()
    featurizer = Featurizer(PURPOSES, blocked=["FrequencyEncoder"], counts=True).fit(X, y)
    assert not [name for name in featurizer.get_engineered_feature_names() if "count" in name]
