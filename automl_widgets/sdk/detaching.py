"""Whether a run is to go on without its kernel, and whether it can. Not here: how it does (``engine.cluster``)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from automl_widgets.errors import NotSupportedError, WorkspaceError
from automl_widgets.sdk.clusters import cluster_of, is_here
from automl_widgets.sdk.console import say

if TYPE_CHECKING:
    from automl_widgets.sdk.compute import ComputeTarget
    from automl_widgets.sdk.workspace import Workspace


def is_detached(target: ComputeTarget, workspace: Workspace, is_wanted: bool | None) -> bool:
    """Return whether a run on a target goes on without this kernel.

    Parameters
    ----------
    target : ComputeTarget
    workspace : Workspace
        Of the run.
    is_wanted : bool, optional
        What the user asked for; by default only a run on another machine's cluster is detached, and attached with a
        word about it where that cannot be.

    Raises
    ------
    NotSupportedError
        If it is wanted, and the cluster cannot do it.
    """
    address = target.provisioning.address
    if is_wanted is False or not address:
        return bool(is_wanted)
    if is_wanted is None and is_here(address):
        return False
    reason = _obstacle(target, workspace)
    if reason and is_wanted:
        raise NotSupportedError(
            f"A run on {target.name!r} cannot be detached: {reason}. The head must see the workspace's folder at the "
            "same place (docs/compute.md); leave `detached` out to have the run end with "
            "this kernel."
        )
    if reason:
        say(f"{target.name}: the run ends with this kernel, since {reason}.")
    return not reason


def _obstacle(target: ComputeTarget, workspace: Workspace) -> str:
    """Ask the head to read what is written here."""
    cluster = cluster_of(target.workspace, target.name, target.provisioning)
    probe, text = workspace.folder / f".probe-{uuid.uuid4().hex}", uuid.uuid4().hex
    try:
        probe.write_text(text)
        return str(cluster.ask("obstacle", str(probe), text))
    except OSError as error:
        raise WorkspaceError(f"{workspace.folder} cannot be written: {error.strerror}.") from error
    finally:
        probe.unlink(missing_ok=True)
