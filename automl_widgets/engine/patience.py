"""A store that waits for its disk: what cannot be written now is written when there is room. Not here: the store.

An engine that gave up on a full disk could not even write that it did: the run would look alive for ever, and what its
workers bring back meanwhile would be lost. So its thread waits and tries again; iterations end by their time limits all
the same, since those are the warden's. Readers of this process are told by the store what is wrong.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from automl_widgets.errors import WorkspaceError
from automl_widgets.store import Store

WAIT_S = 0.5

_PASSING = ("full", "readonly", "locked", "busy", "I/O")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def patient(store: Store, logger: logging.Logger, is_over: Callable[[], bool]) -> Store:
    """Return the store with every call tried again for as long as the disk cannot be written.

    Parameters
    ----------
    store : Store
        What is called.
    logger : Logger
        Is told when a wait begins.
    is_over : callable
        Whether there is nothing left to wait for.
    """
    return cast(Store, _PatientStore(store, logger, is_over))


def is_passing(error: WorkspaceError) -> bool:
    """Return whether the same call may succeed later: not if the store is damaged or gone.

    Examples
    --------
    >>> is_passing(WorkspaceError("store.sqlite has been deleted"))
    False
    """
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return any(word in str(cause) for word in _PASSING)
    return isinstance(cause, OSError) and cause.errno in _NO_ROOM


class _PatientStore:
    """Stands before a store, whatever its methods."""

    def __init__(self, store: Store, logger: logging.Logger, is_over: Callable[[], bool]) -> None:
        self._store = store
        self._logger = logger
        self._is_over = is_over

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return partial(self._call, found) if callable(found) else found

    def _call(self, method: Any, *args: Any, **fields: Any) -> Any:
        is_first = True
        while True:
            try:
                return method(*args, **fields)
            except WorkspaceError as error:
                if not is_passing(error) or self._is_over():
                    raise
                if is_first:
                    self._logger.warning("waiting for the disk: %s", error)
            is_first = False
            time.sleep(WAIT_S)
