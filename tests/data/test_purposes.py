"""What a column is good for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.data.features import tidy
from automl_widgets.data.findings import Findings
from automl_widgets.data.purposes import column_purposes

N = 200
RANDOM = np.random.default_rng(0)
NUMBERS = RANDOM.random(N)
PROSE = [f"the {a} brown fox number {b} jumps over" for a, b in RANDOM.integers(0, 99, (N, 2))]

COLUMNS: dict[str, tuple[Any, str]] = {
    "amount": (NUMBERS, "numeric"),
    "count": (RANDOM.integers(0, 50, N), "numeric"),
    "with gaps": (np.where(NUMBERS < 0.1, np.nan, NUMBERS), "numeric"),
    "one value or none": (np.where(NUMBERS < 0.5, np.nan, 1.0), "boolean"),
    "flag": (NUMBERS > 0.5, "boolean"),
    "zero or one": (RANDOM.integers(0, 2, N), "boolean"),
    "late two": (np.array([0.0, 1.0] * (N // 2 - 1) + [2.0, 0.0]), "numeric"),
    "flag with gaps": ([True, False, None, True] * (N // 4), "boolean"),
    "day": (pd.date_range("2020-01-01", periods=N), "datetime"),
    "day as text": (pd.date_range("2020-01-01", periods=N).strftime("%Y-%m-%d"), "datetime"),
    "city": (["Oslo", "Rome", "Bern", "Wien"] * (N // 4), "categorical"),
    "street": ([f"street {k}" for k in RANDOM.integers(0, 60, N)], "categorical_hash"),
    "remark": (PROSE, "text"),
    "hash": ([f"{k:08x}" + "z" for k in range(N)], "ignore"),
    "constant": (np.ones(N), "ignore"),
    "constant text": (["x"] * N, "ignore"),
    "empty": ([None] * N, "ignore"),
    "customer_id": (RANDOM.permutation(N) * 7, "ignore"),
    "row": (np.arange(N), "ignore"),
    "year": (RANDOM.permutation(N) + 1900, "numeric"),
    "paid": (RANDOM.permutation(N), "numeric"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_is_seen_for_what_it_is(name: str) -> None:
    values, purpose = COLUMNS[name]
    frame = pd.DataFrame({name: values, "other": NUMBERS})
    plain: Any = tidy(frame, "X", "auto", Findings())
    assert column_purposes(plain)[0] == purpose


def test_columns_of_an_array_have_no_names_and_are_no_identifiers() -> None:
    X = np.column_stack([np.arange(N), np.ones(N), NUMBERS > 0.5, NUMBERS, np.full(N, np.nan)])
    assert column_purposes(X) == ("numeric", "ignore", "boolean", "numeric", "ignore")
    assert column_purposes(sparse.csr_matrix(X)) == ("numeric",) * 5


def test_an_identifier_is_kept_if_nothing_else_is_left() -> None:
    assert column_purposes(pd.DataFrame({"row": np.arange(N), "k": np.ones(N)})) == ("numeric", "ignore")


def test_few_rows_make_no_identifier() -> None:
    assert column_purposes(pd.DataFrame({"id": np.arange(20), "u": NUMBERS[:20]})) == ("numeric", "numeric")
