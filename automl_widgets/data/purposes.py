"""What each column is good for, as the featurizer treats it. Pure: a table in, one word for each column out.

=================  ==================================================================================
purpose            column
=================  ==================================================================================
numeric            numbers
boolean            True and False, or 0 and 1
datetime           dates
categorical        levels, at most 20
categorical_hash   more levels
text               mostly different, of several words
ignore             one value only, all missing, or an identifier: it tells nothing of other rows
=================  ==================================================================================

A column of whole numbers is an identifier if no two are alike and its name says so (``id``, ``customer_id``,
``Unnamed: 0``) or it counts the rows. A column of text is one if hardly two are alike and it is no prose. Columns of
an array have no names, and may not be identifiers. If no other column were left, identifiers are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.columns import kind_of
from automl_widgets.data.reading import Matrix
from automl_widgets.errors import DataError
from automl_widgets.transformers import PURPOSES as FOR_PURPOSES
from automl_widgets.transformers import Option

Purpose: TypeAlias = Literal[
    "numeric", "boolean", "categorical", "categorical_hash", "text", "datetime", "ignore"
]  # fmt: skip
Column: TypeAlias = "pd.Series[Any]"

BY_FEATURE_TYPE: dict[str, Purpose] = {
    "Numeric": "numeric",
    "Boolean": "boolean",
    "Categorical": "categorical",
    "CategoricalHash": "categorical_hash",
    "DateTime": "datetime",
    "Text": "text",
    "Ignore": "ignore",
}
"""Purposes by the words of Azure ML."""
NEEDS = {"numeric": "number", "boolean": "number", "datetime": "date"}
"""What a column must hold for a purpose that is not for all."""
FEW_LEVELS = 20
LOOK = 1_000
"""Rows that are looked at before all are."""
IDENTIFIER_ROWS = 50
"""With fewer rows, all different says little."""
IDENTIFIER_NAME = re.compile(r"(?i:(.*[_\- .])?(id|ids|uuid|guid|key|index|rownum|row_number)|unnamed: 0)|.*[a-z]I[dD]")


def column_purposes(X: Matrix) -> tuple[Purpose, ...]:
    """Return the purpose of each column of a table that `features.tidy` has seen."""
    if not isinstance(X, pd.DataFrame):
        return _of_array(X)
    found: list[Purpose] = [_of_column(X.iloc[:, k], str(name)) for k, name in enumerate(X.columns)]
    if all(purpose == "ignore" for purpose in found):
        found = [_of_column(X.iloc[:, k], "", may_be_identifier=False) for k in range(X.shape[1])]
    return tuple(found)


def with_wishes(
    X: Matrix, names: Sequence[str], found: Sequence[Purpose], wishes: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the purposes found, but those that the user wishes, by column.

    Raises
    ------
    DataError
        If there is no such column, or if it does not hold what the purpose needs.
    """
    places = {name: k for k, name in enumerate(names)}
    problems = [f"No column is named {name!r} to be {wish!r}." for name, wish in wishes.items() if name not in places]
    for name, wish in wishes.items():
        kind = kind_of(X.iloc[:, places[name]]) if isinstance(X, pd.DataFrame) and name in places else "number"
        if NEEDS.get(wish, kind) != kind:
            problems.append(f"Column {name!r} cannot be {wish}: it holds no {NEEDS[wish]}s, but {kind}.")
    if problems:
        raise DataError(problems)
    return tuple(wishes.get(name, purpose) for name, purpose in zip(names, found, strict=True))


def with_options(names: Sequence[str], purposes: Sequence[str], options: Sequence[Option]) -> tuple[str, ...]:
    """Return the purposes, if the columns of all options are there and of a purpose that the step is for.

    Raises
    ------
    DataError
        If one is not.
    """
    known, problems = dict(zip(names, purposes, strict=True)), []
    for option in options:
        step, fitting = option.transformer, FOR_PURPOSES[option.transformer]
        for column in option.columns:
            if column not in known:
                problems.append(f"No column is named {column!r}, for which {step} is given parameters.")
            elif known[column] not in fitting:
                problems.append(f"{step} is for columns that are {fitting[0]}, but {column!r} is {known[column]}.")
    if problems:
        raise DataError(problems)
    return tuple(purposes)


def is_empty(values: Column) -> bool:
    """Return whether a column is missing in every row."""
    return bool(values[:LOOK].isna().all()) and bool(values.isna().all())


def is_constant(values: Column) -> bool:
    """Return whether a column has the same value, which may be missing, in every row."""
    if is_empty(values):
        return True
    if bool(values.isna().any()):
        return False
    first = values.iloc[0]
    return bool((values[:LOOK] == first).all()) and bool((values == first).all())


def _of_array(X: Any) -> tuple[Purpose, ...]:
    purposes: list[Purpose] = ["numeric"] * int(X.shape[1])
    if not isinstance(X, np.ndarray):
        return tuple(purposes)
    look = X[:LOOK]
    with np.errstate(invalid="ignore"):
        may_ignore = ((look == look[0]) | np.isnan(look)).all(axis=0)
        may_be_flag = ((look == 0) | (look == 1) | np.isnan(look)).all(axis=0)
    for k in np.flatnonzero(may_ignore | may_be_flag):
        values = pd.Series(X[:, k])
        purposes[k] = "ignore" if is_constant(values) else "boolean" if _is_flag(values) else "numeric"
    return tuple(purposes)


def _of_column(values: Column, name: str, may_be_identifier: bool = True) -> Purpose:
    if is_constant(values):
        return "ignore"
    kind = kind_of(values)
    if kind == "date":
        return "datetime"
    if kind == "text":
        return _of_text(values, may_be_identifier)
    if values.dtype.kind == "b" or _is_flag(values):
        return "boolean"
    return "ignore" if may_be_identifier and _is_row_identifier(values, name) else "numeric"


def _is_flag(values: Column) -> bool:
    return all(bool((part.isin((0, 1)) | part.isna()).all()) for part in (values[:LOOK], values))


def _is_row_identifier(values: Column, name: str) -> bool:
    if values.dtype.kind not in "iu" or len(values) < IDENTIFIER_ROWS:
        return False
    counts_rows = bool((np.diff(values.to_numpy()[:LOOK]) == 1).all()) and bool((np.diff(values.to_numpy()) == 1).all())
    return counts_rows or bool(IDENTIFIER_NAME.fullmatch(name) and values[:LOOK].is_unique and values.is_unique)


def _of_text(values: Column, may_be_identifier: bool) -> Purpose:
    n_levels = values.nunique()
    if n_levels <= FEW_LEVELS:
        return "categorical"
    present = values.dropna()
    share = n_levels / len(present)
    words = _mean_words(present.iloc[: LOOK * 2].astype(object).tolist())
    if words >= 3 and share > 0.2:
        return "text"
    if may_be_identifier and share > 0.95 and len(values) >= IDENTIFIER_ROWS:
        return "ignore"
    return "categorical_hash"


def _mean_words(texts: Sequence[str]) -> float:
    return float(np.mean([len(str(text).split()) for text in texts]))
