"""The debug log of a run: one logger and one file for each, never the console. Not here: the logs of iterations."""

from __future__ import annotations

import logging
from pathlib import Path

FORM = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"


def open_journal(run_id: str, path: str | None, verbosity: int, fallback: Path) -> logging.Logger:
    """Return the logger of a run.

    Parameters
    ----------
    run_id : str
        Part of the logger's name, `automl_widgets.run.<run_id>`.
    path : str or None
        The file that lines are added to, relative to the current folder; None for no file.
    verbosity : int
        Level of `logging` from which on lines are written.
    fallback : Path
        Folder for the file if it cannot be written where it was wanted.
    """
    journal = logging.getLogger(f"automl_widgets.run.{run_id}")
    journal.propagate = False
    journal.setLevel(verbosity)
    handler = logging.NullHandler() if path is None else _handler(Path(path).absolute(), fallback)
    handler.setFormatter(logging.Formatter(FORM))
    journal.addHandler(handler)
    return journal


def close_journal(journal: logging.Logger) -> None:
    """Close the logger's files; what is logged afterwards is lost."""
    for handler in list(journal.handlers):
        journal.removeHandler(handler)
        handler.close()
    journal.addHandler(logging.NullHandler())


def _handler(path: Path, fallback: Path) -> logging.Handler:
    try:
        return _File(path, encoding="utf-8", errors="backslashreplace", delay=False)
    except OSError:
        return _File(fallback / path.name, encoding="utf-8", errors="backslashreplace", delay=True)


class _File(logging.FileHandler):
    """Leaves out lines that cannot be written, as on a full disk: a complaint would appear under the user's cells."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Go on."""
