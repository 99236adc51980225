"""A workspace: a folder that holds experiments, runs and models. Not here: what is in the files (``store``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from automl_widgets.errors import NotFoundError, WorkspaceError
from automl_widgets.sdk.console import say
from automl_widgets.share.unpack import MOST_MB, unpack
from automl_widgets.store import Store, open_store
from automl_widgets.store.place import CONFIG, FOLDER, is_workspace, nearest_workspace
from automl_widgets.view.shelf import shelf_html

if TYPE_CHECKING:
    from automl_widgets.sdk.compute import ComputeTarget
    from automl_widgets.sdk.datastore import Datastore
    from automl_widgets.sdk.experiment import Experiment
    from automl_widgets.sdk.model import Model
    from automl_widgets.sdk.run import AutoMLRun


class Workspace:
    """Holds experiments, their runs and registered models in one folder on this machine.

    Parameters
    ----------
    folder : str or Path
        Folder of an existing workspace, the one that contains ``config.json``.

    Attributes
    ----------
    name : str
        Name given when the workspace was made; the name of the folder around it by default.
    folder : Path
        Absolute path.
    location : str
        Always ``"local"``.

    Raises
    ------
    NotFoundError
        If the folder is not a workspace.
    WorkspaceError
        If the folder cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> ws = Workspace.create("demo", folder)
    >>> Workspace.from_config(folder).name
    'demo'
    >>> Workspace("no/such/folder")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.NotFoundError: No workspace at no/such/folder: it must hold a config.json. ...
    """

    subscription_id = None
    resource_group = None
    location = "local"

    def __init__(self, folder: str | Path) -> None:
        config = Path(folder) / CONFIG
        if not config.is_file():
            raise NotFoundError(
                f"No workspace at {folder}: it must hold a {CONFIG}. Workspace.from_config() finds or makes one."
            )
        self.folder = Path(folder).resolve()
        self.name = str(_read(config).get("name") or self.folder.parent.name)
        self.store: Store = open_store(self.folder)

    @classmethod
    def from_config(cls, path: str | Path | None = None) -> Workspace:
        """Open the nearest workspace: here or in a folder above; else make one here and say where.

        Parameters
        ----------
        path : str or Path, optional
            Folder to start from, or a workspace's ``config.json``; the current folder by default.
            A workspace is made only when no path is given.
        """
        start = Path(path or ".")
        if start.name == CONFIG:
            return cls(start.parent)
        found = nearest_workspace(start)
        if found is not None:
            return cls(found)
        if path is not None:
            raise NotFoundError(
                f"No workspace at or above {start.resolve()}: a folder named {FOLDER} with a {CONFIG} must be there. "
                "Make one with Workspace.create(name, path)."
            )
        made = cls.create()
        say(f"New workspace: {made.folder}")
        return made

    @classmethod
    def create(cls, name: str | None = None, path: str | Path = ".", exist_ok: bool = True) -> Workspace:
        """Make a workspace in the folder `path`, as its sub-folder ``automl_workspace``.

        Parameters
        ----------
        name : str, optional
            The name of the folder around it by default.
        path : str or Path, default "."
            Where to put it.
        exist_ok : bool, default True
            Open the workspace that is there already instead of raising WorkspaceError.
        """
        folder = Path(path).resolve() / FOLDER
        if is_workspace(folder):
            if not exist_ok:
                raise WorkspaceError(
                    f"There is a workspace at {folder} already. Open it with Workspace({str(folder)!r})."
                )
            return cls(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".gitignore").write_text("*\n")
            config = {"name": name or folder.parent.name, "version": 1}
            (folder / CONFIG).write_text(json.dumps(config, indent=1))
        except OSError as error:
            raise WorkspaceError(
                f"Cannot make a workspace in {folder.parent}: {error.strerror}. "
                "The folder must be writable; give another with Workspace.create(path=...)."
            ) from error
        return cls(folder)

    def import_run(self, path: str | Path, *, trust: bool = False, max_mb: float = MOST_MB) -> AutoMLRun:
        """Take in a run that `AutoMLRun.export` wrote, here or on another machine, with its id and experiment.

        Parameters
        ----------
        path : str or Path
            The zip file.
        trust : bool, default False
            Let its models and data be loaded. They are pickles, code that runs with your rights when it is loaded, so
            do it only if you know who made the file; `run.trust()` does it later. All else can be seen without.
        max_mb : float, default 10,000
            Refuse a file that takes more when it is unpacked.

        Raises
        ------
        NotFoundError
            If there is no such file.
        WorkspaceError
            If it is no such file, was tampered with or is too large, or if the run is here already. Nothing of it is
            left then.
        """
        from automl_widgets.sdk.experiment import Experiment
        from automl_widgets.sdk.run import AutoMLRun

        record = unpack(self.store, path, trust=trust, max_mb=max_mb)
        return AutoMLRun(Experiment(self, record.experiment), record.run_id)

    @property
    def experiments(self) -> dict[str, Experiment]:
        """Experiments by name."""
        from automl_widgets.sdk.experiment import Experiment

        return {name: Experiment(self, name) for name in self.store.experiments()}

    @property
    def models(self) -> dict[str, Model]:
        """The latest version of each registered model, by name."""
        from automl_widgets.sdk.model import latest

        return latest(self)

    @property
    def compute_targets(self) -> dict[str, ComputeTarget]:
        """Compute targets by name."""
        from automl_widgets.sdk.compute import compute_targets

        return compute_targets(self)

    @property
    def datastores(self) -> dict[str, Datastore]:
        """Datastores by name."""
        from automl_widgets.sdk.datastore import Datastore, _known

        return {name: Datastore(self, name) for name in _known(self)}

    def get_default_datastore(self) -> Datastore:
        """Return the datastore in the workspace's own folder."""
        from automl_widgets.sdk.datastore import Datastore

        return Datastore(self)

    def write_config(self, path: str | Path | None = None) -> None:
        """Write ``config.json``, which `from_config` reads, into `path` or the workspace's own folder."""
        target = Path(path) / CONFIG if path else self.folder / CONFIG
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps({"name": self.name, "version": 1}, indent=1))

    def get_details(self) -> dict[str, object]:
        """Return name, folder and counts."""
        return {
            "name": self.name,
            "location": self.location,
            "folder": str(self.folder),
            "experiments": len(self.store.experiments()),
            "runs": len(self.store.runs()),
        }

    def __reduce__(self) -> tuple[type[Workspace], tuple[Path]]:
        return Workspace, (self.folder,)

    def _repr_html_(self) -> str:
        return shelf_html(self.store, self.store.experiments(), f"Workspace {self.name}")

    def __repr__(self) -> str:
        return f"Workspace(name={self.name!r}, folder={str(self.folder)!r})"


def _read(config: Path) -> dict[str, object]:
    try:
        found = json.loads(config.read_text())
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            f"Cannot read {config}: {error}. It must be the JSON that Workspace.create wrote."
        ) from error
    return found if isinstance(found, dict) else {}
