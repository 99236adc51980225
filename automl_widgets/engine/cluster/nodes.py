"""A Ray cluster whose nodes are processes of this machine, with capped cores. Not here: how many there should be.

They end with the process that has started them: Ray's reaper kills its process group.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from typing import Any

from automl_widgets.engine.cluster.spec import ClusterSpec

OBJECT_STORE_BYTES = 100_000_000
"""What goes into it here is small: the nodes read the data from the disk."""

FOLDERS: list[str] = []
"""What this process has to remove at its end."""


class LocalNodes:
    """The nodes of a cluster on this machine, by Ray's id. The head holds no core."""

    def __init__(self, spec: ClusterSpec) -> None:
        from ray.cluster_utils import Cluster

        self._spec = spec
        self._nodes: dict[str, Any] = {}
        self.folder = tempfile.mkdtemp(prefix="aw-")  # a short name: sockets lie there
        FOLDERS.append(self.folder)
        os.environ["RAY_TMPDIR"] = self.folder  # else `ray.init()` of any other program here would come to this cluster
        head = {"num_cpus": 0, "_system_config": _HEALTH, **_ARGS}
        self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self._cluster.address

    @property
    def ids(self) -> tuple[str, ...]:
        """Every node but the head."""
        return tuple(self._nodes)

    def add(self) -> None:
        """Start a node; return when it is there."""
        memory = int(self._spec.memory_mb * 1e6)
        node = self._cluster.add_node(wait=True, num_cpus=self._spec.cores, memory=memory, **_ARGS)
        self._nodes[node.node_id] = node

    def remove(self, node_id: str) -> None:
        """End a node and what runs on it."""
        node = self._nodes.pop(node_id)
        with suppress(Exception):  # it may have died by itself
            self._cluster.remove_node(node)

    def forget_dead(self, alive: frozenset[str]) -> tuple[str, ...]:
        """Drop nodes that Ray knows as dead; return them."""
        dead = tuple(node_id for node_id in self._nodes if node_id not in alive)
        for node_id in dead:
            self.remove(node_id)
        return dead

    def close(self) -> None:
        """End every process of the cluster."""
        self._cluster.shutdown()
        shutil.rmtree(self.folder, ignore_errors=True)


_ARGS: dict[str, Any] = {
    "object_store_memory": OBJECT_STORE_BYTES,
    "include_dashboard": False,
    "include_log_monitor": False,
}
_HEALTH = {
    "health_check_initial_delay_ms": 2000,
    "health_check_period_ms": 1000,
    "health_check_timeout_ms": 2000,
    "health_check_failure_threshold": 5,
}
"""A node that has died is noticed at once, one that hangs within a quarter of a minute instead of within one."""
