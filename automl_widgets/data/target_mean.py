"""Columns of many levels become means of the target, without a row's own. Not here: few levels (``encoders``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from sklearn.preprocessing import TargetEncoder

from automl_widgets.data.encoders import PLAIN, Made, levels_of
from automl_widgets.data.folds import fold_numbers
from automl_widgets.errors import DataError
from automl_widgets.transformers import Wanted

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

MOST_TARGET_CLASSES = 10
INNER_FOLDS = 5


class TargetMeanEncoder:
    """Replaces each level by the mean of the target over its rows, shrunk to the overall mean, and by its frequency.

    In training a row's own target, and that of the other rows of its inner fold, has no part in its encoding: so a
    level that says nothing looks as if it said nothing. Therefore ``fit_transform`` differs from ``transform``.
    With more than two classes there is a mean for each of the ten most frequent ones, and one for the others.
    """

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.steps = wanted.left(("TargetEncoder", "FrequencyEncoder"))

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102
        if y is None:
            raise DataError(["A column of many levels is encoded by the target: fit needs `y`, but it is None."])
        self.codes, codes = learnt_codes(columns)
        self.shares = [np.bincount(codes[:, k], minlength=len(c)) / len(codes) for k, c in enumerate(self.codes)]
        target = few_classes(np.asarray(y))
        means = np.empty((len(codes), 0))
        if "TargetEncoder" in self.steps:
            self.encoder = fitted(codes, target)
            means = cross_fitted(codes, target, self.encoder)
        n_means = means.shape[1] // len(columns)
        self.made = [(k, f"_mean{j if n_means > 1 else ''}") for k in range(len(columns)) for j in range(n_means)]
        self.made += [(k, "_frequency") for k in range(len(columns)) if "FrequencyEncoder" in self.steps]
        return np.hstack([means, self._frequencies(codes)])

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        codes = known_codes(columns, self.codes)
        means = self.encoder.transform(codes) if "TargetEncoder" in self.steps else np.empty((len(codes), 0))
        return np.hstack([means, self._frequencies(codes)])

    def _frequencies(self, codes: Array) -> Array:
        if "FrequencyEncoder" not in self.steps:
            return np.empty((len(codes), 0))
        shares = [np.append(s, 0.0)[codes[:, k]] for k, s in enumerate(self.shares)]
        return np.column_stack(shares)


def learnt_codes(columns: Sequence[Column]) -> tuple[list[dict[str, int]], Array]:
    """Return the code of each level of each column, and those of the rows, (n_rows, n_columns)."""
    found = [levels_of(column) for column in columns]
    return [{text: k for k, text in enumerate(texts)} for _, texts in found], np.column_stack([c for c, _ in found])


def known_codes(columns: Sequence[Column], known: Sequence[Mapping[str, int]]) -> Array:
    """Return the codes of the rows, -1 where training did not have the level."""
    found = []
    for column, places in zip(columns, known, strict=True):
        codes, texts = levels_of(column)
        found.append(np.array([places.get(text, -1) for text in texts], dtype=np.int64)[codes])
    return np.column_stack(found)


def few_classes(y: Array) -> Array:
    """Return numbers as they are, and classes with the rare ones taken together."""
    if y.dtype.kind == "f":
        return y
    codes, uniques = pd.factorize(y, sort=True)
    if len(uniques) <= MOST_TARGET_CLASSES + 1:
        return codes.astype(np.int64)
    ranks = np.argsort(np.argsort(-np.bincount(codes), kind="stable"), kind="stable")
    return np.minimum(ranks, MOST_TARGET_CLASSES)[codes]


def fitted(codes: Array, target: Array) -> TargetEncoder:
    """Return scikit-learn's encoder, fitted to codes of levels."""
    kind = "continuous" if target.dtype.kind == "f" else "binary" if target.max() < 2 else "multiclass"
    return TargetEncoder(target_type=kind).fit(codes, target)


def cross_fitted(codes: Array, target: Array, overall: TargetEncoder) -> Array:
    """Return encodings that no row's own target had a part in; scikit-learn's own way differs between its versions."""
    groups = target if target.dtype.kind != "f" else np.zeros(len(target), dtype=np.int64)
    folds = fold_numbers(groups, min(INNER_FOLDS, len(target)), np.random.default_rng(0))
    means: Array = overall.transform(np.full_like(codes, -1))
    for k in range(int(folds.max()) + 1):
        inside = folds == k
        outside = ~inside
        if is_whole(target, outside):
            means[inside] = fitted(codes[outside], target[outside]).transform(codes[inside])
    return means


def is_whole(target: Array, rows: Array) -> bool:
    """Return whether there is each class among some rows."""
    return target.dtype.kind == "f" or len(np.unique(target[rows])) == int(target.max()) + 1
