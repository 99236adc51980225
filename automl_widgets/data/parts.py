"""The inputs taken apart: features, target, weights and folds, in whichever form. Not here: what they hold."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.findings import Findings
from automl_widgets.data.inputs import Inputs
from automl_widgets.data.reading import Matrix, read_column, read_matrix
from automl_widgets.errors import DataError

Column: TypeAlias = "pd.Series[Any]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Rows that belong together."""

    X: Matrix | None = None
    y: Column | None = None
    weights: Column | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """Everything that the user gave, by its meaning; None where there is nothing or it cannot be read."""

    train: Rows
    valid: Rows = field(default_factory=Rows)
    folds: list[Any] | None = None
    """Pairs of row numbers or masks, as given."""


def take_apart(inputs: Inputs, found: Findings) -> Parts:
    """Return the parts of the inputs; what cannot be read is among the findings."""
    if inputs.training_data is not None:
        return _from_tables(inputs, found)
    train = Rows(
        X=_read(read_matrix, inputs.X, "X", found),
        y=_read(read_column, inputs.y, "y", found),
        weights=_read(read_column, inputs.sample_weight, "sample_weight", found),
    )
    valid = Rows(
        X=_read(read_matrix, inputs.X_valid, "X_valid", found),
        y=_read(read_column, inputs.y_valid, "y_valid", found),
        weights=_read(read_column, inputs.sample_weight_valid, "sample_weight_valid", found),
    )
    found.attempt(_target_is_no_feature, inputs.X, inputs.y)
    if _is_shuffled(inputs.X, inputs.y):
        found.notice(
            "Order of rows", "alerted", "`X` and `y` have the same index in another order: rows go by position."
        )
    return Parts(train=train, valid=valid, folds=inputs.cv_splits_indices)


def _read(read: Any, value: Any, name: str, found: Findings) -> Any:
    return None if value is None else found.attempt(read, value, name)


def _target_is_no_feature(X: Any, y: Any) -> None:
    name = getattr(y, "name", None)
    if not isinstance(X, pd.DataFrame) or not isinstance(y, pd.Series) or name not in X.columns:
        return
    twin = X[name]
    if isinstance(twin, pd.Series) and twin.reset_index(drop=True).equals(y.reset_index(drop=True)):
        raise DataError([f"`X` holds the target itself as column {name!r}: leave it out, X.drop(columns=[{name!r}])."])


def _is_shuffled(X: Any, y: Any) -> bool:
    if not isinstance(X, (pd.DataFrame, pd.Series)) or not isinstance(y, (pd.DataFrame, pd.Series)):
        return False
    same = len(X) != len(y) or X.index.equals(y.index)
    return not same and X.index.is_unique and bool(X.index.sort_values().equals(y.index.sort_values()))


def _from_tables(inputs: Inputs, found: Findings) -> Parts:
    table = _read(_read_table, inputs.training_data, "training_data", found)
    valid = _read(_read_table, inputs.validation_data, "validation_data", found)
    train_rows, folds = (Rows(), None) if table is None else _split_table(table, inputs, "training_data", found)
    valid_rows = Rows() if valid is None else _split_table(valid, inputs, "validation_data", found)[0]
    return Parts(train=train_rows, valid=valid_rows, folds=folds)


def _read_table(value: Any, name: str) -> pd.DataFrame:
    table = read_matrix(value, name)
    if isinstance(table, np.ndarray):
        return pd.DataFrame(table)
    if not isinstance(table, pd.DataFrame):
        raise DataError([f"`{name}` must be a table with named columns; give sparse features as `X`, and `y`."])
    return table


def _split_table(table: pd.DataFrame, inputs: Inputs, name: str, found: Findings) -> tuple[Rows, list[Any] | None]:
    label = found.attempt(_column, table, inputs.label_column_name, "label_column_name", name)
    weight = _optional(table, inputs.weight_column_name, "weight_column_name", name, found)
    asked = inputs.cv_split_column_names or ()
    names = asked if name == "training_data" else tuple(c for c in asked if c in table.columns)
    split_columns = [found.attempt(_column, table, c, "cv_split_column_names", name) for c in names]
    used = [c for c in (label, weight, *split_columns) if c is not None]
    rows = Rows(
        X=table.drop(columns=used),
        y=None if label is None else found.attempt(read_column, table[label], _label(label)),
        weights=None if weight is None else found.attempt(read_column, table[weight], f"column {weight!r}"),
    )
    pairs = [found.attempt(_fold, table[c], c) for c in split_columns if c is not None]
    return rows, [pair for pair in pairs if pair is not None] or None


def _label(name: object) -> str:
    return f"column {name!r}"


def _optional(table: pd.DataFrame, column: Any, role: str, name: str, found: Findings) -> Any:
    return None if column is None else found.attempt(_column, table, column, role, name)


def _column(table: pd.DataFrame, column: Any, role: str, name: str) -> Any:
    """Return the table's own name of a column, which may be given as text for a number and the other way round."""
    same = [c for c in table.columns if c == column] or [c for c in table.columns if str(c) == str(column)]
    if len(same) == 1:
        return same[0]
    if same:
        raise DataError([f"`{name}` has {len(same)} columns named {column!r} (`{role}`): there must be one."])
    near = difflib.get_close_matches(str(column), [str(c) for c in table.columns], n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(repr(c) for c in list(table.columns)[:10])}."
    raise DataError([f"`{name}` has no column {column!r} (`{role}`). {hint}"])


def _fold(flags: Column, name: Any) -> tuple[Any, Any]:
    numbers = pd.to_numeric(flags, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    if not np.isin(numbers, (0, 1)).all():
        raise DataError(
            [f"column {name!r} (`cv_split_column_names`) must hold 1 (train) or 0 (validate) in every row."]
        )
    return np.flatnonzero(numbers == 1), np.flatnonzero(numbers == 0)
