"""What is tried first, in order, as data: (preprocessor, algorithm, what differs from the algorithm's defaults).

The order is that of expected gain over cost: a linear model within a second, then the boosted trees that win most
often, then what makes an ensemble diverse, each algorithm once among the first; then second and third settings of the
best ones. Not here: which of them a run tries (``plan``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from automl_widgets.records import Json, Task

Row: TypeAlias = tuple[str, str, Mapping[str, Json]]

_EXTRA_TREES: Mapping[str, Json] = {
    "extra_trees": True,
    "learning_rate": 0.07,
    "num_leaves": 40,
    "min_child_samples": 3,
    "colsample_bytree": 0.45,
}
_CAREFUL: Mapping[str, Json] = {
    "n_estimators": 150,
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_child_samples": 30,
    "reg_lambda": 2.0,
    "subsample": 0.75,
    "colsample_bytree": 0.6,
}
_TINY: Mapping[str, Json] = {
    "n_estimators": 200,
    "learning_rate": 0.07,
    "num_leaves": 6,
    "min_child_samples": 10,
    "subsample": 0.8,
    "colsample_bytree": 0.5,
}
_DEEP: Mapping[str, Json] = {
    "n_estimators": 150,
    "learning_rate": 0.05,
    "num_leaves": 100,
    "min_child_samples": 5,
    "reg_lambda": 1.0,
    "subsample": 0.7,
    "colsample_bytree": 0.7,
}
_SHALLOW: Mapping[str, Json] = {"n_estimators": 150, "learning_rate": 0.1, "max_depth": 3, "reg_lambda": 3.0}
_DEEPER: Mapping[str, Json] = {
    "n_estimators": 150,
    "learning_rate": 0.05,
    "max_depth": 9,
    "min_child_weight": 2.0,
    "colsample_bytree": 0.7,
}

_CLASSIFICATION: tuple[Row, ...] = (
    ("StandardScalerWrapper", "LogisticRegression", {}),
    ("MaxAbsScaler", "LightGBM", {}),
    ("MaxAbsScaler", "CatBoost", {}),
    ("MaxAbsScaler", "ExtremeRandomTrees", {}),
    ("StandardScalerWrapper", "LightGBM", _EXTRA_TREES),
    ("StandardScalerWrapper", "SVM", {}),
    ("MaxAbsScaler", "XGBoostClassifier", {}),
    ("MaxAbsScaler", "RandomForest", {}),
    ("StandardScalerWrapper", "KNN", {}),
    ("RobustScaler", "LightGBM", _CAREFUL),
    ("RobustScaler", "LogisticRegression", {"C": 0.03}),
    ("StandardScalerWrapper", "GradientBoosting", {}),
    ("StandardScalerWrapper", "SGD", {}),
    ("StandardScalerWrapper", "LinearSVM", {}),
    ("MinMaxScaler", "LightGBM", _TINY),
    ("StandardScalerWrapper", "DecisionTree", {}),
    ("MinMaxScaler", "BernoulliNaiveBayes", {}),
    ("MinMaxScaler", "MultinomialNaiveBayes", {}),
    ("MaxAbsScaler", "LightGBM", _DEEP),
    ("MaxAbsScaler", "CatBoost", {"iterations": 250, "learning_rate": 0.07, "depth": 4, "l2_leaf_reg": 5.0}),
    (
        "StandardScalerWrapper",
        "ExtremeRandomTrees",
        {"criterion": "entropy", "min_samples_leaf": 3},
    ),
    ("MaxAbsScaler", "XGBoostClassifier", _SHALLOW),
    ("PCA", "SVM", {"C": 10.0}),
    ("SparseNormalizer", "KNN", {"n_neighbors": 5}),
    ("TruncatedSVDWrapper", "LightGBM", {"num_leaves": 15, "colsample_bytree": 0.5}),
    ("StandardScalerWrapper", "LogisticRegression", {"C": 30.0}),
    ("MaxAbsScaler", "XGBoostClassifier", _DEEPER),
    ("StandardScalerWrapper", "RandomForest", {"criterion": "entropy", "max_features": 0.35, "min_samples_leaf": 1}),
)
_REGRESSION: tuple[Row, ...] = (
    ("StandardScalerWrapper", "ElasticNet", {}),
    ("MaxAbsScaler", "LightGBM", {}),
    ("MaxAbsScaler", "CatBoost", {}),
    ("MaxAbsScaler", "ExtremeRandomTrees", {}),
    ("StandardScalerWrapper", "LightGBM", _EXTRA_TREES),
    ("MaxAbsScaler", "XGBoostRegressor", {}),
    ("StandardScalerWrapper", "GradientBoosting", {}),
    ("MaxAbsScaler", "RandomForest", {}),
    ("StandardScalerWrapper", "KNN", {}),
    ("RobustScaler", "LightGBM", _CAREFUL),
    ("StandardScalerWrapper", "LassoLars", {}),
    ("StandardScalerWrapper", "ElasticNet", {"alpha": 0.0003, "l1_ratio": 0.05}),
    ("StandardScalerWrapper", "SGD", {}),
    ("MinMaxScaler", "LightGBM", _TINY),
    ("StandardScalerWrapper", "DecisionTree", {}),
    ("MaxAbsScaler", "CatBoost", {"iterations": 250, "learning_rate": 0.07, "depth": 4, "l2_leaf_reg": 5.0}),
    ("MaxAbsScaler", "LightGBM", _DEEP),
    ("MaxAbsScaler", "XGBoostRegressor", _SHALLOW),
    ("StandardScalerWrapper", "ExtremeRandomTrees", {"min_samples_leaf": 5, "max_features": 1.0}),
    ("StandardScalerWrapper", "GradientBoosting", {"loss": "huber", "max_depth": 3, "n_estimators": 150}),
    ("PCA", "KNN", {"n_neighbors": 5}),
    ("TruncatedSVDWrapper", "LightGBM", {"num_leaves": 15, "colsample_bytree": 0.5}),
    ("MaxAbsScaler", "XGBoostRegressor", _DEEPER),
    ("StandardScalerWrapper", "RandomForest", {"max_features": 0.35, "min_samples_leaf": 5}),
    ("PCA", "ElasticNet", {"alpha": 0.003}),
)

PORTFOLIO: Mapping[Task, tuple[Row, ...]] = {"classification": _CLASSIFICATION, "regression": _REGRESSION}
