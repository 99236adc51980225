"""What a page may wish of a run (`Command` of js/src/types.ts), checked. Pure; what comes of it is the engine's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl_widgets.errors import AutoMLError

KINDS = ("cancel", "pause", "resume", "cancel_iteration", "explain", "retry", "like", "block", "more")
ITERATION_KINDS = ("cancel_iteration", "explain", "retry", "like")
MAX_NAME = 200
MAX_LIKE = 100
MAX_MORE = {"minutes": 7 * 24 * 60, "iterations": 100_000}


class BadRequestError(AutoMLError, ValueError):
    """A message that no page of ours sends."""


def wish(command: object) -> tuple[str, dict[str, Any]]:
    """Return kind and arguments of a command, and nothing else that came with it.

    Parameters
    ----------
    command : object
        Anything; `Command` of js/src/types.ts if it comes from our page.

    Raises
    ------
    BadRequestError
        If it is no command.

    Examples
    --------
    >>> wish({"kind": "like", "iteration": 7, "count": 5})
    ('like', {'iteration': 7, 'count': 5})
    >>> wish({"kind": "more"})
    Traceback (most recent call last):
    ...
    BadRequestError: `more` must say how many `minutes` or `iterations`, but says neither.
    """
    kind = command.get("kind") if isinstance(command, Mapping) else None
    if not isinstance(command, Mapping) or kind not in KINDS:
        raise BadRequestError(f"`kind` must be one of {', '.join(KINDS)}, but got kind={kind!r:.100}.")
    arguments: dict[str, Any] = {"iteration": count(command, "iteration")} if kind in ITERATION_KINDS else {}
    if kind == "like":
        arguments["count"] = _from_one(command, "count", MAX_LIKE)
    elif kind == "block":
        arguments["algorithm"] = _name(command, "algorithm")
    elif kind == "more":
        arguments = _more(command)
    return str(kind), arguments


def _more(command: Mapping[str, Any]) -> dict[str, Any]:
    asked = {name: _from_one(command, name, most) for name, most in MAX_MORE.items() if name in command}
    if not asked:
        raise BadRequestError("`more` must say how many `minutes` or `iterations`, but says neither.")
    return asked


def _from_one(message: Mapping[str, Any], name: str, most: int) -> int:
    value = count(message, name)
    if not 1 <= value <= most:
        raise BadRequestError(f"`{name}` must be from 1 to {most:,}, but got {name}={value!r:.100}.")
    return value


def _name(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_NAME:
        raise BadRequestError(f"`{name}` must be a name of 1 to {MAX_NAME} characters, but got {name}={value!r:.100}.")
    return value


def click(message: Mapping[str, Any]) -> dict[str, str]:
    """Return the mark of a click as an argument: one that comes by two ways is obeyed once. Empty without a mark."""
    return {"click": _name(message, "click")} if "click" in message else {}


def count(message: Mapping[str, Any], name: str, least: int = 0) -> int:
    """Return a whole number of a message, at least `least`; raise BadRequestError if it is none."""
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**53:
        raise BadRequestError(f"`{name}` must be a whole number, at least {least}, but got {name}={value!r:.100}.")
    return value
