"""Some of the rows, for an iteration that must leave a model in time. Not here: a fold, a fit to all rows."""

from __future__ import annotations

import time

import numpy as np
import numpy.typing as npt

from automl_widgets.engine import fitting
from automl_widgets.engine.held import Rows
from automl_widgets.engine.pace import Pace
from automl_widgets.engine.result import Data
from automl_widgets.records import TrialSpec

TRIED_ROWS = (200, 1_000)
"""It is fitted to so many rows to see how long that takes; the first time loads what has to be loaded."""


def rows_in_time(spec: TrialSpec, data: Data, pace: Pace) -> int | None:
    """Return to how many rows there is time to fit a learner that cannot be stopped; None for all."""
    n_rows = int(data["X"].shape[0])
    if pace.ends_s is None or pace.boosts or not pace.is_lifeline or n_rows <= max(TRIED_ROWS):
        return None
    row_s = 0.0
    for n in TRIED_ROWS:
        started_s, rows = time.perf_counter(), some_rows(spec, data["y"], np.arange(n_rows), n)
        X, y = fitting.take(data["X"], rows), data["y"][rows]
        model = fitting.fit(spec, X, y, None)
        fitting.predict(model, X, spec, len(np.unique(y)))
        row_s = (time.perf_counter() - started_s) / len(rows)
    most = pace.rows_in_time(n_rows, row_s)
    return most if most < n_rows else None


def some_rows(spec: TrialSpec, y: npt.NDArray[np.generic], rows: Rows, most: int | None) -> Rows:
    """Return at most so many of the rows, in their order, and of each class at least one."""
    if most is None or len(rows) <= most:
        return rows
    chosen = np.random.default_rng(spec.random_state).permutation(len(rows))[:most]
    if spec.task == "classification":
        chosen = np.union1d(chosen, np.unique(y[rows], return_index=True)[1])
    return rows[np.sort(chosen)]
