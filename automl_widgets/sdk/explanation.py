"""The explanation of an iteration in the six parts of Azure ML SDK v1. Not here: how it is computed (``explain``)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_widgets.errors import NotFoundError, RunStateError
from automl_widgets.explain import six_parts
from automl_widgets.records import RUN_ENDED

if TYPE_CHECKING:
    from automl_widgets.sdk.child import IterationRun

EXPLANATION_WAIT_S = 600.0


def retrieve_model_explanation(child_run: IterationRun) -> tuple[Any, Any, list[float], list[str], Any, Any]:
    """Return the stored explanation of an iteration, waiting for one that is being computed.

    Parameters
    ----------
    child_run : IterationRun
        The best one of a run with ``model_explainability=True``, as `AutoMLRun.get_output` returns it.

    Returns
    -------
    shap_values : list of ndarray of shape (n_rows, n_features), one for each class; for regression one ndarray
        In the order of the columns that the user gave.
    expected_values : list of float, one for each class; for regression a float
        `expected_values + shap_values.sum(axis=1)` is the model's output.
    overall_summary : list of float
        Mean absolute SHAP value of each feature, in descending order.
    overall_imp : list of str
        The features' names in that order.
    per_class_summary : list of list of float, or None for regression
        The same for each class.
    per_class_imp : list of list of str, or None for regression

    Raises
    ------
    NotFoundError
        If the iteration was not explained.
    RunStateError
        If its explanation failed; the message says why.
    """
    parent = child_run.parent
    deadline = time.monotonic() + EXPLANATION_WAIT_S
    seq = 0
    while (explanation := parent.store.explanation(parent.run_id, child_run.iteration)) is None or (
        explanation.state == "running"
    ):
        ended = parent.record.state in RUN_ENDED and explanation is None
        if ended or time.monotonic() > deadline:
            raise NotFoundError(
                f"Iteration {child_run.iteration} has no explanation. Set model_explainability=True in AutoMLConfig to "
                f"have the best iteration explained, or call run.explain({child_run.iteration})."
            )
        seq = parent.store.wait(parent.run_id, seq, 1.0)
    if explanation.state == "failed":
        raise RunStateError(f"The explanation of iteration {child_run.iteration} failed: {explanation.reason}")
    with np.load(child_run.folder / "explanation.npz", allow_pickle=False) as stored:
        return six_parts(
            stored["values"],
            stored["expected"],
            explanation.features,
            explanation.classes,
            parent.record.settings.task,
        )
