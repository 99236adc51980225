"""Sends a run to an engine on a cluster, and keeps it in this process's hands until then. Not here: the engine."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from automl_widgets.engine.clerk import Clerk
from automl_widgets.engine.cluster import project
from automl_widgets.engine.cluster.beside import Beside
from automl_widgets.engine.cluster.detached import Order
from automl_widgets.engine.executors import dataset
from automl_widgets.engine.executors.attempt import Attempt, one_line
from automl_widgets.engine.life import Finish
from automl_widgets.engine.past import taken_up
from automl_widgets.engine.setup import DataScript
from automl_widgets.store import Store
from automl_widgets.store.lease import this_process

if TYPE_CHECKING:
    from automl_widgets.data.load import Table


def send(
    store: Store, run_id: str, what: Table | DataScript | None, beside: Beside, env: Mapping[str, Any]
) -> threading.Thread:
    """Send a run to a cluster, in the background; what goes wrong there is the run's end.

    Parameters
    ----------
    store
        Where the run is kept, in a folder that the cluster's head sees.
    run_id
        The run: its row exists.
    what
        Its data, or the script that brings them; None if they lie in its folder.
    beside
        The cluster.
    env
        Ray's description of what its tasks need.

    Raises
    ------
    RunStateError
        If a living process runs it already.
    """
    taken_up(store, run_id)
    sending = _Sending(store, run_id, what, beside, json.dumps(dict(env), sort_keys=True))
    sending.start()
    return sending


class _Sending(threading.Thread):
    def __init__(self, store: Store, run_id: str, what: Table | DataScript | None, beside: Beside, env: str) -> None:
        super().__init__(name=f"automl {run_id}", daemon=True)
        self._store, self._run_id, self._what = store, run_id, what
        self._beside, self._env = beside, env

    def run(self) -> None:
        """Store the data and have an engine take the run."""
        with Attempt() as attempt:
            self._stay()
            self._beside.detach(self._order())
        if attempt.raised:
            reason = f"it could not be handed over to the cluster: {one_line(attempt.raised)}"
            Clerk(self._store, self._run_id).finished(Finish(state="failed", reason=reason))
            self._store.release(self._run_id)

    def _stay(self) -> None:
        """Write what the engine needs into the run's folder."""
        self._store.update_run(self._run_id, stage="handing the run over to the cluster")
        folder, what = self._store.run_folder(self._run_id), self._what
        self._what = None
        if isinstance(what, DataScript):
            project.keep(folder, what)
        elif what is not None:
            dataset.write(str(folder), what.data)

    def _order(self) -> Order:
        spec = self._beside.spec
        return Order(
            run_id=self._run_id,
            folder=str(self._store.folder),
            env=self._env,
            owner=astuple(this_process()),
            slots=spec.slots,
            cores=spec.cores,
            sees_disk=spec.is_local,
            node_mb=spec.memory_mb if spec.is_local else None,
        )
