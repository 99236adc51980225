"""`explain`: SHAP values of a fitted model's rows within a time limit. Not here: how any one method computes them."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from automl_widgets.explain.clock import Deadline, OutOfTimeError
from automl_widgets.explain.ensemble import ensemble_explainer
from automl_widgets.explain.exact import exact_explainer
from automl_widgets.explain.members import Explainer
from automl_widgets.explain.permutation import Permutation, predictor
from automl_widgets.explain.result import Floats, ShapResult
from automl_widgets.explain.table import Positions, Table, take
from automl_widgets.records import Task

MAX_ROWS, MAX_SLOW_ROWS = 1000, 100
MAX_BACKGROUND = 1000
MAX_VALUES = 20_000_000
"""Floats in one result: 160 MB."""
FIRST_STEP = 8
SHARE_OF_REST = 0.25
"""A step takes about this share of the time that is left: trees are quickest with all rows at once."""


def explain(  # noqa: PLR0913 - the call is agreed upon with the engine
    model: Any,
    X_background: Table,
    X: Table,
    *,
    task: Task,
    feature_names: Sequence[str],
    time_limit_s: float | None = None,
    random_state: int = 0,
) -> ShapResult:
    """Return SHAP values of a model in the columns that the user gave.

    Exact where the model can be read: trees and linear models, also behind a scaler, a featurizer (its features are
    summed over the column that they came from), crosses (each is half of either of its columns) or, for linear models,
    a projection; then values are in log-odds for boosted and linear classifiers and in probabilities for forests. A
    vote adds up its members in probabilities, a stack through its second model, if that is linear, in log-odds. For the
    rest, columns are permuted, in probabilities.

    Parameters
    ----------
    model : Pipeline
        Fitted; takes rows like `X`.
    X_background : DataFrame, ndarray or sparse matrix of shape (n_background, n_features)
        Rows that stand for nothing known, e.g. training rows; at most 1,000 are used, 100 for permutation.
    X : DataFrame, ndarray or sparse matrix of shape (n, n_features)
        Rows to explain; at most 1,000 of them, 100 for permutation, are drawn.
    task : {"classification", "regression"}
        What the model does.
    feature_names : sequence of str
        Names of the columns.
    time_limit_s : float, optional
        After that, the rows that are done are returned; `method` says how many.
    random_state : int, default 0
        Draws rows and orders of columns.

    Returns
    -------
    ShapResult
        ``expected + values.sum(axis=-1)`` is the model's output in `unit`: to 1e-9 for permutations and linear models,
        to the 7 digits that they are stored with for trees.

    Raises
    ------
    TrialError
        If not even one row could be explained within the time limit.
    """
    if int(X.shape[1]) != len(feature_names) or int(X_background.shape[1]) != len(feature_names):
        raise ValueError(
            f"`feature_names` must name each column, but got {len(feature_names)} names, "
            f"X with {X.shape[1]} columns and X_background with {X_background.shape[1]}."
        )
    deadline, rng = Deadline(time_limit_s), np.random.default_rng(random_state)
    with _quiet():
        background = take(X_background, _drawn(rng, int(X_background.shape[0]), MAX_BACKGROUND))
        explainer = _explainer(model, background, task == "classification", deadline, rng)
        rows = _drawn(rng, int(X.shape[0]), _n_rows(explainer, len(feature_names)))
        values = _within(explainer, X, rows, deadline)
    n_done = values.shape[1]
    stopped = f", {n_done} of {len(rows)} rows, time limit" if n_done < len(rows) else ""
    return ShapResult(
        values=values if task == "classification" else values[0],
        expected=explainer.expected if task == "classification" else explainer.expected[0],
        rows=rows[:n_done],
        method=explainer.method + stopped,
        unit=explainer.unit,
        n_rows=n_done,
        n_background=explainer.n_background,
        seconds=deadline.spent_s,
    )


def _explainer(
    model: Any, background: Table, is_classifier: bool, deadline: Deadline, rng: np.random.Generator
) -> Explainer:
    steps = getattr(model, "steps", None) or [("model", model)]
    last = steps[-1][1]
    is_vote, is_stack = hasattr(last, "estimators") and hasattr(last, "weights"), hasattr(last, "meta_learner")
    found: Explainer | None
    if len(steps) == 1 and (is_vote or is_stack):
        found = ensemble_explainer(last, background, is_classifier, deadline, rng)
    else:
        found = exact_explainer(model, background, is_classifier)
    if found is not None:
        return found
    unit = "probability" if is_classifier else "target"
    return Permutation(predictor(model, is_classifier), background, unit=unit, deadline=deadline, rng=rng)


def _drawn(rng: np.random.Generator, n: int, n_most: int) -> Positions:
    """Return at most `n_most` of n positions, in a random order."""
    return np.asarray(rng.permutation(n)[:n_most], dtype=np.int64)


def _n_rows(explainer: Explainer, n_features: int) -> int:
    fitting = MAX_VALUES // max(1, n_features * len(explainer.expected))
    return max(1, min(MAX_SLOW_ROWS if explainer.is_slow else MAX_ROWS, fitting))


def _within(explainer: Explainer, X: Table, rows: Positions, deadline: Deadline) -> Floats:
    """Return the values of as many rows, in their order, as the time allows; of one at least."""
    done: list[Floats] = []
    start, step, began_s = 0, 1 if explainer.is_slow else FIRST_STEP, deadline.spent_s
    while start < len(rows) and (deadline.left_s > 0 or not done):
        try:
            done.append(explainer.values(take(X, rows[start : start + step])))
        except OutOfTimeError:
            if not done:
                raise
            break
        start += step
        if not explainer.is_slow:
            row_s = max((deadline.spent_s - began_s) / start, 1e-9)
            step = int(np.clip(SHARE_OF_REST * deadline.left_s / row_s, FIRST_STEP, len(rows)))
    return np.concatenate(done, axis=1)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence what libraries say about rows without names and the like: nobody can act on it."""
    logger = logging.getLogger("shap")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
