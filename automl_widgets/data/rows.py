"""What belongs to rows: weights, folds of the user's own, and which rows are kept. Not here: features and target."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from automl_widgets.data.findings import counted
from automl_widgets.errors import DataError

Array: TypeAlias = "np.ndarray[Any, Any]"
Fold: TypeAlias = tuple[Array, Array]


def read_weights(column: pd.Series[Any], n_rows: int, name: str) -> Array:
    """Return weights as float64: one a row, finite, not negative, not all 0."""
    if len(column) != n_rows:
        raise DataError([f"`{name}` must have one weight for each of the {n_rows:,} rows, but it has {len(column):,}."])
    try:
        weights = column.astype(np.float64).to_numpy()
    except (TypeError, ValueError) as error:
        raise DataError([f"`{name}` must hold numbers, but {error}."]) from error
    for is_bad, what in ((~np.isfinite(weights), "missing or infinite"), (weights < 0, "negative")):
        n = int(is_bad.sum())
        if n:
            first = int(np.flatnonzero(is_bad)[0])
            bad = f"{counted(n, 'weight')} {'is' if n == 1 else 'are'} {what}, the first in row {first}"
            raise DataError([f"`{name}` must be finite and at least 0, but {bad}."])
    if not weights.any():
        raise DataError([f"`{name}` is 0 in every row: at least one row must count."])
    return weights


def read_folds(folds: list[Any], n_rows: int) -> list[Fold]:
    """Return folds as pairs of row numbers; masks are turned into these."""
    problems: list[str] = []
    pairs = []
    for k, pair in enumerate(folds):
        try:
            pairs.append(_fold(pair, k, n_rows))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return pairs


def kept_of(values: Any, kept: Array | None) -> Any:
    """Return the rows under the mask; everything, uncopied, if there is none."""
    if values is None or kept is None:
        return values
    return values[kept].reset_index(drop=True) if isinstance(values, pd.DataFrame) else values[kept]


def kept_folds(folds: list[Fold], kept: Array | None) -> list[Fold]:
    """Return folds in the row numbers that remain under the mask."""
    if kept is None:
        return folds
    renumbered = np.cumsum(kept) - 1
    left = [(renumbered[train[kept[train]]], renumbered[valid[kept[valid]]]) for train, valid in folds]
    for k, (train, valid) in enumerate(left):
        if not len(train) or not len(valid):
            raise DataError([f"Fold {k} of `cv_splits_indices` has no rows left after those without a target."])
    return left


def _fold(pair: Any, k: int, n_rows: int) -> Fold:
    train, valid = (_row_numbers(part, k, word, n_rows) for part, word in zip(pair, ("train", "validate"), strict=True))
    both = np.intersect1d(train, valid)
    if len(both):
        raise DataError(
            [
                f"Fold {k} of `cv_splits_indices` trains and validates on the same {counted(len(both), 'row')}, "
                f"row {both[0]} for one: a row may be in one of the two."
            ]
        )
    return train, valid


def _row_numbers(part: Any, k: int, word: str, n_rows: int) -> Array:
    numbers = np.asarray(part).ravel() if not sparse.issparse(part) else np.empty(0)
    where = f"Fold {k} of `cv_splits_indices`"
    if numbers.dtype == bool and len(numbers) == n_rows:
        numbers = np.flatnonzero(numbers)
    if not len(numbers):
        raise DataError([f"{where} has no rows to {word} on: it must have at least one."])
    if numbers.dtype.kind not in "iu":
        raise DataError([f"{where} must hold row numbers to {word} on, but it holds {numbers.dtype} values."])
    if numbers.min() < 0 or numbers.max() >= n_rows:
        bad = int(numbers.min() if numbers.min() < 0 else numbers.max())
        raise DataError([f"{where} must hold row numbers from 0 to {n_rows - 1:,}, but it holds {bad:,}."])
    return numbers.astype(np.int64)
