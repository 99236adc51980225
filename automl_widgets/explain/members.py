"""What each member of an ensemble says, explained on one scale: probabilities, or values. Not here: how it is combined.

Members that can be read are explained exactly and turned into probabilities; all others are permuted together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from automl_widgets.explain.clock import Deadline
from automl_widgets.explain.exact import ExactProbability, exact_explainer
from automl_widgets.explain.permutation import Permutation, Predict, predictor
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table


class Explainer(Protocol):
    """Explains rows of one model; values and `expected` add up to its output."""

    @property
    def is_slow(self) -> bool:
        """Whether every row takes long, so that the clock is looked at after each."""

    @property
    def expected(self) -> Floats:
        """(n_classes or 1,): the output for nothing known."""

    @property
    def unit(self) -> str:
        """Of the output."""

    @property
    def method(self) -> str:
        """For people."""

    @property
    def n_background(self) -> int:
        """Rows that stand for nothing known."""

    def values(self, X: Table) -> Floats:
        """Return SHAP values, (n_classes or 1, n_rows, n_columns)."""


class Members:
    """Explains all members of an ensemble.

    Parameters
    ----------
    models : sequence of estimators
        Fitted.
    background : table
        Rows that stand for nothing known.
    is_classifier : bool
        Whether they predict classes.
    deadline : Deadline
        When to stop.
    rng : numpy.random.Generator
        For what has to be sampled.
    """

    def __init__(
        self,
        models: Sequence[Any],
        background: Table,
        is_classifier: bool,
        deadline: Deadline,
        rng: np.random.Generator,
    ) -> None:
        found = {k: _read(model, background, is_classifier) for k, model in enumerate(models)}
        self._read = {k: explainer for k, explainer in found.items() if explainer is not None}
        self._unread = [k for k, explainer in found.items() if explainer is None]
        self.is_any_read = bool(self._read)
        self.unit = "probability" if is_classifier else "target"
        self._rest = None
        if self._unread and self._read:
            predict = _side_by_side([predictor(models[k], is_classifier) for k in self._unread])
            self._rest = Permutation(predict, background, unit=self.unit, deadline=deadline, rng=rng)

    @property
    def is_slow(self) -> bool:
        """Whether some had to be permuted."""
        return self._rest is not None

    @property
    def expected(self) -> Floats:
        """(n_members, n_classes or 1): what each says for nothing known."""
        known = {k: explainer.expected for k, explainer in self._read.items()}
        if self._rest is not None:
            known |= dict(zip(self._unread, np.split(self._rest.expected, len(self._unread)), strict=True))
        return np.stack([known[k] for k in sorted(known)])

    @property
    def methods(self) -> str:
        """The ways in which they are explained, each once."""
        return ", ".join(dict.fromkeys(explainer.method for explainer in self._all()))

    @property
    def n_background(self) -> int:
        """Rows that stand for nothing known, the most that one of them uses."""
        return max(explainer.n_background for explainer in self._all())

    def _all(self) -> list[Explainer]:
        found: list[Explainer] = list(self._read.values())
        return found if self._rest is None else [*found, self._rest]

    def each(self, X: Table) -> Iterator[tuple[int, Floats]]:
        """Yield the number of each member and its SHAP values, (n_classes or 1, n_rows, n_columns)."""
        for k, explainer in self._read.items():
            yield k, explainer.values(X)
        if self._rest is not None:
            yield from zip(self._unread, np.split(self._rest.values(X), len(self._unread)), strict=True)


def _read(model: Any, background: Table, is_classifier: bool) -> ExactProbability | None:
    exact = exact_explainer(model, background, is_classifier)
    return None if exact is None else exact.as_probability()


def _side_by_side(predicts: Sequence[Predict]) -> Predict:
    return lambda X: np.concatenate([predict(X) for predict in predicts], axis=1)


def share_classes(ensemble: Any, members: Sequence[Any]) -> bool:
    """Return whether all members have seen all classes, so that their outputs can be added."""
    classes = getattr(ensemble, "classes_", None)
    return classes is None or all(np.array_equal(classes, getattr(member, "classes_", classes)) for member in members)
