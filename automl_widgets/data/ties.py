"""What ties rows together, so that a split may give the answer away: time, groups, twins. Pure; not here: the words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from automl_widgets.data.purposes import IDENTIFIER_NAME
from automl_widgets.data.reading import Matrix

Array: TypeAlias = "np.ndarray[Any, Any]"

GROUP_NAME = re.compile(
    r"(?i)(.*[_\- .])?(group|subject|patient|customer|client|user|session|household|participant|family|store)s?"
    r"([_\- .]?(no|nr|num|number|code|name))?"
)
MOST_CELLS = 10_000_000


def marks(X: Matrix) -> Array:
    """Return a number for each row of a frame or an array, alike for rows that are alike."""
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
    return np.asarray(pd.util.hash_pandas_object(frame, index=False).to_numpy())


def few_rows(X: Matrix) -> int:
    """Return how many rows may be looked at in a moment."""
    return min(X.shape[0], max(1_000, MOST_CELLS // X.shape[1]))


def n_twins(X: Matrix, X_valid: Matrix) -> int:
    """Return how many of the first rows to validate on have the features of a row to train on."""
    if sparse.issparse(X) or sparse.issparse(X_valid):
        return 0
    return int(np.isin(marks(X_valid[: few_rows(X_valid)]), marks(X[: few_rows(X)])).sum())


def n_twins_of_folds(X: Matrix, folds: Sequence[tuple[Array, Array]]) -> tuple[int, int]:
    """Return the same for folds of one table, over all folds, and how many rows they validate on."""
    if sparse.issparse(X):
        return 0, 0
    found, n_rows = marks(X[: few_rows(X)]), few_rows(X)
    pairs = [(train[train < n_rows], valid[valid < n_rows]) for train, valid in folds]
    shared = sum(int(np.isin(found[valid], found[train]).sum()) for train, valid in pairs)
    return shared, sum(len(valid) for _, valid in pairs)


def group_columns(X: Matrix, purposes: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield columns whose name says that it tells whose a row is, with the number of different values.

    Only if values repeat, and there are more than a category has: rows of one patient, customer or session.
    """
    if not isinstance(X, pd.DataFrame):
        return
    for (name, column), purpose in zip(X.items(), purposes, strict=True):
        is_named = IDENTIFIER_NAME.fullmatch(str(name)) or GROUP_NAME.fullmatch(str(name))
        if not is_named or purpose in ("datetime", "text") or column.dtype.kind == "f":
            continue
        n_groups = int(column.nunique())
        if 2 < n_groups <= len(column) / 2 and (purpose != "categorical" or n_groups > 10):
            yield str(name), n_groups


def is_sorted(dates: pd.Series[Any]) -> bool:
    """Return whether dates rise, or fall, from row to row."""
    present = dates.dropna()
    return (
        len(present) > 1
        and present.nunique() > 1
        and bool(present.is_monotonic_increasing or present.is_monotonic_decreasing)
    )


def likeness(y: Array) -> float:
    """Return the correlation of neighbours; 0 for sorted targets, which folds shuffle without harm."""
    step = np.diff(y)
    if (step >= 0).all() or (step <= 0).all():
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.nan_to_num(np.corrcoef(y[:-1], y[1:])[0, 1]))
