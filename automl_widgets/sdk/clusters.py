"""The clusters that this kernel holds, by workspace and name of the target. Not here: what a target is."""

from __future__ import annotations

import importlib.util
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

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
            found = _HELD[_key(workspace, name)] = Beside(spec, _door(workspace, name))
        return found


def running_cluster(workspace: Workspace, name: str, what: Provisioning | None = None) -> Beside | None:
    """Return the cluster of a target if it runs, for this kernel or a detached run, also one that has failed here."""
    with _LOCK:
        found = _HELD.get(_key(workspace, name))
    if found is None and what is not None and (door := _door(workspace, name)).exists():
        from automl_widgets.engine.cluster.beside import is_somebody_behind

        return cluster_of(workspace, name, what) if is_somebody_behind(door) else None
    return found


def end_cluster(workspace: Workspace, name: str, what: Provisioning) -> None:
    """End the cluster of a target if it runs, and what was detached there."""
    found = running_cluster(workspace, name, what)
    with _LOCK:
        _HELD.pop(_key(workspace, name), None)
    if found is not None:
        try:
            found.end()
        except OSError as error:
            raise EngineError(f"The cluster {name!r} cannot be ended: {error}.") from error


def is_here(address: str) -> bool:
    """Return whether the address of a cluster is one of this machine's.

    Examples
    --------
    >>> [is_here(address) for address in ("ray://localhost:10001", "127.0.0.1:6379", "192.0.2.77:6379")]
    [True, True, False]
    """
    import psutil

    host = urlsplit(address if "://" in address else f"//{address}").hostname or "localhost"
    own = {found.address for addresses in psutil.net_if_addrs().values() for found in addresses}
    try:
        return host == "auto" or any(str(info[4][0]) in own for info in socket.getaddrinfo(host, None))
    except OSError:
        return False


def _door(workspace: Workspace, name: str) -> Path:
    return workspace.folder / "compute" / f"{name}.door"


def _key(workspace: Workspace, name: str) -> tuple[str, str]:
    return str(workspace.folder), name
