"""The head of a run: what every query of it needs to know, in one small row. Not here: records."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from automl_widgets.errors import NotFoundError
from automl_widgets.store.lease import Lease, Owner, interruption

_SELECT = """
    SELECT r.run_id, r.state, r.created_at, r.seq, r.record_seq, r.guardrails_seq, l.pid, l.started, l.place, l.beat_at
    FROM runs r LEFT JOIN leases l ON l.run_id = r.run_id"""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a run stands."""

    run_id: str
    state: str
    """As written last; a dead owner does not change it."""
    created_at: float
    seq: int
    record_seq: int
    guardrails_seq: int
    lease: Lease | None

    def interruption(self, now: float) -> str | None:
        """Return why the run goes on no more although it has not ended; None for every other run."""
        return interruption(self.state, self.created_at, self.lease, now)


def find_head(connection: sqlite3.Connection, run_id: str) -> Head:
    """Return the head of a run, or raise NotFoundError."""
    row = connection.execute(f"{_SELECT} WHERE r.run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise no_run(run_id)
    return _head(row)


def list_heads(connection: sqlite3.Connection, experiment: str | None) -> tuple[Head, ...]:
    """Return the heads of an experiment's runs or of all, newest first."""
    where, values = ("", ()) if experiment is None else ("WHERE r.experiment = ?", (experiment,))
    rows = connection.execute(f"{_SELECT} {where} ORDER BY r.created_at DESC, r.rowid DESC", values)
    return tuple(_head(row) for row in rows)


def next_seq(connection: sqlite3.Connection, run_id: str) -> int:
    """Count a change of the run; return its number, or raise NotFoundError."""
    connection.execute("UPDATE runs SET seq = seq + 1 WHERE run_id = ?", (run_id,))
    return find_seq(connection, run_id)


def find_seq(connection: sqlite3.Connection, run_id: str) -> int:
    """Return the number of the run's last change, or raise NotFoundError."""
    row = connection.execute("SELECT seq FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if row is None:
        raise no_run(run_id)
    return int(row[0])


def no_run(run_id: str) -> NotFoundError:
    """Return the error for a run that is not there."""
    return NotFoundError(f"There is no run {run_id!r:.140} in this workspace.")


def no_iteration(run_id: str, iteration: int) -> NotFoundError:
    """Return the error for an iteration that is not there."""
    return NotFoundError(f"Run {run_id!r:.140} has no iteration {iteration!r:.80} yet.")


def _head(row: tuple[Any, ...]) -> Head:
    run_id, state, created_at, seq, record_seq, guardrails_seq, pid, started, place, beat_at = row
    lease = None if pid is None else Lease(Owner(pid, started, place), beat_at)
    return Head(run_id, state, created_at, seq, record_seq, guardrails_seq, lease)
