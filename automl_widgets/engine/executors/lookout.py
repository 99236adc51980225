"""Which trials are on nodes that are dead, though Ray does not tell of them. Not here: what becomes of them (``desk``).

A node whose processes hang, or that cannot be reached, is dead for Ray after its health checks. But of a task in it Ray
hears nothing, and waits for that until the connection breaks: for minutes, if it ever does.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable

from automl_widgets.engine.executors.attempt import Attempt

LOOK_S = 2.0
"""How often it is looked whether the nodes with trials are alive."""
GRACE_S = 3.0
"""Ray's own news of a dead node's trial may take so long."""


class Lookout:
    """Remembers which nodes were found dead, and when.

    Parameters
    ----------
    alive
        Returns Ray's ids of the nodes that it knows as alive.

    Notes
    -----
    It is asked in a thread of its own: when the cluster's head has gone, the answer takes a minute.

    Examples
    --------
    >>> lookout = Lookout(lambda: {"a"})
    >>> [lookout.dead({"a", "b"}, now_s) for now_s in (0.0, 1.0)]
    [set(), set()]
    >>> lookout.wait()
    >>> [lookout.dead({"a", "b"}, now_s) for now_s in (2.0, 5.0)]
    [set(), {'b'}]
    """

    def __init__(self, alive: Callable[[], Iterable[str]]) -> None:
        self._alive = alive
        self._looked_s = -math.inf
        self._dead_s: dict[str, float] = {}
        self._thread: threading.Thread | None = None

    def dead(self, nodes: set[str], now_s: float) -> set[str]:
        """Return those of the nodes that have been dead for so long that nothing more will be heard of them."""
        is_looking = self._thread is not None and self._thread.is_alive()
        if nodes and now_s - self._looked_s >= LOOK_S and not is_looking:
            self._looked_s = now_s
            self._thread = threading.Thread(target=self._look, args=(frozenset(nodes), now_s), daemon=True)
            self._thread.start()
        return {node for node in nodes if now_s - self._dead_s.get(node, now_s) >= GRACE_S}

    def wait(self) -> None:
        """Wait until it has looked."""
        if self._thread:
            self._thread.join()

    def _look(self, nodes: frozenset[str], now_s: float) -> None:
        with Attempt():  # a cluster that cannot be asked is the mailbox's to notice
            for node in nodes - set(self._alive()):
                self._dead_s.setdefault(node, now_s)
