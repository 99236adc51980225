"""The files of a run as Azure ML names them: `outputs/model.pkl`, `logs/log.txt`. Not here: what is in them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from automl_widgets.errors import NotFoundError, WorkspaceError
from automl_widgets.view.server import portal_url

if TYPE_CHECKING:
    from automl_widgets.store import Store

LOGS = {"log.txt"}
WHOLE_LOG = 1 << 26
"""More than a log ever has."""
PIECE = 1 << 16


class FilesOfRun:
    """The file methods of Azure ML's runs, for any run with a folder."""

    id: str
    in_portal: tuple[Path, str, int | None]
    """Workspace, run and iteration."""

    @property
    def folder(self) -> Path:
        """Folder with everything that is kept of it."""
        raise NotImplementedError

    def get_file_names(self) -> list[str]:
        """Return the names of its files."""
        return names(self.folder)

    def download_file(self, name: str, output_file_path: str | Path | None = None) -> Path:
        """Copy a file, e.g. ``outputs/model.pkl``, to a path or folder; the current folder by default.

        Raises
        ------
        NotFoundError
            If there is no such file, with the names that exist.
        WorkspaceError
            If the target cannot be written.
        """
        return download(self.folder, name, output_file_path)

    def download_files(self, output_directory: str | Path | None = None, prefix: str = "") -> list[Path]:
        """Copy all files whose name starts with `prefix` into a folder; the current one by default."""
        target = Path(output_directory or ".")
        return [download(self.folder, name, target / name) for name in self.get_file_names() if name.startswith(prefix)]

    def get_portal_url(self) -> str:
        """Return the address of its page in the portal; without a Jupyter server that shows it, of its folder.

        Under JupyterHub, where the Hub does not tell its public address, it is a path from the Hub's root.
        """
        return portal_url(*self.in_portal) or self.folder.as_uri()


def names(folder: Path) -> list[str]:
    """Return the names of the files in an iteration's or a run's folder, sorted."""
    if not folder.is_dir():
        return []
    found = [path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    return sorted(f"logs/{name}" if name in LOGS else f"outputs/{name}" for name in found if not name.endswith(".tmp"))


def log_text(store: Store, run_id: str, iteration: int, last: int | None = None) -> str:
    """Return the log of an iteration, or so many lines from its end."""
    if last is None:
        return store.read_log(run_id, iteration, 0, WHOLE_LOG)[0]
    size, taken = store.read_log(run_id, iteration, 0, 0)[2], PIECE
    while True:
        text = store.read_log(run_id, iteration, max(size - taken, 0), WHOLE_LOG)[0]
        lines = text.splitlines(keepends=True)
        if len(lines) > last or taken >= size:
            return "".join(lines[len(lines) - min(max(last, 0), len(lines)) :])
        taken *= 4


def path_of(folder: Path, name: str) -> Path:
    """Return where the file of that name lies.

    Raises
    ------
    NotFoundError
        If there is none, with the names that exist.
    """
    known = names(folder)
    full = name if "/" in name else next((k for k in known if k.endswith(f"/{name}")), name)
    if full not in known:
        raise NotFoundError(f"No file {name!r} in this run: there are {', '.join(known) or 'none yet'}.")
    return folder / full.split("/", 1)[1]


def download(folder: Path, name: str, output: str | Path | None) -> Path:
    """Copy one file to `output`: a path, a folder, or None for the current folder; return where it went."""
    source = path_of(folder, name)
    target = Path(output) if output else Path(source.name)
    if target.is_dir() or str(output or "").endswith(("/", "\\")):
        target = target / source.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise WorkspaceError(f"Cannot write {target}: {error.strerror}. Give a path that is writable.") from error
    return target
