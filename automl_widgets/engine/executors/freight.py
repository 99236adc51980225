"""What a trial needs and leaves on a machine that does not see the workspace: files there and back. No Ray, no process.

A trial names folders of the workspace in its arguments: its own, and those of the iterations that it combines. Their
files travel with it into folders of the node's own, and what it has written into its own travels back.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from automl_widgets.engine.executors.protocol import Trial

Files = Mapping[str, bytes]
"""Contents by relative path."""

DATA_KEPT = 4
"""Data sets that a node keeps; those used longest ago go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cargo:
    """The folders that a trial's arguments name, with their files."""

    folders: Mapping[str, Files] = field(default_factory=dict)


def loaded(trial: Trial) -> Cargo:
    """Return the files of every folder that the trial's arguments name, but logs."""
    own = os.path.dirname(trial.log)
    named = sorted({text for text in _texts(trial.args) if os.path.isabs(text) and os.path.isdir(text)})
    return Cargo(folders={folder: files_in(folder, without=trial.log if folder == own else "") for folder in named})


def files_in(folder: str | Path, without: str = "") -> dict[str, bytes]:
    """Return the contents of a folder's files by relative path; unfinished ones (``.tmp``) stay behind."""
    root = Path(folder)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".tmp" and str(path) != without
    }


def unload(folder: str | Path, files: Files) -> None:
    """Write files into a folder, each beside its place and renamed: whoever sees one sees all of it."""
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(beside, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A trial as it runs on the node, and where its own folder is there."""

    trial: Trial
    folder: str
    before: Files

    def written(self) -> dict[str, bytes]:
        """Return the files that the trial has made or changed, without its log."""
        found = files_in(self.folder, without=self.trial.log)
        return {name: content for name, content in found.items() if self.before.get(name) != content}


def landed(trial: Trial, cargo: Cargo, root: str) -> Landed:
    """Write the cargo into folders of `root` and return the trial that names those."""
    own = os.path.dirname(trial.log)
    places = {old: os.path.join(root, str(number)) for number, old in enumerate(sorted({own, *cargo.folders}))}
    for old, new in places.items():
        os.makedirs(new, exist_ok=True)
        unload(new, cargo.folders.get(old, {}))
    log = os.path.join(places[own], os.path.basename(trial.log)) if trial.log else ""
    there = replace(trial, log=log, args=_moved(trial.args, places))
    return Landed(trial=there, folder=places[own], before=cargo.folders.get(own, {}))


def stored(path: str, content: Any, folder: str | Path | None = None) -> str:
    """Return where the data of the file `path` lies on this node, written there first if it is the first to ask.

    Parameters
    ----------
    path
        Its path where it comes from; the name tells the content.
    content
        Its bytes.
    folder
        Where a node keeps data; by default one of the user's own among the temporary files.
    """
    kept = Path(folder or Path(tempfile.gettempdir(), f"automl-widgets-data-{os.geteuid()}"))
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = kept / os.path.basename(path)
    if not target.exists():
        unload(kept, {target.name: content})
    with contextlib.suppress(OSError):
        os.utime(target)
        for old in sorted(kept.glob("data.*.p5"), key=os.path.getmtime)[:-DATA_KEPT]:
            old.unlink()  # who maps it goes on reading it
    return str(target)


def rebased(trial: Trial, waited_s: float, now_s: float) -> Trial:
    """Return a trial whose end was told as time left, by this machine's clock.

    Examples
    --------
    >>> told = Trial(key="a/0/0", fn="m:f", ends_at=30.0, args={"spec": {"ends_at": 30.0}})
    >>> there = rebased(told, waited_s=5.0, now_s=1000.0)
    >>> there.ends_at, there.args["spec"]["ends_at"]
    (1025.0, 1025.0)
    """
    if trial.ends_at is None:
        return trial
    ends_at = now_s + trial.ends_at - waited_s
    return replace(trial, ends_at=ends_at, args=_with_end(trial.args, ends_at))


def relative(trial: Trial) -> Trial:
    """Return the trial with its end told as the time that is left: every machine has its own clock."""
    if trial.ends_at is None:
        return trial
    left_s = trial.ends_at - time.monotonic()
    return replace(trial, ends_at=left_s, args=_with_end(trial.args, left_s))


def _with_end(args: Mapping[str, Any], ends_at: float) -> dict[str, Any]:
    """Return arguments in which a `spec` that has an end has this one."""
    spec = args.get("spec")
    if not isinstance(spec, Mapping) or spec.get("ends_at") is None:
        return dict(args)
    return {**args, "spec": {**spec, "ends_at": ends_at}}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)


def _moved(value: Any, places: Mapping[str, str]) -> Any:
    """Return a value in which every text that names a folder names its new place."""
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, Mapping):
        return {key: _moved(item, places) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_moved(item, places) for item in value)
    return value
