"""One look at the store for all pages that wait for the same run. Not here: what a page is sent (``snapshot``)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from automl_widgets.store import Store
from automl_widgets.view.snapshot import patch

LOOK_S = 0.2
KEPT_S = 0.3
"""A patch that many wait for is made once."""
N_THREADS = 4

P = ParamSpec("P")
T = TypeVar("T")


class Watch:
    """Waits for changes of runs without holding a thread or the server's loop."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(N_THREADS, "automl-portal")
        self._shared: dict[tuple[object, ...], asyncio.Task[Any]] = {}

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call something that takes a while in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: fn(*args, **kwargs))

    async def wait(self, store: Store, run_id: str, after: int, timeout_s: float) -> int:
        """Return the number of the run's last change as soon as it is greater than `after`, at the latest in time."""
        loop = asyncio.get_running_loop()
        end_s, seq = loop.time() + timeout_s, await self.call(store.seq, run_id)
        while seq <= after and loop.time() < end_s:
            seq = await self._share(("seq", store.folder, run_id), lambda: self._look(store, run_id), 0.0)
        return seq

    async def patch_text(self, store: Store, run_id: str, after: int, seq: int) -> str:
        """Return the changes after `after` as JSON; `seq` is the number of the last one."""
        have = after if after <= seq else 0

        async def make() -> str:
            return await self.call(lambda: json.dumps(patch(store, run_id, have, facts=True), allow_nan=False))

        return await self._share(("patch", store.folder, run_id, have, seq), make, KEPT_S)

    async def _look(self, store: Store, run_id: str) -> int:
        await asyncio.sleep(LOOK_S)
        return await self.call(store.seq, run_id)

    async def _share(self, key: tuple[object, ...], make: Callable[[], Awaitable[T]], kept_s: float) -> T:
        """Return what `make` makes, once for all who ask until `kept_s` after it is there."""
        task = self._shared.get(key)
        if task is None or (task.done() and kept_s == 0.0):
            task = self._shared[key] = asyncio.ensure_future(make())
            task.add_done_callback(lambda _: asyncio.get_running_loop().call_later(kept_s, self._forget, key, task))
        return await asyncio.shield(task)

    def _forget(self, key: tuple[object, ...], task: asyncio.Task[Any]) -> None:
        if self._shared.get(key) is task:
            del self._shared[key]
