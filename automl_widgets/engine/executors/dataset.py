"""Data written once and mapped by every worker: one file, named by its content. Not here: what the data means.

The file holds the buffers of a pickle of protocol 5, each at a multiple of 64 bytes, then the
pickle itself, then a table of where they are with their digests. Its name carries the digest of
that table, and the pickle is loaded only if name, table and pickle agree and, on POSIX, the file
is the user's own: a pickle is a program.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import pickle
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from automl_widgets.errors import DataError, WorkspaceError

_ALIGNMENT = 64
_TAIL = 8  # the length of the table, at the very end
_LAYOUT = 1

_Buffer = bytes | memoryview


def write(folder: str | Path, data: Mapping[str, Any]) -> str:
    """Write `data` into `folder` and return the path of the file; the same data gives the same file.

    Parameters
    ----------
    folder
        An existing folder in the user's workspace.
    data
        Arrays, frames, sparse matrices and whatever else can be pickled.

    Raises
    ------
    DataError
        If a value cannot be pickled.
    WorkspaceError
        If the file cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> folder = tempfile.mkdtemp()
    >>> path = write(folder, {"y": np.arange(3)})
    >>> path == write(folder, {"y": np.arange(3)})
    True
    >>> read(path)["y"]
    array([0, 1, 2])
    >>> read(path)["y"][0] = 7
    Traceback (most recent call last):
      ...
    ValueError: assignment destination is read-only
    """
    pieces = _pieces(dict(data))
    table = _table(pieces)
    path = Path(folder) / f"data.{_digest(table)}.p5"
    try:
        if not path.exists():
            _write_file(path, pieces, table)
    except OSError as error:
        raise WorkspaceError(f"The data cannot be written to {path}: {error.strerror or error}.") from error
    return str(path)


def read(path: str | Path) -> dict[str, Any]:
    """Return the data of a file that `write` made; arrays are read-only views of the file.

    Raises
    ------
    WorkspaceError
        If the file is missing, was changed, or belongs to somebody else.
    """
    view, owner = _map(path)
    me = os.geteuid() if os.name == "posix" else 0
    if me not in (0, owner):
        raise WorkspaceError(f"{path} belongs to another user (number {owner}): its data is not loaded.")
    table, spans = _read_table(path, view)
    pickled = view[slice(*spans[-1])]
    if Path(path).name != f"data.{_digest(table)}.p5" or _digest(pickled) != json.loads(table)["digests"][-1]:
        raise WorkspaceError(f"{path} was changed after it was written: its data is not loaded.")
    loaded: dict[str, Any] = pickle.loads(pickled, buffers=[view[start:end] for start, end in spans[:-1]])
    return loaded


def _pieces(data: dict[str, Any]) -> list[_Buffer]:
    """Return the out-of-band buffers and, last, the pickle."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        pickled = pickle.dumps(data, protocol=5, buffer_callback=buffers.append)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError) as error:
        raise DataError([f"it cannot be handed to another process: {error}"]) from error
    return [*(buffer.raw() for buffer in buffers), pickled]


def _table(pieces: Sequence[_Buffer]) -> bytes:
    """Return where each piece stands, and its digest, as JSON."""
    spans, position = [], 0
    for piece in pieces:
        start = position + -position % _ALIGNMENT
        position = start + memoryview(piece).nbytes
        spans.append((start, position))
    return json.dumps({"layout": _LAYOUT, "spans": spans, "digests": [_digest(piece) for piece in pieces]}).encode()


def _digest(piece: _Buffer) -> str:
    return hashlib.blake2b(piece, digest_size=16).hexdigest()


def _write_file(path: Path, pieces: Sequence[_Buffer], table: bytes) -> None:
    """Write beside and rename: whoever sees the file sees all of it."""
    descriptor, beside = tempfile.mkstemp(prefix=".data.", suffix=".tmp", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            for piece in pieces:
                file.write(b"\0" * (-file.tell() % _ALIGNMENT))
                _write_piece(file, piece)
            file.write(table + len(table).to_bytes(_TAIL, "little"))
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def _write_piece(file: IO[bytes], piece: _Buffer) -> None:
    """Write in steps: one write of more than 2 GiB is cut short by the system."""
    view, step = memoryview(piece).cast("B"), 1 << 28
    for start in range(0, view.nbytes, step):
        file.write(view[start : start + step])


def _map(path: str | Path) -> tuple[memoryview, int]:
    """Return the file's bytes, read-only, and the number of its owner."""
    try:
        with open(path, "rb") as file:
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), os.fstat(file.fileno()).st_uid
    except (OSError, ValueError) as error:  # ValueError: the file is empty
        raise WorkspaceError(f"The data of the run cannot be read from {path}: {error}.") from error


def _read_table(path: str | Path, view: memoryview) -> tuple[bytes, list[tuple[int, int]]]:
    length = int.from_bytes(view[-_TAIL:], "little")
    table = bytes(view[-_TAIL - length : -_TAIL])
    try:
        return table, [(start, end) for start, end in json.loads(table)["spans"]]
    except (ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(f"{path} is not a data file of a run, or was cut short.") from error
