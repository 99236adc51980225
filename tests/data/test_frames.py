"""Frames of other libraries: the same data, whatever they came in."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest

from automl_widgets.data.featurize import Featurizer
from automl_widgets.data.load import Inputs, Table, load
from automl_widgets.errors import DataError
from automl_widgets.records import Settings

N = 56
DAY = datetime.datetime(2024, 1, 1)
COLUMNS: dict[str, list[Any]] = {
    "whole": [k % 9 for k in range(N)],
    "part": [k / 7 for k in range(N)],
    "flag": [k % 3 == 0 for k in range(N)],
    "word": ["red", "green", "blue", "grey"] * (N // 4),
    "day": [(DAY + datetime.timedelta(days=k)).date() for k in range(N)],
    "time": [DAY + datetime.timedelta(hours=k) for k in range(N)],
    "took": [datetime.timedelta(minutes=k) for k in range(N)],
    "price": [decimal.Decimal("1.25") * k for k in range(N)],
}
WITH_GAPS = {name: [None if k % 7 == 3 else v for k, v in enumerate(values)] for name, values in COLUMNS.items()}
TARGET = ["yes", "no", "no", "yes"] * (N // 4)


class Stream:
    """What has Arrow's interface and no other."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def polars(columns: Any) -> Any:
    return pytest.importorskip("polars").DataFrame(columns)


FORMS = {
    "polars": polars,
    "lazy polars": lambda columns: polars(columns).lazy(),
    "pyarrow table": pyarrow.table,
    "pyarrow batch": pyarrow.RecordBatch.from_pydict,
    "arrow stream": lambda columns: Stream(pyarrow.table(columns)),
}


def read(X: Any, y: Any, **more: Any) -> Table:
    return load(Settings(task="classification", primary_metric="accuracy"), Inputs(X=X, y=y, **more))


@pytest.mark.parametrize("columns", [COLUMNS, WITH_GAPS], ids=["full", "with gaps"])
@pytest.mark.parametrize("form", FORMS)
def test_a_frame_is_the_same_in_any_form(form: str, columns: dict[str, list[Any]]) -> None:
    table, expected = read(FORMS[form](columns), TARGET), read(pd.DataFrame(columns), TARGET)
    assert table.profile.feature_names == expected.profile.feature_names
    assert table.profile.column_purposes == expected.profile.column_purposes
    assert table.profile.n_missing_cells == expected.profile.n_missing_cells
    made = [Featurizer(t.profile.column_purposes).fit(t.data["X"]) for t in (table, expected)]
    assert np.array_equal(made[0].transform(FORMS[form](columns)), made[1].transform(pd.DataFrame(columns)))


@pytest.mark.parametrize(
    "column",
    [
        pyarrow.array,
        lambda y: pyarrow.chunked_array([y[:9], y[9:]]),
        lambda y: pyarrow.table({"y": y}),
        lambda y: polars({"y": y})["y"],
        lambda y: polars({"y": y}),
    ],
    ids=["array", "chunked array", "table", "polars", "polars frame"],
)
def test_a_target_is_the_same_in_any_form(column: Any) -> None:
    weights = np.linspace(0, 1, N).tolist()
    found = read(pd.DataFrame(COLUMNS), column(TARGET), sample_weight=column(weights))
    assert found.data["y"].tolist() == [int(label == "yes") for label in TARGET]
    assert found.data["weights"].tolist() == weights


def test_categories_of_polars_and_arrow_are_levels() -> None:
    words = pyarrow.table({"w": pyarrow.array(COLUMNS["word"]).dictionary_encode(), "n": COLUMNS["part"]})
    assert read(words, TARGET).profile.column_purposes == ("categorical", "numeric")
    frame = polars(COLUMNS).select("part", "word")
    kind = type(frame["word"].cast(pytest.importorskip("polars").Categorical).dtype)
    assert read(frame.with_columns(frame["word"].cast(kind)), TARGET).profile.column_purposes[1] == "categorical"


def test_a_cell_that_holds_a_list_is_refused() -> None:
    lists = pyarrow.table({"part": COLUMNS["part"], "pair": [[k, k + 1] for k in range(N)]})
    with pytest.raises(DataError, match=r"Column 'pair' of `X` holds ndarray values \(array\(\[0, 1\]\)\)"):
        read(lists, TARGET)
