"""The detached runs that an envoy knows of: started, looked at, counted. Not here: their engines (``detached``)."""

from __future__ import annotations

import secrets
import threading
import time
from typing import Any

from automl_widgets.engine.cluster.detached import Engine, Look, Order, obstacle
from automl_widgets.engine.executors.attempt import Attempt, one_line
from automl_widgets.errors import EngineError

LOOK_S = 1.0
ANSWER_LIMIT_S = 80.0


class Detachments:
    """The engines of runs on a cluster that no kernel owns.

    Parameters
    ----------
    ray
        The module, connected.
    """

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self._looks: dict[str, Look] = {}
        self._engines: dict[str, Any] = {}
        self._watch: threading.Thread | None = None

    @property
    def are_alive(self) -> bool:
        """Whether any has not ended."""
        return bool(self._alive())

    def obstacle(self, probe: str, text: str) -> str:
        """Return why no run can be detached, empty if it can."""
        found: str = self._get(self._ray.remote(**_ON_HEAD)(obstacle).remote(probe, text))
        return found

    def start(self, order: Order) -> str:
        """Have an actor take over a run, and return its name."""
        name = f"{order.run_id}-{secrets.token_hex(2)}"
        options = {**_ON_HEAD, "name": name, "lifetime": "detached", "max_restarts": 0, "max_concurrency": 2}
        engine = self._ray.remote(Engine).options(**options).remote(order)
        self._looks[name] = Look()
        with Attempt() as attempt:
            self._get(engine.start.remote())
        if attempt.raised:
            self._looks[name] = Look(end=one_line(attempt.raised))
            self._ray.kill(engine)
            raise attempt.raised
        self._engines[name] = engine
        if self._watch is None:
            self._watch = threading.Thread(target=self._look, daemon=True)
            self._watch.start()
        return name

    def seen(self, name: str) -> Look:
        """Return what was seen last of an engine."""
        return self._looks[name]

    def load(self) -> tuple[int, frozenset[str]]:
        """Return the cores that their tasks ask for, and the nodes that they are on."""
        alive = self._alive()
        return sum(look.cores for look in alive.values()), frozenset().union(*(look.nodes for look in alive.values()))

    def _alive(self) -> dict[str, Look]:
        return {name: look for name, look in dict(self._looks).items() if not look.end}

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_S)
            for name, engine in list(self._engines.items()):
                with Attempt() as attempt:
                    self._looks[name] = self._get(engine.look.remote())
                if attempt.raised:
                    self._looks[name] = Look(end=one_line(attempt.raised))
                    del self._engines[name]

    def _get(self, asked: Any) -> Any:
        try:
            return self._ray.get(asked, timeout=ANSWER_LIMIT_S)
        except self._ray.exceptions.RayTaskError as error:
            raise EngineError(one_line(error.cause)) from error


_ON_HEAD: dict[str, Any] = {"num_cpus": 0, "resources": {"node:__internal_head__": 0.001}}
