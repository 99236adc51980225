"""The store that a workspace has: rows in one SQLite file, artifacts in folders. Here are its writes.

Not here: its questions (``reading``), commands and leases (``control``), paths (``files``), the file (``database``).
Nouns are kept as JSON text; what is searched by has a column of its own beside it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from automl_widgets.errors import WorkspaceError
from automl_widgets.records import RUN_ENDED, Changes, Explanation, Guardrail, IterationRecord, RunRecord, Wish
from automl_widgets.store.control import SqliteControl
from automl_widgets.store.database import Database
from automl_widgets.store.files import sweep
from automl_widgets.store.heads import find_head, list_heads, next_seq, no_iteration
from automl_widgets.store.lease import held, is_held
from automl_widgets.store.reading import SqliteReading
from automl_widgets.store.rows import amended, checked_title, found_run, retagged, to_text
from automl_widgets.store.schema import RUN_TABLES


class SqliteStore(SqliteReading, SqliteControl):
    """Implements `Store` in a folder.

    Parameters
    ----------
    folder : str or Path
        The workspace's folder; made if it is not there.
    clock : callable, default time.time
        Gives the seconds since the epoch.

    Raises
    ------
    WorkspaceError
        If the folder cannot be written, or its ``store.sqlite`` cannot be used.
    """

    def __init__(self, folder: str | Path, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(folder)
        self._clock = clock
        self._briefs = {}
        self._db = Database(self.folder / "store.sqlite")
        self._sweep()

    @property
    def is_usable(self) -> bool:
        """Whether the store is open and its file has been neither deleted nor replaced."""
        return self._db.is_current()

    def close(self) -> None:
        """Let go of the files. Whatever is called afterwards raises WorkspaceError."""
        self._db.close()

    def create_run(self, record: RunRecord) -> None:
        """Add a run, its folder and, if it is new, its experiment."""
        checked_title(record.experiment, "an experiment")
        self._make_run_folder(record.run_id)
        with self._db.writing() as connection:
            _insert_run(connection, record, self._clock())

    def adopt_run(self, records: Changes, folder: Path) -> None:
        """Add a run that another workspace kept, with all its records and its folder, which moves here: all or none."""
        record = found_run(records)
        checked_title(record.experiment, "an experiment")
        with self._adopted_folder(record.run_id, folder) as move, self._db.writing() as connection:
            _insert_run(connection, record, self._clock())
            for iteration in records.iterations:
                _put_iteration(connection, record.run_id, iteration)
            _put_guardrails(connection, record.run_id, records.guardrails or ())
            for explanation in records.explanations:
                _put_explanation(connection, record.run_id, explanation)
            for wish in records.wishes:
                _put_wish(connection, record.run_id, wish)
            move()

    def update_run(self, run_id: str, **fields: Any) -> RunRecord:
        """Set fields of a run's record; return it as `run` would."""
        return self._amend_run(run_id, lambda text: amended(RunRecord, text, fields))

    def set_tags(self, run_id: str, tags: Mapping[str, str], without: Collection[str] = ()) -> None:
        """Add tags to a run or change them, and take those named in `without` away; other tags stay."""

        def tagged(text: str) -> dict[str, Any]:
            data = amended(RunRecord, text, {})
            return {**data, "tags": retagged(data["tags"], tags, without)}

        self._amend_run(run_id, tagged)

    def delete_run(self, run_id: str) -> None:
        """Remove a run with all that is kept of it."""
        with self._db.writing() as connection:
            head = find_head(connection, run_id)
            if head.lease is not None and is_held(head.lease, self._clock()):
                raise held(run_id, head.lease)
            for table in RUN_TABLES:
                connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
        self._remove_run_folder(run_id)

    def create_experiment(self, name: str) -> None:
        """Add an experiment; nothing happens if it exists."""
        checked_title(name, "an experiment")
        with self._db.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO experiments VALUES (?, ?)", (name, self._clock()))

    def put_iteration(self, run_id: str, record: IterationRecord) -> None:
        """Add or replace an iteration; its `seq` is set by the store."""
        with self._db.writing() as connection:
            _put_iteration(connection, run_id, record)

    def update_iteration(self, run_id: str, iteration: int, **fields: Any) -> None:
        """Set fields of an iteration's record."""
        with self._db.writing() as connection:
            seq = next_seq(connection, run_id)
            key = (run_id, iteration)
            row = connection.execute("SELECT record FROM iterations WHERE run_id = ? AND iteration = ?", key).fetchone()
            if row is None:
                raise no_iteration(run_id, iteration)
            data = amended(IterationRecord, row[0], fields)
            connection.execute(
                "UPDATE iterations SET seq = ?, state = ?, record = ? WHERE run_id = ? AND iteration = ?",
                (seq, data["state"], to_text(data), *key),
            )

    def put_guardrails(self, run_id: str, guardrails: Sequence[Guardrail]) -> None:
        """Replace the verdicts on the data."""
        with self._db.writing() as connection:
            _put_guardrails(connection, run_id, guardrails)

    def put_explanation(self, run_id: str, explanation: Explanation) -> None:
        """Add or replace the explanation of an iteration."""
        with self._db.writing() as connection:
            _put_explanation(connection, run_id, explanation)

    def put_wish(self, run_id: str, wish: Wish) -> None:
        """Add a wish that was obeyed or refused, or replace the one with its number."""
        with self._db.writing() as connection:
            _put_wish(connection, run_id, wish)

    def _amend_run(self, run_id: str, change: Callable[[str], dict[str, Any]]) -> RunRecord:
        with self._db.writing() as connection:
            seq = next_seq(connection, run_id)
            text = connection.execute("SELECT record FROM run_records WHERE run_id = ?", (run_id,)).fetchone()[0]
            data = change(text)
            text = to_text(data)
            connection.execute("UPDATE run_records SET record = ? WHERE run_id = ?", (text, run_id))
            connection.execute(
                "UPDATE runs SET experiment = ?, state = ?, created_at = ?, record_seq = ? WHERE run_id = ?",
                (data["experiment"], data["state"], data["created_at"], seq, run_id),
            )
            head = find_head(connection, run_id)
        return self._record(head, text)

    def _sweep(self) -> None:
        """Remove half-written files where nobody writes: in runs whose process is dead, and with it its workers."""
        now = self._clock()
        with self._db.reading() as connection:
            heads = list_heads(connection, None)
        for head in heads:
            if head.state not in RUN_ENDED and head.interruption(now) is not None:
                sweep(self._runs / head.run_id)


def _insert_run(connection: sqlite3.Connection, record: RunRecord, now: float) -> None:
    text = to_text(record)
    if connection.execute("SELECT 1 FROM runs WHERE run_id = ?", (record.run_id,)).fetchone():
        raise WorkspaceError(f"There is a run {record.run_id} already.")
    connection.execute("INSERT OR IGNORE INTO experiments VALUES (?, ?)", (record.experiment, now))
    connection.execute(
        "INSERT INTO runs (run_id, experiment, state, created_at, seq, record_seq) VALUES (?, ?, ?, ?, 1, 1)",
        (record.run_id, record.experiment, record.state, record.created_at),
    )
    connection.execute("INSERT INTO run_records VALUES (?, ?)", (record.run_id, text))


def _put_iteration(connection: sqlite3.Connection, run_id: str, record: IterationRecord) -> None:
    text = to_text(record)
    seq = next_seq(connection, run_id)
    connection.execute(
        "INSERT OR REPLACE INTO iterations (run_id, iteration, seq, state, record) VALUES (?, ?, ?, ?, ?)",
        (run_id, record.iteration, seq, record.state, text),
    )


def _put_guardrails(connection: sqlite3.Connection, run_id: str, guardrails: Sequence[Guardrail]) -> None:
    text = to_text(tuple(guardrails))
    seq = next_seq(connection, run_id)
    connection.execute("UPDATE runs SET guardrails_seq = ? WHERE run_id = ?", (seq, run_id))
    connection.execute("INSERT OR REPLACE INTO guardrails VALUES (?, ?)", (run_id, text))


def _put_explanation(connection: sqlite3.Connection, run_id: str, explanation: Explanation) -> None:
    text = to_text(explanation)
    seq = next_seq(connection, run_id)
    connection.execute(
        "INSERT OR REPLACE INTO explanations (run_id, iteration, seq, record) VALUES (?, ?, ?, ?)",
        (run_id, explanation.iteration, seq, text),
    )


def _put_wish(connection: sqlite3.Connection, run_id: str, wish: Wish) -> None:
    text = to_text(wish)
    seq = next_seq(connection, run_id)
    connection.execute(
        "INSERT OR REPLACE INTO wishes (run_id, number, seq, record) VALUES (?, ?, ?, ?)",
        (run_id, wish.number, seq, text),
    )
