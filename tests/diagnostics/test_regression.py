"""Diagnostics of predicted values, and of errors by feature."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.diagnostics import diagnose
from tests.diagnostics.models import REGRESSORS, classified, evidence, valued

each_model = pytest.mark.parametrize("kind", list(REGRESSORS))


@each_model
def test_the_histogram_is_that_of_numpy(kind):
    given, shown = valued(kind), diagnose(valued(kind))["residuals"]
    residual = given.prediction - given.y
    reach = np.abs(residual).max() * 1.0001
    counts, edges = np.histogram(residual, bins=31, range=(-reach, reach))
    assert shown["counts"] == counts.tolist()
    assert shown["edges"] == pytest.approx(edges, rel=1e-4)
    assert (shown["mean"], shown["std"]) == pytest.approx((residual.mean(), residual.std()), rel=1e-4)


@each_model
def test_few_rows_are_shown_one_by_one(kind):
    given, shown = valued(kind), diagnose(valued(kind))["predicted_true"]
    assert shown["points"][0] == pytest.approx(given.y, rel=1e-4)
    assert shown["points"][1] == pytest.approx(given.prediction, rel=1e-4)
    assert sum(shown["by_truth"]["counts"]) == len(given.y)


def test_means_weigh_rows():
    given = valued("ridge", weighted=True)
    residual = given.prediction - given.y
    assert diagnose(given)["residuals"]["mean"] == pytest.approx(np.average(residual, weights=given.weights), rel=1e-4)


def test_bins_of_the_prediction_hold_the_mean_residual():
    given = valued("ridge")
    by = diagnose(given)["residuals"]["by_prediction"]
    inside = given.prediction < by["edges"][1]
    residual = (given.prediction - given.y)[inside]
    assert by["mean"][0] == pytest.approx(residual.mean(), rel=1e-3)
    assert by["high"][0] == pytest.approx(np.quantile(residual, 0.9), rel=1e-3)


def test_many_rows_are_counted_in_cells():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200_000)
    shown = diagnose(evidence("regression", np.zeros((200_000, 1)), y, y + rng.normal(size=200_000)))
    x, _, counts = shown["predicted_true"]["cells"]
    assert sum(counts) + shown["predicted_true"]["n_outside"] == 200_000
    assert max(x) < shown["predicted_true"]["n_cells"]
    assert len(json.dumps(shown)) < 30_000


def test_the_largest_residuals_come_first():
    given, worst = valued("ridge"), diagnose(valued("ridge"))["worst"]
    residual = given.prediction - given.y
    assert [one["row"] for one in worst] == np.argsort(-np.abs(residual))[:20].tolist()
    assert worst[0]["residual"] == pytest.approx(residual[worst[0]["row"]], rel=1e-5)


@pytest.mark.parametrize("y", [np.zeros(5), np.array([1e300, -1e300, 0.0])])
def test_constant_and_huge_values_have_a_range(y):
    shown = diagnose(evidence("regression", np.zeros((len(y), 1)), y, np.zeros(len(y))))
    low, high = shown["predicted_true"]["edges"]
    assert low < high
    assert sum(shown["residuals"]["counts"]) == len(y)


# ---------------------------------------------------------------- features


def test_the_feature_where_the_model_errs_comes_first():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 3)), np.zeros(400)
    shown = diagnose(evidence("regression", X, y, np.where(X[:, 1] > 1, 5.0, 0.1)))["features"]["shown"]
    assert shown[0]["name"] == "f1"
    assert shown[0]["error"][0] == pytest.approx(0.1)
    assert shown[0]["error"][7] == shown[0]["bias"][7] > 4


def test_bins_hold_the_share_of_wrong_rows():
    given = classified("logistic", 3)
    wrong = given.prediction.argmax(axis=1) != given.y
    for one in diagnose(given)["features"]["shown"]:
        values = given.X[:, int(one["name"][1:])]
        first = values < one["edges"][1]
        assert one["counts"][0] == pytest.approx(first.sum(), abs=1)
        assert one["error"][0] == pytest.approx(wrong[first].mean(), abs=0.05)
        assert sum(one["counts"]) == len(values)


def test_columns_of_every_kind_are_binned():
    n = 300
    frame = pd.DataFrame(
        {
            "number": np.where(np.arange(n) % 10 == 0, np.nan, np.arange(n)),
            "whole": pd.array([None if k % 7 == 0 else k for k in range(n)], dtype="Int64"),
            "day": pd.date_range("2024-01-01", periods=n).where(np.arange(n) % 5 > 0),
            "city": pd.Categorical(np.array(["Bonn", "Rome", "Oslo"])[np.arange(n) % 3]),
            "flag": np.arange(n) % 2 == 0,
            "text": [f"text {k}" for k in range(n)],
            "constant": 1.0,
        }
    )
    given = evidence("regression", frame, np.arange(n, dtype=float), np.zeros(n))
    shown = diagnose(replace(given, feature_names=list(frame)))["features"]["shown"]
    kinds = {one["name"]: one["kind"] for one in shown}
    assert kinds == {"number": "number", "whole": "number", "day": "time", "city": "category", "flag": "category"}
    by_name = {one["name"]: one for one in shown}
    assert by_name["number"]["counts"][-1] == 30
    assert sorted(by_name["city"]["levels"]) == ["Bonn", "Oslo", "Rome"]
    assert by_name["flag"]["levels"] == ["True", "False"]


def test_a_sparse_table_is_binned_like_a_dense_one():
    X = np.where(np.arange(200) % 2 == 0, 0.0, np.arange(200))[:, None]
    y = np.arange(200, dtype=float)
    dense = diagnose(evidence("regression", X, y, np.zeros(200)))["features"]
    assert diagnose(evidence("regression", sparse.csr_matrix(X), y, np.zeros(200)))["features"] == dense
    assert dense["shown"]


def test_no_more_than_twenty_features_are_kept():
    X = np.random.default_rng(0).normal(size=(600, 700))
    shown = diagnose(evidence("regression", X, X[:, 3], np.zeros(600)))["features"]
    assert (len(shown["shown"]), shown["n_features"], shown["n_rows"]) == (20, 700, 500)
    assert shown["shown"][0]["name"] == "f3"
