"""Texts become word counts and directions of their words. Not here: which column is a text (``purposes``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from automl_widgets.data.encoders import Made, levels_of

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

VOCABULARY = 2_000
TEXT_COMPONENTS = 30


class TextEncoder:
    """Weighs words and pairs of words by how rare they are, and keeps the 30 directions that tell texts apart."""

    steps: tuple[str, ...] = ("TfIdf", "TruncatedSVD", "WordCount")

    def __init__(self) -> None:
        self.made: Made = []
        self.models: list[tuple[TfidfVectorizer | None, TruncatedSVD | None]] = []

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102
        for k, column in enumerate(columns):
            texts = _texts(column)
            self.models.append(_text_models(texts))
            self.made += [(k, f"_{name}") for name in _text_names(*self.models[-1])]
        return self.transform(columns)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        return np.hstack([_text_numbers(_texts(c), *m) for c, m in zip(columns, self.models, strict=True)])


def _texts(column: Column) -> list[str]:
    codes, texts = levels_of(column)
    known = [*texts[:-1], ""]
    return [known[code] for code in codes]


def _text_models(texts: list[str]) -> tuple[TfidfVectorizer | None, TruncatedSVD | None]:
    words = TfidfVectorizer(
        ngram_range=(1, 2), max_features=VOCABULARY, sublinear_tf=True, min_df=2 if len(texts) > 100 else 1,
        strip_accents="unicode", token_pattern=r"(?u)\b\w+\b", dtype=np.float64,
    )  # fmt: skip
    try:
        weights = words.fit_transform(texts)
    except ValueError:  # no word at all, or none twice
        return None, None
    if weights.shape[1] <= 2 * TEXT_COMPONENTS:
        return words, None
    return words, TruncatedSVD(TEXT_COMPONENTS, random_state=0).fit(weights)


def _text_names(words: TfidfVectorizer | None, directions: TruncatedSVD | None) -> list[str]:
    if words is None:
        return ["n_words"]
    if directions is None:
        return ["n_words", *words.get_feature_names_out()]
    return ["n_words", *(f"topic{j}" for j in range(TEXT_COMPONENTS))]


def _text_numbers(texts: list[str], words: TfidfVectorizer | None, directions: TruncatedSVD | None) -> Array:
    n_words = np.array([[float(len(text.split()))] for text in texts])
    if words is None:
        return n_words
    weights = words.transform(texts)
    return np.hstack([n_words, weights.toarray() if directions is None else directions.transform(weights)])
