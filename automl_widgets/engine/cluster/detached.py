"""A detached run's engine: an actor on the cluster's head that no kernel owns. Not here: what starts it.

An actor rather than a job of Ray's job server: that needs a dashboard, which listens on the head alone by default.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from automl_widgets.engine.cluster import project
from automl_widgets.engine.executors.attempt import Attempt
from automl_widgets.engine.executors.ray import RayExecutor
from automl_widgets.engine.executors.slot import LOG

if TYPE_CHECKING:
    from automl_widgets.engine.runner import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run that is to be taken over."""

    run_id: str
    folder: str
    """The workspace's."""
    env: str
    """Ray's description of what its tasks need, as JSON."""
    owner: tuple[int, str, str]
    """Who holds the run until then."""
    slots: int
    cores: int
    """Of one node."""
    sees_disk: bool
    """Whether all nodes see the workspace's folder, not the head alone."""
    node_mb: float | None = None
    """Memory of a node, if that is less than its machine's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is seen of a detached run's engine."""

    end: str = ""
    """Why it has ended, empty if it has not."""
    cores: int = 0
    """That its tasks ask for."""
    nodes: tuple[str, ...] = ()
    """That they are on."""


def obstacle(probe: str, text: str) -> str:
    """Return why the engine of a workspace's run cannot be here; empty if it can.

    Parameters
    ----------
    probe
        A file that the kernel has just written into the workspace's folder.
    text
        What is in it.

    Examples
    --------
    >>> obstacle("/no/such/folder/probe", "text")
    "the cluster's head cannot use the workspace's folder /no/such/folder: No such file or directory"
    """
    folder = Path(probe).parent
    try:
        is_there = Path(probe).read_text() == text
        Path(f"{probe}.head").write_text(text)
        Path(f"{probe}.head").unlink()
    except OSError as error:
        return f"the cluster's head cannot use the workspace's folder {folder}: {error.strerror}"
    return "" if is_there else f"the cluster's head has another folder at {folder}"


class Engine:
    """Takes over one run and ends its process when that has ended.

    Parameters
    ----------
    order
        The run.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._executor = _Executor(order)

    def start(self) -> None:
        """Take the run and begin.

        Raises
        ------
        RunStateError
            If the kernel that sent it does not hold it any more.
        """
        from automl_widgets.engine import runner
        from automl_widgets.engine.past import stored_data
        from automl_widgets.store import open_store
        from automl_widgets.store.lease import Owner

        order, store = self._order, open_store(self._order.folder)
        folder, profile = store.run_folder(order.run_id), store.run(order.run_id).profile
        data = stored_data(folder, profile.fingerprint) if profile else None
        script = None if data else project.kept(folder)
        heir_of = Owner(*order.owner)
        run = runner.inherit(store, order.run_id, script, data=data, executor=self._executor, heir_of=heir_of)
        threading.Thread(target=self._end_with, args=(run,), daemon=True).start()

    def look(self) -> Look:
        """Return what its tasks ask for."""
        cores, nodes = self._executor.load()
        return Look(cores=cores, nodes=tuple(nodes))

    def _end_with(self, run: Runner) -> None:
        from automl_widgets.store import open_store

        with Attempt() as attempt:
            run.join()
            run.close()
            project.forget(open_store(self._order.folder).run_folder(self._order.run_id))
            self._executor.close()
        if attempt.raised:
            LOG.error("the end of a detached run", exc_info=attempt.raised)
        sys.stdout.flush()
        os._exit(0)


class _Executor(RayExecutor):
    """Counts the cores that the cluster may have, not those that it has by now."""

    def __init__(self, order: Order) -> None:
        env = json.loads(order.env)
        super().__init__(order.slots, runtime_env=env, sees_disk=order.sees_disk, node_mb=order.node_mb)
        self._cores = order.slots, order.cores

    @property
    def cores(self) -> tuple[int, int]:
        """Cores that all nodes may have at work, and those of one."""
        return self._cores
