"""Forms of data: files, lists, arrays of all kinds, frames of other libraries."""

from __future__ import annotations

import datetime
import decimal
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from scipy import sparse

from automl_widgets.data.load import Inputs, Table, load
from automl_widgets.errors import DataError
from automl_widgets.records import Settings

CLASSES = Settings(task="classification", primary_metric="accuracy")
N = 60
NUMBERS = np.arange(float(N)) % 11
X = np.column_stack([NUMBERS, NUMBERS[::-1] * 2])
Y = np.array(["a", "b", "c"] * (N // 3), dtype=object)
FRAME = pd.DataFrame({"age": NUMBERS, "size": NUMBERS[::-1] * 2})


def read(task: Any = "classification", **given: Any) -> Table:
    return load(Settings(task=task, primary_metric="accuracy"), Inputs(**given))


class Foreign:
    """A frame of another library that cannot find its way to pandas."""

    def to_pandas(self) -> Any:
        raise ImportError("no pyarrow")


BAD_FILES = {
    "empty.csv": (b"", "is empty; it must hold a line of column names and rows."),
    "latin.csv": ("größe,label\n1,a\n".encode("latin-1"), "is not UTF-8 text. Read it with pandas.read_csv"),
    "torn.csv": (b'a,b\n1,2\n"3,4\n5,6,7,8\n9', "cannot be read:"),
    "fake.parquet": (b"no parquet", "cannot be read:"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused_with_a_reason(tmp_path: Path, name: str) -> None:
    content, words = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(words)):
        read(training_data=tmp_path / name, label_column_name="label")


def test_a_files_typo_gets_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("a,label\n")
    with pytest.raises(DataError, match=r"Did you mean 'iris\.csv'"):
        read(training_data=tmp_path / "irs.csv", label_column_name="label")


def test_parquet_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*_: object) -> None:
        raise ImportError("Unable to find a usable engine")

    monkeypatch.setattr(pd, "read_parquet", unable)
    (tmp_path / "a.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"needs pyarrow\. Install it: pip install pyarrow"):
        read(training_data=tmp_path / "a.parquet", label_column_name="label")


def structured() -> Any:
    return np.array([tuple(row) for row in X], dtype=[("age", float), ("size", float)])


FORMS: dict[str, Any] = {
    "a series": FRAME["age"],
    "records": FRAME.to_dict("records"),
    "a structured array": structured(),
    "a masked array": np.ma.masked_less(X, 0),
    "rows with gaps": [[None, 1.0], *X[1:].tolist()],
    "rows of text and numbers": [["x", 1.0], ["y", 2.0]] * (N // 2),
    "objects that are numbers": [[decimal.Decimal(1), 2.0], [decimal.Decimal(3), 4.0]] * (N // 2),
    "a sparse frame": FRAME.astype(pd.SparseDtype(float, 0.0)),
    "a half sparse frame": FRAME.assign(s=pd.arrays.SparseArray([0, 1] * (N // 2))),
    "half precision": X.astype(np.float16),
    "extended precision": X.astype(np.longdouble),
    "a sparse matrix of whole numbers": sparse.csr_matrix(X.astype(int)),
    "text": X.astype(str),
}


@pytest.mark.parametrize("form", FORMS)
def test_features_of_odd_forms_are_taken(form: str) -> None:
    table = read(X=FORMS[form], y=Y)
    assert table.profile.n_rows == N


FORMS_OF_TARGET: dict[str, Any] = {
    "an arrow array": pyarrow.array(Y),
    "sparse": sparse.csr_matrix(np.array([1, 2, 3] * (N // 3)).reshape(-1, 1)),
    "masked": np.ma.masked_array([1, 2, 3] * (N // 3), np.arange(N) == 0),
    "lists of one": [[label] for label in Y],
    "a range": [*range(3)] * (N // 3),
    "extended precision": np.array([1, 2, 3] * (N // 3), dtype=np.longdouble),
    "decimals": [decimal.Decimal(k % 3) for k in range(N)],
}


@pytest.mark.parametrize("form", FORMS_OF_TARGET)
def test_targets_of_odd_forms_are_taken(form: str) -> None:
    assert len(read(X=X, y=FORMS_OF_TARGET[form]).profile.classes) == 3


BAD_FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "a frame that cannot be had": (
        {"X": Foreign()},
        "`X`: reading Foreign needs a package: no pyarrow. Install it, most likely by pip install pyarrow.",
    ),
    "cells of lists": ({"X": [[[1], [1, 2]], [[1], 2]] * 30}, "must be single values, but some are lists."),
    "a function as target": ({"y": len}, "`y` must be an array, a list or a series, but got builtin_function"),
    "a target of three dimensions": (
        {"y": np.zeros((N, 1, 1))},
        "one dimension (n_rows,), but it has the shape (60, 1, 1)",
    ),
    "a wide frame as target": ({"y": FRAME}, "`y` must be one column, but it has 2."),
    "two columns of weights": ({"sample_weight": X}, "must be one column, but it has 2. Give the one that is meant."),
    "a sparse matrix of complex numbers": (
        {"X": sparse.csr_matrix(X + 1j)},
        "is sparse and holds complex128: it must hold",
    ),
    "objects that are complex": ({"X": X.astype(complex).astype(object)}, "Column 'x0' of `X` holds complex numbers"),
    "complex labels": ({"y": NUMBERS + 1j}, "it holds complex numbers"),
    "objects as complex labels": ({"y": [1j] * N}, "it holds complex numbers"),
    "infinite labels": (
        {"y": [np.inf, 1.0] * 30},
        "holds infinite values: a label must be a text, a whole number, True",
    ),
    "no validation rows": ({"X_valid": X[:0], "y_valid": []}, "`X_valid` has no rows: it must have at least one."),
    "hardly any target": (
        {"y": [1, 2, 3] + [None] * 57, "task": "regression"},
        "Only 3 rows have a target: at least 4 must.",
    ),
}


@pytest.mark.parametrize("case", BAD_FORMS)
def test_odd_forms_that_cannot_be_taken_are_refused_with_a_reason(case: str) -> None:
    given, words = BAD_FORMS[case]
    with pytest.raises(DataError, match=re.escape(words)):
        read(**{"X": X, "y": Y, **given})


def test_two_columns_named_as_the_label_are_refused() -> None:
    table = pd.DataFrame(np.column_stack([X, NUMBERS % 3]), columns=["a", "l", "l"])
    with pytest.raises(DataError, match=r"has 2 columns named 'l' \(`label_column_name`\): there must be one"):
        read(training_data=table, label_column_name="l")


def test_an_array_may_be_a_table_whose_columns_have_numbers() -> None:
    table = np.column_stack([X, NUMBERS % 3])
    assert read(training_data=table, label_column_name=2).profile.feature_names == ("0", "1")


def test_validation_rows_may_be_dense_where_training_is_sparse_and_the_other_way_round() -> None:
    valid = read(X=sparse.csr_matrix(X), y=Y, X_valid=X[:6], y_valid=Y[:6]).data["X_valid"]
    assert sparse.issparse(valid)
    valid = read(X=X, y=Y, X_valid=sparse.csr_matrix(X[:6]), y_valid=Y[:6]).data["X_valid"]
    assert np.array_equal(valid, X[:6])


def test_validation_rows_have_weights_too() -> None:
    given = Inputs(X=X, y=Y, sample_weight=np.ones(N), X_valid=X[:6], y_valid=Y[:6], sample_weight_valid=range(6))
    assert load(CLASSES, given).data["weights_valid"].tolist() == [0, 1, 2, 3, 4, 5]


def test_validation_targets_of_regression_are_numbers() -> None:
    made = read("regression", X=X, y=NUMBERS, X_valid=X[:4], y_valid=[1, 2, 3, None])
    assert made.data["y_valid"].tolist() == [1, 2, 3]


def test_a_sparse_matrix_with_repeated_cells_is_summed_in_a_copy() -> None:
    cells = (np.ones(N + 1), np.append(np.zeros(N, dtype=int), 0), np.append(np.arange(N), N + 1))
    given = sparse.csr_matrix((cells[0], cells[1], cells[2][: N + 1]), shape=(N, 2))
    given.indices = np.append(given.indices[:-1], 0)
    given.indptr = np.append(np.arange(N), N + 1)
    before = given.data.copy()
    made = read(X=given, y=Y).data["X"]
    assert made[N - 1, 0] == 2
    assert np.array_equal(given.data, before)


ODD_FEATURES: dict[str, Any] = {
    "decimals": [decimal.Decimal("1.5"), decimal.Decimal(2)] * 30,
    "mixed": [1, "a", 2.5, None, "b", True] * 10,
    "nullable": pd.array([1, None, 3] * 20, dtype="Int64"),
    "flags": pd.array([True, None, False] * 20, dtype="boolean"),
    "dates": [datetime.date(2020, 1, 1 + k % 28) for k in range(N)],
    "zoned": pd.date_range("2020-01-01", periods=N, tz="Europe/Oslo"),
    "periods": pd.period_range("2020-01", periods=N, freq="M"),
    "durations": pd.to_timedelta(np.arange(N) % 9, unit="h"),
    "intervals": pd.cut(NUMBERS, 3),
    "bytes": [b"x", b"y", None] * 20,
    "half precision": np.arange(N, dtype=np.float16) % 5,
    "big endian": np.arange(N, dtype=">f8") % 5,
    "durations in objects": [datetime.timedelta(hours=k % 5) for k in range(N)],
    "text of nothing": pd.array([None] * N, dtype="string"),
    "levels alike as text": pd.Categorical([1, "1", 2.5] * 20),
    "arrow dates": pd.array([datetime.date(2020, 1, 1 + k % 28) for k in range(N)], dtype="date32[pyarrow]"),
}


@pytest.mark.parametrize("kind", ODD_FEATURES)
def test_a_column_of_any_common_kind_is_taken(kind: str) -> None:
    table = read(X=FRAME[["age"]].assign(**{kind: ODD_FEATURES[kind]}), y=Y)
    assert table.profile.n_columns == 2


@pytest.mark.parametrize("labels", [[1, 2], [1.0, 2.0], [True, False], ["1", "b"], [0.5, 1.5]], ids=str)
def test_labels_of_any_one_kind_are_taken_in_sorted_order(labels: list[Any]) -> None:
    table = read(X=X, y=labels * (N // 2))
    assert table.profile.classes == tuple(sorted(labels))
    assert table.data["labels"][table.data["y"]].tolist() == labels * (N // 2)
