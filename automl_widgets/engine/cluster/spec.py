"""What a cluster is to be, and how many nodes it wants: values in, values out. No Ray, no process, no clock."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterSpec:
    """A cluster of equal nodes."""

    name: str
    cores: int = 1
    """Of one node."""
    memory_mb: float = 4000.0
    """Of one node."""
    min_nodes: int = 0
    max_nodes: int = 1
    idle_s: float = 120.0
    """A node that has had nothing to do for so long is let go."""
    address: str = ""
    """Of a Ray cluster that runs already, which then makes its own nodes; empty: nodes on this machine."""
    slots: int = 1
    """Most trials of one thread at the same time."""

    @property
    def is_local(self) -> bool:
        """Whether its nodes are on this machine."""
        return not self.address

    def has_nodes_of(self, other: ClusterSpec) -> bool:
        """Whether the other's nodes are like these."""
        return (self.address, self.cores, self.memory_mb) == (other.address, other.cores, other.memory_mb)


def nodes_wanted(spec: ClusterSpec, busy_cores: int, asked: int = 0) -> int:
    """Return how many nodes what runs and waits needs.

    Parameters
    ----------
    spec
        The cluster.
    busy_cores
        Cores of all tasks that run or wait for a node.
    asked
        Nodes that somebody waits for.

    Examples
    --------
    >>> spec = ClusterSpec(name="cpu", cores=2, min_nodes=1, max_nodes=4)
    >>> [nodes_wanted(spec, busy) for busy in (0, 2, 3, 100)]
    [1, 1, 2, 4]
    """
    return min(spec.max_nodes, max(spec.min_nodes, asked, math.ceil(busy_cores / spec.cores)))


def idle_nodes(spec: ClusterSpec, last_used_s: Mapping[str, float], busy: frozenset[str], now_s: float) -> list[str]:
    """Return the nodes to let go, those idle for longest first; `min_nodes` stay.

    Examples
    --------
    >>> spec = ClusterSpec(name="cpu", min_nodes=1, max_nodes=4, idle_s=60)
    >>> idle_nodes(spec, {"a": 0.0, "b": 10.0, "c": 90.0}, frozenset(), now_s=100.0)
    ['a', 'b']
    >>> idle_nodes(spec, {"a": 0.0, "b": 10.0}, frozenset({"a"}), now_s=100.0)
    ['b']
    """
    idle = sorted(
        (used_s, node) for node, used_s in last_used_s.items() if node not in busy and now_s - used_s >= spec.idle_s
    )
    return [node for _, node in idle][: max(0, len(last_used_s) - spec.min_nodes)]
