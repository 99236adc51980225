"""Texts become word counts and directions of their words. Not here: which column is a text (``purposes``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from automl_widgets.data.encoders import PLAIN, Made, levels_of
from automl_widgets.transformers import Wanted, of_words

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

VOCABULARY = 2_000
TEXT_COMPONENTS = 30


class TextEncoder:
    """Weighs words and pairs of words by how rare they are, and keeps the 30 directions that tell texts apart."""

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.wanted = wanted
        self.steps = wanted.left(("TfIdf", "TruncatedSVD", "WordCount"))
        self.steps = self.steps if "TfIdf" in self.steps else self.steps[1:]
        self.models: list[tuple[TfidfVectorizer | None, TruncatedSVD | None]] = []

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102
        for k, column in enumerate(columns):
            texts = _texts(column)
            given = self.wanted.of("TfIdf", k)
            self.models.append(_text_models(texts, given) if "TfIdf" in self.steps else (None, None))
            names = (["n_words"] if "WordCount" in self.steps else []) + _text_names(*self.models[-1])
            self.made += [(k, f"_{name}") for name in names]
        return self.transform(columns)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        found = []
        for column, models in zip(columns, self.models, strict=True):
            texts = _texts(column)
            found += [np.array([[float(len(text.split()))] for text in texts])] * ("WordCount" in self.steps)
            found += [_text_numbers(texts, *models)]
        return np.hstack(found)


def _texts(column: Column) -> list[str]:
    codes, texts = levels_of(column)
    known = [*texts[:-1], ""]
    return [known[code] for code in codes]


def _text_models(texts: list[str], given: Mapping[str, Any]) -> tuple[TfidfVectorizer | None, TruncatedSVD | None]:
    n_components = given.get("n_components", TEXT_COMPONENTS)
    options: dict[str, Any] = {
        "ngram_range": (1, 2),
        "max_features": VOCABULARY,
        "sublinear_tf": True,
        "min_df": 2 if len(texts) > 100 else 1,
        "token_pattern": r"(?u)\b\w+\b",
    }
    words = TfidfVectorizer(strip_accents="unicode", dtype=np.float64, **{**options, **of_words(given)})
    try:
        weights = words.fit_transform(texts)
    except ValueError:  # no word at all, or none twice
        return None, None
    if weights.shape[1] <= 2 * n_components:
        return words, None
    return words, TruncatedSVD(n_components, random_state=0).fit(weights)


def _text_names(words: TfidfVectorizer | None, directions: TruncatedSVD | None) -> list[str]:
    if words is None:
        return []
    if directions is None:
        return list(words.get_feature_names_out())
    return [f"topic{j}" for j in range(len(directions.components_))]


def _text_numbers(texts: list[str], words: TfidfVectorizer | None, directions: TruncatedSVD | None) -> Array:
    if words is None:
        return np.empty((len(texts), 0))
    weights = words.transform(texts)
    return np.asarray(weights.toarray() if directions is None else directions.transform(weights))
