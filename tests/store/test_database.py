"""The SQLite file: its journal, its version, and what goes wrong with disks."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from automl_widgets.errors import WorkspaceError
from automl_widgets.store import SqliteStore, open_store
from automl_widgets.store import database as module
from automl_widgets.store.database import Database
from automl_widgets.store.schema import MIGRATIONS
from tests.store.nouns import Clock, a_result, a_run, an_iteration


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def probes(database: Database) -> list[Any]:
    with database.reading() as connection:
        return connection.execute("SELECT * FROM probes").fetchall()


def pragma(database: Database, name: str) -> Any:
    with database._lock:
        return database._connected().execute(f"PRAGMA {name}").fetchone()[0]


# The journal


def test_a_local_disk_gets_a_write_ahead_log(path: Path) -> None:
    database = Database(path)
    assert (database.journal, pragma(database, "journal_mode"), pragma(database, "synchronous")) == ("wal", "wal", 1)
    assert probes(database) == []
    database.close()


@pytest.mark.parametrize(("fstype", "journal"), [("nfs4", "delete"), ("FUSE.sshfs", "delete"), ("ext4", "wal")])
def test_a_network_disk_gets_the_classic_journal(
    path: Path, monkeypatch: pytest.MonkeyPatch, fstype: str, journal: str
) -> None:
    class Mount:
        mountpoint = str(path.parent)

    Mount.fstype = fstype  # type: ignore[attr-defined]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [Mount])
    database = Database(path)
    assert (database.journal, pragma(database, "journal_mode")) == (journal, journal)
    assert pragma(database, "synchronous") == (1 if journal == "wal" else 2)
    assert database.is_current()
    path.unlink()
    assert not database.is_current()
    database.close()


def test_mounts_that_cannot_be_listed_count_as_local(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: bool) -> None:
        raise PermissionError

    monkeypatch.setattr(psutil, "disk_partitions", fail)
    assert not module._is_network(path)


class _NoSharedMemory(sqlite3.Connection):
    """A disk where a write-ahead log fails at its first use."""

    is_log = False

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        self.is_log = "journal_mode=wal" in sql or (self.is_log and "journal_mode=delete" not in sql)
        if self.is_log and "INSERT" in sql:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *parameters)


class _NoLog(sqlite3.Connection):
    """A system that does not have the write-ahead log."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute(sql.replace("journal_mode=wal", "journal_mode"), *parameters)


class _Blind(sqlite3.Connection):
    """A disk where one connection does not see what the other one wrote."""

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute(
            sql.replace("SELECT 1 FROM probes", "SELECT 1 FROM probes WHERE 0 AND token = ? --"), *parameters
        )


@pytest.mark.parametrize("factory", [_NoSharedMemory, _NoLog])
def test_where_the_log_fails_the_classic_journal_is_used(path: Path, factory: type[sqlite3.Connection]) -> None:
    database = Database(path, factory)
    assert (database.journal, pragma(database, "journal_mode")) == ("delete", "delete")
    assert probes(database) == []
    database.close()


def test_a_disk_that_hides_writes_is_refused(path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"what is written there is not seen by others. Use a local disk"):
        Database(path, _Blind)


# What is at the path


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 100, os.urandom(5_000)])
def test_garbage_is_named_and_left_as_it_is(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(
        WorkspaceError, match=r"Cannot use .*store.sqlite: file is not a database. It is not a database. Move"
    ):
        Database(path)
    assert path.read_bytes() == content


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.create_run(a_run())
    store.close()
    content = bytearray((tmp_path / "store.sqlite").read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    (tmp_path / "store.sqlite").write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"malformed. It is damaged. Move the file away"):
        SqliteStore(tmp_path).run("run_1")


def test_a_newer_file_is_left_alone(path: Path) -> None:
    Database(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")
    connection.close()
    with pytest.raises(
        WorkspaceError, match=r"made by a newer automl_widgets: .* version 3, and this one knows 2. Upgrade"
    ):
        Database(path)


def test_an_older_file_takes_the_steps_it_lacks(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(path).close()
    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE more (x)", "INSERT INTO more VALUES (1)")))
    for _ in range(2):
        database = Database(path)
        assert pragma(database, "user_version") == len(MIGRATIONS) + 1
        with database.reading() as connection:
            assert connection.execute("SELECT x FROM more").fetchall() == [(1,)]
        database.close()


def test_a_step_that_fails_is_not_half_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(path).close()
    monkeypatch.setattr(module, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE more (x)", "CREATE TABLE more (x)")))
    with pytest.raises(WorkspaceError, match=r"table more already exists. It cannot be used"):
        Database(path)
    monkeypatch.undo()
    database = Database(path)
    assert pragma(database, "user_version") == len(MIGRATIONS)
    database.close()


# What disks do


@pytest.mark.parametrize("open_it", [SqliteStore, open_store])
def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, open_it: Callable[[Path], object]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match=r"Cannot make the folder .*file/workspace/runs: Not a directory"):
        open_it(tmp_path / "file" / "workspace")


def test_a_file_that_cannot_be_opened_is_named(path: Path) -> None:
    path.mkdir()
    with pytest.raises(
        WorkspaceError, match=r"unable to open database file. It cannot be opened. Check that its folder"
    ):
        Database(path)


def test_a_file_that_cannot_be_written_is_named(path: Path) -> None:
    class ReadOnly(sqlite3.Connection):
        def __init__(self, database: Path, **options: Any) -> None:
            super().__init__(f"file:{database}?mode=ro", uri=True, **options)

    Database(path).close()
    with pytest.raises(
        WorkspaceError, match=r"attempt to write a readonly database. It cannot be written. Check the perm"
    ):
        Database(path, ReadOnly)


def test_a_full_disk_is_named_and_loses_nothing(sqlite_store: SqliteStore) -> None:
    sqlite_store.put_iteration("run_1", an_iteration())
    pages = pragma(sqlite_store._db, "page_count")
    pragma(sqlite_store._db, f"max_page_count={pages}")
    with pytest.raises(
        WorkspaceError, match=r"database or disk is full. There is no space left on its disk. Make room"
    ):
        sqlite_store.put_iteration("run_1", an_iteration(1, error="x" * 100_000))
    assert sqlite_store.seq("run_1") == 2
    assert sqlite_store.iterations("run_1") == (an_iteration(seq=2),)
    pragma(sqlite_store._db, "max_page_count=1000000")
    sqlite_store.put_iteration("run_1", an_iteration(1))
    assert len(sqlite_store.iterations("run_1")) == 2


def test_another_writer_that_does_not_end_is_named(sqlite_store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    other = sqlite3.connect(sqlite_store.folder / "store.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    pragma(sqlite_store._db, "busy_timeout=50")
    with pytest.raises(WorkspaceError, match=r"database is locked. Another process has held it for more than 10 s"):
        sqlite_store.put_iteration("run_1", an_iteration())
    assert sqlite_store.seq("run_1") == 1
    other.close()
    sqlite_store.put_iteration("run_1", an_iteration())


def test_a_fault_of_our_own_is_not_blamed_on_the_disk(sqlite_store: SqliteStore) -> None:
    with (
        pytest.raises(sqlite3.IntegrityError, match="UNIQUE constraint failed"),
        sqlite_store._db.writing() as connection,
    ):
        connection.execute("INSERT INTO experiments VALUES ('churn', 0)")


def test_an_interrupt_in_a_transaction_undoes_it(sqlite_store: SqliteStore) -> None:
    def interrupted() -> None:
        with sqlite_store._db.writing() as connection:
            connection.execute("DELETE FROM runs")
            raise KeyboardInterrupt("now")

    with pytest.raises(KeyboardInterrupt, match="now"):
        interrupted()
    assert sqlite_store.seq("run_1") == 1


def test_a_transaction_that_was_left_open_is_undone_by_the_next(sqlite_store: SqliteStore) -> None:
    with sqlite_store._db._lock:
        connection = sqlite_store._db._connected()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM runs")
    sqlite_store.put_iteration("run_1", an_iteration())
    assert sqlite_store.seq("run_1") == 2


def test_a_file_that_was_deleted_or_replaced_is_noticed(sqlite_store: SqliteStore) -> None:
    shutil.rmtree(sqlite_store.folder)
    with pytest.raises(WorkspaceError, match=r"store.sqlite has been deleted or replaced. Open the workspace again"):
        sqlite_store.runs()
    assert not sqlite_store.folder.exists()
    new = SqliteStore(sqlite_store.folder)
    new.create_run(a_run("new"))
    with pytest.raises(WorkspaceError, match="has been deleted or replaced"):
        sqlite_store.runs()
    sqlite_store.close()  # must not take the new file's log away
    assert [record.run_id for record in SqliteStore(new.folder).runs()] == ["new"]
    new.close()


# One store a folder and process


def test_a_folder_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "w")
    store = open_store("w")
    assert open_store(tmp_path / "w") is open_store(tmp_path / "link") is store
    store.close()
    assert open_store("w") is not store
    assert open_store("w").runs() == ()
    open_store("w").close()


def test_a_folder_that_was_deleted_is_opened_anew(tmp_path: Path) -> None:
    open_store(tmp_path).create_run(a_run())
    shutil.rmtree(tmp_path)
    store = open_store(tmp_path)
    assert store.runs() == ()
    store.create_run(a_run())
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        assert connection.execute("SELECT COUNT(*) FROM runs").fetchone() == (1,)
    connection.close()
    store.close()


def test_opening_sweeps_runs_whose_process_is_dead(tmp_path: Path, clock: Clock) -> None:
    store = SqliteStore(tmp_path, clock=clock)
    litter = {}
    for run_id, state in [("dead", "running"), ("held", "running"), ("ended", "completed")]:
        store.create_run(a_run(run_id, state=state))
        litter[run_id] = store.iteration_folder(run_id, 0) / "model.pkl.0.tmp"
        litter[run_id].touch()
    store.claim("held")
    store.close()
    clock.now += 1e6
    SqliteStore(tmp_path, clock=clock).close()
    assert [run_id for run_id, path in litter.items() if path.exists()] == ["held", "ended"]


# Cost


def test_no_query_reads_what_it_does_not_need(sqlite_store: SqliteStore) -> None:
    """Nothing that is done while a run goes on scans a table, so 10,000 iterations cost no more than ten."""
    store, statements = sqlite_store, set[str]()
    with store._db._lock:
        store._db._connected().set_trace_callback(statements.add)
    store.put_iteration("run_1", an_iteration(result=a_result()))
    store.update_iteration("run_1", 0, state="running")
    store.update_run("run_1", state="running")
    store.put_guardrails("run_1", [])
    store.changes("run_1", 2)
    store.iteration("run_1", 0)
    store.explanation("run_1", 0)
    store.claim("run_1")
    store.beat("run_1")
    store.post_command("run_1", "pause", {})
    store.take_commands("run_1")
    store.runs("churn")
    with store._db._lock:
        connection = store._db._connected()
        connection.set_trace_callback(None)
        queries = [text for text in statements if text.lstrip().split()[0] in ("SELECT", "UPDATE", "DELETE")]
        plans = {text: connection.execute(f"EXPLAIN QUERY PLAN {text}").fetchall() for text in queries}
    assert len(queries) > 15
    assert [(text, plan) for text, plan in plans.items() if any("SCAN" in str(step) for step in plan)] == []


# Threads


def test_threads_may_write_read_and_take_together(sqlite_store: SqliteStore) -> None:
    store, taken, seen = sqlite_store, list[int](), list[list[int]]()

    def write(thread: int) -> None:
        for k in range(50):
            store.put_iteration("run_1", an_iteration(50 * thread + k))
            store.post_command("run_1", "more", {"n": 50 * thread + k})

    def read() -> None:
        seq, seqs = 1, list[int]()
        while seq < 201:
            store.wait("run_1", seq, 5.0)
            changes = store.changes("run_1", seq)
            seqs += sorted(record.seq for record in changes.iterations)
            seq = changes.seq
        seen.append(seqs)

    def take() -> None:
        while len(taken) < 200:
            taken.extend(command.command_id for command in store.take_commands("run_1"))

    threads = [threading.Thread(target=write, args=(k,)) for k in range(4)]
    threads += [threading.Thread(target=target) for target in (read, read, take, take)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [list(range(2, 202))] * 2
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 200
