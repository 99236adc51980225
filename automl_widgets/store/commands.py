"""What a command may be, and the files that a web page drops as commands. Not here: the queue.

A page that cannot reach the kernel writes ``{"kind": ..., other keys are arguments}`` into the run's folder, through the
notebook server. That server writes in place, so a file may be seen half-written: what does not parse is left alone for
two seconds.
"""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automl_widgets.errors import NotFoundError, WorkspaceError
from automl_widgets.records import Json
from automl_widgets.store.rows import to_text

KINDS = ("cancel", "cancel_iteration", "pause", "resume", "explain", "more")
MAX_BYTES = 65_536
SETTLED_S = 2.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A command that has no number yet."""

    kind: str
    arguments: str
    """As JSON text."""
    created_at: float


def checked(kind: str, arguments: Mapping[str, Json], created_at: float) -> Wish:
    """Return the command if it is one; raise NotFoundError for its kind or WorkspaceError for its size."""
    if kind not in KINDS:
        raise NotFoundError(f"No command is named {kind!r:.80}: it must be one of {', '.join(KINDS)}.")
    text = to_text(arguments)
    if len(text) > MAX_BYTES:
        raise WorkspaceError(f"The arguments of a command must take at most {MAX_BYTES:,} bytes, but take {len(text):,}.")
    return Wish(kind, text, created_at)


def dropped(folder: Path) -> tuple[Path, ...]:
    """Return the files in the folder that may be commands, oldest first; none if there is no folder."""
    try:
        found = [(path.lstat().st_mtime_ns, path) for path in folder.glob("*.json")]
    except FileNotFoundError:
        return ()
    return tuple(path for _, path in sorted(found))


def swallow(path: Path) -> Wish | str | None:
    """Take a dropped file away: return its command, or what was wrong with it, or None if it has to wait.

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


def _judged(path: Path, mode: int, size: int, created_at: float) -> Wish | str:
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
