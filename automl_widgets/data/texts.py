"""Texts become weights of their words, or directions of these. Not here: which column is a text (``purposes``)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from automl_widgets.data.encoders import PLAIN, Made
from automl_widgets.data.text_statistics import texts_of
from automl_widgets.data.text_target import TextTarget
from automl_widgets.transformers import Wanted, of_words

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"
Words: TypeAlias = TfidfVectorizer | None
Topics: TypeAlias = TruncatedSVD | None

MOST_WORDS = 50_000
TOPIC_WORDS, N_TOPICS = 20_000, 50
N_KEPT, MOST_KEPT = 12, 5_000_000
"""What was found of so many tables' texts is kept in memory, if they have no more characters than that."""


class TextEncoder:
    """Makes of a text its topics, and what its words say of the target."""

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.wanted = wanted
        steps = wanted.left(("TfIdf", "TruncatedSVD", "TextTargetEncoder"))
        self.steps = steps if "TfIdf" in steps else ()
        self.models: list[TextModel] = []

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102
        found = []
        for k, column in enumerate(columns):
            model = TextModel(self.steps, self.wanted.of("TfIdf", k))
            found.append(model.fit_transform(texts_of(column), y))
            self.models.append(model)
            self.made += [(k, f"_{name}") for name in model.names]
        return np.hstack(found)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        return np.hstack([model.transform(texts_of(c)) for c, model in zip(columns, self.models, strict=True)])


class TextModel:
    """Weighs words and pairs of words by how rare they are; keeps the directions of these that tell texts apart."""

    def __init__(self, steps: Sequence[str], given: Mapping[str, Any]) -> None:
        self.steps, self.given = tuple(steps), given
        self.words: Words = None
        self.topics: Topics = None
        self.target: TextTarget | None = None

    def fit_transform(self, texts: list[str], y: Array | None) -> Array:
        """Learn from the texts of training and return their numbers."""
        weights, said = None, np.empty((len(texts), 0))
        if "TfIdf" in self.steps:
            n_topics = self.given.get("n_components", N_TOPICS)
            self.words, weights, self.topics = _learnt(texts, self.given, TOPIC_WORDS, n_topics)
        if weights is not None and y is not None and "TextTargetEncoder" in self.steps:
            self.target = TextTarget()
            said = self.target.fit_transform(weights, np.asarray(y))
        self.names = _text_names(self.words, self.topics)
        self.names += ["target"] if said.shape[1] == 1 else [f"target{j}" for j in range(said.shape[1])]
        return np.hstack([self._numbers(texts, weights), said])

    def transform(self, texts: list[str]) -> Array:
        """Return the numbers of other texts."""
        weights = None if self.words is None else self.words.transform(texts)
        said = [] if self.target is None else [self.target.transform(weights)]
        return np.hstack([self._numbers(texts, weights), *said])

    def _numbers(self, texts: list[str], weights: Any) -> Array:
        if weights is None:
            return np.empty((len(texts), 0))
        return np.asarray(weights.toarray() if self.topics is None else self.topics.transform(weights))


class WordEncoder:
    """Weighs words and pairs of words by how rare they are: a column for each, which linear models are good at."""

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.wanted = wanted
        self.steps = wanted.left(("TfIdf",))
        self.models: list[Words] = []

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Any:  # noqa: D102
        found = []
        for k, column in enumerate(columns):
            texts = texts_of(column)
            given = self.wanted.of("TfIdf", k)
            words, weights, _ = _learnt(texts, given, MOST_WORDS) if self.steps else (None, None, None)
            self.models.append(words)
            self.made += [(k, f"_{name}") for name in _text_names(words, None)]
            found.append(_or_nothing(weights, len(texts)))
        return sparse.hstack(found, format="csr")

    def transform(self, columns: Sequence[Column]) -> Any:  # noqa: D102
        found = []
        for column, words in zip(columns, self.models, strict=True):
            texts = texts_of(column)
            found.append(_or_nothing(None if words is None else words.transform(texts), len(texts)))
        return sparse.hstack(found, format="csr")


def _or_nothing(weights: Any, n_rows: int) -> Any:
    return sparse.csr_matrix((n_rows, 0)) if weights is None else weights


def _learnt(texts: list[str], given: Mapping[str, Any], most: int, n_topics: int = 0) -> tuple[Words, Any, Topics]:
    """Return what weighs words, the weights in these texts, and the directions that tell them apart.

    None for all three if no word is there twice, for directions where there are few words. What was found is kept:
    the iterations of a process have the same folds.
    """
    learn = _found if sum(map(len, texts)) <= MOST_KEPT else _found.__wrapped__
    return learn(tuple(texts), json.dumps(given), most, n_topics)


@lru_cache(maxsize=N_KEPT)
def _found(texts: tuple[str, ...], given: str, most: int, n_topics: int) -> tuple[Words, Any, Topics]:
    options: dict[str, Any] = {
        "ngram_range": (1, 2),
        "max_features": most,
        "sublinear_tf": True,
        "min_df": 2 if len(texts) > 100 else 1,
        "token_pattern": r"(?u)\b\w+\b",
    }
    words = TfidfVectorizer(strip_accents="unicode", dtype=np.float64, **{**options, **of_words(json.loads(given))})
    try:
        weights = words.fit_transform(texts)
    except ValueError:
        return None, None, None
    has_topics = 0 < 2 * n_topics < weights.shape[1]
    return words, weights, TruncatedSVD(n_topics, random_state=0).fit(weights) if has_topics else None


def _text_names(words: Words, directions: Topics) -> list[str]:
    if words is None:
        return []
    if directions is None:
        return list(words.get_feature_names_out())
    return [f"topic{j}" for j in range(len(directions.components_))]
