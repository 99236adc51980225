"""What a user wants otherwise of the steps that make features: a noun, and the names it knows. Not here: the steps."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

BLOCKABLE: Mapping[str, str] = {
    "ImputationMarker": "columns that mark where a number was missing",
    "OneHotEncoder": "a column for each level of a category; means of the target stand in for it",
    "TargetEncoder": "means of the target for categories of many levels; columns for frequent levels stand in for it",
    "FrequencyEncoder": "how frequent a level is",
    "DateTimeParts": "year, month, day, hour and so on",
    "ElapsedDays": "days since the first date",
    "TfIdf": "words and topics of texts, and what they say of the target",
    "TextTargetEncoder": "what the words of texts say of the target",
    "WordCount": "numbers of words of texts",
    "TextStatistics": "how long texts are, their capitals, digits and symbols",
}
"""Steps that may be left out, and what is left out with each."""
ALIASES: Mapping[str, str] = {
    "CatTargetEncoder": "TargetEncoder",
    "WoETargetEncoder": "TargetEncoder",
    "HashOneHotEncoder": "OneHotEncoder",
    "LabelEncoder": "OneHotEncoder",
    "DateTimeTransformer": "DateTimeParts",
    "CountVectorizer": "TfIdf",
    "NaiveBayes": "TextTargetEncoder",
}
"""Names of Azure ML for what is done here in another way."""
ABSENT = frozenset({"WordEmbedding", "CatImputer", "StringCast", "MaxAbsScaler"})
"""Steps of Azure ML that are not here: to block them changes nothing."""
NEEDED = frozenset({"Imputer", "MedianImputer"})
"""Steps that cannot be left out: learners need numbers."""
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "Imputer": ("strategy", "fill_value"),
    "OneHotEncoder": ("max_levels", "min_share"),
    "HashOneHotEncoder": ("number_of_bits",),
    "TfIdf": (
        "n_components",
        "max_features",
        "ngram_range",
        "min_df",
        "max_df",
        "sublinear_tf",
        "stop_words",
        "analyzer",
    ),
}
"""Steps that take parameters, and which."""
STRATEGIES = ("median", "mean", "most_frequent", "constant")
PURPOSES: Mapping[str, tuple[str, ...]] = {
    "Imputer": ("numeric", "boolean", "ignore"),
    "OneHotEncoder": ("categorical", "ignore"),
    "HashOneHotEncoder": ("categorical_hash", "categorical", "ignore"),
    "TfIdf": ("text", "ignore"),
}
"""Purposes of columns that a step is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """Parameters of a step, for some columns."""

    transformer: str
    values: Mapping[str, Any]
    columns: tuple[str, ...] = ()
    """Names; empty for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformers:
    """All that is wanted otherwise."""

    blocked: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


AS_EVER = Transformers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The same for the columns of one encoder."""

    blocked: frozenset[str] = frozenset()
    options: tuple[Mapping[str, Mapping[str, Any]], ...] = field(default=())
    """For each column, by the name of the step."""

    def of(self, transformer: str, column: int) -> Mapping[str, Any]:
        """Return the parameters of a step for a column."""
        return self.options[column].get(transformer, {}) if self.options else {}

    def left(self, steps: tuple[str, ...]) -> tuple[str, ...]:
        """Return the steps that are not blocked."""
        return tuple(step for step in steps if step not in self.blocked)


def resolved(name: str) -> str:
    """Return the name of a step that may be blocked, empty for one that is not here, or raise ValueError with why not.

    Examples
    --------
    >>> resolved("CatTargetEncoder"), resolved("WordEmbedding")
    ('TargetEncoder', '')
    >>> resolved("TfIfd")
    Traceback (most recent call last):
        ...
    ValueError: there is no transformer 'TfIfd'. Did you mean TfIdf?
    """
    if name in BLOCKABLE or name in ALIASES:
        return ALIASES.get(name, name)
    if name in ABSENT:
        return ""
    if name in NEEDED:
        raise ValueError(f"{name} cannot be left out: learners need numbers. Fill missing values before.")
    raise ValueError(f"there is no transformer {name!r:.60}. {_near(name, (*BLOCKABLE, *ALIASES))}")


def wrong_option(transformer: str, values: Mapping[str, Any]) -> str:
    """Return what is wrong with parameters of a step, empty if nothing is."""
    if transformer not in PARAMETERS:
        return f"No parameters can be given for {transformer!r:.60}. {_near(transformer, tuple(PARAMETERS))}"
    unknown = [name for name in values if name not in PARAMETERS[transformer]]
    if unknown:
        return f"{transformer} has no parameter {unknown[0]!r:.60}. {_near(unknown[0], PARAMETERS[transformer])}"
    return _CHECKS[transformer](values)


def _near(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(str(name), known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Choose one of {', '.join(known)}."


def _wrong_imputer(values: Mapping[str, Any]) -> str:
    strategy, has_value = values.get("strategy", "median"), "fill_value" in values
    if strategy not in STRATEGIES:
        return f"The strategy of Imputer must be one of {', '.join(STRATEGIES)}, but got {strategy!r:.60}."
    if has_value != (strategy == "constant"):
        return "Imputer needs `fill_value` with strategy='constant', and with no other one."
    return "" if not has_value or _is_number(values["fill_value"]) else "`fill_value` of Imputer must be a number."


def _wrong_levels(values: Mapping[str, Any]) -> str:
    most = values.get("max_levels", 1)
    if not _is_whole(most, 1, 1000):
        return f"`max_levels` of OneHotEncoder must be a whole number from 1 to 1000, but got {most!r:.60}."
    share = values.get("min_share", 0.0)
    if not _is_number(share) or not 0 <= share < 1:
        return f"`min_share` of OneHotEncoder must be a number from 0 to 1, but got {share!r:.60}."
    return ""


def _wrong_bits(values: Mapping[str, Any]) -> str:
    bits = values.get("number_of_bits")
    if _is_whole(bits, 1, 10):
        return ""
    return f"`number_of_bits` of HashOneHotEncoder must be a whole number from 1 to 10, but got {bits!r:.60}."


def _wrong_words(values: Mapping[str, Any]) -> str:
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not _is_whole(values.get("n_components", 1), 1, 300):
        return f"`n_components` of TfIdf must be a whole number from 1 to 300, but got {values['n_components']!r:.60}."
    try:
        TfidfVectorizer(**of_words(values))._validate_params()
    except (ValueError, TypeError) as error:
        return f"Parameters of TfIdf must be those of scikit-learn's TfidfVectorizer: {error}"
    return ""


def of_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of TfIdf that are TfidfVectorizer's."""
    found = {name: value for name, value in values.items() if name != "n_components"}
    return {**found, "ngram_range": tuple(found["ngram_range"])} if "ngram_range" in found else found


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


_CHECKS = {
    "Imputer": _wrong_imputer,
    "OneHotEncoder": _wrong_levels,
    "HashOneHotEncoder": _wrong_bits,
    "TfIdf": _wrong_words,
}
