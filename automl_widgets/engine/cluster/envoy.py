"""A process beside the kernel that is connected to a Ray cluster, and holds the one on this machine.

Ray ends a process whose cluster's head has gone, and lets a process be connected to one cluster only: so that is not
the kernel. Requests come over a pipe, events and answers go back. When the kernel has gone, all of this ends, unless
detached runs are on the cluster of this process: then it ends with the last of them, and other kernels may come in.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from automl_widgets.engine.cluster.detached import Order
from automl_widgets.engine.cluster.detachments import Detachments
from automl_widgets.engine.cluster.guest import Guest
from automl_widgets.engine.cluster.nodes import FOLDERS, LocalNodes
from automl_widgets.engine.cluster.reception import Reception
from automl_widgets.engine.cluster.scaler import LOOK_S, Scaler
from automl_widgets.engine.cluster.spec import ClusterSpec
from automl_widgets.engine.executors import system
from automl_widgets.engine.executors.attempt import Attempt, one_line
from automl_widgets.engine.executors.protocol import Trial
from automl_widgets.engine.executors.ray import RayExecutor

BOOT = """\
import json, sys
sys.path[:] = json.loads(sys.argv[2])
from automl_widgets.engine.cluster import envoy
envoy.boot(int(sys.argv[1]))
"""
_PARENT_LOOK_S = 1.0


def boot(descriptor: int) -> None:
    """Serve the kernel at the other end of the pipe until it hangs up; ends the process."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    pipe, parent = Connection(descriptor), os.getppid()
    guest, is_up = Guest(pipe), threading.Event()
    threading.Thread(target=_follow, args=(parent, guest, is_up), daemon=True).start()
    system.adopt_orphans()
    spec: ClusterSpec = pipe.recv()
    if spec.is_local:  # before Ray is imported; so that nobody else on this machine can have it run something
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    with Attempt() as attempt:
        envoy = Envoy(spec)
    if attempt.raised:
        guest.tell("failed", one_line(attempt.raised))
        _end()
    is_up.set()
    reception = Reception(envoy, partial(_end_in_peace, envoy))
    envoy.on_end = partial(_leave, reception)
    reception.welcome(guest)
    while reception.is_needed:
        envoy.look()
        time.sleep(LOOK_S)
    _end_in_peace(envoy)


class Envoy:
    """What kernels ask for, by the name of the request."""

    def __init__(self, spec: ClusterSpec) -> None:
        import ray

        self._ray, self._spec = ray, spec
        self._lock = threading.Lock()
        self._executors: dict[str, RayExecutor] = {}
        self._nodes = LocalNodes(spec) if spec.is_local else None
        self.address = self._nodes.address if self._nodes else spec.address
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        ray.init(address=self.address, namespace="automl_widgets", **quiet)
        self._detachments = Detachments(ray)
        self.on_end: Callable[[str], None] = lambda _: None
        """Called with the reason when the cluster has gone."""
        self._scaler = Scaler(self._nodes, spec, self._load, _alive) if self._nodes else None

    @property
    def folder(self) -> str:
        """Where this process may put its files; empty if it holds no cluster."""
        return self._nodes.folder if self._nodes else ""

    @property
    def has_detached(self) -> bool:
        """Whether runs need the cluster of this process without a kernel."""
        return self._nodes is not None and self._detachments.are_alive

    def look(self) -> None:
        """See to the number of nodes: in the main thread, as Ray's nodes want it."""
        if self._scaler:
            self._scaler.look()

    def submit(self, guest: Guest, env: str, trial: Trial) -> None:
        """Run a trial of a kernel's in an environment of Ray's, given as JSON."""
        guest.submit(self._executor(env), trial)

    def obstacle(self, probe: str, text: str) -> str:
        """Return why no run can be detached, empty if it can."""
        return self._detachments.obstacle(probe, text)

    def detach(self, order: Order) -> str:
        """Have an engine without a kernel take over a run, and return its name."""
        return self._detachments.start(order)

    def cancel(self, env: str, key: str) -> None:
        """End a trial."""
        self._executor(env).cancel(key)

    def resize(self, env: str, capacity: int) -> None:
        """Change how many trials of this environment run at the same time."""
        self._executor(env).resize(capacity)

    def status(self) -> dict[str, Any]:
        """Return the nodes, and how many are wanted."""
        alive = [node for node in self._ray.nodes() if node["Alive"] and not _is_bare_head(node)]
        busy = self._load()[1]
        nodes = [
            {
                "nodeId": node["NodeID"],
                "privateIpAddress": node["NodeManagerAddress"],
                "nodeState": "running" if node["NodeID"] in busy else "idle",
                "cores": node["Resources"].get("CPU", 0.0),
            }
            for node in alive
        ]
        scaler = self._scaler
        return {
            "nodes": nodes,
            "target": scaler.target if scaler else len(nodes),
            "error": scaler.error if scaler else "",
        }

    def want(self, count: int) -> None:
        """Have at least so many nodes for now."""
        if self._scaler:
            self._scaler.asked = min(count, self._scaler.spec.max_nodes)

    def update(self, spec: ClusterSpec) -> None:
        """Go by other limits."""
        self._spec = spec
        if self._scaler:
            self._scaler.spec = spec
        for executor in self._executors.values():
            executor.resize(spec.slots)

    def missing(self, requirements: tuple[str, ...]) -> tuple[str, ...]:
        """Return the packages that a node lacks."""
        from automl_widgets.engine.cluster.packages import unmet

        task = self._ray.remote(num_cpus=0, resources={"node:__internal_head__": 0.001})(unmet)
        found: tuple[str, ...] = self._ray.get(task.remote(requirements), timeout=60)
        return found

    def close(self) -> None:
        """End what runs, and the cluster if it is this process's own."""
        for executor in self._executors.values():
            executor.close()
        self._ray.shutdown()
        if self._nodes:
            self._nodes.close()

    def _executor(self, env: str) -> RayExecutor:
        with self._lock:
            if env not in self._executors:
                described: Mapping[str, Any] = json.loads(env)
                self._executors[env] = RayExecutor(
                    self._spec.slots,
                    runtime_env=described,
                    sees_disk=self._spec.is_local,
                    node_mb=self._spec.memory_mb if self._spec.is_local else None,
                    on_end=self.on_end,
                )
            return self._executors[env]

    def _load(self) -> tuple[int, frozenset[str]]:
        """Return the cores that tasks ask for, and the nodes that work."""
        loads = [self._detachments.load(), *(executor.load() for executor in list(self._executors.values()))]
        return sum(cores for cores, _ in loads), frozenset().union(*(nodes for _, nodes in loads))


def _alive() -> frozenset[str]:
    """Return Ray's ids of the nodes that it knows as alive."""
    return frozenset(node["NodeID"] for node in sys.modules["ray"].nodes() if node["Alive"])


def _is_bare_head(node: Mapping[str, Any]) -> bool:
    """Whether it is a head without a core: then it is no node that anything runs on."""
    return "node:__internal_head__" in node["Resources"] and not node["Resources"].get("CPU")


def _follow(parent: int, guest: Guest, is_up: threading.Event) -> None:
    """Let the kernel go when its process has ended, whoever else may hold its end of the pipe."""
    while os.getppid() == parent:
        time.sleep(_PARENT_LOOK_S)
    if not is_up.is_set():
        _end()
    guest.hang_up()


def _leave(reception: Reception, reason: str) -> None:
    """End everything here: the cluster has gone, and what a new one needs is a new process."""
    reception.dismiss(reason)
    _end()


def _end_in_peace(envoy: Envoy) -> None:
    with Attempt():  # what does not end in peace is killed
        envoy.close()
    _end()


def _end() -> None:
    """Kill every process below this one, and this one."""
    import psutil

    sys.stdout.flush()
    processes: list[psutil.Process] = psutil.Process().children(recursive=True)
    kill: Callable[[psutil.Process], None] = psutil.Process.kill
    for process in processes:
        with suppress(psutil.Error):
            kill(process)
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)
