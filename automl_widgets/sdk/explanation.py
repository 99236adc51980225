"""Explanations in the six parts of Azure ML SDK v1: a stored one, or one made now. Not here: how (``explain``)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_widgets.errors import DataError, NotFoundError, RunStateError
from automl_widgets.explain import explain, six_parts
from automl_widgets.records import RUN_ENDED, Explanation, Task

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
    explanation = finished_explanation(child_run)
    parent = child_run.parent
    with np.load(child_run.folder / "explanation.npz", allow_pickle=False) as stored:
        return six_parts(
            stored["values"],
            stored["expected"],
            explanation.features,
            explanation.classes,
            parent.record.settings.task,
        )


def finished_explanation(child_run: IterationRun) -> Explanation:
    """Return what the store holds of an iteration's explanation, waiting for one that is being computed.

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
    return explanation


def explain_model(
    fitted_model: Any,
    X_train: Any,
    X_test: Any,
    best_run: IterationRun | None = None,
    features: Sequence[str] | None = None,
    y_train: Any = None,
    *,
    time_limit_s: float | None = None,
) -> tuple[Any, Any, list[float], list[str], Any, Any]:
    """Explain rows of your own with a fitted model, here and now: `run.explain` does it in a worker.

    Parameters
    ----------
    fitted_model : Pipeline
        As `get_output` returns it, or any fitted scikit-learn classifier or regressor.
    X_train : DataFrame, ndarray or sparse matrix of shape (n, n_features)
        Rows that stand for nothing known; at most 1,000 are used.
    X_test : DataFrame, ndarray or sparse matrix of shape (m, n_features)
        Rows to explain; at most 1,000 are drawn, 100 where columns have to be permuted.
    best_run : IterationRun, optional
        Accepted for Azure ML's sake: nothing is stored with it.
    features : sequence of str, optional
        Names of the columns; by default those of `X_train`, or `x0`, `x1`, ...
    y_train : array-like, optional
        Accepted for Azure ML's sake: labels are taken from the model.
    time_limit_s : float, optional
        After that, the rows that are done are returned.

    Returns
    -------
    shap_values, expected_values, overall_summary, overall_imp, per_class_summary, per_class_imp
        As `retrieve_model_explanation` returns them.

    Raises
    ------
    DataError
        If the tables do not have the same columns, or no rows, or if a classifier gives no probabilities.
    TrialError
        If not even one row could be explained within the time limit.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> parts = explain_model(Ridge().fit(X, y), X, X[:20])
    >>> parts[0].shape, len(parts[3])
    ((20, 10), 10)
    """
    from sklearn.base import is_classifier

    _check_tables(X_train, X_test, features)
    names = [str(name) for name in _names(X_train, features)]
    task: Task = "classification" if is_classifier(fitted_model) else "regression"
    try:
        found = explain(fitted_model, X_train, X_test, task=task, feature_names=names, time_limit_s=time_limit_s)
    except AttributeError as error:
        hint = "A classifier needs predict_proba: scikit-learn's CalibratedClassifierCV adds it"
        raise DataError([f"`fitted_model` cannot be explained: {error}. {hint}"]) from error
    classes = fitted_model.classes_.tolist() if task == "classification" else []
    return six_parts(found.values, found.expected, names, classes, task)


def _check_tables(X_train: Any, X_test: Any, features: Sequence[str] | None) -> None:
    given = {"X_train": X_train, "X_test": X_test}
    problems = [
        f"`{name}` must be a table with rows and columns, but got {type(table).__name__}"
        for name, table in given.items()
        if len(getattr(table, "shape", ())) != 2 or 0 in table.shape
    ]
    if not problems and X_train.shape[1] != X_test.shape[1]:
        problems = [f"`X_test` must have the columns of `X_train`, {X_train.shape[1]}, but has {X_test.shape[1]}"]
    if not problems and features is not None and len(features) != X_train.shape[1]:
        problems = [f"`features` must name each of the {X_train.shape[1]} columns, but names {len(features)}"]
    if problems:
        raise DataError(problems)


def _names(X_train: Any, features: Sequence[str] | None) -> Sequence[object]:
    if features is not None:
        return features
    columns = getattr(X_train, "columns", None)
    return [f"x{k}" for k in range(X_train.shape[1])] if columns is None else list(columns)
