"""Files below a folder or an address of fsspec: listed, fetched, stored, and brought to where a script reads them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from automl_widgets.errors import DataError, NotSupportedError

VARIABLE = "AZUREML_DATAREFERENCE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where files lie."""

    root: str
    """A folder, or an address such as ``s3://bucket/folder``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """What fsspec needs to know beside the address."""

    def files(self, prefix: str = "") -> tuple[str, ...]:
        """Return the files below a folder, or the one of that name, relative to the root."""
        prefix = checked(prefix)
        if self._is_far:
            system, base = self._system()
            found = system.find(f"{base}/{prefix}".rstrip("/"))
            return tuple(sorted(path.removeprefix(base).strip("/") for path in found))
        top = Path(self.root, prefix)
        paths = [top] if top.is_file() else [path for path in top.rglob("*") if path.is_file()]
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in paths))

    def fetch(self, name: str, target: Path) -> None:
        """Copy a file to this machine."""
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._is_far:
            system, base = self._system()
            system.get_file(f"{base}/{name}", str(target))
        else:
            shutil.copyfile(Path(self.root, name), target)

    def store(self, source: Path, name: str) -> None:
        """Copy a file of this machine here."""
        name = checked(name)
        if self._is_far:
            system, base = self._system()
            system.makedirs(f"{base}/{PurePosixPath(name).parent}".removesuffix("/."), exist_ok=True)
            system.put_file(str(source), f"{base}/{name}")
            return
        target = Path(self.root, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)

    @property
    def _is_far(self) -> bool:
        return "://" in self.root

    def _system(self) -> tuple[Any, str]:
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise NotSupportedError(f"{self.root} needs fsspec: pip install fsspec, and its part for that.") from None
        system, base = url_to_fs(self.root, **self.options)
        return system, str(base).rstrip("/")


def checked(path: str) -> str:
    """Return a path below a root in its plain form.

    Raises
    ------
    DataError
        If it leads out of the root.

    Examples
    --------
    >>> checked("a//b/")
    'a/b'
    >>> checked("../a")
    Traceback (most recent call last):
      ...
    automl_widgets.errors.DataError: 1 problem with the data: ...
    """
    plain = PurePosixPath(str(path).replace("\\", "/").strip("/"))
    if ".." in plain.parts:
        raise DataError([f"a path on a datastore must not lead out of it, but got {path!r}."])
    return "" if str(plain) == "." else str(plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Files of a datastore that a script finds on the machine that it runs on."""

    name: str
    place: Place
    path: str = ""
    """The folder or file in the place."""
    target: str = ""
    """The folder that they are put into, below it as in the place; empty: one in the project's folder."""
    overwrite: bool = False
    files: Mapping[str, bytes] | None = None
    """The files themselves, where the machine does not see the place."""


def bring(references: Sequence[Reference], folder: str) -> None:
    """Put the files of references where a script expects them, and say so in its environment.

    Raises
    ------
    DataError
        If there are none.
    """
    for reference in references:
        target = Path(folder, reference.target or reference.name)
        held = reference.files
        names = reference.place.files(reference.path) if held is None else tuple(held)
        if not names:
            where = f"{reference.place.root}/{reference.path}".rstrip("/")
            raise DataError([f"the data reference {reference.name!r} must name files, but there are none at {where}."])
        for name in names:
            path = target / name
            if path.exists() and not reference.overwrite:
                continue
            if held is None:
                reference.place.fetch(name, path)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(held[name])
        os.environ[f"{VARIABLE}{reference.name}"] = str(target / reference.path)
