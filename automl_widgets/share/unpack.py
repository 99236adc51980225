"""A run taken in from a file that anyone may have made: all of it, or nothing. Not here: its records (``stranger``).

What is taken is listed by name, so that no path leads anywhere else; what it takes on the disk is known before anything
is written; and pickles get names that nothing loads until the user trusts whoever made them.
"""

from __future__ import annotations

import json
import shutil
import stat
import time
import uuid
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from automl_widgets.errors import NotFoundError, RunStateError, WorkspaceError
from automl_widgets.own import locked
from automl_widgets.records import RunRecord
from automl_widgets.share import names
from automl_widgets.share.stranger import IMPORTED, NOT_TRUSTED, TRUSTED, made_own, read_records
from automl_widgets.store import Store

MOST_MB = 10_000.0
MOST_RECORDS_MB = 64.0
ROOM_MB = 100.0
"""What must stay free on the disk."""
STALE_S = 86_400.0
INCOMING = ".incoming-"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError, RuntimeError)


def unpack(store: Store, source: str | Path, *, trust: bool = False, max_mb: float = MOST_MB) -> RunRecord:
    """Take in a run that `pack` wrote, under its own id; return its record.

    Parameters
    ----------
    store : Store
        Of the workspace that gets it.
    source : str or Path
        The zip file.
    trust : bool, default False
        Let its pickles be loaded, which runs whatever code is in them.
    max_mb : float, default 10,000
        Refuse what takes more when it is unpacked.

    Raises
    ------
    NotFoundError
        If there is no such file.
    WorkspaceError
        If it is refused, with the reason. Nothing of it is left then.
    """
    path = Path(source)
    if not path.is_file():
        raise NotFoundError(f"No file {path}: give the path of a zip file that run.export(...) has written.")
    folder = store.folder / "runs" / f"{INCOMING}{uuid.uuid4().hex}"
    _remove_stale(folder.parent)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _checked_entries(archive.infolist(), max_mb)
            records = read_records(archive.read(names.RECORDS))
            _check_files(entries, {record.iteration for record in records.iterations})
            _check_room(store.folder, entries)
            _extract(archive, entries, folder, trust)
        _check_arrays(folder, max_mb)
        store.adopt_run(made_own(records, is_trusted=trust), folder)
    except WorkspaceError as error:
        raise WorkspaceError(f"Refused to import {path}: {error}") from error
    except _BROKEN as error:
        raise WorkspaceError(f"Refused to import {path}: it is no zip file, or damaged: {error}.") from error
    except OSError as error:
        raise WorkspaceError(f"Cannot import {path}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return store.run(records.run.run_id if records.run else "")


def trust_run(store: Store, run_id: str) -> None:
    """Let the pickles of an imported run be loaded from now on."""
    for name, path in list(names.files_of(store.run_folder(run_id))):
        if names.is_program(name) and path.name.endswith(names.UNTRUSTED):
            path.replace(path.with_name(path.name.removesuffix(names.UNTRUSTED)))
    run = store.run(run_id)
    if IMPORTED in run.properties:
        settings = replace(run.settings, own=locked(run.settings.own, False))
        store.update_run(run_id, settings=settings, properties={**run.properties, IMPORTED: TRUSTED})


def check_trusted(run: RunRecord, call: str) -> None:
    """Raise RunStateError if the run was imported and is not trusted: what a call would do with it runs its code."""
    if run.properties.get(IMPORTED) == NOT_TRUSTED:
        raise RunStateError(
            f"{call} is not possible: the run was imported, and its pickles and recipes are code that would run with "
            "your rights. If you know who made it, call run.trust() first."
        )


def _checked_entries(entries: Sequence[zipfile.ZipInfo], max_mb: float) -> list[zipfile.ZipInfo]:
    """Return the files in the archive, or raise WorkspaceError if there is one that no run has."""
    files = [entry for entry in entries if not names.is_known_folder(entry.filename)]
    for entry in files:
        if not names.is_known(entry.filename):
            raise WorkspaceError(f"it holds {entry.filename!r:.120}, which is no file of a run.")
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise WorkspaceError(f"{entry.filename} in it is a link or no plain file.")
        if entry.flag_bits & 1 or entry.compress_type not in _METHODS:
            raise WorkspaceError(f"{entry.filename} in it is encrypted, or compressed in a way that is not used here.")
    found = [entry.filename for entry in files]
    if len(set(found)) < len(found):
        raise WorkspaceError("it holds two files of the same name.")
    if names.RECORDS not in found:
        raise WorkspaceError(f"it holds no {names.RECORDS}, so it is not from run.export(...).")
    sizes = {entry.filename: entry.file_size / 1e6 for entry in files}
    if sizes[names.RECORDS] > MOST_RECORDS_MB or sum(sizes.values()) > max_mb:
        raise WorkspaceError(
            f"unpacked it takes {sum(sizes.values()):,.0f} MB, {sizes[names.RECORDS]:,.0f} MB of them for "
            f"{names.RECORDS}; at most {max_mb:,.0f} and {MOST_RECORDS_MB:,.0f} MB are allowed. If you know who made "
            "it, give a larger max_mb."
        )
    return files


def _check_files(entries: Sequence[zipfile.ZipInfo], iterations: set[int]) -> None:
    for entry in entries:
        number = names.iteration_of(entry.filename)
        if number is not None and number not in iterations:
            raise WorkspaceError(f"it holds {entry.filename}, but its records have no iteration {number}.")


def _check_room(folder: Path, entries: Sequence[zipfile.ZipInfo]) -> None:
    needed_mb = sum(entry.file_size for entry in entries) / 1e6 + ROOM_MB
    free_mb = shutil.disk_usage(folder).free / 1e6
    if needed_mb > free_mb:
        raise WorkspaceError(f"it needs {needed_mb:,.0f} MB, and {free_mb:,.0f} MB are free. Make room.")


def _extract(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], folder: Path, trust: bool) -> None:
    """Write the files; `zipfile` reads no more of an entry than its size says, and checks its sum."""
    for entry in entries:
        if entry.filename == names.RECORDS:
            continue
        is_locked = names.is_program(entry.filename) and not trust
        target = folder / (entry.filename + names.UNTRUSTED * is_locked)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
        if names.is_data(entry.filename):
            target.chmod(0o600)
        if entry.filename.endswith(".json"):
            _check_json(entry.filename, target)
    folder.mkdir(parents=True, exist_ok=True)


def _check_json(name: str, path: Path) -> None:
    try:
        json.loads(path.read_bytes().decode())
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(f"{name} in it is not JSON.") from error


def _check_arrays(folder: Path, max_mb: float) -> None:
    """Raise WorkspaceError if arrays, zip files in turn, would take too much memory when they are loaded."""
    for path in folder.glob("iterations/*/*.npz"):
        with zipfile.ZipFile(path) as inner:
            size_mb = sum(entry.file_size for entry in inner.infolist()) / 1e6
        if size_mb > max_mb:
            raise WorkspaceError(f"{path.name} in it takes {size_mb:,.0f} MB when it is loaded.")


def _remove_stale(folder: Path) -> None:
    """Remove what imports have left whose process was killed."""
    for path in folder.glob(f"{INCOMING}*"):
        if path.stat().st_mtime < time.time() - STALE_S:
            shutil.rmtree(path, ignore_errors=True)
