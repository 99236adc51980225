"""The ends of the logs that people watch: of iterations that run, and of those that just ended.

Not here: when they are read (``publisher``). A log of which 64 kB were sent is left alone: the page asks for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl_widgets.records import TRIAL_ENDED

if TYPE_CHECKING:
    from automl_widgets.store import Store

CHUNK_BYTES = 16 * 1024
ITERATION_BYTES = 64 * 1024


@dataclass(slots=True)
class _Tail:
    offset: int = 0
    sent: int = 0
    has_ended: bool = False


class Tails:
    """Follows logs by the rows of patches.

    Parameters
    ----------
    store : Store
        Where the logs are.
    run_id : str
        The run.
    known : iterable of rows
        What the reader has seen at the start: logs of iterations that had ended by then are not followed.
    """

    def __init__(self, store: Store, run_id: str, known: Iterable[Mapping[str, Any]] = ()) -> None:
        self._store, self._run_id = store, run_id
        self._tails: dict[int, _Tail] = {}
        self._closed = {row["i"]: row["attempt"] for row in known if row["state"] in TRIAL_ENDED}
        self.follow(known)

    def __bool__(self) -> bool:
        return any(tail.has_ended for tail in self._tails.values())

    @property
    def is_watching(self) -> bool:
        """True while a log may grow."""
        return bool(self._tails)

    def follow(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Take in new states of iterations."""
        for row in rows:
            if row["state"] == "queued" or self._closed.get(row["i"]) == row["attempt"]:
                continue
            tail = self._tails.setdefault(row["i"], _Tail())
            tail.has_ended = row["state"] in TRIAL_ENDED
            if tail.has_ended:
                self._closed[row["i"]] = row["attempt"]

    def read(self) -> list[dict[str, Any]]:
        """Return one new piece of each log that has one, as `LogChunk`, and forget logs that are through."""
        pieces = [self._next(i, tail) for i, tail in list(self._tails.items())]
        return [piece for piece in pieces if piece is not None]

    def _next(self, i: int, tail: _Tail) -> dict[str, Any] | None:
        limit = min(CHUNK_BYTES, ITERATION_BYTES - tail.sent)
        if limit <= 0:
            self._leave(i, tail)
            return None
        text, end, size = self._store.read_log(self._run_id, i, tail.offset, limit)
        if size < tail.offset:
            tail.offset = 0
            text, end, size = self._store.read_log(self._run_id, i, 0, limit)
        if not text:
            self._leave(i, tail)
            return None
        chunk = {"i": i, "from": tail.offset, "to": end, "size": size, "text": text}
        tail.sent, tail.offset = tail.sent + max(end - tail.offset, 1), end
        return chunk

    def _leave(self, i: int, tail: _Tail) -> None:
        if tail.has_ended:
            del self._tails[i]
