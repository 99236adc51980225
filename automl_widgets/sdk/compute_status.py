"""The state of a compute target in Azure ML's words. Nothing is started here."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from automl_widgets.sdk.provisioning import Provisioning

if TYPE_CHECKING:
    from automl_widgets.engine.cluster.beside import Beside

NODE_STATES = ("idle", "leaving", "preempted", "preparing", "running", "unusable")


@dataclass(frozen=True, slots=True, kw_only=True)
class AmlComputeStatus:
    """What a compute target is at, as of now."""

    provisioning_state: str
    """`Creating`, `Succeeded` or `Failed`; `Stopped` if no cluster of it runs in this kernel."""
    allocation_state: str
    """`Steady`, or `Resizing` while nodes come."""
    current_node_count: int = 0
    target_node_count: int = 0
    node_state_counts: dict[str, int] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    scale_settings: dict[str, float] = field(default_factory=dict)
    vm_size: str = ""
    vm_priority: str = ""
    creation_time: datetime | None = None
    modified_time: datetime | None = None

    def serialize(self) -> dict[str, Any]:
        """Return the status as a mapping."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def status_of(what: Provisioning, cluster: Beside | None, file: os.stat_result) -> AmlComputeStatus:
    """Return the status of a target whose cluster is this process's, or none."""
    told: dict[str, Any] = cluster.ask("status") if cluster is not None and cluster.is_ready else {}
    nodes = told.get("nodes", [])
    counts = Counter(node["nodeState"] for node in nodes)
    target = told.get("target", what.min_nodes if cluster else 0)
    counts["preparing"] = max(0, target - len(nodes))
    problems = [told.get("error", ""), cluster.reason if cluster else ""]
    return AmlComputeStatus(
        provisioning_state=_state(cluster),
        allocation_state="Steady" if target == len(nodes) else "Resizing",
        current_node_count=len(nodes),
        target_node_count=target,
        node_state_counts={f"{name}_node_count": counts[name] for name in NODE_STATES},
        errors=tuple(problem for problem in problems if problem),
        scale_settings={
            "minimum_node_count": what.min_nodes,
            "maximum_node_count": what.max_nodes,
            "idle_seconds_before_scaledown": what.idle_seconds_before_scaledown,
        },
        vm_size=what.vm_size,
        vm_priority=what.vm_priority,
        creation_time=datetime.fromtimestamp(file.st_ctime, UTC),
        modified_time=datetime.fromtimestamp(file.st_mtime, UTC),
    )


def _state(cluster: Beside | None) -> str:
    if cluster is None:
        return "Stopped"
    if cluster.reason:
        return "Failed"
    return "Succeeded" if cluster.is_ready else "Creating"
