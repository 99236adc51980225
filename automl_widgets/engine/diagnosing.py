"""The diagnostics of an iteration, in its worker, from predictions for rows held back. Not here: their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from automl_widgets.diagnostics import Evidence, diagnose
from automl_widgets.diagnostics.rounds import learning_curve
from automl_widgets.engine.held import Held, Truth
from automl_widgets.engine.notes import Notes
from automl_widgets.records import Json, Task

UNFORESEEN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
"""What a column or a learner of an unknown kind may raise: an iteration that went well does not fail for its charts."""


def diagnosed(
    held: Held, truth: Truth, data: Mapping[str, Any], log: Notes, rounds: Mapping[str, Json] | None = None
) -> dict[str, Any]:
    """Return the diagnostics of an iteration, see `automl_widgets.diagnostics.diagnose`; a `reason` if there are none.

    Parameters
    ----------
    held : Held
        What was predicted for rows held back.
    truth : Truth
        What it is held against.
    data : mapping
        The run's data.
    log : Notes
        Is warned if there are none.
    rounds : mapping, optional
        The learning curve of a booster's rounds.
    """
    row = np.concatenate(held.rows)
    labels = () if data.get("labels") is None else np.asarray(data["labels"]).tolist()
    names = data.get("feature_names")
    source = "X_valid" if held.of_validation_data else "X"
    evidence = Evidence(
        task=truth.task,
        y=truth.y[row],
        prediction=held.pooled(),
        row=row,
        fold=np.repeat(np.arange(len(held.rows)), [len(rows) for rows in held.rows]),
        weights=None if truth.weights is None else truth.weights[row],
        labels=labels,
        positive_class=truth.positive_class,
        X=None if names is None else data[source],
        feature_names=() if names is None else [str(name) for name in names],
        rounds=rounds,
        extra={"rows_of": "validation" if held.of_validation_data else "training"},
    )
    try:
        return diagnose(evidence)
    except UNFORESEEN as error:
        reason = f"The diagnostics could not be computed: {type(error).__name__}: {error}"
        log.warn(reason)
        return {"v": 1, "task": truth.task, "n_rows": len(row), "reason": reason}


def rounds_of(
    model: Any, task: Task, trained: tuple[Any, Any], held: tuple[Any, Any], log: Notes
) -> dict[str, Any] | None:
    """Return the learning curve of a fold's model, None if it does not boost; see `learning_curve`."""
    try:
        return learning_curve(model, trained, held, is_classifier=task == "classification")
    except UNFORESEEN as error:
        log.warn(f"The learning curve could not be computed: {type(error).__name__}: {error}")
        return None
