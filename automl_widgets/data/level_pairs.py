"""Pairs of levels become means of the target, as levels do in ``target_mean``. Not here: one column's levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.encoders import PLAIN, Made
from automl_widgets.data.target_mean import TargetMeanEncoder, cross_fitted, few_classes, fitted
from automl_widgets.transformers import Wanted

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

MOST_COLUMNS, MOST_MEANS = 6, 30


class LevelPairEncoder:
    """Replaces each pair of levels of two columns by the mean of the target over its rows.

    The columns that tell most of the target by themselves are paired. As with single levels, a row's own target has no
    part in its encoding.
    """

    steps: tuple[str, ...] = ("LevelPairs",)

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.partners: list[int] = []
        """The second raw column of what was made, its number among the columns."""

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102 - as Encoder
        self.single = TargetMeanEncoder(Wanted(blocked=frozenset({"FrequencyEncoder"})))
        means = self.single.fit_transform(columns, y)
        told = means.var(axis=0).reshape(len(columns), -1).sum(axis=1)
        first, second = np.triu_indices(min(len(columns), MOST_COLUMNS), 1)
        n_means = means.shape[1] // len(columns)
        n_pairs = max(1, MOST_MEANS // n_means)
        order = np.argsort(-told, kind="stable")
        self.pairs = np.sort(order[np.stack([first, second])][:, :n_pairs], axis=0)
        self.width = max(len(known) for known in self.single.codes)
        target, codes = few_classes(np.asarray(y)), self._codes(columns)
        self.encoder = fitted(codes, target)
        for one, other in self.pairs.T:
            name = f"_and_{columns[other].name}_mean"
            self.made += [(int(one), f"{name}{j if n_means > 1 else ''}") for j in range(n_means)]
            self.partners += [int(other)] * n_means
        return cross_fitted(codes, target, self.encoder)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        return np.asarray(self.encoder.transform(self._codes(columns)))

    def _codes(self, columns: Sequence[Column]) -> Array:
        """Return the code of each row's pair of levels, -1 where training did not have one of them."""
        codes = self.single.codes_of(columns)
        one, other = codes[:, self.pairs[0]], codes[:, self.pairs[1]]
        return np.where((one < 0) | (other < 0), -1, one * self.width + other)
