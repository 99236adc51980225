"""What a command may be, and the files that a web page drops as commands. Not here: the queue.

A page that cannot reach the kernel writes ``{"kind": ..., other keys are arguments}`` into the run's folder through the
notebook server. That server writes in place, so a file may be seen half-written: what is no command is left alone until
it is two seconds old, and so are the server's own copies, whose names start with a dot.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from automl_widgets.errors import NotFoundError, WorkspaceError
from automl_widgets.records import Command, Json
from automl_widgets.store.rows import to_text

_log = logging.getLogger(__name__)

KINDS = (
    "cancel",
    "cancel_iteration",
    "pause",
    "resume",
    "explain",
    "more",
    "block",
    "allow",
    "like",
    "retry",
)
MAX_BYTES = 65_536
SETTLED_S = 2.0


@dataclass(frozen=True, slots=True)
class NewCommand:
    """A command that has no number yet."""

    kind: str
    arguments: str
    """As JSON text."""
    created_at: float

    def command(self, number: int, run_id: str) -> Command:
        """Return the command with its number."""
        arguments = json.loads(self.arguments)
        return Command(
            command_id=number, run_id=run_id, kind=self.kind, arguments=arguments, created_at=self.created_at
        )


def checked(kind: str, arguments: Mapping[str, Json], created_at: float) -> NewCommand:
    """Return the command if it is one; raise NotFoundError for its kind or WorkspaceError for its size."""
    if kind not in KINDS:
        raise NotFoundError(f"No command is named {kind!r:.80}: it must be one of {', '.join(KINDS)}.")
    text = to_text(arguments)
    if len(text) > MAX_BYTES:
        raise WorkspaceError(
            f"The arguments of a command must take at most {MAX_BYTES:,} bytes, but take {len(text):,}."
        )
    return NewCommand(kind, text, created_at)


def dropped(folder: Path) -> tuple[Path, ...]:
    """Return the files in the folder that may be commands, oldest first; none if there is no folder."""
    try:
        entries = [entry for entry in os.scandir(folder) if entry.name.endswith(".json") and entry.name[0] != "."]
        found = [(entry.stat(follow_symlinks=False).st_mtime_ns, entry.path) for entry in entries if not entry.is_dir()]
    except FileNotFoundError:
        return ()
    return tuple(Path(path) for _, path in sorted(found))


def swallow(folder: Path) -> tuple[list[NewCommand], list[str]]:
    """Take the dropped files away; return their commands, and what was wrong with the others, in words."""
    found = [(path.name, _taken(path)) for path in dropped(folder)]
    wishes = [wish for _, wish in found if isinstance(wish, NewCommand)]
    return wishes, [f"{name!r:.80}: {complaint}" for name, complaint in found if isinstance(complaint, str)]


def complain(run_id: str, complaints: Sequence[str]) -> None:
    """Tell the log of files that were no commands."""
    for complaint in complaints:
        _log.warning("A command file of run %s was refused: %s", run_id, complaint)


def _taken(path: Path) -> NewCommand | str | None:
    """Remove a file: return its command, or what was wrong with it, or None if it has to wait.

    The file is removed before its command counts. Dying in between loses a click; the other order would obey it twice.
    """
    try:
        status = path.lstat()
        found = _judged(path, status.st_mode, status.st_size, status.st_mtime)
        is_young = abs(time.time() - status.st_mtime) < SETTLED_S
        if isinstance(found, str) and is_young:
            return None
        path.unlink()
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"it cannot be taken: {error.strerror}"
    return found


def _judged(path: Path, mode: int, size: int, created_at: float) -> NewCommand | str:
    if not stat.S_ISREG(mode):
        return "it is not a file"
    if size > MAX_BYTES:
        return f"it has {size:,} bytes, and at most {MAX_BYTES:,} are taken"
    try:
        content = json.loads(path.read_bytes())
        if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
            return 'it must hold {"kind": ...}'
        return checked(content.pop("kind"), content, created_at)
    except (ValueError, RecursionError, NotFoundError, WorkspaceError) as error:
        return str(error)
