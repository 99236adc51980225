"""One iteration in a worker: folds, scores, the model on all rows, files. Not here: processes, limits, retries.

Each function is called as ``fn(data, report, spec=...)``, returns an encoded noun and raises whatever goes wrong: that is
a result, too. The same spec and the same data give the same scores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from automl_widgets.engine import artifacts, fitting
from automl_widgets.engine.diagram import diagram
from automl_widgets.engine.held import Held, Truth, mean_scores, spread
from automl_widgets.engine.notes import Notes, notes
from automl_widgets.records import TrialResult, TrialSpec, decode, encode

Data = Mapping[str, Any]
Report = Callable[..., None]

TIMED_ROWS = 1000
_SECOND_METRICS = {
    "classification": ("accuracy", "AUC_weighted"),
    "regression": ("r2_score", "normalized_root_mean_squared_error"),
}


def run_iteration(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Run one recipe: fit and score each fold, fit all rows, write model, predictions, code and diagram.

    Parameters
    ----------
    data : mapping
        X, y and what belongs to them.
    report : callable
        Is told `stage`, and `fold` and `score` after each fold.
    spec : mapping
        An encoded `TrialSpec`.

    Returns
    -------
    mapping
        An encoded `TrialResult`.
    """
    what = decode(TrialSpec, spec)
    with notes(f"{what.run_id}.{what.iteration}") as say:
        _introduce(what, data, say)
        held, scores, fit_s = _folds(what, data, report, say)
        return encode(_finished(what, data, report, say, held, scores, fit_s))


def truth_of(spec: TrialSpec, data: Data) -> Truth:
    """Return what predictions of rows held back are held against."""
    is_valid = spec.validation.kind == "train_valid"
    y, weights = ("y_valid", "weights_valid") if is_valid else ("y", "weights")
    labels = [] if data.get("labels") is None else list(np.asarray(data["labels"]).tolist())
    return Truth(
        task=spec.task,
        y=np.asarray(data[y]),
        weights=None if data.get(weights) is None else np.asarray(data[weights]),
        n_classes=len(labels),
        positive_class=labels.index(spec.positive_label) if spec.positive_label in labels else None,
        y_range=None if labels else (float(np.min(data["y"])), float(np.max(data["y"]))),
    )
