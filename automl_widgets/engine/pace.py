"""How a trial keeps within its time: what may still begin, and when boosting must stop. Not here: a fit, the kill.

Everything is counted in fits: one for each fold, and the one of all rows at the end. Without a time limit nothing is
counted, and nothing is stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from automl_widgets.errors import OutOfTimeError
from automl_widgets.records import TrialSpec

FIT_SHARE = 0.85
"""Of the time that a fit may take, boosting gets this share: the last round, scores and files take the rest."""
LIFELINE_SHARE = 0.5
"""Of the time that the run has left, the iteration that must leave a model takes this share."""
LEAST_ROWS = 500
MARGIN_S = 0.05


@dataclass(slots=True, kw_only=True)
class Pace:
    """The time of one trial: what is left of it, and what was measured so far.

    Examples
    --------
    >>> pace = Pace(ends_s=10.0, n_folds=3, clock=iter([4.0]).__next__)
    >>> pace.require(3)
    >>> pace.fold_ended(4.0)
    >>> pace.require(2)
    Traceback (most recent call last):
    ...
    automl_widgets.errors.OutOfTimeError: 1 of 3 folds done, the rest would take 12.0 s more, and 6.0 s were left
    """

    ends_s: float | None
    """On the clock of `time.monotonic`; None without a limit."""
    n_folds: int
    is_lifeline: bool = False
    boosts: bool = False
    """The learner can be stopped: a fit takes no longer than it may."""
    clock: Callable[[], float] = time.monotonic
    fits_s: list[float] = field(default_factory=list)
    rests_s: list[float] = field(default_factory=list)
    """For each fold that is done: the fit, and what came after it."""
    growth: float = 1.0
    """How much longer the fit of all rows takes than that of a fold."""

    @classmethod
    def of(cls, spec: TrialSpec, *, boosts: bool) -> Pace:
        """Return the pace of a trial that begins now."""
        now_s = time.monotonic()
        limits = [spec.time_limit_s, None if spec.ends_at is None else spec.ends_at - time.monotonic()]
        left_s = min((max(0.0, limit) for limit in limits if limit is not None), default=None)
        share = LIFELINE_SHARE if spec.is_lifeline else 1.0
        ends_s = None if left_s is None else now_s + left_s * share
        return cls(ends_s=ends_s, n_folds=spec.validation.n_folds, is_lifeline=spec.is_lifeline, boosts=boosts)

    @property
    def n_done(self) -> int:
        """Folds that are done."""
        return len(self.fits_s)

    def require(self, n_folds: int) -> None:
        """Take note that so many folds, and the fit of all rows, are about to begin.

        Raises
        ------
        OutOfTimeError
            If they would not end in time, by what the folds before them took.
        """
        if self.ends_s is None or not self.n_done or self.is_lifeline:
            return
        left_s, needed_s = self.ends_s - self.clock(), self._needed_s(n_folds)
        if needed_s > left_s:
            raise OutOfTimeError(
                f"{self.n_done} of {self.n_folds} folds done, the rest would take {needed_s:.1f} s more, "
                f"and {max(left_s, 0.0):.1f} s were left"
            )

    def has_time(self, n_folds: int) -> bool:
        """Return whether so many folds, and the fit of all rows, would end in time, by what those before them took."""
        return self.ends_s is None or not self.n_done or self._needed_s(n_folds) <= self.ends_s - self.clock()

    def may_go_on(self) -> bool:
        """Return whether another fold should begin; only a lifeline ends with fewer than all."""
        if self.ends_s is None or not self.n_done or not self.is_lifeline:
            return True
        return self._needed_s(1) <= self.ends_s - self.clock()

    def fold_ended(self, fit_s: float, rest_s: float = 0.0) -> None:
        """Take note of how long a fold took."""
        self.fits_s.append(fit_s)
        self.rests_s.append(rest_s)

    def fit_until_s(self, n_fits: int) -> float | None:
        """Return when the next fit should be over, if so many are to come, it included; None for any time."""
        if self.ends_s is None:
            return None
        now_s = self.clock()
        left_s = self.ends_s - now_s - (n_fits - 1) * _mean(self.rests_s) - MARGIN_S
        return now_s + FIT_SHARE * max(left_s, 0.0) / n_fits

    def rows_in_time(self, n_rows: int, row_s: float) -> int:
        """Return how many of the rows can be fitted, in all folds and at the end, if each takes so long."""
        if self.ends_s is None:
            return n_rows
        left_s = FIT_SHARE * (self.ends_s - self.clock())
        return min(n_rows, max(LEAST_ROWS, int(left_s / max(row_s, 1e-9) / (self.n_folds + 1))))

    def _needed_s(self, n_folds: int) -> float:
        """Return how long so many folds and the last fit take; a learner that can be stopped takes what it gets."""
        fit_s = 0.0 if self.boosts else _mean(self.fits_s)
        return n_folds * (fit_s + _mean(self.rests_s)) + fit_s * self.growth + MARGIN_S


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
