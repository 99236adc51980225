"""A run as one file that another machine can take in. Not here: taking it in (``unpack``)."""

from __future__ import annotations

import json
import os
import shutil
import uuid
import zipfile
from pathlib import Path

from automl_widgets import __version__
from automl_widgets.errors import RunStateError, WorkspaceError
from automl_widgets.records import RUN_ENDED, encode
from automl_widgets.share import names
from automl_widgets.store import Store

FORMAT = "automl_widgets run"
VERSION = 1


def pack(store: Store, run_id: str, target: str | Path, *, models: bool = True, data: bool = False) -> Path:
    """Write a run that has ended into a zip file; return its path.

    Parameters
    ----------
    store : Store
    run_id : str
    target : str or Path
        The file, replaced if it is there; in a folder that exists it gets the run's id for a name.
    models : bool, default True
        Put the fitted models in, which are programs to whoever loads them.
    data : bool, default False
        Put the training data in, which the run needs to be continued.

    Raises
    ------
    RunStateError
        If the run has not ended.
    WorkspaceError
        If the file cannot be written.
    """
    changes = store.changes(run_id, 0)
    state = store.run(run_id).state
    if state not in RUN_ENDED:
        raise RunStateError(f"A run is exported when it has ended, but this one is {state}: wait for it, or cancel it.")
    path = Path(target)
    path = path / f"{run_id}.zip" if path.is_dir() else path
    header = {"format": FORMAT, "version": VERSION, "made_by": f"automl_widgets {__version__}"}
    text = json.dumps({**header, "records": encode(changes)}, ensure_ascii=False, allow_nan=False)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(names.RECORDS, text)
            for name, file in names.files_of(store.run_folder(run_id)):
                is_wanted = data if names.is_data(name) else models or not names.is_program(name)
                if is_wanted:
                    _add(archive, name, file)
        os.replace(temporary, path)
    except OSError as error:
        raise WorkspaceError(f"Cannot write {path}: {error.strerror}. Give a path that is writable.") from error
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    with file.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        shutil.copyfileobj(source, target, 1 << 20)
