"""Pairs of levels: what is made of them, without a row's own target, and to which columns it belongs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from automl_widgets.data.featurize import Featurizer
from automl_widgets.errors import DataError
from automl_widgets.explain import explain
from automl_widgets.search.code import model_to_code, standalone

PURPOSES = ("categorical", "categorical", "numeric")


def people(n: int = 600, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows whose class is whether two columns, of which neither says anything alone, agree."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame({"town": rng.choice(list("abcd"), n), "job": rng.choice(list("abcd"), n), "age": rng.random(n)})
    return X, np.where(X["town"] == X["job"], "yes", "no")


def test_a_pair_says_what_neither_column_says() -> None:
    X, y = people()
    scores = {}
    for pairs in (False, True):
        model = Pipeline([("f", Featurizer(PURPOSES, pairs=pairs)), ("l", LogisticRegression())])
        scores[pairs] = cross_val_score(model, X, y, cv=3, scoring="roc_auc").mean()
    assert scores[False] < 0.6
    assert scores[True] > 0.95


def test_names_summary_and_columns_in_any_order() -> None:
    X, y = people()
    featurizer = Featurizer(PURPOSES, pairs=True)
    featurizer.fit(X, y)
    (paired,) = [n for n in featurizer.get_engineered_feature_names() if "_and_" in n]
    assert paired in {"town_and_job_mean", "job_and_town_mean"}
    assert "LevelPairs" in featurizer.get_featurization_summary()[0]["Tranformations"]
    np.testing.assert_array_equal(featurizer.transform(X[["age", "job", "town"]]), featurizer.transform(X))


@pytest.mark.parametrize("n_classes", [2, 3, 12])
def test_levels_unseen_and_missing_are_taken_whatever_the_classes(n_classes: int) -> None:
    X, _ = people()
    y = np.arange(len(X)) % n_classes
    featurizer = Featurizer(PURPOSES, pairs=True).fit(X, y)
    new = pd.DataFrame({"town": ["a", None, "z"], "job": ["z", "a", None], "age": [0.1, 0.2, 0.3]})
    assert np.isfinite(featurizer.transform(new)).all()


def test_a_random_target_looks_random_in_training() -> None:
    X, _ = people()
    y = np.random.default_rng(1).integers(0, 2, len(X))
    featurizer = Featurizer(PURPOSES, pairs=True)
    learnt = featurizer.fit_transform(X, y)[:, -1]
    assert abs(np.corrcoef(learnt, y)[0, 1]) < 0.15


def test_pairs_of_levels_need_a_target() -> None:
    with pytest.raises(DataError, match="fit needs `y`, but it is None"):
        Featurizer(PURPOSES, pairs=True).fit(people()[0])


def test_nothing_is_paired_without_two_columns_or_if_means_of_the_target_are_blocked() -> None:
    X, y = people()
    for featurizer in (
        Featurizer(("categorical", "ignore", "numeric"), pairs=True),
        Featurizer(PURPOSES, blocked=["TargetEncoder"], pairs=True),
    ):
        names = featurizer.fit(X, y).get_engineered_feature_names()
        assert not [name for name in names if "_and_" in name]


def test_a_pair_is_explained_as_half_of_either_column_and_its_code_stands_alone() -> None:
    X, y = people()
    learner = LGBMClassifier(n_estimators=20, verbosity=-1, n_jobs=1)
    model = Pipeline([("datatransformer", Featurizer(PURPOSES, pairs=True)), ("LightGBM", learner)]).fit(X, y)
    found = explain(model, X, X, task="classification", feature_names=list(X.columns))
    log_odds = found.expected[1] + found.values[1].sum(axis=1)
    np.testing.assert_allclose(1 / (1 + np.exp(-log_odds)), model.predict_proba(X.iloc[found.rows])[:, 1], atol=1e-6)
    importance = np.abs(found.values[1]).mean(axis=0)
    assert importance[:2].min() > 5 * importance[2]
    scope: dict = {}
    exec(standalone(model_to_code(model)), scope)
    np.testing.assert_allclose(scope["build"]().fit(X, y).predict_proba(X), model.predict_proba(X))
