"""Adds and removes nodes of a cluster on this machine as its work asks for. Not here: the decision (``spec``)."""

from __future__ import annotations

import time
from collections.abc import Callable

from automl_widgets.engine.cluster.nodes import LocalNodes
from automl_widgets.engine.cluster.spec import ClusterSpec, idle_nodes, nodes_wanted
from automl_widgets.engine.executors.attempt import Attempt, one_line

LOOK_S = 0.25


class Scaler:
    """Sees to the number of nodes, whenever it is asked to look.

    Parameters
    ----------
    nodes
        The cluster.
    spec
        Its limits.
    load
        Returns the cores that are asked for, and the nodes that work.
    alive
        Returns the nodes that Ray knows as alive.
    """

    def __init__(
        self,
        nodes: LocalNodes,
        spec: ClusterSpec,
        load: Callable[[], tuple[int, frozenset[str]]],
        alive: Callable[[], frozenset[str]],
    ) -> None:
        self._nodes, self._load, self._alive = nodes, load, alive
        self.spec = spec
        self.asked = 0
        """Nodes that somebody waits for; forgotten when they are there."""
        self.error = ""
        self._used_s: dict[str, float] = {}

    @property
    def target(self) -> int:
        """How many nodes are wanted now."""
        return max(nodes_wanted(self.spec, self._load()[0], self.asked), 0)

    def look(self) -> None:
        """Start or end a node, if one is to be."""
        with Attempt() as attempt:
            self._look()
        self.error = one_line(attempt.raised) if attempt.raised else ""

    def _look(self) -> None:
        for dead in self._nodes.forget_dead(self._alive()):
            self._used_s.pop(dead, None)
        busy_cores, busy = self._load()
        now_s = time.monotonic()
        self._used_s |= dict.fromkeys(busy & set(self._nodes.ids), now_s)
        wanted = nodes_wanted(self.spec, busy_cores, self.asked)
        if len(self._nodes.ids) < wanted:
            self._nodes.add()
            self._used_s[self._nodes.ids[-1]] = time.monotonic()
        elif len(self._nodes.ids) >= self.asked:
            self.asked = 0
            for node in idle_nodes(self.spec, self._used_s, busy, now_s)[: len(self._nodes.ids) - wanted]:
                self._nodes.remove(node)
                del self._used_s[node]
