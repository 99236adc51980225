"""A fitted model out of its file, which runs the code inside it. Not here: which model."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from automl_widgets.errors import NotFoundError, WorkspaceError
from automl_widgets.share.names import UNTRUSTED


def load_model(workspace: Path, path: Path) -> Any:
    """Load a pickled model, which runs the code inside it, from the user's own workspace only.

    Raises
    ------
    NotFoundError
        If there is no model, as for an iteration that failed.
    WorkspaceError
        If the file lies outside of the workspace, came with an imported run that is not trusted, or cannot be loaded
        with the packages that are installed.
    """
    resolved = path.resolve()
    if not resolved.is_relative_to(workspace.resolve()):
        raise WorkspaceError(f"Refused to load {path}: a model is loaded only from its own workspace, {workspace}.")
    if resolved.with_name(resolved.name + UNTRUSTED).exists():
        raise WorkspaceError(
            f"Refused to load {path}: it came with an imported run, and a model is code that runs when it is loaded. "
            "If you know who made it, call run.trust() first."
        )
    if not resolved.is_file():
        raise NotFoundError(f"No fitted model at {path}: only an iteration that completed has one.")
    with resolved.open("rb") as stream:
        try:
            return pickle.load(stream)
        except (ImportError, AttributeError, TypeError, ValueError, EOFError, pickle.UnpicklingError) as error:
            raise WorkspaceError(
                f"Cannot load {resolved}: {type(error).__name__}: {error}. It was written with other package versions "
                "or is damaged; run.get_run_sdk_dependencies() names the versions, code.py beside it rebuilds it."
            ) from error
