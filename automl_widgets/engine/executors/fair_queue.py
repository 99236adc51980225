"""A queue in which no run waits for another: first come first served within a run, in turns between runs."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items by key; the part of a key before the first `/` names the run.

    Examples
    --------
    >>> queue = FairQueue[str]()
    >>> for key in ["a/1", "a/2", "a/3", "b/1"]:
    ...     queue.add(key, key)
    >>> [queue.pop() for _ in range(len(queue))]
    ['a/1', 'b/1', 'a/2', 'a/3']
    >>> queue.pop()
    Traceback (most recent call last):
      ...
    KeyError: 'dictionary is empty'
    """

    def __init__(self) -> None:
        self._runs: OrderedDict[str, OrderedDict[str, T]] = OrderedDict()

    def __len__(self) -> int:
        return sum(map(len, self._runs.values()))

    def add(self, key: str, item: T, *, first: bool = False) -> None:
        """Put an item at the end of its run's line, or at its head, with its run the next to be served."""
        run = key.partition("/")[0]
        line = self._runs.setdefault(run, OrderedDict())
        line[key] = item
        if first:
            line.move_to_end(key, last=False)
            self._runs.move_to_end(run, last=False)

    def pop(self) -> T:
        """Take the next item; KeyError if there is none."""
        run, line = self._runs.popitem(last=False)
        _, item = line.popitem(last=False)
        if line:
            self._runs[run] = line
        return item

    def remove(self, key: str) -> T | None:
        """Take the item of this key out of the line, wherever it stands; None if it is not there."""
        run = key.partition("/")[0]
        line = self._runs.get(run)
        item = line.pop(key, None) if line else None
        if line is not None and not line:
            del self._runs[run]
        return item
