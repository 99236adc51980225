"""A noun as plain JSON values, and back. Not here: any noun (``records``)."""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, Union

Noun = TypeVar("Noun")


def encode(noun: Any) -> Any:
    """Return the JSON form of a noun: dictionaries, lists and scalars, with None for NaN and infinity."""
    if dataclasses.is_dataclass(noun):
        return {f.name: encode(getattr(noun, f.name)) for f in dataclasses.fields(noun)}
    if isinstance(noun, Mapping):
        return {str(key): encode(value) for key, value in noun.items()}
    if isinstance(noun, (tuple, list)):
        return [encode(value) for value in noun]
    if isinstance(noun, float) and not math.isfinite(noun):
        return None
    return noun


def decode(kind: type[Noun], data: Mapping[str, Any]) -> Noun:
    """Build a noun of type `kind` from its JSON form; names that `kind` does not know are ignored."""
    hints: dict[str, Any] = _hints(typing.cast("Any", kind))
    return kind(**{name: _decoded(hints[name], value) for name, value in data.items() if name in hints})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    """Return the type of each field; worked out once, for it takes longer than all the rest."""
    hints = typing.get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind)}


def _decoded(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(value, Mapping):
        return decode(typing.cast("type[Any]", hint), value)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        return _decoded(next((a for a in arguments if a is not type(None)), Any), value)
    if origin is tuple:
        return tuple(_decoded(arguments[0], item) for item in value)
    if hint is float and value is None:
        return math.nan
    if origin is Mapping or origin is dict or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return {key: _decoded(arguments[1], item) for key, item in value.items()}
    return value
