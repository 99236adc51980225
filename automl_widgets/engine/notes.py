"""What a trial says while it runs: lines with the time in its log, and each warning once. Not here: where that goes.

The executor points standard error at the iteration's log. A line is ``2026-07-01 17:42:27,105 fold 2/5  AUC 0.98``;
that of a warning or an error has ``WARN`` or ``ERROR`` behind the time.
The engine adds a last line to the log of one that did not complete.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

MAX_WARNINGS = 50
_LINE = "%(asctime)s %(level)s%(message)s"
_IGNORED = (DeprecationWarning, PendingDeprecationWarning, FutureWarning, ImportWarning, ResourceWarning)
"""These tell developers of libraries something, not the user of a model."""


class Notes:
    """The log of a trial, and the warnings that came so far, each once."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._seen: set[tuple[str, str]] = set()
        self.warnings: list[str] = []

    def say(self, text: str) -> None:
        """Write a line."""
        self._logger.info("%s", text)

    def warn(self, text: str, where: str = "") -> None:
        """Write a warning and keep it, unless it has come before."""
        if (text, where) in self._seen or len(self._seen) >= MAX_WARNINGS:
            return
        self._seen.add((text, where))
        if text not in self.warnings:
            self.warnings.append(text)
        self._logger.warning("%s", f"{where}: {text}" if where else text)

    def _take(self, message: Warning | str, category: type[Warning], file: str, line: int) -> None:
        self.warn(f"{category.__name__}: {' '.join(str(message).split())}", f"{_short(file)}:{line}")


@contextmanager
def notes(key: str) -> Iterator[Notes]:
    """Collect what is said and warned of while a trial runs; `key` tells its logger from others."""
    logger = logging.getLogger(f"automl_widgets.trial.{key}")
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler = _Handler(sys.stderr)
    handler.setFormatter(_Form(_LINE))
    logger.addHandler(handler)
    kept = Notes(logger)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            for category in _IGNORED:
                warnings.simplefilter("ignore", category)
            warnings.showwarning = lambda message, category, file, line, *_: kept._take(message, category, file, line)
            yield kept
    finally:
        logger.removeHandler(handler)


class LastLines:
    """Last lines for the logs of iterations that did not come to their own; on a full disk they wait for room.

    Examples
    --------
    >>> import tempfile
    >>> log = Path(tempfile.mkdtemp()) / "log.txt"
    >>> _ = log.write_text("fold 1/5 and then")
    >>> LastLines().add(log, "timeout: took more than 5 s")
    >>> print(log.read_text())
    fold 1/5 and then
    20... ERROR timeout: took more than 5 s
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Path, str]] = []

    def add(self, log: Path, text: str) -> None:
        """Add a line to a log, now or as soon as there is room."""
        line = _Form(_LINE).format(logging.makeLogRecord({"levelname": "ERROR", "msg": text}))
        self._waiting.append((log, line))
        self.write()

    def write(self) -> None:
        """Write what could not be written before."""
        self._waiting = [(log, line) for log, line in self._waiting if not _is_added(log, line)]


def _is_added(log: Path, line: str) -> bool:
    try:
        with log.open("ab+") as file:
            is_amid_line = file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
            file.write(("\n" * is_amid_line + line + "\n").encode(errors="backslashreplace"))
    except OSError:
        return False
    return True


class _Handler(logging.StreamHandler[TextIO]):
    """Leaves out what cannot be written: a full disk or a closed output is no reason for an iteration to fail."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Go on."""


class _Form(logging.Formatter):
    """Shows the level of warnings and errors only."""

    def format(self, record: logging.LogRecord) -> str:
        record.level = {"WARNING": "WARN ", "INFO": ""}.get(record.levelname, f"{record.levelname} ")
        return super().format(record)


def _short(file: str) -> str:
    """Return the path below the folder of installed packages."""
    parts = Path(file).parts
    last = max((k for k, part in enumerate(parts) if part in ("site-packages", "dist-packages")), default=-1)
    return "/".join(parts[last + 1 :][-3:])
