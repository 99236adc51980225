"""Where the nearest workspace lies. Not here: what is in it."""

from __future__ import annotations

from pathlib import Path

FOLDER = "automl_workspace"
CONFIG = "config.json"
DATABASE = "store.sqlite"


def is_workspace(folder: Path) -> bool:
    """Return whether a folder holds a workspace."""
    return (folder / CONFIG).is_file() and ((folder / DATABASE).exists() or folder.name == FOLDER)


def nearest_workspace(start: Path) -> Path | None:
    """Return the workspace in a folder or in the nearest one above it, None if there is none.

    Examples
    --------
    >>> import tempfile
    >>> nearest_workspace(Path(tempfile.mkdtemp())) is None
    True
    """
    for folder in (start, *start.resolve().parents):
        for candidate in (folder / FOLDER, folder):
            if is_workspace(candidate):
                return candidate
    return None
