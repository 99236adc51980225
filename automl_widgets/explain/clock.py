"""The time that an explanation may take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from automl_widgets.errors import TrialError


class OutOfTimeError(TrialError):
    """The deadline came before a row was explained."""


class Deadline:
    """An instant after which no further row is begun.

    Parameters
    ----------
    limit_s : float or None
        Seconds from now; None for no limit.
    now : callable, default time.monotonic
        The clock.
    """

    def __init__(self, limit_s: float | None, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.began = now()
        self.limit_s = math.inf if limit_s is None else limit_s

    @property
    def spent_s(self) -> float:
        """Seconds since the beginning."""
        return self.now() - self.began

    @property
    def left_s(self) -> float:
        """Seconds left, at least 0; infinite without a limit."""
        return max(0.0, self.limit_s - self.spent_s)

    def check(self) -> None:
        """Raise OutOfTimeError if the time is up."""
        if self.left_s <= 0:
            raise OutOfTimeError(
                f"No row could be explained within {self.limit_s:g} s. Allow more time, or explain a simpler model."
            )
