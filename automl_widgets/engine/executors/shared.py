"""The one local executor of a process: made when first asked for, closed at exit."""

from __future__ import annotations

import atexit
import os
import threading

from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.protocol import Executor
from automl_widgets.engine.executors.resources import available_cores, available_memory_mb

__all__ = ["available_cores", "available_memory_mb", "shared_executor"]


class _Shared:
    """Holds the executor. A forked child starts with a new one: its parent's has no thread there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._executor: LocalExecutor | None = None

    def get(self) -> LocalExecutor:
        with self._lock:
            if self._executor is None or not self._executor.is_open:
                self._executor = LocalExecutor(available_cores())
            return self._executor

    def close(self) -> None:
        with self._lock:
            if self._executor is not None:
                self._executor.close()

    def forget(self) -> None:
        """Start anew in a forked child, where the lock may be held by a thread that does not exist."""
        self._lock = threading.Lock()
        self._executor = None


_SHARED = _Shared()
atexit.register(_SHARED.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_SHARED.forget)


def shared_executor() -> Executor:
    """Return the executor that all runs of this process share, with as many slots as there are cores.

    Examples
    --------
    >>> shared_executor() is shared_executor()
    True
    >>> shared_executor().capacity == available_cores()
    True
    """
    return _SHARED.get()
