"""`diagnose`: all diagnostics of one iteration as a small dictionary for JSON. Not here: how each part is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.records import Task

VERSION = 1
MAX_TEXT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Predictions of rows that their model had not seen, beside the truth."""

    task: Task
    y: npt.NDArray[Any]
    """(n_rows,): codes of classes, or values."""
    prediction: npt.NDArray[np.float64]
    """(n_rows, n_classes) probabilities, or (n_rows,) values."""
    row: npt.NDArray[np.int64]
    """(n_rows,): position of each row in the table it comes from."""
    fold: npt.NDArray[Any]
    """(n_rows,): the fold that held it back."""
    weights: npt.NDArray[np.float64] | None = None
    labels: Sequence[Any] = ()
    positive_class: int | None = None
    X: Any = None
    """The table that `row` counts in: a frame, an array or a sparse matrix; without it, no errors by feature."""
    feature_names: Sequence[str] = ()
    rounds: Mapping[str, Any] | None = None
    """The learning curve of a booster, see `rounds.learning_curve`."""
    extra: Mapping[str, Any] = field(default_factory=dict)


def diagnose(evidence: Evidence) -> dict[str, Any]:
    """Return the diagnostics of an iteration.

    Parameters
    ----------
    evidence : Evidence
        Predictions beside the truth.

    Returns
    -------
    dict
        ``v``, ``task``, ``n_rows``, ``n_folds`` and the parts of the task; or a ``reason`` why there are none. As JSON
        about 10 to 100 kB, however many rows and classes there are.

    Examples
    --------
    >>> y, p = np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> rows = np.arange(3)
    >>> found = diagnose(Evidence(task="classification", y=y, prediction=p, row=rows, fold=rows, labels=["no", "yes"]))
    >>> found["confusion"]["counts"]
    [[1, 0], [1, 1]]
    """
    from automl_widgets.diagnostics.classification import classification
    from automl_widgets.diagnostics.features import errors_by_feature
    from automl_widgets.diagnostics.regression import regression

    found: dict[str, Any] = {
        "v": VERSION,
        "task": evidence.task,
        "n_rows": len(evidence.y),
        "n_folds": len(np.unique(evidence.fold)),
        "is_weighted": evidence.weights is not None,
        **evidence.extra,
    }
    reason = _reason(evidence)
    if reason is not None:
        return {**found, "reason": reason}
    found |= classification(evidence) if evidence.task == "classification" else regression(evidence)
    if evidence.X is not None:
        found["features"] = errors_by_feature(evidence)
    if evidence.rounds is not None:
        found["rounds"] = dict(evidence.rounds)
    return found


def _reason(evidence: Evidence) -> str | None:
    if not len(evidence.y):
        return "No row was held back."
    n_odd = int((~np.isfinite(evidence.prediction.reshape(len(evidence.y), -1)).all(axis=1)).sum())
    return f"{n_odd:,} of {len(evidence.y):,} predictions are not finite numbers." if n_odd else None


def cut(label: object) -> str:
    """Return a label as text that is not long."""
    text = str(label)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
