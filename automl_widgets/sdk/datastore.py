"""Datastores and data references in Azure ML's words: files of a workspace, or anywhere that fsspec reaches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.data.places import Place, Reference, checked
from automl_widgets.errors import ConfigError, DataError, NotFoundError, NotSupportedError
from automl_widgets.sdk.console import say
from automl_widgets.sdk.provisioning import check_name

if TYPE_CHECKING:
    from automl_widgets.sdk.workspace import Workspace

DEFAULT = "workspaceblobstore"
FOLDER, FILE = "datastore", "datastores.json"
LIMIT_MB = 300.0
"""What goes along with a run to machines that do not see the workspace."""


@dataclass(frozen=True, slots=True)
class DataReferenceConfiguration:
    """Files of a datastore that a run's `get_data.py` finds on the target.

    Parameters
    ----------
    datastore_name : str
    mode : {"download"}
        Files are copied to the target before the script runs.
    path_on_datastore : str, optional
        A folder or file of the datastore; all of it by default.
    path_on_compute : str, optional
        The folder on the target that they are put into, as ``<path_on_compute>/<path_on_datastore>/...``; by default
        one in the project's folder there. ``$AZUREML_DATAREFERENCE_<name>`` holds the whole path.
    overwrite : bool, default False
        Fetch files again that are there already.

    Examples
    --------
    >>> DataReferenceConfiguration(datastore_name="workspaceblobstore", mode="mount")
    Traceback (most recent call last):
      ...
    automl_widgets.errors.NotSupportedError: Data references are downloaded, but got mode='mount'. ...
    """

    datastore_name: str = DEFAULT
    mode: str = "download"
    path_on_datastore: str | None = None
    path_on_compute: str | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.mode != "download":
            raise NotSupportedError(
                f"Data references are downloaded, but got mode={self.mode!r}. Use mode='download': the script then "
                "finds the files on the target's own disk."
            )

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> DataReferenceConfiguration:
        """Return the same files, put into another folder on the target."""
        return replace(self, path_on_compute=path_on_compute, overwrite=overwrite)


class Datastore:
    """A place with files that belongs to a workspace, by its name.

    Parameters
    ----------
    workspace : Workspace
    name : str, default "workspaceblobstore"
        The default one lies in the workspace's own folder.

    Raises
    ------
    NotFoundError
        If the workspace has none of that name.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from automl_widgets import Workspace
    >>> ws = Workspace.create(path=tempfile.mkdtemp())
    >>> source = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (source / "a.csv").write_text("x,y")
    >>> ds = ws.get_default_datastore()
    >>> ds.upload(source, target_path="digits", show_progress=False).path_on_datastore
    'digits'
    >>> ds.download(tempfile.mkdtemp(), prefix="digits", show_progress=False)
    1
    >>> Datastore(ws, "other")
    Traceback (most recent call last):
      ...
    automl_widgets.errors.NotFoundError: There is no datastore 'other' in this workspace: ...
    """

    def __init__(self, workspace: Workspace, name: str = DEFAULT) -> None:
        known = _known(workspace)
        if name not in known:
            raise NotFoundError(
                f"There is no datastore {name!r} in this workspace: it has {', '.join(known)}. "
                "Datastore.register(ws, name, address) adds one."
            )
        self.workspace, self.name, self.place = workspace, name, known[name]

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Datastore:
        """Return the datastore of that name."""
        return Datastore(workspace, datastore_name)

    @staticmethod
    def register(workspace: Workspace, datastore_name: str, address: str, **storage_options: Any) -> Datastore:
        """Add a datastore, or change one.

        Parameters
        ----------
        workspace : Workspace
        datastore_name : str
            Shorter than 64 characters, with letters, digits and dashes.
        address : str
            A folder that every machine sees, or an address that fsspec knows, such as ``"s3://bucket/folder"``.
        **storage_options
            What fsspec needs beside it; kept in the workspace as text, so leave passwords to the environment.
        """
        check_name(datastore_name)
        if datastore_name == DEFAULT:
            raise ConfigError([f"the name {DEFAULT!r} is that of the workspace's own datastore."], "Datastore.register")
        root = address if "://" in address else str(Path(address).resolve())
        file = workspace.folder / FILE
        known = json.loads(file.read_text()) if file.exists() else {}
        file.write_text(json.dumps({**known, datastore_name: {"root": root, "options": storage_options}}, indent=1))
        return Datastore(workspace, datastore_name)

    def upload(
        self, src_dir: str | Path, target_path: str | None = None, overwrite: bool = False, show_progress: bool = True
    ) -> DataReferenceConfiguration:
        """Copy a folder into the datastore; return what names it there.

        Parameters
        ----------
        src_dir : str or Path
        target_path : str, optional
            Folder in the datastore; its root by default.
        overwrite : bool, default False
            Replace files that are there already.
        show_progress : bool, default True
            Print a line for each file.
        """
        root = Path(src_dir)
        if not root.is_dir():
            raise DataError([f"`src_dir` must be a folder, but there is none at {root}."])
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return self.upload_files(files, root, target_path, overwrite, show_progress)

    def upload_files(
        self,
        files: Iterable[str | Path],
        relative_root: str | Path | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReferenceConfiguration:
        """Copy files into the datastore, under their path below `relative_root`, or else their name."""
        folder, paths = checked(target_path or ""), [Path(path) for path in files]
        there = set(self.place.files(folder))
        for path in paths:
            inner = path.relative_to(relative_root).as_posix() if relative_root else path.name
            name = f"{folder}/{inner}".lstrip("/")
            if overwrite or name not in there:
                self.place.store(path, name)
            if show_progress:
                say(f"{'Uploaded' if overwrite or name not in there else 'Kept'} {name}")
        return self.path(folder)

    def download(
        self,
        target_path: str | Path,
        prefix: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Copy the files below `prefix` into a folder of this machine; return how many were copied."""
        count = 0
        for name in self.place.files(prefix or ""):
            target = Path(target_path, name)
            if overwrite or not target.exists():
                self.place.fetch(name, target)
                count += 1
                if show_progress:
                    say(f"Downloaded {name}")
        return count

    def path(self, path: str | None = None) -> DataReferenceConfiguration:
        """Return what names a folder or file of the datastore, for `RunConfiguration.data_references`."""
        return DataReferenceConfiguration(datastore_name=self.name, path_on_datastore=checked(path or ""))

    def __repr__(self) -> str:
        return f"Datastore(name={self.name!r}, address={self.place.root!r})"


def references_of(workspace: Workspace, given: Mapping[str, Any], sees_disk: bool) -> tuple[Reference, ...]:
    """Return what a script finds on its machine; the files themselves where that does not see the workspace."""
    made = []
    for name, what in given.items():
        place = Datastore(workspace, what.datastore_name).place
        path = checked(what.path_on_datastore or "")
        files = None if sees_disk or "://" in place.root else _packed(place, path)
        target, overwrite = what.path_on_compute or "", what.overwrite
        made.append(Reference(name=name, place=place, path=path, target=target, overwrite=overwrite, files=files))
    return tuple(made)


def _packed(place: Place, path: str) -> dict[str, bytes]:
    names: Sequence[str] = place.files(path)
    size = sum(Path(place.root, name).stat().st_size for name in names)
    if size > LIMIT_MB * 1e6:
        raise DataError(
            [
                f"the files at {path!r} go along with the run and must hold at most {LIMIT_MB:g} MB, but hold "
                f"{size / 1e6:,.0f}. Register a datastore with an address that the cluster reaches."
            ]
        )
    return {name: Path(place.root, name).read_bytes() for name in names}


def _known(workspace: Workspace) -> dict[str, Place]:
    file = workspace.folder / FILE
    registered = json.loads(file.read_text()) if file.exists() else {}
    own = Place(root=str(workspace.folder / FOLDER))
    return {DEFAULT: own, **{name: Place(**fields) for name, fields in registered.items()}}
