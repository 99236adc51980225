"""Registered models: a name, a version and a file in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.share.loading import load_model

if TYPE_CHECKING:
    from automl_widgets.records import ModelRecord
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
        return load_model(self.workspace_folder, self.path)


def latest(workspace: Workspace) -> dict[str, Model]:
    """Return the newest version of each model of a workspace, by name."""
    found: dict[str, Model] = {}
    for record in workspace.store.models():
        model = from_record(workspace, record)
        if model.name not in found or found[model.name].version < model.version:
            found[model.name] = model
    return found


def from_record(workspace: Workspace, record: ModelRecord) -> Model:
    """Build a model from what the store holds of it."""
    return Model(
        name=record.name,
        version=record.version,
        run_id=record.run_id,
        iteration=record.iteration,
        description=record.description,
        tags=record.tags,
        path=workspace.folder / "models" / record.name / str(record.version) / "model.pkl",
        workspace_folder=workspace.folder,
    )
