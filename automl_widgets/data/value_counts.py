"""How often a number is there: rounded, copied and default values give themselves away. Not here: frequent levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.encoders import PLAIN, Made, numbers_of
from automl_widgets.transformers import Wanted

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

LEAST_VALUES, MOST_VALUES = 13, 20_000
MOST_SHARE = 0.95
"""Of the rows: with more values than that hardly one is there twice."""
MOST_COUNTED = 20


class ValueCountEncoder:
    """Tells of each number how many other rows of training have the same, to the next power of two.

    The exact count would tell a value from others that are as frequent; the power of two only tells how frequent it is.
    Columns of few values, or of hardly any value twice, are left out.
    """

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.steps: tuple[str, ...] = wanted.left(("FrequencyEncoder",))

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102 - as Encoder
        numbers = _comparable(columns)
        found = [np.unique(column, return_inverse=True, return_counts=True) for column in numbers.T]
        most = min(MOST_VALUES, MOST_SHARE * len(numbers))
        fit = [k for k, (values, *_) in enumerate(found) if self.steps and LEAST_VALUES <= len(values) <= most]
        chosen = sorted(sorted(fit, key=lambda k: -len(found[k][0]))[:MOST_COUNTED])
        self.made = [(k, "_count") for k in chosen]
        self.known = [(found[k][0], found[k][2].astype(np.int32)) for k in chosen]
        return _powers([found[k][2][found[k][1]] - 1 for k in chosen], len(numbers))

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        numbers, counts = _comparable(columns), []
        for (k, _), (values, known) in zip(self.made, self.known, strict=True):
            places = np.minimum(np.searchsorted(values, numbers[:, k]), len(values) - 1)
            counts.append(np.where(values[places] == numbers[:, k], known[places], 0))
        return _powers(counts, len(numbers))


def _comparable(columns: Sequence[Column]) -> Array:
    """Return numbers of which each is equal to itself: missing ones are infinite."""
    numbers = numbers_of(columns)
    return np.where(np.isfinite(numbers), numbers, np.inf)


def _powers(counts: Sequence[Array], n_rows: int) -> Array:
    return np.ceil(np.log2(1.0 + np.column_stack(counts))) if counts else np.empty((n_rows, 0))
