"""Many runs as one page of a list: searched, narrowed, sorted. Pure. Not here: where they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automl_widgets.records import encode
from automl_widgets.store.nouns import RunBrief
from automl_widgets.view.portal.tags import MAX_TAG, MAX_TAGS
from automl_widgets.view.wishes import BadRequestError

MAX_TEXT = 200
MAX_ROWS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A run and the workspace that it is in."""

    workspace: str
    """Its place on the server."""
    title: str
    """Its name."""
    run: RunBrief


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a page wants to see of all runs."""

    search: str = ""
    workspace: str = ""
    experiment: str = ""
    state: str = ""
    sort: str = "created"
    descending: bool = True
    offset: int = 0
    limit: int = 100


_SORTS: Mapping[str, Callable[[Listed], Any]] = {
    "created": lambda one: one.run.created_at,
    "name": lambda one: one.run.name.casefold(),
    "experiment": lambda one: one.run.experiment.casefold(),
    "workspace": lambda one: one.title.casefold(),
    "state": lambda one: one.run.state,
    "metric": lambda one: one.run.primary_metric.casefold(),
    "score": lambda one: one.run.best_score,
    "iterations": lambda one: one.run.n_iterations,
    "duration": lambda one: _duration(one.run),
}


def query(given: Mapping[str, str]) -> Query:
    """Return what the arguments of an address ask for.

    Raises
    ------
    BadRequestError
        If one of them cannot be meant.

    Examples
    --------
    >>> query({"search": "churn", "sort": "score", "order": "ascending"}).descending
    False
    >>> query({"sort": "run_id; DROP TABLE runs"})
    Traceback (most recent call last):
    ...
    BadRequestError: `sort` must be one of created, name, ..., but got sort='run_id; DROP TABLE runs'.
    """
    texts = {name: given.get(name, "") for name in ("search", "workspace", "experiment", "state")}
    if long := [name for name, text in texts.items() if len(text) > 5 * MAX_TEXT]:
        raise BadRequestError(f"`{long[0]}` must be at most {5 * MAX_TEXT:,} characters long.")
    return Query(
        **texts,
        sort=_one_of(given, "sort", tuple(_SORTS)),
        descending=_one_of(given, "order", ("descending", "ascending")) == "descending",
        offset=number(given, "offset", 0, 10**9),
        limit=number(given, "limit", 100, MAX_ROWS),
    )


def number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    """Return a whole number of an address, from 0 to `most`."""
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) <= most):
        raise BadRequestError(f"`{name}` must be a whole number from 0 to {most:,}, but got {name}={text!r:.100}.")
    return int(text)


def _one_of(given: Mapping[str, str], name: str, known: tuple[str, ...]) -> str:
    value = given.get(name) or known[0]
    if value not in known:
        raise BadRequestError(f"`{name}` must be one of {', '.join(known)}, but got {name}={value!r:.100}.")
    return value


def page_of(runs: Sequence[Listed], asked: Query) -> dict[str, Any]:
    """Return the rows that a page shows, and what there is to narrow them by.

    Parameters
    ----------
    runs : sequence of Listed
        All runs, newest first.
    asked : Query
        Which of them, in which order.
    """
    found = [one for one in runs if _matches(one, asked)]
    return {
        "total": len(runs),
        "found": len(found),
        "offset": asked.offset,
        "experiments": sorted({one.run.experiment for one in runs if asked.workspace in ("", one.workspace)}),
        "states": sorted({one.run.state for one in runs}),
        "rows": [row(one) for one in _sorted(found, asked)[asked.offset : asked.offset + asked.limit]],
    }


def row(one: Listed) -> dict[str, Any]:
    """Return a run as JSON, as `RunRow` of js/src/portal/types.ts."""
    tags = tags_of(one.run.tags)
    return {**encode(one.run), "tags": tags, "workspace": one.workspace, "workspace_name": one.title}


def tags_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags as far as they are shown."""
    return {key[:MAX_TAG]: value[:MAX_TAG] for key, value in list(tags.items())[:MAX_TAGS]}


def _matches(one: Listed, asked: Query) -> bool:
    run = one.run
    is_chosen = (
        asked.workspace in ("", one.workspace)
        and asked.experiment in ("", run.experiment)
        and asked.state in ("", run.state)
    )
    if not is_chosen or not asked.search:
        return is_chosen
    return _all_words_in(asked.search, (*_texts(run), one.title, one.workspace))


def _texts(run: RunBrief) -> Iterable[str]:
    yield from (run.run_id, run.name, run.experiment, run.state, run.primary_metric, run.best_recipe)
    yield from (f"{key}={value}" for key, value in run.tags.items())


def _all_words_in(search: str, texts: Iterable[str]) -> bool:
    text = "\n".join(texts).casefold()
    return all(word in text for word in search.casefold().split())


def _sorted(runs: list[Listed], asked: Query) -> list[Listed]:
    """Return them in order; those without a value come last, whichever way, and equals stay newest first."""
    key = _SORTS[asked.sort]
    known = [one for one in runs if key(one) is not None]
    rest = [one for one in runs if key(one) is None]
    return sorted(known, key=key, reverse=asked.descending) + rest


def _duration(run: RunBrief) -> float | None:
    if run.started_at is None or run.ended_at is None:
        return None
    return run.used_s + run.ended_at - (run.resumed_at or run.started_at)
