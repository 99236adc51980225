"""Compute targets: where the iterations of a run are carried out, if not on this machine alone.

A target is a file in the workspace; its cluster is held by a process beside the kernel, started when it is needed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import EngineError, NotFoundError, WorkspaceError
from automl_widgets.sdk import provisioning as forms
from automl_widgets.sdk.clusters import cluster_of, end_cluster, needs_ray, running_cluster, spec_of
from automl_widgets.sdk.compute_status import AmlComputeStatus, status_of
from automl_widgets.sdk.console import say
from automl_widgets.sdk.provisioning import Provisioning

if TYPE_CHECKING:
    from automl_widgets.sdk.workspace import Workspace

FOLDER = "compute"
POLL_S = 0.5


class ComputeTargetException(NotFoundError):  # noqa: N818 - Azure ML's name
    """A compute target that does not exist, or cannot be made or reached."""


class ComputeTarget:
    """A compute target of a workspace, by its name.

    Parameters
    ----------
    workspace : Workspace
        Where it was made.
    name : str
        Its name.

    Attributes
    ----------
    name : str
    type : str
        ``"AmlCompute"`` for one that was created, ``"Ray"`` for one that was attached.

    Raises
    ------
    ComputeTargetException
        If there is none.

    Examples
    --------
    >>> import tempfile
    >>> from automl_widgets import Workspace
    >>> ws = Workspace.create(path=tempfile.mkdtemp())
    >>> config = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=6)
    >>> ComputeTarget(ws, "automlcl")
    Traceback (most recent call last):
        ...
    automl_widgets.ComputeTargetException: ComputeTargetNotFound: ...
    """

    type = "Ray"

    def __new__(cls, workspace: Workspace, name: str) -> ComputeTarget:
        """Return an AmlCompute if it was created as one."""
        kept = _kept(workspace, name)
        return super().__new__(AmlCompute if cls is ComputeTarget and kept["type"] == AmlCompute.type else cls)

    def __init__(self, workspace: Workspace, name: str) -> None:
        self.workspace = workspace
        self.name = name
        self._file = _folder(workspace) / f"{name}.json"

    @staticmethod
    def create(workspace: Workspace, name: str, provisioning_configuration: Provisioning) -> AmlCompute:
        """Make a cluster and return it at once; `wait_for_completion` waits until it is there.

        Parameters
        ----------
        workspace : Workspace
        name : str
            Shorter than 64 characters, with letters, digits and dashes.
        provisioning_configuration : object
            What `AmlCompute.provisioning_configuration` returned.
        """
        _write(workspace, forms.check_name(name), "AmlCompute", provisioning_configuration)
        target = AmlCompute(workspace, name)
        target._open()
        return target

    @staticmethod
    def attach(workspace: Workspace, name: str, attach_configuration: Provisioning) -> ComputeTarget:
        """Connect to a Ray cluster that runs already, and return it at once.

        Parameters
        ----------
        workspace : Workspace
        name : str
            Shorter than 64 characters, with letters, digits and dashes.
        attach_configuration : object
            What `ComputeTarget.attach_configuration` returned.
        """
        _write(workspace, forms.check_name(name), "Ray", attach_configuration)
        target = ComputeTarget(workspace, name)
        target._open()
        return target

    @staticmethod
    def attach_configuration(address: str, max_nodes: int = 4, cores_per_node: int = 2) -> Provisioning:
        """Return what `attach` needs.

        Parameters
        ----------
        address : str
            ``"ray://host:10001"`` from anywhere, or ``"host:6379"`` from a machine of the cluster.
        max_nodes, cores_per_node : int
            So many iterations run at the same time as these make cores.
        """
        made = Provisioning(address=address, max_nodes=max_nodes, min_nodes=0, cores=cores_per_node)
        return forms.checked(made, "ComputeTarget.attach_configuration")

    @property
    def provisioning(self) -> Provisioning:
        """What it was made with."""
        return Provisioning(**_kept(self.workspace, self.name)["provisioning"])

    def wait_for_completion(
        self,
        show_output: bool = False,
        min_node_count: int | None = None,
        timeout_in_minutes: float = 25,
        is_delete_operation: bool = False,
    ) -> None:
        """Wait until the cluster has its nodes.

        Parameters
        ----------
        show_output : bool, default False
            Print what happens.
        min_node_count : int, optional
            Nodes to wait for, started for it; the cluster's minimum by default.
        timeout_in_minutes : float, default 25
        is_delete_operation : bool, default False
            Kept for Azure ML's signature: to delete takes no time.
        """
        if is_delete_operation:
            return
        print_line: Callable[[str], None] = say if show_output else lambda _: None
        end_s = time.monotonic() + 60 * timeout_in_minutes
        print_line("Creating")
        cluster = cluster_of(self.workspace, self.name, self.provisioning)
        cluster.wait(max(end_s - time.monotonic(), 0.1))
        count = min(self.provisioning.min_nodes if min_node_count is None else min_node_count, cluster.spec.max_nodes)
        if count:
            cluster.ask("want", count)
        while len(cluster.ask("status")["nodes"]) < count:
            if time.monotonic() >= end_s:
                print_line("AmlCompute wait for completion finished\nWait timeout has been reached")
                return
            time.sleep(POLL_S)
        print_line("Succeeded")
        print_line("AmlCompute wait for completion finished\nMinimum number of nodes requested have been provisioned")

    def get_status(self) -> AmlComputeStatus:
        """Return the state of the cluster and of its nodes."""
        return status_of(
            self.provisioning, running_cluster(self.workspace, self.name, self.provisioning), self._file.stat()
        )

    def list_nodes(self) -> list[dict[str, Any]]:
        """Return a mapping for each node: `nodeId`, `nodeState`, `privateIpAddress`, `cores`."""
        cluster = running_cluster(self.workspace, self.name, self.provisioning)
        return list(cluster.ask("status")["nodes"]) if cluster else []

    def delete(self) -> None:
        """End the cluster and forget it; an attached cluster is only forgotten."""
        end_cluster(self.workspace, self.name, self.provisioning)
        self._file.unlink(missing_ok=True)

    def detach(self) -> None:
        """Forget an attached cluster, which goes on."""
        self.delete()

    def serialize(self) -> dict[str, Any]:
        """Return name, type and configuration as JSON-able mappings."""
        return {"name": self.name, "type": self.type, **asdict(self.provisioning)}

    def _open(self) -> None:
        """Start the cluster; one that runs under this name gets the new limits, or makes way if its nodes differ."""
        running, wanted = (
            running_cluster(self.workspace, self.name, self.provisioning),
            spec_of(self.name, self.provisioning),
        )
        if running and running.is_open and running.spec.has_nodes_of(wanted):
            running.change(wanted)
        elif running:
            end_cluster(self.workspace, self.name, self.provisioning)
        cluster_of(self.workspace, self.name, self.provisioning)

    def __repr__(self) -> str:
        shown = f"workspace={self.workspace!r}, name={self.name}, type={self.type}"
        return f"{type(self).__name__}({shown})"


class AmlCompute(ComputeTarget):
    """A cluster of nodes that come when there is work and go when there is none.

    On one machine the nodes are processes of a real Ray cluster, each with the cores of its size; more nodes than the
    machine has cores are made, but no more iterations run at the same time than it has cores.

    Parameters
    ----------
    workspace : Workspace
        Where it was made.
    name : str
        Its name.
    """

    type = "AmlCompute"

    @staticmethod
    def provisioning_configuration(  # noqa: PLR0917 - Azure ML's signature
        vm_size: str = forms.DEFAULT_SIZE,
        vm_priority: str = "dedicated",
        min_nodes: int = 0,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: float | None = None,
        tags: Mapping[str, str] | None = None,
        description: str | None = None,
        **of_azure: object,
    ) -> Provisioning:
        """Return what `ComputeTarget.create` needs.

        Parameters
        ----------
        vm_size : str, default "STANDARD_D2_V2"
            Azure's name of a machine: cores and memory of a node; docs/compute.md lists them.
        vm_priority : {"dedicated", "lowpriority"}
            Kept; on one machine there is no difference.
        min_nodes : int, default 0
            Nodes that stay without work.
        max_nodes : int, default 4
        idle_seconds_before_scaledown : float, default 120
            A node that has had nothing to do for so long goes.
        tags, description : optional
            Kept.
        **of_azure
            What only Azure has: users, keys, networks. Without effect.

        Raises
        ------
        ConfigError
            With everything that cannot be.
        """
        unknown = sorted(set(of_azure) - _OF_AZURE)
        if unknown:
            raise TypeError(f"provisioning_configuration() got an unexpected keyword argument {unknown[0]!r}")
        idle_s = 120 if idle_seconds_before_scaledown is None else idle_seconds_before_scaledown
        made = Provisioning(
            vm_size=vm_size,
            vm_priority=vm_priority,
            min_nodes=min_nodes,
            max_nodes=4 if max_nodes is None else max_nodes,
            idle_seconds_before_scaledown=idle_s,
            tags=dict(tags or {}),
            description=description or "",
        )
        return forms.checked(made, "AmlCompute.provisioning_configuration")

    def update(
        self,
        min_nodes: int | None = None,
        max_nodes: int | None = None,
        idle_seconds_before_scaledown: float | None = None,
    ) -> None:
        """Change the limits of the cluster; what runs goes on."""
        given = {"min_nodes": min_nodes, "max_nodes": max_nodes}
        given["idle_seconds_before_scaledown"] = idle_seconds_before_scaledown  # type: ignore[assignment]
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        changed = forms.checked(replace(self.provisioning, **changes), "AmlCompute.update")
        _write(self.workspace, self.name, self.type, changed)
        cluster = running_cluster(self.workspace, self.name, self.provisioning)
        if cluster:
            cluster.change(spec_of(self.name, changed))


_OF_AZURE = frozenset(
    {
        "admin_user_password",
        "admin_user_ssh_key",
        "admin_username",
        "enable_node_public_ip",
        "identity_id",
        "identity_type",
        "location",
        "remote_login_port_public_access",
        "subnet_name",
        "vnet_name",
        "vnet_resourcegroup_name",
    }
)


def compute_targets(workspace: Workspace) -> dict[str, ComputeTarget]:
    """Return the targets of a workspace by name."""
    return {path.stem: ComputeTarget(workspace, path.stem) for path in sorted(_folder(workspace).glob("*.json"))}


def _kept(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return what the workspace holds of a target."""
    file = _folder(workspace) / f"{name}.json"
    try:
        kept: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        raise ComputeTargetException(
            f"ComputeTargetNotFound: Compute Target with name {name} not found in workspace {workspace.name}. "
            f"Make it with ComputeTarget.create(ws, {name!r}, config)."
        ) from None
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"Cannot read {file}: {error}.") from error
    return kept


def _folder(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def _write(workspace: Workspace, name: str, kind: str, what: Provisioning) -> None:
    needs_ray()
    if not isinstance(what, Provisioning):
        raise EngineError(
            f"A configuration of AmlCompute.provisioning_configuration or ComputeTarget.attach_configuration is "
            f"needed, but got {type(what).__name__}."
        )
    folder = _folder(workspace)
    try:
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps({"type": kind, "provisioning": asdict(what)}, indent=1))
    except OSError as error:
        raise WorkspaceError(f"The compute target cannot be written into {folder}: {error}.") from error
