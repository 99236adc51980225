"""Commands, leases and registered models in a SQLite store. Not here: runs and what is in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import astuple

from automl_widgets.errors import RunStateError
from automl_widgets.records import Command, Json, ModelRecord
from automl_widgets.store.commands import NewCommand, checked, complain, dropped, swallow
from automl_widgets.store.database import Database
from automl_widgets.store.files import RunFolders, checked_folder_name
from automl_widgets.store.heads import find_head, find_seq, next_seq
from automl_widgets.store.lease import Owner, may_take, this_process
from automl_widgets.store.protocol import GRACE_S
from automl_widgets.store.rows import from_text, to_text

_INSERT_COMMAND = "INSERT INTO commands (run_id, kind, arguments, created_at) VALUES (?, ?, ?, ?)"


class SqliteControl(RunFolders):
    """Implements `Control` on a `Database` and the folders of runs."""

    _db: Database
    _clock: Callable[[], float]

    def post_command(self, run_id: str, kind: str, arguments: Mapping[str, Json]) -> int:
        """Leave a wish for the engine; return its number."""
        wish = checked(kind, arguments, self._clock())
        with self._db.writing() as connection:
            find_seq(connection, run_id)
            return connection.execute(_INSERT_COMMAND, (run_id, *astuple(wish))).lastrowid or 0

    def waiting_commands(self, run_id: str) -> tuple[int, ...]:
        """Return the numbers of the wishes that no engine has taken yet, in order."""
        query = "SELECT command_id FROM commands WHERE run_id = ? ORDER BY command_id"
        with self._db.reading() as connection:
            find_seq(connection, run_id)
            return tuple(number for (number,) in connection.execute(query, (run_id,)))

    def withdraw_command(self, run_id: str, number: int) -> bool:
        """Take a wish back that no engine has taken; return whether it was still waiting."""
        with self._db.writing() as connection:
            find_seq(connection, run_id)
            query = "DELETE FROM commands WHERE run_id = ? AND command_id = ?"
            return connection.execute(query, (run_id, number)).rowcount > 0

    def take_commands(self, run_id: str) -> tuple[Command, ...]:
        """Return the waiting commands in order, each to one taker and once."""
        folder = self.run_folder(run_id) / "commands"
        with self._db.reading() as connection:
            row = connection.execute("SELECT 1 FROM commands WHERE run_id = ? LIMIT 1", (run_id,)).fetchone()
        if row is None and not dropped(folder):
            return ()
        with self._db.writing() as connection:
            wishes, complaints = swallow(folder)
            connection.executemany(_INSERT_COMMAND, [(run_id, *astuple(wish)) for wish in wishes])
            rows = connection.execute(
                "SELECT command_id, kind, arguments, created_at FROM commands WHERE run_id = ? ORDER BY command_id",
                (run_id,),
            ).fetchall()
            connection.execute("DELETE FROM commands WHERE run_id = ?", (run_id,))
        complain(run_id, complaints)
        return tuple(NewCommand(*row).command(number, run_id) for number, *row in rows)

    def claim(self, run_id: str, heir_of: Owner | None = None) -> float | None:
        """Make this process the owner; return the last sign of life of a dead one; raise RunStateError if one lives."""
        now, owner = self._clock(), this_process()
        with self._db.writing() as connection:
            head = find_head(connection, run_id)
            may_take(run_id, head.lease, heir_of, now)
            connection.execute("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?)", (run_id, *astuple(owner), now))
            if head.interruption(now) is not None:
                _touch(connection, run_id)
        return None if head.lease is None or heir_of else head.lease.beat_at

    def beat(self, run_id: str) -> None:
        """Show that the owner lives; raise RunStateError if this process is not the owner."""
        now, owner = self._clock(), this_process()
        with self._db.writing() as connection:
            head = find_head(connection, run_id)
            if head.lease is None or head.lease.owner != owner:
                raise RunStateError(f"Run {run_id} is not held by this process.")
            connection.execute("UPDATE leases SET beat_at = ? WHERE run_id = ?", (now, run_id))
            if now - head.lease.beat_at >= GRACE_S:  # far readers took the run for interrupted
                _touch(connection, run_id)

    def release(self, run_id: str) -> None:
        """Give the run up; nothing happens if this process does not hold it."""
        with self._db.writing() as connection:
            if find_head(connection, run_id).lease is not None:
                where = "run_id = ? AND pid = ? AND started = ? AND place = ?"
                connection.execute(f"DELETE FROM leases WHERE {where}", (run_id, *astuple(this_process())))

    def add_model(self, name: str, run_id: str, iteration: int, description: str, tags: Mapping[str, str]) -> int:
        """Register the next version of a model; return that version."""
        checked_folder_name(name, "A model's name")
        with self._db.writing() as connection:
            find_seq(connection, run_id)
            query = "SELECT COALESCE(MAX(version), 0) + 1 FROM models WHERE name = ?"
            version = int(connection.execute(query, (name,)).fetchone()[0])
            record = ModelRecord(
                name=name,
                version=version,
                run_id=run_id,
                iteration=iteration,
                created_at=self._clock(),
                description=description,
                tags=dict(tags),
            )
            connection.execute("INSERT INTO models VALUES (?, ?, ?)", (name, version, to_text(record)))
        return version

    def models(self, name: str | None = None) -> tuple[ModelRecord, ...]:
        """Return registered models, of one name or all, by name and version."""
        query = "SELECT record FROM models WHERE ? IS NULL OR name = ? ORDER BY name, version"
        with self._db.reading() as connection:
            texts = connection.execute(query, (name, name)).fetchall()
        return tuple(from_text(ModelRecord, text) for (text,) in texts)


def _touch(connection: sqlite3.Connection, run_id: str) -> None:
    """Count a change of the run's record, so that readers look at it anew."""
    connection.execute("UPDATE runs SET record_seq = ? WHERE run_id = ?", (next_seq(connection, run_id), run_id))
