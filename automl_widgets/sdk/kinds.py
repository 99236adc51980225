"""What one value of a parameter must be: a sentence, and a function that cleans or refuses. Not here: parameters."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

from automl_widgets.sdk.featurization import FeaturizationConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """The values that a parameter may have."""

    type: str
    """As numpydoc writes it: `int`."""
    must: str
    """What follows "must be" in a message: `a whole number of at least 1`."""
    clean: Callable[[Any], Any]
    """Returns the value in its plain form; raises ValueError or TypeError if it may not be."""


def whole(low: int, high: int | None = None, also: tuple[int, ...] = ()) -> Kind:
    """Return the kind of a whole number in [low, high], or one of `also`."""

    def clean(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError
        number = value if isinstance(value, int) else round(float(value))
        if number != value or (number not in also and not low <= number <= (number if high is None else high)):
            raise ValueError
        return number

    span = f"of at least {low}" if high is None else f"from {low} to {high}"
    besides = "".join(f", or {value}" for value in also)
    return Kind(type="int", must=f"a whole number {span}{besides}", clean=clean)


def real(*, above: float | None = None, below: float | None = None) -> Kind:
    """Return the kind of a finite number between two bounds that are themselves excluded."""

    def clean(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise TypeError
        number = float(value)
        inside = (above is None or number > above) and (below is None or number < below)
        if not inside or number - number != 0:
            raise ValueError
        return number

    bounds = [f"{word} {bound:g}" for word, bound in (("above", above), ("below", below)) if bound is not None]
    return Kind(type="float", must=" ".join(["a number", " and ".join(bounds)]).strip(), clean=clean)


def _clean_flag(value: Any) -> bool:
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
        raise TypeError
    return bool(value)


FLAG = Kind(type="bool", must="True or False", clean=_clean_flag)


def one_of(*choices: str) -> Kind:
    """Return the kind of a word out of a few, in any case."""
    by_lower_case = {choice.lower(): choice for choice in choices}

    def clean(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError
        if value.lower() not in by_lower_case:
            raise ValueError
        return by_lower_case[value.lower()]

    listed = ", ".join(f"'{choice}'" for choice in choices)
    must = listed.replace(", ", " or ") if len(choices) < 3 else f"one of {listed}"
    return Kind(type=f"{{{listed}}}", must=must, clean=clean)


def _clean_featurization(value: Any) -> str | FeaturizationConfig:
    return value if isinstance(value, FeaturizationConfig) else str(one_of("auto", "off").clean(value))


FEATURIZATION = Kind(
    type="{'auto', 'off'} or FeaturizationConfig",
    must="'auto' or 'off', or a FeaturizationConfig",
    clean=_clean_featurization,
)


def _clean_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    if not value:
        raise ValueError
    return value


METRIC = Kind(
    type="str, scorer or callable",
    must="a name, a function or a scorer of scikit-learn's make_scorer",
    clean=lambda value: value if callable(value) else _clean_text(value),
)
TEXT = Kind(type="str", must="a text that is not empty", clean=_clean_text)


def _clean_path(value: Any) -> str:
    if not isinstance(value, (str, PathLike)):
        raise TypeError
    return str(fspath(value))


PATH = Kind(type="str or Path", must="a path", clean=_clean_path)


def _clean_names(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        raise TypeError
    if not value or not all(isinstance(name, str) for name in value):
        raise ValueError
    return tuple(sorted(value) if isinstance(value, (set, frozenset)) else value)


NAMES = Kind(type="list of str", must="a list of names that is not empty", clean=_clean_names)


def _clean_possible_names(value: Any) -> tuple[str, ...]:
    return () if isinstance(value, (list, tuple, set, frozenset)) and not value else _clean_names(value)


NAMES_OR_NONE = Kind(type="list of str", must="a list of names", clean=_clean_possible_names)


def _clean_column(value: Any) -> str | int:
    if isinstance(value, bool) or not isinstance(value, (str, numbers.Integral)):
        raise TypeError
    return value if isinstance(value, str) else int(value)


COLUMN = Kind(type="str or int", must="the name of a column", clean=_clean_column)


def _clean_mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError
    if not all(isinstance(key, str) for key in value):
        raise ValueError
    return dict(value)


MAPPING = Kind(type="dict", must="a dictionary with texts as keys", clean=_clean_mapping)


def _clean_label(value: Any) -> Any:
    plain = value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value
    if not isinstance(plain, (str, bool, int, float)):
        raise TypeError
    return plain


LABEL = Kind(type="str, int, float or bool", must="a label: a text, a number, True or False", clean=_clean_label)


def _clean_folds(value: Any) -> list[Any]:
    if isinstance(value, str):
        raise TypeError
    pairs = list(value)
    if not pairs or not all(hasattr(pair, "__len__") and len(pair) == 2 for pair in pairs):
        raise ValueError
    return pairs


FOLDS = Kind(type="list of (array, array)", must="a list of pairs [training rows, validation rows]", clean=_clean_folds)


def _clean_n_folds(value: Any) -> int | None:
    return None if isinstance(value, str) and value.lower() == "auto" else int(whole(2, 1000).clean(value))


N_FOLDS = Kind(type="int or 'auto'", must="a whole number from 2 to 1000, or 'auto'", clean=_clean_n_folds)


def data(shape: str) -> Kind:
    """Return the kind of an array or table of that shape; `data.load` looks inside."""
    return Kind(type=f"array-like of shape {shape}", must="data", clean=lambda value: value)


TABLE = Kind(type="DataFrame, or path of a CSV or Parquet file", must="a table", clean=lambda value: value)
ANYTHING = Kind(type="object", must="anything", clean=lambda value: value)


def _clean_target(value: Any) -> Any:
    if isinstance(value, str):
        return one_of("local").clean(value)
    if not all(hasattr(value, name) for name in ("name", "workspace", "provisioning")):
        raise TypeError
    return value


TARGET = Kind(type="'local' or ComputeTarget", must="'local' or a ComputeTarget", clean=_clean_target)


def _clean_run_configuration(value: Any) -> Any:
    if not all(hasattr(value, name) for name in ("target", "environment")):
        raise TypeError
    return value


RUN_CONFIGURATION = Kind(type="RunConfiguration", must="a RunConfiguration", clean=_clean_run_configuration)
