"""SHAP values of any model by antithetic permutations of its columns: it only has to predict.

Along an order of the columns, the background's cells give way to the row's one by one, and then come back; each column
is credited with the change that it makes. The credits of an order add up exactly; one order is exact for models with
interactions of two columns, more orders come closer for others. This is the method of shap's PermutationExplainer,
which is not used: it compiles itself for five seconds in every new process, and it makes all mixed rows of a row at
once, which are 1.6 GB for 1,000 columns and 100 rows of background.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from automl_widgets.explain.clock import Deadline
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Mixer, Positions, Table, stack, take

MAX_BACKGROUND, MIN_BACKGROUND = 100, 5
ROWS_WANTED = 50
"""A time limit leaves a smaller background, until about that many rows can be explained."""
CHANGES_WANTED = 60
"""A row with few columns gets more than one order of them."""
MAX_ORDERS = 10
CELLS_AT_ONCE = 2_000_000

Predict = Callable[[Table], Floats]
"""Rows to (n_rows, n_outputs)."""


class Permutation:
    """Explains rows of a model that can only predict.

    Parameters
    ----------
    predict : callable
        Rows to outputs, (n_rows, n_outputs).
    background : table
        Rows that stand for nothing known; at most a hundred of them are used.
    unit : str
        Of the outputs.
    deadline : Deadline
        When to stop; checked between predictions.
    rng : numpy.random.Generator
        Draws rows of the background and orders of columns.
    """

    is_slow = True
    method = "permutation"

    def __init__(
        self, predict: Predict, background: Table, *, unit: str, deadline: Deadline, rng: np.random.Generator
    ) -> None:
        self._predict, self._deadline, self._rng = predict, deadline, rng
        self.unit = unit
        drawn = np.sort(rng.permutation(int(background.shape[0]))[:MAX_BACKGROUND])
        self._background, outputs = self._affordable(take(background, drawn))
        self.expected: Floats = outputs.mean(axis=0)
        self.n_background = len(outputs)

    def _affordable(self, background: Table) -> tuple[Table, Floats]:
        """Return the background, cut so that the time limit will do for some rows, and the outputs for it."""
        began = self._deadline.now()
        outputs = self._predict(background)
        cost_s = (self._deadline.now() - began) / len(outputs)
        n_changes = 2 * int(background.shape[1])
        n_rows = int(
            np.clip(self._deadline.left_s / (ROWS_WANTED * n_changes * max(cost_s, 1e-9)), MIN_BACKGROUND, 1e9)
        )
        return take(background, slice(0, n_rows)), outputs[:n_rows]

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_outputs, n_rows, n_columns); raise OutOfTimeError if the deadline comes before."""
        mixer = Mixer(stack(self._background, X))
        known = mixer.names[: self.n_background]
        outputs = self._predict(X)
        rows = [self._row(mixer, known, row, outputs[k]) for k, row in enumerate(mixer.names[self.n_background :])]
        return np.stack(rows, axis=1)

    def _row(self, mixer: Mixer, known: Positions, row: Positions, output: Floats) -> Floats:
        """Return the values of one row, (n_outputs, n_columns)."""
        found = np.zeros((len(self.expected), len(row)))
        varying = np.flatnonzero((known != row).any(axis=0))
        n_orders = int(np.clip(CHANGES_WANTED // max(1, len(varying)), 1, MAX_ORDERS))
        for _ in range(n_orders if len(varying) else 0):
            order = self._rng.permutation(varying)
            there = [self.expected, *self._along(mixer, known, row, order), output]
            back = [output, *self._along(mixer, row[None], known, order), self.expected]
            found[:, order] += (np.diff(there, axis=0) - np.diff(back, axis=0)).T
        return found / (2 * n_orders)

    def _along(self, mixer: Mixer, old: Positions, new: Positions, order: Positions) -> list[Floats]:
        """Return the mean outputs after the 1st, 2nd, ... but the last column in `order` has become new."""
        n_columns = old.shape[1]
        n_steps = max(1, CELLS_AT_ONCE // (self.n_background * n_columns))
        found: list[Floats] = []
        for start in range(1, len(order), n_steps):
            steps = np.arange(start, min(start + n_steps, len(order)))
            is_new = np.zeros((len(steps), 1, n_columns), dtype=bool)
            for k, step in enumerate(steps):
                is_new[k, 0, order[:step]] = True
            names = np.where(is_new, new, old)
            self._deadline.check()
            outputs = self._predict(mixer.rows(names.reshape(-1, n_columns)))
            found += list(outputs.reshape(len(steps), -1, outputs.shape[1]).mean(axis=1))
        return found


def predictor(model: Any, is_classifier: bool) -> Predict:
    """Return a model's probabilities, or its values as one column."""
    if not is_classifier:
        return lambda X: np.asarray(model.predict(X), dtype=np.float64).reshape(-1, 1)
    return lambda X: np.asarray(model.predict_proba(X), dtype=np.float64)
