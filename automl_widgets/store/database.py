"""The one SQLite file of a workspace and this process's connection to it. Not here: what is in its tables.

One connection a process, guarded by a lock. Transactions take well under a millisecond, so threads lose nothing by
taking turns; a connection for each thread would outlive its thread, and nobody could close it before a fork.

Before this process forks, the connection is closed, and both sides open their own when they next need one. It is not
enough that the child opens a new one: SQLite keeps a table of locks for each process, which the child inherits and the
kernel does not, so the child would write unprotected, and its last commits could vanish with the parent's WAL file.
See https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_across_a_fork_.

The journal is a write-ahead log with ``synchronous=NORMAL``: readers and the writer do not wait for each other, and a
killed process loses nothing (a power cut may take the last commits, never the file). Such a log needs memory shared by
all who open the file. On a network file system that is not so, and a first probe would not notice, as it runs on one
machine: there, and where the probe fails, the journal is the classic one (``DELETE``, ``FULL``): slower, and readers
wait for the writer, but right everywhere.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from automl_widgets.errors import WorkspaceError
from automl_widgets.store.files import has_locks
from automl_widgets.store.schema import MIGRATIONS

BUSY_S = 10.0
"""How long to wait for another process's transaction."""

_NETWORK = re.compile(
    r"9p|afpfs|afs|beegfs|ceph|cifs|drvfs|fakeowner|fuse\.(ceph|gcsfuse|glusterfs|grpcfuse|osxfs|s3fs|sshfs)|gfs2|glusterfs"
    r"|gpfs|lustre|nfs4?|ocfs2|prl_fs|smb2|smb3|smbfs|vboxsf|virtiofs|webdav"
)
"""File systems that several machines, or a machine and its guests, may use at the same time."""

_SENTENCES = (
    ("disk is full", "There is no space left on its disk. Make room; what was finished is kept"),
    ("readonly", "It cannot be written. Check the permissions of the file and its folder"),
    ("unable to open", "It cannot be opened. Check that its folder exists and can be written"),
    ("not a database", "It is not a database. Move the file away to begin anew; the folders of runs stay as they are"),
    ("malformed", "It is damaged. Move the file away to begin anew; the folders of runs stay as they are"),
    ("locked", f"Another process has held it for more than {BUSY_S:g} s. Try again, or end that process"),
)


class Database:
    """A SQLite file: opened, probed, brought to the newest tables.

    Parameters
    ----------
    path : Path
        The file; made if it is not there. Its folder must exist.
    factory : type, default sqlite3.Connection
        Class of connections.
    """

    def __init__(self, path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection) -> None:
        self.path = path
        self._is_local = not _is_network(path)
        self.journal = "wal" if self._is_local else "delete"
        self._factory = factory
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self.generation = 0
        """Number of writes of this process."""
        self.trouble = ""
        """Why this process could not write the last time that it tried; empty if it could."""
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None
        with self._explained():
            self._prepare()
        self._identity = self._found()
        _open_databases.add(self)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for queries that see one state of the file. Fetch all rows before you leave."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection for a transaction: all of it is committed, or, after an exception, nothing."""
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection
        except WorkspaceError as error:
            self.trouble = str(error)
            raise
        self.trouble = ""
        self._wake()

    def pause(self, generation: int, timeout_s: float) -> None:
        """Block until this process has written since it was at `generation`, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self.generation != generation, timeout_s)

    def close(self) -> None:
        """Close the connection for good."""
        with self._lock:
            self._is_closed = True
            self._disconnect()
        self._wake()

    def is_current(self) -> bool:
        """Whether this is open and its file is still the one at the path, neither deleted nor replaced."""
        return not self._is_closed and self._found() == self._identity

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._explained():
            connection = self._connected()
            try:
                if connection.in_transaction:  # a second interrupt came while the first one's was being undone
                    connection.execute("ROLLBACK")
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _connected(self) -> sqlite3.Connection:
        if self._is_closed:
            raise WorkspaceError(f"The store at {self.path} has been closed. Open the workspace again.")
        if not self.is_current():
            raise WorkspaceError(f"{self.path} has been deleted or replaced. Open the workspace again.")
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _found(self) -> tuple[int, int] | None:
        """Return which file lies at the path, None if none does; numbers of files on a network may change."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if self._is_local else (0, 0)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False, factory=self._factory
        )
        connection.execute(f"PRAGMA synchronous={'NORMAL' if self.journal == 'wal' else 'FULL'}")
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _wake(self) -> None:
        with self._changed:
            self.generation += 1
            self._changed.notify_all()

    def _prepare(self) -> None:
        """Open the file, choose its journal, make its tables and see whether it works."""
        if not has_locks(self.path.parent):
            raise WorkspaceError(
                f"Cannot use {self.path}: its file system knows no locks, so that two processes would damage it. "
                "Use a folder on a local disk."
            )
        try:
            connection = self._connection = self._connect()
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise WorkspaceError(
                    f"{self.path} was made by a newer automl_widgets: its tables have version {version}, and this one "
                    f"knows {len(MIGRATIONS)}. Upgrade automl_widgets."
                )
            if self.journal == "wal" and not self._is_wal_possible(connection):
                self.journal = "delete"
            if self.journal == "delete":
                self._fall_back(connection)
        except BaseException:
            self._disconnect()
            raise

    def _is_wal_possible(self, connection: sqlite3.Connection) -> bool:
        """Try the write-ahead log in earnest; a full disk and the like are no reason against it."""
        try:
            if _set_journal(connection, "wal") != "wal":
                return False
            _migrate(connection)
            return _probe(connection, self._connect())
        except sqlite3.OperationalError as error:
            if any(reason in str(error) for reason in ("I/O", "locking protocol", "unable to open")):
                return False
            raise

    def _fall_back(self, connection: sqlite3.Connection) -> None:
        _set_journal(connection, "delete")
        connection.execute("PRAGMA synchronous=FULL")
        _migrate(connection)
        if not _probe(connection, self._connect()):
            raise WorkspaceError(
                f"Cannot use {self.path}: what is written there is not seen by others. Use a local disk."
            )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn SQLite's complaints about the disk into ours; those about our own statements stay what they are."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
                raise
            sentence = next((text for reason, text in _SENTENCES if reason in str(error)), "It cannot be used")
            raise WorkspaceError(f"Cannot use {self.path}: {error}. {sentence}.") from error


def _probe(connection: sqlite3.Connection, other: sqlite3.Connection) -> bool:
    """Write a row, look for it with a second connection, remove it; return whether it was seen."""
    token = uuid.uuid4().hex
    with closing(other):
        connection.execute("INSERT INTO probes VALUES (?)", (token,))
        is_seen = other.execute("SELECT 1 FROM probes WHERE token = ?", (token,)).fetchone() is not None
    connection.execute("DELETE FROM probes WHERE token = ?", (token,))
    return is_seen


def _set_journal(connection: sqlite3.Connection, journal: str) -> str:
    """Ask for a journal and return the one there is; SQLite itself does not wait when others open the file as well."""
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            return str(connection.execute(f"PRAGMA journal_mode={journal}").fetchone()[0])
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _migrate(connection: sqlite3.Connection) -> None:
    """Take the steps that the file has not seen, all or none; another process may be about to do the same."""
    if connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        for statement in (statement for step in MIGRATIONS[version:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _is_network(path: Path) -> bool:
    """Whether the file lies on a file system that several machines may share."""
    try:
        mounts = {Path(mount.mountpoint): mount.fstype.lower() for mount in psutil.disk_partitions(all=True)}
    except OSError:
        return False
    kind = next((mounts[parent] for parent in path.parents if parent in mounts), "")
    return _NETWORK.fullmatch(kind) is not None


_open_databases: weakref.WeakSet[Database] = weakref.WeakSet()
_held: list[Database] = []
_forking = threading.Lock()


def _before_fork() -> None:
    _forking.acquire()
    for database in list(_open_databases):
        database._lock.acquire()
        _held.append(database)
        database._disconnect()


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop()._lock.release()
    _forking.release()


def _after_fork_in_child() -> None:
    for database in _held:
        database._changed = threading.Condition()
    _after_fork_in_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
