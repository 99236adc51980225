"""Exact contributions of trees: each learner's own where it has them, else TreeExplainer's.

Nothing known means here: the training rows that took each branch (tree_path_dependent), so no background is needed.
Not here: which columns the numbers belong to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from automl_widgets.explain.contributions import Contributions, Link
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table, dense

LIBRARIES = ("lightgbm", "xgboost", "catboost", "sklearn")
FORESTS = ("DecisionTree", "ExtraTree", "RandomForest", "ExtraTrees")
BOOSTED = ("GradientBoosting",)


def tree_contributions(learner: Any, is_classifier: bool, sample: Table) -> Contributions | None:
    """Return the contributions of a fitted learner of trees; None if it is none.

    Parameters
    ----------
    learner : estimator
        Fitted.
    is_classifier : bool
        Whether it predicts classes.
    sample : table
        A row as the learner gets it.
    """
    name = next((c.__name__ for c in type(learner).__mro__ if c.__module__.split(".")[0] in LIBRARIES), "")
    library = name.removesuffix("Classifier").removesuffix("Regressor")
    raw = _raw(learner, library, is_classifier)
    if raw is None:
        return None
    expected = raw(sample)[:, 0, -1]
    link: Link = "identity"
    if is_classifier and library not in FORESTS:
        link = "logistic" if len(expected) == 1 else "softmax"
    unit = ("probability" if link == "identity" else "log-odds") if is_classifier else "target"
    return Contributions(
        of=lambda Z: raw(Z)[:, :, :-1], expected=expected, link=link, unit=unit, method="tree contributions"
    )


Raw = Callable[[Table], Floats]
"""Rows to (n_outputs, n_rows, n_columns + 1): contributions, the expected output last."""


def _raw(learner: Any, name: str, is_classifier: bool) -> Raw | None:
    if name == "LGBM":
        return lambda Z: _split(learner.predict(Z, pred_contrib=True), int(Z.shape[1]))
    if name == "XGB":
        return _xgboost(learner)
    if name == "CatBoost":
        return _catboost(learner)
    if name in BOOSTED:
        return _boosted(learner, is_classifier)
    if name in FORESTS:
        return _explainer(learner, is_classifier)
    return None


def _split(flat: Any, n_columns: int) -> Floats:
    """Turn LightGBM's (n_rows, n_outputs * (n_columns + 1)), or a list of sparse matrices, into three dimensions."""
    if isinstance(flat, list):
        return np.stack([dense(part) for part in flat])
    values = dense(flat)
    return values.reshape(len(values), -1, n_columns + 1).transpose(1, 0, 2)


def _xgboost(learner: Any) -> Raw:
    from xgboost import DMatrix

    def raw(Z: Table) -> Floats:
        values = learner.get_booster().predict(DMatrix(Z), pred_contribs=True)
        values = np.asarray(values, dtype=np.float64)
        return values[None] if values.ndim == 2 else values.transpose(1, 0, 2)

    return raw


def _catboost(learner: Any) -> Raw:
    from catboost import Pool

    def raw(Z: Table) -> Floats:
        values = np.asarray(learner.get_feature_importance(Pool(Z), type="ShapValues"), dtype=np.float64)
        return values[None] if values.ndim == 2 else values.transpose(1, 0, 2)

    return raw


def _explainer(forest: Any, is_classifier: bool) -> Raw:
    """Return the contributions to class probabilities, or to the value."""
    import shap

    explainer = shap.TreeExplainer(forest, feature_perturbation="tree_path_dependent")
    expected = np.atleast_1d(np.asarray(explainer.expected_value, dtype=np.float64))

    def raw(Z: Table) -> Floats:
        values = np.asarray(explainer.shap_values(dense(Z), check_additivity=False), dtype=np.float64)
        values = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
        base = np.broadcast_to(expected[:, None, None], (*values.shape[:2], 1))
        return np.concatenate([values, base], axis=2)

    return raw


def _boosted(learner: Any, is_classifier: bool) -> Raw:
    """Return the sum over the stages of scikit-learn's gradient boosting, for each class apart.

    TreeExplainer knows it for two classes only. A forest of the same trees gives their mean, for any number of them.
    """
    from sklearn.ensemble import RandomForestRegressor

    stages = np.asarray(learner.estimators_)
    factor = learner.learning_rate * len(stages)
    means = []
    for k in range(stages.shape[1]):
        forest = RandomForestRegressor()
        forest.estimators_ = list(stages[:, k])
        means.append(_explainer(forest, is_classifier=False))
    output = learner.decision_function if is_classifier else learner.predict

    def raw(Z: Table) -> Floats:
        values = factor * np.concatenate([mean(Z) for mean in means])
        start = np.asarray(output(Z[:1])).reshape(-1) - values[:, 0, :].sum(axis=1)
        values[:, :, -1] += start[:, None]
        return values

    return raw
