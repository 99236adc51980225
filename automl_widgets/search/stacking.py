"""The second model of a stack, fitted to what its members predict for rows they had not seen. Worker side.

Not here: which members there are (``selection``), and the stack as an estimator (``ensemble``).
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from automl_widgets.errors import NotFoundError
from automl_widgets.records import Json, Task
from automl_widgets.search.build import load_class

Floats: TypeAlias = npt.NDArray[np.float64]

INNER_FOLDS = 5
"""Parts that the rows are cut into, where all of them come from one fold."""

META_LEARNERS: Mapping[Task, Mapping[str, tuple[str, Mapping[str, Json]]]] = {
    "classification": {
        "LogisticRegression": ("sklearn.linear_model:LogisticRegression", {"max_iter": 300}),
        "LogisticRegressionCV": (
            "sklearn.linear_model:LogisticRegressionCV",
            {"Cs": 5, "cv": 3, "max_iter": 300, "scoring": "neg_log_loss"},
        ),
        "LightGBMClassifier": ("lightgbm:LGBMClassifier", {"n_estimators": 50, "num_leaves": 7, "verbosity": -1}),
    },
    "regression": {
        "ElasticNetCV": ("sklearn.linear_model:ElasticNetCV", {"l1_ratio": 0.5, "cv": 3, "positive": True}),
        "ElasticNet": ("sklearn.linear_model:ElasticNet", {"alpha": 0.001}),
        "LightGBMRegressor": ("lightgbm:LGBMRegressor", {"n_estimators": 50, "num_leaves": 7, "verbosity": -1}),
        "LinearRegression": ("sklearn.linear_model:LinearRegression", {}),
    },
}
"""Of each task, the default first."""
_TRANSITION: Mapping[str, Any] = {"l1_ratios": (0.0,), "use_legacy_attributes": False}
"""What scikit-learn 1.8 to 1.10 wants to be told, and earlier versions do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A second model, and how it does."""

    meta_learner: Any
    """Fitted to all rows that have predictions."""
    prediction: Floats
    """Shaped as one member's: for each row what second models say that were not fitted to it; NaN where none can."""


def fit_stack(
    predictions: Floats,
    y: npt.NDArray[Any],
    fold: npt.NDArray[Any],
    meta_learner: Any,
    weights: Floats | None = None,
) -> Stack:
    """Fit the second model, and predict every row honestly: by one that was fitted to the other folds alone.

    Parameters
    ----------
    predictions : array of shape (n_members, n_rows, n_classes) or (n_members, n_rows)
        Of rows that the members had not seen.
    y : array of shape (n_rows,)
        Codes 0..K-1, or values.
    fold : array of shape (n_rows,)
        The fold that held back each row, -1 where none did. If there is one fold alone, its rows are cut into parts.
    meta_learner : estimator
        From `make_meta_learner`, unfitted.
    weights : array of shape (n_rows,), optional

    Returns
    -------
    Stack
    """
    from sklearn.base import clone

    known = np.flatnonzero(fold >= 0)
    features = meta_features(predictions[:, known])
    w = None if weights is None else weights[known]
    honest = np.full(predictions.shape[1:], np.nan)
    for train, held in _parts(fold[known], y[known]):
        model = _fitted(clone(meta_learner), features[train], y[known][train], None if w is None else w[train])
        honest[known[held]] = meta_predict(model, features[held], predictions.shape[2:])
    return Stack(meta_learner=_fitted(clone(meta_learner), features, y[known], w), prediction=honest)


def make_meta_learner(
    task: Task, name: str | None = None, parameters: Mapping[str, Json] | None = None, random_state: int = 0
) -> Any:
    """Return a second model, unfitted, with one thread.

    Raises
    ------
    NotFoundError
        If the task has none of that name.

    Examples
    --------
    >>> make_meta_learner("classification", parameters={"C": 2.0}).C
    2.0
    >>> make_meta_learner("regression", "Lasso")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.NotFoundError: There is no meta learner 'Lasso' for regression. Choose one of ElasticNetCV, \
ElasticNet, LightGBMRegressor, LinearRegression.
    """
    name = name or next(iter(META_LEARNERS[task]))
    if name not in META_LEARNERS[task]:
        known = ", ".join(META_LEARNERS[task])
        raise NotFoundError(f"There is no meta learner {name!r} for {task}. Choose one of {known}.")
    path, defaults = META_LEARNERS[task][name]
    kind = load_class(path)
    accepted = inspect.signature(kind).parameters
    told = {k: v for k, v in _TRANSITION.items() if k in accepted and accepted[k].default == "warn"}
    repeatable = {"random_state": random_state} if "random_state" in accepted else {}
    quiet = {"n_jobs": 1} if name.startswith("LightGBM") else {}
    learner = kind(**{**told, **repeatable, **quiet, **defaults, **(parameters or {})})
    if name != "ElasticNet":
        return learner
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(learner, transformer=StandardScaler(), check_inverse=False)


def meta_features(predictions: Floats) -> Floats:
    """Return what the second model gets, (n_rows, n_features): values or probabilities, of two classes the second's.

    Logarithms of probabilities were no better on four data sets, and dearer.
    """
    if predictions.ndim == 2:
        return np.asarray(predictions.T)
    if predictions.shape[2] == 2:
        return np.asarray(predictions[:, :, 1].T)
    return np.concatenate(list(predictions), axis=1)


def meta_predict(model: Any, features: Floats, shape: tuple[int, ...]) -> Floats:
    """Return probabilities of all classes, also of those that a fold lacked, or values."""
    if not shape:
        return np.asarray(model.predict(features), dtype=np.float64)
    found = np.zeros((len(features), *shape))
    found[:, np.asarray(model.classes_, dtype=int)] = model.predict_proba(features)
    return found


def _fitted(model: Any, features: Floats, y: npt.NDArray[Any], weights: Floats | None) -> Any:
    return model.fit(features, y) if weights is None else model.fit(features, y, sample_weight=weights)


def _parts(fold: npt.NDArray[Any], y: npt.NDArray[Any]) -> Iterator[tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Return rows to fit and rows to predict, once for each fold."""
    if len(np.unique(fold)) < 2:
        order = np.argsort(y, kind="stable")
        fold = np.empty(len(y), dtype=int)
        fold[order] = np.arange(len(y)) % INNER_FOLDS
    for part in np.unique(fold):
        yield np.flatnonzero(fold != part), np.flatnonzero(fold == part)
