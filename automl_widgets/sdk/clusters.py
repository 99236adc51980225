"""The clusters that this kernel holds, by workspace and name of the target. Not here: what a target is."""

from __future__ import annotations

import importlib.util
import threading
from typing import TYPE_CHECKING

from automl_widgets.errors import EngineError, NotSupportedError
from automl_widgets.sdk.console import say
from automl_widgets.sdk.provisioning import Provisioning
from automl_widgets.sdk.vm_sizes import vm_size

if TYPE_CHECKING:
    from automl_widgets.engine.cluster.beside import Beside
    from automl_widgets.engine.cluster.spec import ClusterSpec
    from automl_widgets.sdk.workspace import Workspace

_LOCK = threading.Lock()
_HELD: dict[tuple[str, str], Beside] = {}


def needs_ray() -> None:
    """Raise NotSupportedError if the extra is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise NotSupportedError(
            "Compute targets need Ray, which is not installed. Install the extra: pip install 'automl_widgets[ray]'."
        )


def spec_of(name: str, what: Provisioning) -> ClusterSpec:
    """Return what the engine has to know of a cluster."""
    from automl_widgets.engine.cluster.spec import ClusterSpec
    from automl_widgets.engine.executors.shared import available_cores

    size = vm_size(what.vm_size)
    cores = what.cores or size.cores
    at_once = what.max_nodes * cores
    return ClusterSpec(
        name=name,
        cores=cores,
        memory_mb=size.memory_gb * 1000,
        min_nodes=what.min_nodes,
        max_nodes=what.max_nodes,
        idle_s=what.idle_seconds_before_scaledown,
        address=what.address,
        slots=at_once if what.address else min(at_once, available_cores()),
    )


def cluster_of(workspace: Workspace, name: str, what: Provisioning) -> Beside:
    """Return the cluster of a target, started if it does not run in this kernel."""
    needs_ray()
    from automl_widgets.engine.cluster.beside import Beside

    with _LOCK:
        found = _HELD.get(_key(workspace, name))
        if found is None or not found.is_open:
            spec = spec_of(name, what)
            if spec.is_local and spec.slots < spec.max_nodes * spec.cores:
                say(
                    f"{name}: {spec.max_nodes} nodes of {spec.cores} cores on this machine, which has {spec.slots}: "
                    f"no more than {spec.slots} iterations run at the same time."
                )
            found = _HELD[_key(workspace, name)] = Beside(spec)
        return found


def running_cluster(workspace: Workspace, name: str) -> Beside | None:
    """Return the cluster of a target if this kernel holds one, also one that has failed."""
    with _LOCK:
        return _HELD.get(_key(workspace, name))


def end_cluster(workspace: Workspace, name: str) -> None:
    """End the cluster of a target, if this kernel holds one."""
    with _LOCK:
        found = _HELD.pop(_key(workspace, name), None)
    if found is not None:
        try:
            found.close()
        except OSError as error:
            raise EngineError(f"The cluster {name!r} cannot be ended: {error}.") from error


def _key(workspace: Workspace, name: str) -> tuple[str, str]:
    return str(workspace.folder), name
