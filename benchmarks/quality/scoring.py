"""The one number of a job: area under the curve, log loss or root mean squared error, and its constant rival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

METRICS = {"binary": "AUC", "multiclass": "log loss", "regression": "RMSE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`error` is lower for better models in every task: 1 - AUC, log loss, RMSE."""

    metric: str
    score: float
    error: float
    constant_error: float


def score(task: str, y_train: Any, y_test: Any, prediction: Any) -> Score:
    """Return the score of a prediction, and the error of the best constant one.

    Raises
    ------
    ValueError
        If the prediction has another shape than the task asks for, numbers that are not finite, or rows of zeros.
    """
    n_classes = 0 if task == "regression" else int(max(y_train.max(), y_test.max())) + 1
    prediction = _checked(prediction, (len(y_test), n_classes) if n_classes else (len(y_test),))
    if task == "regression":
        constant = np.full(len(y_test), np.mean(y_train))
        found, rival = _rmse(y_test, prediction), _rmse(y_test, constant)
        return Score(metric=METRICS[task], score=found, error=found, constant_error=rival)
    if task == "binary":
        from sklearn.metrics import roc_auc_score

        found = float(roc_auc_score(y_test, prediction[:, 1]))
        return Score(metric=METRICS[task], score=found, error=1 - found, constant_error=0.5)
    shares = np.bincount(y_train, minlength=n_classes) / len(y_train)
    found, rival = _log_loss(y_test, prediction), _log_loss(y_test, np.tile(shares, (len(y_test), 1)))
    return Score(metric=METRICS[task], score=found, error=found, constant_error=rival)


def _checked(prediction: Any, shape: tuple[int, ...]) -> Any:
    prediction = np.asarray(prediction, dtype=np.float64)
    if prediction.shape != shape:
        raise ValueError(f"The prediction must have shape {shape}, but has {prediction.shape}.")
    if not np.isfinite(prediction).all():
        raise ValueError(f"{int((~np.isfinite(prediction)).sum())} predictions are not finite.")
    if prediction.ndim > 1 and not (prediction.sum(axis=1) > 0).all():
        raise ValueError("Some rows have no probability for any class.")
    return prediction


def _rmse(y: Any, prediction: Any) -> float:
    return float(np.sqrt(np.mean((y - prediction) ** 2)))


def _log_loss(y: Any, probabilities: Any) -> float:
    # As scikit-learn's, on rows that sum to 1: some peers hand out single precision, or classes that they left out.
    eps = np.finfo(np.float64).eps
    whole = np.clip(probabilities / probabilities.sum(axis=1, keepdims=True), eps, 1 - eps)
    return float(-np.log(whole[np.arange(len(y)), y]).mean())
