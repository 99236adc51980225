"""Values of engineered features are summed back to the column that the user gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from automl_widgets.data.featurize import Featurizer
from automl_widgets.explain import explain
from automl_widgets.search.estimators import TruncatedSVDWrapper

PURPOSES = {"town": "categorical", "age": "numeric", "day": "datetime", "id": "ignore", "code": "categorical_hash"}


def people(n: int = 120) -> tuple[pd.DataFrame, Any]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "town": rng.choice(["Rome", "Oslo", "Bern"], n),
            "age": np.where(rng.random(n) < 0.1, np.nan, rng.normal(40, 10, n)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "id": [f"id{k}" for k in range(n)],
            "code": rng.choice([f"c{k}" for k in range(30)], n),
        }
    )
    return frame, np.where((frame["town"] == "Rome") & (rng.random(n) < 0.9), "yes", "no")


@pytest.mark.parametrize(
    "steps",
    [
        [("LightGBM", LGBMClassifier(n_estimators=20, verbosity=-1, n_jobs=1))],
        [("StandardScalerWrapper", StandardScaler()), ("LogisticRegression", LogisticRegression())],
        [("TruncatedSVDWrapper", TruncatedSVDWrapper(4)), ("LogisticRegression", LogisticRegression())],
    ],
    ids=["trees", "linear", "projection"],
)
def test_features_are_summed_over_their_column(steps: list[tuple[str, Any]]) -> None:
    X, y = people()
    featurizer = Featurizer(tuple(PURPOSES.values()))
    model = Pipeline([("datatransformer", featurizer), *steps]).fit(X, y)
    result = explain(model, X, X, task="classification", feature_names=list(PURPOSES))
    p = model.predict_proba(X.iloc[result.rows])[:, 1]
    log_odds = result.expected[1] + result.values[1].sum(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), p, atol=1e-6)
    importance = np.abs(result.values[1]).mean(axis=0)
    assert importance[list(PURPOSES).index("id")] == 0.0
    assert importance[list(PURPOSES).index("town")] > importance[list(PURPOSES).index("code")]


def test_a_sparse_matrix_goes_through_the_featurizer() -> None:
    rng = np.random.default_rng(0)
    X = csr_matrix(np.where(rng.random((80, 5)) < 0.3, rng.normal(size=(80, 5)), 0.0))
    y = np.asarray((X.toarray()[:, 2] > 0).astype(int))
    steps = [("datatransformer", Featurizer(("numeric",) * 5)), ("MaxAbsScaler", MaxAbsScaler())]
    model = Pipeline([*steps, ("LogisticRegression", LogisticRegression())]).fit(X, y)
    result = explain(model, X[:40], X, task="classification", feature_names=list("abcde"))
    log_odds = result.expected[1] + result.values[1].sum(axis=1)
    np.testing.assert_allclose(log_odds, model.decision_function(X[result.rows]), atol=1e-9)
