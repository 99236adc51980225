"""Processes of the server's user that take up runs which nobody works on. Not here: what such a process does.

The server itself loads no learner and no pickle. The process does, with the same rights: whoever may have one started
may as well start a kernel, and needs the server's leave to `execute`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from automl_widgets.errors import RunStateError
from automl_widgets.records import RunRecord
from automl_widgets.store import Store
from automl_widgets.view.carrier import Carrier
from automl_widgets.view.portal.watch import Watch

POLL_S = 0.1
READY_S = 90.0
"""It has to load the learners, and to read all of the data: seconds, on a slow disk with a gigabyte more."""


class Carriers:
    """At most one process for each run.

    Parameters
    ----------
    watch : Watch
        Calls the store.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._known: dict[tuple[Path, str], Carrier] = {}

    async def bring(self, store: Store, run: RunRecord, kind: str) -> None:
        """Return when a process works on a run, or listens to it; one that was started before is waited for.

        Raises
        ------
        RunStateError
            If it could not: in its own words.
        """
        key = (store.folder, run.run_id)
        self._known = {name: one for name, one in self._known.items() if one.is_alive()}
        if key not in self._known:
            self._known[key] = Carrier(store, run.run_id, kind)
        await self._ready(self._known[key])

    async def _ready(self, carrier: Carrier) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + READY_S
        while not await self._watch.call(carrier.is_ready):
            if not carrier.is_alive():
                raise RunStateError(await self._watch.call(carrier.trouble))
            if loop.time() > end_s:
                raise RunStateError(f"It is still being read after {READY_S:.0f} s: look again later.")
            await asyncio.sleep(POLL_S)
