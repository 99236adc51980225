"""The script that brings a run's data, kept in the run's folder until another process calls it. Not here: the call."""

from __future__ import annotations

import pickle
from pathlib import Path

from automl_widgets.engine.setup import DataScript

FILE = "project.pkl"


def keep(folder: Path, script: DataScript) -> None:
    """Write the script with its project into the folder of a run."""
    (folder / FILE).write_bytes(pickle.dumps(script))


def kept(folder: Path) -> DataScript | None:
    """Return the script of a run; None if it has none."""
    try:
        found: DataScript = pickle.loads((folder / FILE).read_bytes())
    except FileNotFoundError:
        return None
    return found


def forget(folder: Path) -> None:
    """Remove the script of a run that has ended."""
    (folder / FILE).unlink(missing_ok=True)
