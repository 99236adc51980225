"""An actor on the cluster's head that holds what trials say until the engine takes it. Not here: what they say."""

from __future__ import annotations

import asyncio
from typing import Any, TypeAlias

Letter: TypeAlias = tuple[str, int, Any]
"""Whose it is (an attempt of a trial, see `desk.Ticket`), its number among that one's letters, what it says."""

TAKE_LIMIT_S = 20.0


class Mailbox:
    """Letters in the order of their arrival; the one reader waits for them.

    Ray makes an actor of it. It is the one way for news: through Ray's client, where tasks cannot stream, too.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> async def example():
    ...     box = Mailbox()
    ...     await box.put([("a", 0, "hello")])
    ...     return await box.take()
    >>> with ThreadPoolExecutor() as elsewhere:  # a notebook has a loop of its own here
    ...     elsewhere.submit(asyncio.run, example()).result()
    [('a', 0, 'hello')]
    """

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._has_mail = asyncio.Event()

    async def put(self, letters: list[Letter]) -> None:
        """Add letters."""
        self._letters += letters
        self._has_mail.set()

    async def take(self) -> list[Letter]:
        """Take all letters; wait a while for the first."""
        try:
            await asyncio.wait_for(self._has_mail.wait(), TAKE_LIMIT_S)
        except TimeoutError:
            return []
        self._has_mail.clear()
        taken, self._letters = self._letters, []
        return taken
