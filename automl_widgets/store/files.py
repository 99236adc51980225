"""The folders of runs and the files in them, and nothing outside of them. Not here: what the files mean."""

from __future__ import annotations

import codecs
import errno
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from automl_widgets.errors import NotFoundError, WorkspaceError

try:
    import fcntl
except ImportError:  # Windows, where SQLite has locks of its own
    fcntl = None  # type: ignore[assignment]

SETUP = -1
"""In the place of an iteration's number: the script that brings the run's data."""
TEXT_NAMES = ("log.txt", "code.py", "pipeline.json", "diagnostics.json", "explanation.json")

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")
_TEMPORARY = ".tmp"
_SETTLED_S = 2.0
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)


def checked_folder_name(name: str, what: str) -> str:
    """Return the name if it does as a folder's name anywhere, or raise WorkspaceError."""
    if not _is_folder_name(name):
        raise WorkspaceError(
            f"{what} must be 1 to 128 letters, digits, '_', '.' and '-', without a dot first, but got {name!r:.80}."
        )
    return name


def _is_folder_name(name: object) -> bool:
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def make_folder(folder: Path) -> Path:
    """Make the folder if it is not there; return it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"Cannot make the folder {folder}: {error.strerror}. It must be possible to write there."
        ) from error
    return folder


def write_atomic(path: str | Path, data: bytes) -> None:
    """Write a file so that it is there in full or, whatever happens, as it was before.

    Parameters
    ----------
    path : str or Path
        Its folder must exist.
    data : bytes
        The whole content.

    Raises
    ------
    WorkspaceError
        If the disk is full or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "code.py"
    >>> write_atomic(target, b"import sklearn")
    >>> target.read_bytes()
    b'import sklearn'
    >>> write_atomic(target / "below", b"")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.WorkspaceError: Cannot write ...code.py/below: Not a directory.
    """
    path = Path(path)
    temporary = path.with_name(f"{path.name}.{uuid.uuid4().hex}{_TEMPORARY}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _replace(temporary, path)
    except OSError as error:
        raise WorkspaceError(f"Cannot write {path}: {error.strerror}.") from error
    finally:
        if temporary.exists():
            temporary.unlink()


def _replace(source: Path, target: Path) -> None:
    """Rename; Windows refuses while somebody reads the target, so try again for a moment."""
    for wait_s in (0.01, 0.05, 0.2):
        try:
            os.replace(source, target)
        except PermissionError:
            time.sleep(wait_s)
        else:
            return
    os.replace(source, target)


def has_locks(folder: Path) -> bool:
    """Return whether files in the folder can be locked, as they cannot on some network file systems."""
    if fcntl is None:
        return True
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # a full or read-only disk has its own complaint
        return error.errno not in _NO_LOCKS
    return True


def sweep(folder: Path) -> int:
    """Remove what an interrupted `write_atomic` left below the folder; return how many files that were.

    Only for folders in which nobody writes: a file that is being written looks the same.
    """
    n_removed = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(_TEMPORARY):
                Path(parent, name).unlink(missing_ok=True)
                n_removed += 1
    return n_removed


class RunFolders:
    """The ``runs`` folder of a workspace.

    Parameters
    ----------
    folder : str or Path
        The workspace's folder; made if it is not there.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()
        self._runs = make_folder(self.folder / "runs")

    def _make_run_folder(self, run_id: str) -> None:
        checked_folder_name(run_id, "A run id")
        make_folder(self._runs / run_id / "commands")

    @contextmanager
    def _adopted_folder(self, run_id: str, folder: Path) -> Iterator[Callable[[], None]]:
        """Give a call that moves a folder to a run's place; what it moved is removed if anything fails afterwards."""
        target = self._runs / checked_folder_name(run_id, "A run id")
        is_moved = False

        def move() -> None:
            nonlocal is_moved
            if target.exists():
                raise WorkspaceError(f"There is a folder {target} already, of no run that is known. Move it away.")
            make_folder(folder / "commands")
            _replace(folder, target)
            is_moved = True

        try:
            yield move
        except BaseException:
            if is_moved:
                shutil.rmtree(target)
            raise

    def _remove_run_folder(self, run_id: str) -> None:
        """Remove a run's folder if it is there; of a link only the link."""
        folder = self._runs / checked_folder_name(run_id, "A run id")
        try:
            if folder.is_symlink():
                folder.unlink()
            elif folder.exists():
                shutil.rmtree(folder)
        except OSError as error:
            raise WorkspaceError(f"Cannot remove {folder}: {error.strerror}. Remove it by hand.") from error

    def run_folder(self, run_id: str) -> Path:
        """Return the folder of an existing run."""
        if not _is_folder_name(run_id) or not (self._runs / run_id).is_dir():
            raise NotFoundError(f"No run {run_id!r:.80} has a folder in {self._runs}.")
        return self._runs / run_id

    def iteration_folder(self, run_id: str, iteration: int) -> Path:
        """Return the folder of an iteration; it is made if it is not there."""
        return make_folder(self._iteration_path(run_id, iteration))

    def read_log(self, run_id: str, iteration: int, start: int, limit: int) -> tuple[str, int, int]:
        """Return a piece of an iteration's log, the offset where the next one starts, and the log's size."""
        if iteration == SETUP:
            path = self._inside(run_id, self.run_folder(run_id) / "setup_log.txt")
        else:
            path = self._artifact(run_id, iteration, "log.txt")
        if path is None:
            return "", 0, 0
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            begin = min(max(start, 0), status.st_size)
            file.seek(begin)
            piece = file.read(max(limit, 4))
        size = max(status.st_size, begin + len(piece))
        is_settled = begin + len(piece) == size and time.time() - status.st_mtime > _SETTLED_S
        skipped = _inside_character(piece) if begin else 0
        text, used = _whole_characters(piece[skipped:], is_settled)
        return text, begin + skipped + used, size

    def read_file(self, run_id: str, iteration: int, name: str) -> str:
        """Return one of the known text files of an iteration."""
        if name not in TEXT_NAMES:
            raise NotFoundError(
                f"No text file of an iteration is named {name!r:.80}: it must be one of {', '.join(TEXT_NAMES)}."
            )
        path = self._artifact(run_id, iteration, name)
        if path is None:
            raise NotFoundError(f"Iteration {iteration} of run {run_id} has no {name}.")
        return path.read_text(encoding="utf-8", errors="replace")

    def _artifact(self, run_id: str, iteration: int, name: str) -> Path | None:
        """Return the file if it is there and not a link out of the run's folder, which a trial's code may have made."""
        return self._inside(run_id, self._iteration_path(run_id, iteration) / name)

    def _inside(self, run_id: str, path: Path) -> Path | None:
        path = path.resolve()
        is_inside = path.is_relative_to(self._runs.resolve() / run_id)
        return path if is_inside and path.is_file() else None

    def _iteration_path(self, run_id: str, iteration: int) -> Path:
        if not isinstance(iteration, int) or iteration < 0:
            raise NotFoundError(f"Run {run_id} has no iteration {iteration!r:.80}: it must be a number from 0 on.")
        return self.run_folder(run_id) / "iterations" / str(int(iteration))


def _inside_character(piece: bytes) -> int:
    """Return how many bytes at the start belong to a character that began before."""
    return next((k for k, byte in enumerate(piece[:4]) if byte & 0xC0 != 0x80), 0)


def _whole_characters(piece: bytes, is_settled: bool) -> tuple[str, int]:
    """Return the text and the number of bytes in it, without an unfinished character at the end.

    If nobody has written for a while, its writer was killed: it is shown as damaged, or no reader would be done.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(piece, final=is_settled)
    return text, len(piece) - len(decoder.getstate()[0])
