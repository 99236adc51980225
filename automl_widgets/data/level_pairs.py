"""Pairs of levels become means of the target, as levels do in ``target_mean``. Not here: one column's levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.encoders import PLAIN, Made
from automl_widgets.data.target_mean import cross_fitted, few_classes, fitted, known_codes, learnt_codes
from automl_widgets.errors import DataError
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

    def __init__(self, _: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.partners: list[int] = []
        """The second raw column of what was made, its number among the columns."""

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102 - as Encoder
        if y is None:
            raise DataError(["Pairs of levels are encoded by the target: fit needs `y`, but it is None."])
        known, codes = learnt_codes(columns)
        target = few_classes(np.asarray(y))
        truth = target[:, None] if target.dtype.kind == "f" else np.eye(int(target.max()) + 1)[target][:, 1:]
        told = [_told(codes[:, k], truth) for k in range(len(columns))]
        self.chosen = np.argsort(-np.array(told), kind="stable")[:MOST_COLUMNS]
        self.known = [known[k] for k in self.chosen]
        n_means = truth.shape[1] + (truth.shape[1] > 1)
        n_pairs = max(1, MOST_MEANS // n_means)
        self.pairs = np.stack(np.triu_indices(len(self.chosen), 1))[:, :n_pairs]
        paired = self._paired(codes[:, self.chosen])
        self.encoder = fitted(paired, target)
        for one, other in self.chosen[self.pairs].T:
            name = f"_and_{columns[other].name}_mean"
            self.made += [(int(one), f"{name}{j if n_means > 1 else ''}") for j in range(n_means)]
            self.partners += [int(other)] * n_means
        return cross_fitted(paired, target, self.encoder)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        codes = known_codes([columns[k] for k in self.chosen], self.known)
        return np.asarray(self.encoder.transform(self._paired(codes)))

    def _paired(self, codes: Array) -> Array:
        """Return the code of each row's pairs of levels, -1 where training did not have one of them."""
        one, other = codes[:, self.pairs[0]], codes[:, self.pairs[1]]
        return np.where((one < 0) | (other < 0), -1, one * max(map(len, self.known)) + other)


def _told(codes: Array, truth: Array) -> float:
    """Return how much of the target's variance the levels explain, less what levels that say nothing would."""
    counts = np.maximum(np.bincount(codes), 1)
    sums = np.stack([np.bincount(codes, weights=column) for column in truth.T], axis=1)
    explained = (sums**2 / counts[:, None]).sum(axis=0) - truth.sum(axis=0) ** 2 / len(truth)
    total = np.maximum(truth.var(axis=0) * len(truth), 1e-300)
    return float((explained / total).sum() - len(np.unique(codes)) / len(truth) * truth.shape[1])
