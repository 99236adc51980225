"""What a page wants a run's tags to become, checked. Pure. Not here: who may want it, and where tags are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automl_widgets.errors import RunStateError
from automl_widgets.view.wishes import BadRequestError

MAX_TAGS = 50
MAX_TAG = 200


@dataclass(frozen=True, slots=True)
class Retag:
    """A change of tags: those that nobody has touched stay, also what a kernel has set meanwhile."""

    tags: Mapping[str, str]
    """Added, or given another value."""
    without: tuple[str, ...]
    """Taken away."""


def retag(message: Mapping[str, object], known: Mapping[str, str]) -> Retag:
    """Return the change of tags that a page asks for by `set` and `remove`.

    Parameters
    ----------
    message : mapping
        Anything.
    known : mapping
        The tags that the run has.

    Raises
    ------
    BadRequestError
        If they are no tags.
    RunStateError
        If there would be too many.

    Examples
    --------
    >>> retag({"set": {"stage": "live"}, "remove": ["state"]}, {})
    Retag(tags={'stage': 'live'}, without=('state',))
    >>> retag({"set": {"": "live"}}, {})
    Traceback (most recent call last):
    ...
    BadRequestError: A tag must have a name of 1 to 200 characters on one line, but got ''.
    """
    wanted, without = message.get("set", {}), message.get("remove", [])
    if not isinstance(wanted, dict) or not isinstance(without, list) or not (wanted or without):
        raise BadRequestError("Tags are changed by an object `set`, of names and values, and a list `remove` of names.")
    for name in (*wanted, *without):
        if not _is_line(name, least=1):
            raise BadRequestError(
                f"A tag must have a name of 1 to {MAX_TAG} characters on one line, but got {name!r:.100}."
            )
    for value in wanted.values():
        if not _is_line(value, least=0):
            raise BadRequestError(
                f"A tag's value must be at most {MAX_TAG} characters on one line, but got {value!r:.100}."
            )
    n = len((known.keys() - set(without)) | wanted.keys())
    if n > max(MAX_TAGS, len(known)):
        raise RunStateError(f"A run may have {MAX_TAGS} tags, and this would make {n}: take one away first.")
    return Retag({name.strip(): value.strip() for name, value in wanted.items()}, tuple(without))


def _is_line(text: object, least: int) -> bool:
    """Whether it is text that can be stored, and shown on one line."""
    if not isinstance(text, str) or not least <= len(text.strip()) <= MAX_TAG:
        return False
    return not any(sign < " " or sign == "\x7f" or "\ud800" <= sign <= "\udfff" for sign in text)
