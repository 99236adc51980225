"""Whether plain values from a stranger are a noun's JSON form, which `decode` takes for granted. Builds nothing."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union

MOST = 2**53
"""Whole numbers that every reader of JSON, and the store, can hold are below this."""
LATEST = 32_503_680_000.0
"""The year 3000: no time in a record is later."""


def misfits(kind: Any, value: Any, where: str = "") -> Iterator[str]:
    """Yield what is wrong with the JSON form of a `kind`, each in a few words and with its place.

    Examples
    --------
    >>> from automl_widgets.records import Guardrail
    >>> list(misfits(Guardrail, {"name": "Classes", "state": "passed", "description": "Fine.", "details": []}))
    []
    >>> list(misfits(Guardrail, {"name": 7, "state": "passed", "description": "Fine."}, "guardrail"))
    ['guardrail.name is not text']
    """
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        yield from _noun_misfits(kind, value, where)
    elif origin in (Union, types.UnionType):
        kinds = [argument for argument in arguments if argument is not type(None)]
        if value is not None and len(kinds) == 1:  # of several kinds is `Json` alone, which every plain value is
            yield from misfits(kinds[0], value, where)
    elif origin is Literal:
        if value not in arguments:
            yield f"{where} is none of {', '.join(map(str, arguments))}"
    elif origin is tuple:
        yield from _list_misfits(arguments[0], value, where)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from _mapping_misfits(arguments[1], value, where)
    else:
        yield from _scalar_misfits(kind, value, where)


def _noun_misfits(kind: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is not an object"
        return
    hints = typing.get_type_hints(kind)
    for field in dataclasses.fields(kind):
        place = f"{where}.{field.name}".lstrip(".")
        if field.name in value:
            yield from misfits(hints[field.name], value[field.name], place)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            yield f"{place} is missing"


def _list_misfits(kind: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where} is not a list"
        return
    for k, item in enumerate(value):
        yield from misfits(kind, item, f"{where}[{k}]")


def _mapping_misfits(kind: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where} is not an object"
        return
    for key, item in value.items():
        yield from misfits(kind, item, f"{where}[{key!r:.40}]")


def _scalar_misfits(kind: Any, value: Any, where: str) -> Iterator[str]:
    is_bool = isinstance(value, bool)
    if kind is str and not isinstance(value, str):
        yield f"{where} is not text"
    elif kind is bool and not is_bool:
        yield f"{where} is not true or false"
    elif kind is int and (is_bool or not isinstance(value, int) or abs(value) >= MOST):
        yield f"{where} is not a whole number"
    elif kind is float and value is not None:  # None is NaN
        if is_bool or not isinstance(value, int | float) or abs(value) > 1e300:
            yield f"{where} is not a number"
        elif where.endswith("_at") and not 0 <= value <= LATEST:
            yield f"{where} is not a time"
