"""The tables, as the steps that lead to them. Not here: any query.

``PRAGMA user_version`` counts the steps that a file has seen. To change the tables, append a step; never edit one.
What every write touches (`runs`) is kept apart from what may be long (`run_records`), as SQLite rewrites whole rows.
"""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE experiments (name TEXT PRIMARY KEY NOT NULL, created_at REAL NOT NULL)",
        """CREATE TABLE runs (
            run_id TEXT PRIMARY KEY NOT NULL, experiment TEXT NOT NULL, state TEXT NOT NULL, created_at REAL NOT NULL,
            seq INTEGER NOT NULL, record_seq INTEGER NOT NULL, guardrails_seq INTEGER NOT NULL DEFAULT 0)""",
        "CREATE INDEX runs_by_experiment ON runs (experiment, created_at)",
        "CREATE TABLE run_records (run_id TEXT PRIMARY KEY NOT NULL, record TEXT NOT NULL)",
        "CREATE TABLE guardrails (run_id TEXT PRIMARY KEY NOT NULL, record TEXT NOT NULL)",
        """CREATE TABLE iterations (
            run_id TEXT NOT NULL, iteration INTEGER NOT NULL, seq INTEGER NOT NULL, state TEXT NOT NULL,
            record TEXT NOT NULL, PRIMARY KEY (run_id, iteration))""",
        "CREATE INDEX iterations_by_seq ON iterations (run_id, seq)",
        """CREATE TABLE explanations (
            run_id TEXT NOT NULL, iteration INTEGER NOT NULL, seq INTEGER NOT NULL,
            record TEXT NOT NULL, PRIMARY KEY (run_id, iteration))""",
        "CREATE INDEX explanations_by_seq ON explanations (run_id, seq)",
        """CREATE TABLE commands (
            command_id INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, kind TEXT NOT NULL,
            arguments TEXT NOT NULL, created_at REAL NOT NULL)""",
        "CREATE INDEX commands_by_run ON commands (run_id, command_id)",
        """CREATE TABLE leases (
            run_id TEXT PRIMARY KEY NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL, place TEXT NOT NULL,
            beat_at REAL NOT NULL)""",
        """CREATE TABLE models (
            name TEXT NOT NULL, version INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (name, version))""",
        "CREATE TABLE probes (token TEXT PRIMARY KEY NOT NULL)",
    ),
    (
        """CREATE TABLE wishes (
            run_id TEXT NOT NULL, number INTEGER NOT NULL, seq INTEGER NOT NULL, record TEXT NOT NULL,
            PRIMARY KEY (run_id, number))""",
        "CREATE INDEX wishes_by_seq ON wishes (run_id, seq)",
    ),
)

RUN_TABLES = ("runs", "run_records", "guardrails", "iterations", "explanations", "commands", "leases", "wishes")
"""Those with rows of a run, which go with it."""
