"""Registered models: a name, a version and a file in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.sdk import files

if TYPE_CHECKING:
    from automl_widgets.sdk.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted model that was registered under a name.

    Attributes
    ----------
    name : str
    version : int
        From 1; registering the same name again makes the next one.
    run_id : str
        The run that it comes from, with `iteration`.
    path : Path
        The pickled scikit-learn pipeline.
    """

    name: str
    version: int
    run_id: str
    iteration: int
    path: Path
    workspace_folder: Path
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """`name:version`."""
        return f"{self.name}:{self.version}"

    def load(self) -> Any:
        """Load the fitted scikit-learn pipeline."""
        return files.load_model(self.workspace_folder, self.path)


def latest(workspace: Workspace) -> dict[str, Model]:
    """Return the newest version of each model of a workspace, by name."""
    found: dict[str, Model] = {}
    for row in workspace.store.models():
        model = from_row(workspace, row)
        if model.name not in found or found[model.name].version < model.version:
            found[model.name] = model
    return found


def from_row(workspace: Workspace, row: Mapping[str, Any]) -> Model:
    """Build a model from the store's row."""
    return Model(
        name=row["name"],
        version=row["version"],
        run_id=row["run_id"],
        iteration=row["iteration"],
        description=row["description"] or "",
        tags=row["tags"],
        path=workspace.folder / "models" / row["name"] / str(row["version"]) / "model.pkl",
        workspace_folder=workspace.folder,
    )
