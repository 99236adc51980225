"""The part of an explanation that charts of single rows get: true, bounded, whatever the columns hold."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.explain import ShapResult, sampled


def result(n_outputs: int, n_rows: int, n_features: int) -> ShapResult:
    rng = np.random.default_rng(0)
    shape = (n_outputs, n_rows, n_features) if n_outputs else (n_rows, n_features)
    return ShapResult(
        values=rng.normal(size=shape), expected=rng.normal(size=n_outputs) if n_outputs else np.float64(2.5),
        rows=np.arange(n_rows) + 7, method="tree", unit="target", n_rows=n_rows, n_background=0, seconds=0.0,
    )  # fmt: skip


@pytest.mark.parametrize(("n_outputs", "shown"), [(0, 0), (2, 1), (3, 0)])
def test_expected_values_and_rest_add_up_to_the_output(n_outputs: int, shown: int) -> None:
    found = result(n_outputs, 30, 25)
    part = sampled(found, np.zeros((30, 25)), [f"f{k}" for k in range(25)], "abc"[:n_outputs])
    output = part["outputs"][0]
    added = output["expected"] + np.sum(output["values"], axis=0) + output["rest"]
    values = found.values if n_outputs == 0 else found.values[shown]
    expected = np.atleast_1d(found.expected)[shown]
    np.testing.assert_allclose(added, (expected + values.sum(axis=1))[: len(part["rows"])], atol=2e-2)
    assert output["label"] == ("" if n_outputs == 0 else "abc"[shown])
    assert part["rows"][:2] == [7, 8]


def test_features_are_the_most_important_ones_in_order() -> None:
    found = result(0, 30, 25)
    part = sampled(found, np.zeros((30, 25)), [f"f{k}" for k in range(25)])
    order = np.argsort(-np.abs(found.values).mean(axis=0))[:20]
    assert part["features"] == [f"f{k}" for k in order]


def test_cells_of_every_kind_of_column() -> None:
    frame = pd.DataFrame(
        {
            "n": [1.5, np.nan],
            "c": ["Rome", None],
            "t": pd.to_datetime(["1970-01-02", None]),
            "b": pd.array([True, None], dtype="boolean"),
        }
    )
    found = sampled(result(0, 2, 4), frame, list(frame))
    cells = dict(zip(found["features"], found["cells"], strict=True))
    assert cells["n"] == {"kind": "number", "x": [1.5, None]}
    assert cells["c"] == {"kind": "category", "x": [0, None], "levels": ["Rome"]}
    assert cells["t"] == {"kind": "time", "x": [86_400, None]}
    assert cells["b"] == {"kind": "number", "x": [1.0, None]}


def test_a_sparse_table_and_an_array_of_objects_have_cells_too() -> None:
    for table in (sparse.csr_matrix(np.eye(3)), np.array([[1, "a", 2.0]] * 3, dtype=object)):
        assert len(sampled(result(0, 3, 3), table, list("xyz"))["cells"]) == 3


def test_many_rows_features_and_classes_stay_small() -> None:
    rng = np.random.default_rng(0)
    found = sampled(result(60, 400, 300), rng.normal(size=(400, 300)), ["x" * 300] * 300, ["y" * 300] * 60)
    assert len(found["outputs"]) == 20
    assert len(json.dumps(found)) < 300_000
