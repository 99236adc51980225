"""Which columns tell the target on their own, by a cheap look at a sample. Pure: a table and a target in, names out.

A number tells classes if each class has a range of its own; it tells a value if it rises or falls with it without
exception, or in a straight line. A level tells classes if each has rows of one class only, and enough of them.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from automl_widgets.data.columns import is_plain, kind_of
from automl_widgets.data.reading import Matrix

Array: TypeAlias = "np.ndarray[Any, Any]"

SAMPLE = 5_000
FEWEST_ROWS = 50
ROWS_PER_LEVEL = 5
STRAIGHT = 0.99999


def telling_columns(X: Matrix, y: Array, is_regression: bool, random_state: int = 0) -> tuple[str, ...]:
    """Return the names of the columns that tell the target alone; none for sparse or few rows."""
    if sparse.issparse(X) or len(y) < FEWEST_ROWS:
        return ()
    rows = _sample(len(y), random_state)
    if isinstance(X, np.ndarray):
        return tuple(f"x{k}" for k in _telling_numbers(X[rows].astype(float), y[rows], is_regression))
    look, target = X.iloc[rows], y[rows]
    numeric = [c for c, dtype in look.dtypes.items() if is_plain(dtype)]
    found = set()
    if numeric:
        numbers = look[numeric].to_numpy(dtype=np.float64)
        found = {numeric[k] for k in _telling_numbers(numbers, target, is_regression)}
    if not is_regression:
        found |= {c for c in look.columns if c not in numeric and _tells_classes(look[c], target)}
    return tuple(c for c in look.columns if c in found)


def _sample(n_rows: int, random_state: int) -> Array:
    if n_rows <= SAMPLE:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(random_state).choice(n_rows, SAMPLE, replace=False))


def _telling_numbers(X: Array, y: Array, is_regression: bool) -> list[int]:
    X = np.where(np.isnan(X), np.inf, X)
    order = np.argsort(X, axis=0, kind="stable")
    is_tie = np.diff(np.take_along_axis(np.where(np.isinf(X), np.finfo(float).max, X), order, axis=0), axis=0) == 0
    step = np.diff(y[order], axis=0)
    if is_regression:
        follows = ((step >= 0) | is_tie).all(axis=0) | ((step <= 0) | is_tie).all(axis=0)
        is_exact = (~is_tie).sum(axis=0) >= len(y) / 2
        tells = (follows & is_exact) | _is_straight(X, y)
    else:
        n_changes = (step != 0).sum(axis=0)
        tells = (n_changes == len(np.unique(y)) - 1) & ~((step != 0) & is_tie).any(axis=0)
    return [int(k) for k in np.flatnonzero(tells)]


def _is_straight(X: Array, y: Array) -> Array:
    finite = np.isfinite(X)
    with np.errstate(all="ignore"):
        x = np.where(finite, X, 0.0)
        x, z = np.where(finite, x - x.sum(axis=0) / finite.sum(axis=0), 0.0), y - y.mean()
        correlation = x.T @ z / np.sqrt((x**2).sum(axis=0) * (z**2).sum())
    return np.abs(np.nan_to_num(correlation)) > STRAIGHT


def _tells_classes(column: pd.Series[Any], y: Array) -> bool:
    if kind_of(column) == "date":
        return False
    codes, uniques = pd.factorize(column, use_na_sentinel=False)
    if not 1 < len(uniques) <= len(codes) / ROWS_PER_LEVEL:
        return False
    n_pairs = len(np.unique(codes.astype(np.int64) * (int(y.max()) + 1) + y))
    return n_pairs == len(uniques)
