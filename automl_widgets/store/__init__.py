"""What survives the kernel: rows in SQLite, artifacts in folders."""

from __future__ import annotations

import threading
from pathlib import Path

from automl_widgets.store.memory import MemoryStore
from automl_widgets.store.protocol import Store
from automl_widgets.store.sqlite import SqliteStore

__all__ = ["MemoryStore", "SqliteStore", "Store", "open_store"]

_open: dict[Path, SqliteStore] = {}
_opening = threading.Lock()


def open_store(folder: str | Path) -> Store:
    """Return the store of a workspace, the same one for the same folder as long as it is usable.

    Parameters
    ----------
    folder : str or Path
        The workspace's folder; made if it is not there.

    Raises
    ------
    WorkspaceError
        If the folder cannot be written, or its ``store.sqlite`` cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> store = open_store(tempfile.mkdtemp())
    >>> store.create_experiment("churn")
    >>> store.experiments()
    ('churn',)
    >>> store.run("churn_1")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.NotFoundError: There is no run 'churn_1' in this workspace.
    """
    path = Path(folder).resolve()
    with _opening:
        found = _open.get(path)
        if found is None or not found.is_usable:
            if found is not None:
                found.close()
            found = _open[path] = SqliteStore(path)
        return found
