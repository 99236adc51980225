"""The workspaces below a server's root folder, each named by its path from there. No path leads out of that folder.

Not here: what is in a workspace (``store``), who may ask (``handlers``).
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from automl_widgets.errors import NotFoundError
from automl_widgets.store import Store, open_store
from automl_widgets.store.place import CONFIG, DATABASE, is_workspace
from automl_widgets.view.server import ROOT

MAX_PLACE = 1000
MAX_DEPTH = 8
MAX_FOLDERS = 5_000
"""A root folder may be a whole disk: so many folders are looked into, those near the root first."""
FRESH_S = 10.0
SKIPPED = frozenset({"node_modules", "site-packages", "__pycache__", "runs", "iterations"})


@dataclass(frozen=True, slots=True)
class Found:
    """The workspaces that were found."""

    places: tuple[str, ...]
    is_whole: bool
    """Every folder was looked into."""
    at_s: float


class Places:
    """Finds and opens workspaces.

    Parameters
    ----------
    root : Path
        The folder that the server serves.

    Examples
    --------
    >>> import tempfile
    >>> Places(Path(tempfile.mkdtemp())).folder("../elsewhere")
    Traceback (most recent call last):
    ...
    automl_widgets.errors.NotFoundError: There is no workspace '../elsewhere' on this server.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._found: Found | None = None
        self._visited: set[str] = set()
        self._lock = threading.Lock()

    def folder(self, place: str) -> Path:
        """Return the folder of a workspace, or raise NotFoundError."""
        refusal = NotFoundError(f"There is no workspace {place!r:.200} on this server.")
        parts = () if place == ROOT else tuple(place.split("/"))
        if len(place) > MAX_PLACE or any(not _is_name(part) for part in parts):
            raise refusal
        folder = self._root.joinpath(*parts)
        try:
            real = folder.resolve()
            is_ours = real.is_relative_to(self._root) and is_workspace(real) and _holds_itself(real)
        except (OSError, ValueError, RuntimeError) as error:
            raise refusal from error
        if not is_ours:
            raise refusal
        self._visited.add(place)
        return real

    def store(self, place: str) -> Store:
        """Return the store of a workspace, or raise NotFoundError."""
        return open_store(self.folder(place))

    def found(self) -> Found:
        """Return the workspaces there are, those that were opened by their place included; not older than 10 s."""
        with self._lock:
            if self._found is None or time.monotonic() - self._found.at_s > FRESH_S:
                self._found = self._search()
            found = self._found
        known = dict.fromkeys((*found.places, *sorted(self._visited)))
        return Found(tuple(place for place in known if self._is_there(place)), found.is_whole, found.at_s)

    def _is_there(self, place: str) -> bool:
        try:
            self.folder(place)
        except NotFoundError:
            return False
        return True

    def _search(self) -> Found:
        found: list[str] = []
        level, n_seen = [self._root], 0
        for _ in range(MAX_DEPTH):
            below: list[Path] = []
            for folder in level:
                n_seen += 1
                if n_seen > MAX_FOLDERS:
                    return Found(tuple(found), False, time.monotonic())
                if is_workspace(folder):
                    found.append(self._place(folder))
                else:
                    below.extend(_folders(folder))
            level = below
        return Found(tuple(found), not level, time.monotonic())

    def _place(self, folder: Path) -> str:
        return "/".join(folder.relative_to(self._root).parts) or ROOT


def name_of(folder: Path) -> str:
    """Return the name of a workspace: its own, or that of the folder around it."""
    try:
        with (folder / CONFIG).open("rb") as file:
            found = json.loads(file.read(65_536)).get("name")
    except (OSError, ValueError, AttributeError):
        found = None
    return found if isinstance(found, str) and found else folder.parent.name


def _is_name(part: str) -> bool:
    return bool(part) and not part.startswith(".") and not any(sign in part for sign in "\\\x00:")


def _holds_itself(folder: Path) -> bool:
    """Whether neither the runs nor the database of a workspace are links to elsewhere."""
    return all((folder / name).resolve().is_relative_to(folder) for name in ("runs", DATABASE, CONFIG))


def _folders(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    yield from (folder / name for name in sorted(names) if _is_name(name) and name not in SKIPPED)
