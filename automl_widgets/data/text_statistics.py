"""What is seen of a text without reading it: its length, capitals, digits and symbols. Not here: words (``texts``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.encoders import PLAIN, Made, levels_of
from automl_widgets.transformers import Wanted

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

SYMBOLS = "!?@%$*&#^.,:/;-+=\"'()"
STATISTICS = ("n_characters", "capitals", "digits", "symbols", "starts_with_symbol")
LEAST_SHARE = 0.01
"""A symbol is counted if it is in so many of the texts of training."""


class TextStatisticsEncoder:
    """Counts words, characters and symbols of texts; capitals, digits and symbols are also shares of the characters."""

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.steps: tuple[str, ...] = wanted.left(("WordCount", "TextStatistics"))
        self.symbols: list[str] = []

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102 - as Encoder
        for k, column in enumerate(columns):
            texts = texts_of(column)
            symbols = [s for s in SYMBOLS if sum(s in text for text in texts) >= LEAST_SHARE * len(texts)]
            self.symbols.append("".join(symbols) if "TextStatistics" in self.steps else "")
            names = ["n_words"] * ("WordCount" in self.steps)
            names += [*STATISTICS, *(f"n_{symbol}" for symbol in symbols)] if "TextStatistics" in self.steps else []
            self.made += [(k, f"_{name}") for name in names]
        return self.transform(columns)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        found = []
        for column, symbols in zip(columns, self.symbols, strict=True):
            texts = texts_of(column)
            if "WordCount" in self.steps:
                found.append(np.array([[len(text.split())] for text in texts], dtype=np.float64))
            if "TextStatistics" in self.steps:
                found.append(np.array([_statistics(text, symbols) for text in texts], dtype=np.float64))
        return np.hstack(found) if found else np.empty((len(columns[0]), 0))


def texts_of(column: Column) -> list[str]:
    """Return the texts of a column, empty ones for missing values."""
    codes, texts = levels_of(column)
    known = [*texts[:-1], ""]
    return [known[code] for code in codes]


def _statistics(text: str, symbols: str) -> list[float]:
    n = max(1, len(text))
    capitals, digits = sum(map(str.isupper, text)), sum(map(str.isdigit, text))
    others = len(text) - sum(map(str.isalnum, text)) - sum(map(str.isspace, text))
    starts = bool(text) and not text[0].isalnum()
    return [len(text), capitals / n, digits / n, others / n, starts, *(text.count(symbol) for symbol in symbols)]
