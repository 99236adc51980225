"""Trials as tasks of a Ray cluster that this process is connected to. Not here: the cluster, or what a task does.

One trial is one task that asks for its cores and its memory, with no retry of Ray's own: that is the engine's. What it
says comes through a mailbox on the cluster's head; data goes into Ray's object store once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from queue import SimpleQueue
from typing import Any

from automl_widgets.engine.executors import dataset
from automl_widgets.engine.executors.attempt import Attempt
from automl_widgets.engine.executors.desk import Course, Desk, Ticket
from automl_widgets.engine.executors.loss import end_of_desk
from automl_widgets.engine.executors.policy import PRELOAD
from automl_widgets.engine.executors.protocol import Event, Outcome, Trial
from automl_widgets.engine.executors.slot import LOG

CLOSE_LIMIT_S = 5.0


class RayExecutor:
    """Runs each trial as a task of the Ray cluster that this process is connected to.

    Parameters
    ----------
    capacity
        Trials at the same time.
    runtime_env
        Ray's description of what a task needs to find: packages, variables.
    sees_disk
        Whether the nodes see the disk of this process. If not, the files of a trial travel there and back.
    node_mb
        Memory of a node, if that is less than its machine's: no trial may have more.
    on_end
        Called with the reason when the cluster has gone, before its trials are lost.
    preload
        Modules that a node's worker loads ahead of its first trial.

    Notes
    -----
    A trial that was cancelled is ended by its node's warden as at home. A node or a task's process that dies makes the
    trials in it `lost`, and the engine tries them once more.

    Raises
    ------
    ValueError
        If `capacity` is less than 1.
    """

    def __init__(
        self,
        capacity: int,
        *,
        runtime_env: Mapping[str, Any] | None = None,
        sees_disk: bool = True,
        node_mb: float | None = None,
        on_end: Callable[[str], None] = lambda _: None,
        preload: tuple[str, ...] = PRELOAD,
    ) -> None:
        _check(capacity)
        self._capacity = capacity
        env = dict(runtime_env or {})
        self._desk = Desk(Course(runtime_env=env, sees_disk=sees_disk, node_mb=node_mb, preload=preload), capacity)
        self._lock = threading.Lock()
        self._end = ""
        self._on_end = on_end
        self._thread = threading.Thread(target=self._work, name="automl-ray", daemon=True)
        self._thread.start()

    @property
    def capacity(self) -> int:
        """Number of trials at the same time."""
        return self._capacity

    @property
    def is_open(self) -> bool:
        """Whether trials can be submitted."""
        return not self._end

    @property
    def cores(self) -> tuple[int, int]:
        """Cores of all nodes and of the widest one, as far as they are there by now."""
        import ray

        found = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
        return max(sum(found), 1), max(found, default=1)

    def load(self) -> tuple[int, frozenset[str]]:
        """Return the cores that tasks ask for, and Ray's ids of the nodes that they are on."""
        return self._desk.load()

    def put(self, folder: str, data: Mapping[str, Any]) -> str:
        """Write `data` into `folder`, from where a run can be resumed, and hand it to the cluster once."""
        path = dataset.write(folder, data)
        self._call(partial(self._desk.hand_over, path))
        return path

    def submit(self, trial: Trial, events: SimpleQueue[Event]) -> None:
        """Run the trial as soon as there is room; after `close` its outcome is `lost`."""
        ticket = Ticket(trial=trial, events=events)
        if not self._call(partial(self._desk.queue, ticket)):
            events.put(Outcome(key=trial.key, state="lost", reason=self._end))

    def cancel(self, key: str) -> None:
        """End the trial and its process tree, on whatever node that is."""
        self._call(partial(self._desk.cancel, key))

    def resize(self, capacity: int) -> None:
        """Change the number of trials at the same time; what runs goes on."""
        _check(capacity)
        self._capacity = capacity
        self._call(partial(self._desk.resize, capacity))

    def close(self) -> None:
        """Cancel everything; wait for that at most five seconds."""
        self._call(self._desk.close, is_last=True)
        self._thread.join(CLOSE_LIMIT_S)

    def _call(self, function: Callable[[], None], *, is_last: bool = False) -> bool:
        """Have the desk call a function; return whether it still does such things."""
        with self._lock:
            if self._end:
                return False
            self._desk.calls.put(function)
            self._end = "the executor was closed" if is_last else ""
        return True

    def _work(self) -> None:
        with Attempt() as attempt:
            self._desk.run()
        if attempt.raised:
            LOG.error("the desk of a Ray executor has ended", exc_info=attempt.raised)
            with self._lock:
                self._end = end_of_desk(attempt.raised)
            self._on_end(self._end)
            self._desk.give_up(self._end)


def _check(capacity: int) -> None:
    if capacity < 1:
        raise ValueError(f"`capacity` must be at least 1, but got capacity={capacity}.")
