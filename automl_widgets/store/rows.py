"""A noun as the text of a row: JSON. Not here: the rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from automl_widgets.errors import WorkspaceError
from automl_widgets.records import Changes, RunRecord, decode, encode

Noun = TypeVar("Noun")

_FIXED = frozenset({"run_id", "iteration", "seq"})


def to_text(noun: Any) -> str:
    """Return the JSON text of a noun or of plain values; NaN and infinity become null."""
    return json.dumps(encode(noun), allow_nan=False, separators=(",", ":"))


def from_text(kind: type[Noun], text: str, seq: int | None = None) -> Noun:
    """Build the noun from its JSON text, with the change number beside it."""
    data = json.loads(text)
    return decode(kind, data if seq is None else {**data, "seq": seq})


def from_texts(kind: type[Noun], text: str) -> tuple[Noun, ...]:
    """Build nouns from the JSON text of a list of them."""
    return tuple(decode(kind, data) for data in json.loads(text))


def amended(kind: type, text: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON form of a stored noun with some of its fields set anew, without building the noun."""
    free = {field.name for field in dataclasses.fields(kind)} - _FIXED
    if strange := sorted(fields.keys() - free):
        raise TypeError(f"{kind.__name__} has no field to set named {', '.join(strange)}; it has {sorted(free)}.")
    return {**json.loads(text), **encode(dict(fields))}


def retagged(known: Mapping[str, str], tags: Mapping[str, str], without: Collection[str]) -> dict[str, str]:
    """Return the tags with some taken away, then some added or changed."""
    return {**{key: value for key, value in known.items() if key not in without}, **tags}


def found_run(records: Changes) -> RunRecord:
    """Return the run's record out of all records of a run."""
    if records.run is None:
        raise WorkspaceError("The records of a run must hold the run's own, but there are only those below it.")
    return records.run


def checked_title(name: str, what: str) -> str:
    """Return the name that a person gave, if it is one: text, not empty, that can be written as UTF-8."""
    if not isinstance(name, str) or not name.strip() or not _is_unicode(name):
        raise WorkspaceError(f"The name of {what} must be a text that is not empty, but got {name!r:.80}.")
    return name


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
