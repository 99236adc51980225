"""The questions to a SQLite store. Not here: its writes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from automl_widgets.records import (
    RUN_ENDED,
    Changes,
    Explanation,
    Guardrail,
    IterationRecord,
    RunRecord,
    Wish,
)
from automl_widgets.store.briefs import Known, read_briefs
from automl_widgets.store.database import Database
from automl_widgets.store.heads import Head, find_head, find_seq, list_heads, no_iteration
from automl_widgets.store.nouns import RunBrief
from automl_widgets.store.rows import from_text, from_texts

POLL_S = 0.2
"""How often to look for writes of other processes."""

Noun = TypeVar("Noun", IterationRecord, Explanation)


class SqliteReading:
    """Implements `Reading` on a `Database`."""

    _db: Database
    _clock: Callable[[], float]
    _briefs: dict[str, Known]

    def run(self, run_id: str) -> RunRecord:
        """Return a run, or raise NotFoundError; its stage tells if this process cannot write what happens to it."""
        with self._db.reading() as connection:
            head = find_head(connection, run_id)
            text = _record_text(connection, run_id)
        record = self._record(head, text)
        is_stuck = self._db.trouble and record.state not in RUN_ENDED
        return replace(record, stage=self._db.trouble) if is_stuck else record

    def runs(self, experiment: str | None = None) -> tuple[RunRecord, ...]:
        """Return the runs, of one experiment or all, newest first."""
        with self._db.reading() as connection:
            found = [(head, _record_text(connection, head.run_id)) for head in list_heads(connection, experiment)]
        return tuple(self._record(head, text) for head, text in found)

    def briefs(self) -> tuple[RunBrief, ...]:
        """Return all runs in brief, newest first."""
        with self._db.reading() as connection:
            return read_briefs(connection, self._briefs, self._clock())

    def experiments(self) -> tuple[str, ...]:
        """Return the names of experiments in the order of their creation."""
        with self._db.reading() as connection:
            return tuple(name for (name,) in connection.execute("SELECT name FROM experiments ORDER BY rowid"))

    def iteration(self, run_id: str, iteration: int) -> IterationRecord:
        """Return one iteration, or raise NotFoundError."""
        with self._db.reading() as connection:
            find_seq(connection, run_id)
            row = _one(connection, "iterations", run_id, iteration)
        if row is None:
            raise no_iteration(run_id, iteration)
        return from_text(IterationRecord, *row)

    def iterations(self, run_id: str) -> tuple[IterationRecord, ...]:
        """Return all iterations by number."""
        return self.changes(run_id, 0).iterations

    def guardrails(self, run_id: str) -> tuple[Guardrail, ...]:
        """Return the verdicts on the data, none if there are none yet."""
        with self._db.reading() as connection:
            find_seq(connection, run_id)
            text = _guardrails_text(connection, run_id)
        return from_texts(Guardrail, text)

    def explanation(self, run_id: str, iteration: int) -> Explanation | None:
        """Return the explanation of one iteration, None if none was asked for."""
        with self._db.reading() as connection:
            find_seq(connection, run_id)
            row = _one(connection, "explanations", run_id, iteration)
        return None if row is None else from_text(Explanation, *row)

    def wishes(self, run_id: str) -> tuple[Wish, ...]:
        """Return what the user wanted of the run and what came of it, in order."""
        with self._db.reading() as connection:
            find_seq(connection, run_id)
            rows = _wishes_since(connection, run_id, 0)
        return tuple(from_text(Wish, *row) for row in rows)

    def changes(self, run_id: str, after: int) -> Changes:
        """Return every record that was written after the change number `after`."""
        now = self._clock()
        with self._db.reading() as connection:
            head = find_head(connection, run_id)
            is_run_due = head.record_seq > after or head.interruption(now) is not None
            run_text = _record_text(connection, run_id) if is_run_due else None
            guardrails_text = _guardrails_text(connection, run_id) if head.guardrails_seq > after else None
            iterations = _since(connection, "iterations", run_id, after)
            explanations = _since(connection, "explanations", run_id, after)
            wishes = _wishes_since(connection, run_id, after)
        return Changes(
            after=after,
            seq=head.seq,
            run=None if run_text is None else self._record(head, run_text),
            iterations=tuple(from_text(IterationRecord, *row) for row in iterations),
            guardrails=None if guardrails_text is None else from_texts(Guardrail, guardrails_text),
            explanations=tuple(from_text(Explanation, *row) for row in explanations),
            wishes=tuple(from_text(Wish, *row) for row in wishes),
        )

    def seq(self, run_id: str) -> int:
        """Return the number of the run's last change."""
        with self._db.reading() as connection:
            return find_seq(connection, run_id)

    def wait(self, run_id: str, after: int, timeout_s: float) -> int:
        """Block until the run's `seq` is greater than `after` or the time is up; return `seq`."""
        deadline = time.monotonic() + timeout_s
        while True:
            generation = self._db.generation
            seq = self.seq(run_id)
            left_s = deadline - time.monotonic()
            if seq > after or left_s <= 0:
                return seq
            self._db.pause(generation, min(left_s, POLL_S))

    def _record(self, head: Head, text: str) -> RunRecord:
        record = from_text(RunRecord, text, head.record_seq)
        reason = head.interruption(self._clock())
        return record if reason is None else replace(record, state="interrupted", reason=reason)


def _record_text(connection: sqlite3.Connection, run_id: str) -> str:
    return str(connection.execute("SELECT record FROM run_records WHERE run_id = ?", (run_id,)).fetchone()[0])


def _guardrails_text(connection: sqlite3.Connection, run_id: str) -> str:
    row = connection.execute("SELECT record FROM guardrails WHERE run_id = ?", (run_id,)).fetchone()
    return "[]" if row is None else str(row[0])


def _one(connection: sqlite3.Connection, table: str, run_id: str, iteration: int) -> tuple[str, int] | None:
    query = f"SELECT record, seq FROM {table} WHERE run_id = ? AND iteration = ?"
    found: tuple[str, int] | None = connection.execute(query, (run_id, iteration)).fetchone()
    return found


def _wishes_since(connection: sqlite3.Connection, run_id: str, after: int) -> list[tuple[str, int]]:
    query = "SELECT record, seq FROM wishes WHERE run_id = ? AND seq > ? ORDER BY number"
    return connection.execute(query, (run_id, after)).fetchall()


def _since(connection: sqlite3.Connection, table: str, run_id: str, after: int) -> list[tuple[str, int]]:
    query = f"SELECT record, seq FROM {table} WHERE run_id = ? AND seq > ? ORDER BY iteration"
    return connection.execute(query, (run_id, after)).fetchall()
