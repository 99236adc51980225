"""The learning curve of boosting rounds: the loss after few rounds and many, on rows learnt from and rows held back.

Trees add up: the margins after k rounds are those before plus the trees' in between, so the whole curve costs about one
prediction. Not here: how a learner was fitted, or stopped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.diagnostics.curves import Floats, significant

N_POINTS = 12
MAX_TREE_ROWS = 200_000
"""Rows are sampled until trees times rows are no more than this."""
MAX_ROWS, MIN_ROWS = 1000, 100

Margins = Iterator[Floats]
"""(n_rows, n_outputs) after each of the rounds asked for."""


def learning_curve(
    model: Any, trained: tuple[Any, npt.NDArray[Any]], held: tuple[Any, npt.NDArray[Any]], *, is_classifier: bool
) -> dict[str, Any] | None:
    """Return the loss by rounds, None if the learner of a pipeline does not boost or its margins cannot be read.

    Parameters
    ----------
    model : Pipeline
        Fitted to classes, or values.
    trained, held : (table, array)
        Rows that it learnt from and rows that it did not, as the pipeline takes them, with classes or values.
    is_classifier : bool

    Returns
    -------
    dict or None
        ``metric``: ``log_loss`` or ``root_mean_squared_error``; ``round``, ``trained``, ``held``, and their ``n_rows``.
    """
    learner = model.steps[-1][1]
    inner = getattr(learner, "estimator_", learner)
    library = type(inner).__module__.split(".")[0]
    n_rounds = _n_rounds(inner, library)
    if n_rounds is None or n_rounds < 2:
        return None
    n_outputs = len(model.classes_) if is_classifier and len(model.classes_) > 2 else 1
    n_rows = int(np.clip(MAX_TREE_ROWS // (n_rounds * n_outputs), MIN_ROWS, MAX_ROWS))
    at = np.unique(np.geomspace(1, n_rounds, N_POINTS).round().astype(int))
    curves, sizes = [], []
    for X, truth in (trained, held):
        rows = _drawn(len(truth), n_rows)
        y = np.asarray(truth)[rows]
        Z = _transformed(model, X.iloc[rows] if hasattr(X, "iloc") else X[rows])
        codes = np.searchsorted(model.classes_, y) if is_classifier else None
        known = None if codes is None else np.isin(y, model.classes_)
        curves.append([_loss(m, y, codes, known) for m in _margins(inner, library, Z, at)])
        sizes.append(len(rows))
    return {
        "metric": "log_loss" if is_classifier else "root_mean_squared_error",
        "round": at.tolist(),
        "trained": significant(curves[0]),
        "held": significant(curves[1]),
        "n_rows": sizes,
    }


def _n_rounds(inner: Any, library: str) -> int | None:
    """Return how many rounds the learner has, None if it is not known to add margins up."""
    name = type(inner).__name__
    if name.startswith("LGBM") and getattr(inner, "boosting_type", "") in ("gbdt", "goss"):
        return int(inner.booster_.current_iteration())
    if name.startswith("XGB") and getattr(inner, "booster", None) in (None, "gbtree"):
        return int(inner.get_booster().num_boosted_rounds())
    if name.startswith("CatBoost"):
        return int(inner.tree_count_)
    if library == "sklearn" and name.startswith(("GradientBoosting", "HistGradientBoosting")):
        return int(getattr(inner, "n_estimators_", 0) or getattr(inner, "n_iter_", 0))
    return None


def _drawn(n: int, n_most: int) -> npt.NDArray[np.int64]:
    if n <= n_most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, n_most, replace=False))


def _transformed(model: Any, X: Any) -> Any:
    for _, step in model.steps[:-1]:
        if step is not None and step != "passthrough":
            X = step.transform(X)
    return X


def _margins(inner: Any, library: str, Z: Any, at: npt.NDArray[np.int64]) -> Margins:
    if library == "lightgbm":
        return _lightgbm(inner, Z, at)
    if library == "xgboost":
        return _xgboost(inner, Z, at)
    if library == "catboost":
        return _catboost(inner, Z, at)
    return _sklearn(inner, Z, at)


def _lightgbm(inner: Any, Z: Any, at: npt.NDArray[np.int64]) -> Margins:
    total: Any = 0.0
    for start, end in zip([0, *at[:-1]], at, strict=True):
        some = {"start_iteration": int(start), "num_iteration": int(end - start)}
        part = inner.booster_.predict(Z, **some, raw_score=True, num_threads=1)
        total = total + _columns(part)
        yield total


def _xgboost(inner: Any, Z: Any, at: npt.NDArray[np.int64]) -> Margins:
    from xgboost import DMatrix

    booster, rows = inner.get_booster(), DMatrix(Z)

    def margin(start: int, end: int) -> Floats:
        return _columns(booster.predict(rows, iteration_range=(start, end), output_margin=True))

    # every part has the starting margin in it, too: what two halves have more than the whole
    half = int(at[len(at) // 2 - 1])
    start_margin = margin(0, half) + margin(half, int(at[-1])) - margin(0, int(at[-1]))
    total: Any = start_margin
    for start, end in zip([0, *at[:-1]], at, strict=True):
        total = total + margin(int(start), int(end)) - start_margin
        yield total


def _catboost(inner: Any, Z: Any, at: npt.NDArray[np.int64]) -> Margins:
    total: Any = 0.0
    for start, end in zip([0, *at[:-1]], at, strict=True):
        part = inner.predict(Z, prediction_type="RawFormulaVal", ntree_start=int(start), ntree_end=int(end))
        total = total + _columns(part)
        yield total


def _sklearn(inner: Any, Z: Any, at: npt.NDArray[np.int64]) -> Margins:
    staged = inner.staged_decision_function if hasattr(inner, "staged_decision_function") else inner.staged_predict
    wanted = set(at.tolist())
    for k, margin in enumerate(staged(Z), 1):
        if k in wanted:
            yield _columns(margin)


def _columns(margin: Any) -> Floats:
    found = np.asarray(margin, dtype=np.float64)
    return found.reshape(len(found), -1)


def _loss(margin: Floats, y: npt.NDArray[Any], codes: Any, known: Any) -> float:
    """Return the log loss of margins, for rows whose class the learner has seen, or the root mean squared error."""
    if codes is None:
        return float(np.sqrt(np.mean((margin[:, 0] - y) ** 2)))
    if not known.any():
        return float("nan")
    margin, codes = margin[known], codes[known]
    if margin.shape[1] == 1:
        return float(np.logaddexp(0.0, np.where(codes == 1, -margin[:, 0], margin[:, 0])).mean())
    highest = margin.max(axis=1)
    logs = highest + np.log(np.exp(margin - highest[:, None]).sum(axis=1))
    return float((logs - margin[np.arange(len(codes)), codes]).mean())
