"""The diagnostics that an iteration leaves, whatever its data and learner are."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.engine import diagnosing
from automl_widgets.records import Recipe
from tests.engine.bench import FOREST, LOGISTIC, NEIGHBOURS, Bench, blobs

LIGHTGBM = Recipe(algorithm="LightGBM", preprocessor="MaxAbsScaler", parameters={"n_estimators": 10})


def diagnostics(bench, i=0):
    return json.loads((bench.folder / str(i) / "diagnostics.json").read_text())


@pytest.fixture
def bench(tmp_path):
    X, y = blobs()
    return Bench(tmp_path, X=X, y=y, n_folds=3)


def test_they_are_of_all_rows_that_the_folds_held_back(bench):
    bench.run(LOGISTIC)
    found = diagnostics(bench)
    assert (found["n_rows"], found["n_folds"], found["rows_of"]) == (120, 3, "training")
    assert found["labels"] == {"0": "no", "1": "perhaps", "2": "yes"}
    assert sum(map(sum, found["confusion"]["counts"])) == 120
    assert {one["name"] for one in found["features"]["shown"]} == {"x0", "x1", "x2", "x3"}


def test_the_truth_lies_beside_the_predictions(bench):
    bench.run(LOGISTIC)
    with np.load(bench.folder / "0" / "oof.npz") as arrays:
        assert np.array_equal(arrays["truth"], bench.table.data["y"])
        accuracy = np.mean(arrays["prediction"].argmax(axis=1) == arrays["truth"])
    assert diagnostics(bench)["confusion"]["n_wrong"] == round(120 * (1 - accuracy))


def test_a_booster_tells_how_it_learnt(bench):
    bench.run(LIGHTGBM)
    rounds = diagnostics(bench)["rounds"]
    assert rounds["round"][-1] == 10
    assert rounds["n_rows"] == [80, 40]
    bench.run(LOGISTIC, 1)
    assert "rounds" not in diagnostics(bench, 1)


@pytest.mark.parametrize("kind", ["VotingEnsemble", "StackEnsemble"])
def test_an_ensemble_has_them_too(bench, kind):
    for i, recipe in enumerate([LOGISTIC, FOREST, NEIGHBOURS]):
        bench.run(recipe, i)
    result = bench.combine(kind)
    found = diagnostics(bench, 9)
    assert 1 - found["confusion"]["n_wrong"] / 120 == pytest.approx(result.score)


def test_validation_data_are_the_rows_if_they_are_given(tmp_path):
    X, y = blobs()
    bench = Bench(tmp_path, X=X[:90], y=y[:90], X_valid=X[90:], y_valid=y[90:])
    bench.run(LOGISTIC)
    found = diagnostics(bench)
    assert (found["rows_of"], found["n_rows"], found["n_folds"]) == ("validation", 30, 1)


def test_the_positive_label_is_the_users(tmp_path):
    X, y = blobs(labels=("no", "yes"))
    bench = Bench(tmp_path, X=X, y=y, n_folds=2, positive_label="no")
    bench.run(LOGISTIC)
    found = diagnostics(bench)
    assert found["labels"][str(found["positive"])] == "no"
    assert len(found["thresholds"]["counts"]) == 101


def test_values_and_columns_of_every_kind(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"size": rng.normal(size=90), "town": np.array(["Rome", "Oslo", None], dtype=object)[np.arange(90) % 3]}
    )
    bench = Bench(tmp_path, task="regression", metric="r2_score", X=frame, y=frame["size"] * 3 + 1, n_folds=3)
    bench.run(Recipe(algorithm="ElasticNet"))
    found = diagnostics(bench)
    assert len(found["predicted_true"]["points"][0]) == 90
    assert {one["kind"] for one in found["features"]["shown"]} <= {"number", "category"}


def test_a_sparse_table_has_features_too(tmp_path):
    X, y = blobs()
    bench = Bench(tmp_path, X=sparse.csr_matrix(np.where(X > 1, X, 0)), y=y, n_folds=3)
    bench.run(LOGISTIC)
    assert diagnostics(bench)["features"]["n_features"] == 4


def test_an_iteration_does_not_fail_for_its_charts(bench, monkeypatch):
    def broken(evidence):
        raise TypeError("a column of another world")

    monkeypatch.setattr(diagnosing, "diagnose", broken)
    result = bench.run(LOGISTIC)
    reason = "The diagnostics could not be computed: TypeError: a column of another world"
    assert diagnostics(bench)["reason"] == reason
    assert reason in result.warnings
