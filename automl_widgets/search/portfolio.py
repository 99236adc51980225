"""What is tried first, in order, as data: (preprocessor, algorithm, what differs from the algorithm's defaults).

The order is that of expected gain over cost: a linear model within a second, then the boosted trees that win most
often, then what makes an ensemble diverse, each algorithm once among the first. What follows is in the order in which
each algorithm has it in reserve. Not here: which of them a run tries (``plan``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from automl_widgets.records import Json, Task

Row: TypeAlias = tuple[str, str, Mapping[str, Json]]

_CROSSED: Mapping[str, Json] = {
    "extra_trees": True,
    "learning_rate": 0.02,
    "num_leaves": 40,
    "min_child_samples": 5,
    "colsample_bytree": 0.5,
}
_EXTRA_TREES: Mapping[str, Json] = {
    "extra_trees": True,
    "learning_rate": 0.02,
    "num_leaves": 40,
    "min_child_samples": 3,
    "subsample": 1.0,
    "colsample_bytree": 0.45,
}
_CAREFUL: Mapping[str, Json] = {
    "learning_rate": 0.02,
    "num_leaves": 15,
    "min_child_samples": 30,
    "reg_lambda": 2.0,
    "subsample": 0.75,
    "colsample_bytree": 0.6,
}
_COUNTED: Mapping[str, Json] = {"learning_rate": 0.05, "colsample_bytree": 0.5}
_TINY: Mapping[str, Json] = {"n_estimators": 200, "num_leaves": 6, "min_child_samples": 10, "colsample_bytree": 0.5}
_DEEP: Mapping[str, Json] = {
    "n_estimators": 200,
    "learning_rate": 0.02,
    "num_leaves": 63,
    "min_child_samples": 10,
    "reg_lambda": 1.0,
}
_SHALLOW: Mapping[str, Json] = {"learning_rate": 0.1, "max_depth": 3, "reg_lambda": 3.0}
_DEEPER: Mapping[str, Json] = {"n_estimators": 200, "learning_rate": 0.05, "max_depth": 9, "min_child_weight": 2.0}
_FLAT: Mapping[str, Json] = {"iterations": 300, "depth": 4, "l2_leaf_reg": 5.0}

_CLASSIFICATION: tuple[Row, ...] = (
    ("StandardScalerWrapper", "LogisticRegression", {}),
    ("TfIdf", "LogisticRegression", {"C": 5.0}),
    ("MaxAbsScaler", "LightGBM", {}),
    ("TfIdf", "MultinomialNaiveBayes", {"alpha": 0.3}),
    ("MaxAbsScaler", "CatBoost", {}),
    ("TfIdf", "LinearSVM", {"C": 0.3}),
    ("StandardScalerWrapper", "MLP", {}),
    ("FeatureCrosses", "LightGBM", _CROSSED),
    ("MaxAbsScaler", "XGBoostClassifier", {}),
    ("CountsAndCrosses", "LightGBM", _COUNTED),
    ("MaxAbsScaler", "ExtremeRandomTrees", {}),
    ("RobustScaler", "LightGBM", _CAREFUL),
    ("StandardScalerWrapper", "GradientBoosting", {}),
    ("StandardScalerWrapper", "SVM", {}),
    ("TfIdf", "SVM", {}),
    ("MaxAbsScaler", "RandomForest", {}),
    ("StandardScalerWrapper", "KNN", {}),
    ("StandardScalerWrapper", "LinearSVM", {}),
    ("StandardScalerWrapper", "SGD", {}),
    ("MaxAbsScaler", "DecisionTree", {}),
    ("MinMaxScaler", "BernoulliNaiveBayes", {}),
    ("MinMaxScaler", "MultinomialNaiveBayes", {}),
    ("FeatureCrosses", "ExtremeRandomTrees", {}),
    ("FeatureCrosses", "LightGBM", _DEEP),
    ("FeatureCrosses", "CatBoost", {}),
    ("FeatureCrosses", "XGBoostClassifier", _DEEPER),
    ("MinMaxScaler", "LightGBM", _TINY),
    ("PCA", "SVM", {"C": 10.0}),
    ("StandardScalerWrapper", "LightGBM", _EXTRA_TREES),
    ("MaxAbsScaler", "CatBoost", _FLAT),
    ("MaxAbsScaler", "XGBoostClassifier", _SHALLOW),
    ("MaxAbsScaler", "LightGBM", _DEEP),
    ("RobustScaler", "LogisticRegression", {"C": 0.03}),
    ("StandardScalerWrapper", "RandomForest", {"criterion": "entropy", "max_features": 0.35, "min_samples_leaf": 1}),
    ("MaxAbsScaler", "XGBoostClassifier", _DEEPER),
    ("StandardScalerWrapper", "ExtremeRandomTrees", {"criterion": "entropy", "min_samples_leaf": 3}),
    ("TruncatedSVDWrapper", "LightGBM", {"num_leaves": 15, "colsample_bytree": 0.5}),
    ("StandardScalerWrapper", "LogisticRegression", {"C": 30.0}),
    ("SparseNormalizer", "KNN", {"n_neighbors": 5}),
)
_REGRESSION: tuple[Row, ...] = (
    ("StandardScalerWrapper", "ElasticNet", {}),
    ("TfIdf", "ElasticNet", {"alpha": 0.0003, "l1_ratio": 0.05}),
    ("MaxAbsScaler", "LightGBM", {}),
    ("MaxAbsScaler", "CatBoost", {}),
    ("TfIdf", "SVM", {"C": 3.0}),
    ("StandardScalerWrapper", "MLP", {}),
    ("FeatureCrosses", "LightGBM", _CROSSED),
    ("MaxAbsScaler", "XGBoostRegressor", {}),
    ("MaxAbsScaler", "ExtremeRandomTrees", {}),
    ("CountsAndCrosses", "LightGBM", _COUNTED),
    ("StandardScalerWrapper", "LightGBM", _DEEP),
    ("StandardScalerWrapper", "SVM", {}),
    ("StandardScalerWrapper", "GradientBoosting", {}),
    ("RobustScaler", "LightGBM", _CAREFUL),
    ("StandardScalerWrapper", "KNN", {}),
    ("MaxAbsScaler", "RandomForest", {}),
    ("StandardScalerWrapper", "LassoLars", {}),
    ("StandardScalerWrapper", "SGD", {}),
    ("MaxAbsScaler", "DecisionTree", {}),
    ("MaxAbsScaler", "XGBoostRegressor", _DEEPER),
    ("FeatureCrosses", "ExtremeRandomTrees", {}),
    ("FeatureCrosses", "LightGBM", _DEEP),
    ("FeatureCrosses", "CatBoost", {}),
    ("FeatureCrosses", "XGBoostRegressor", _DEEPER),
    ("MaxAbsScaler", "CatBoost", _FLAT),
    ("MinMaxScaler", "LightGBM", _EXTRA_TREES),
    ("StandardScalerWrapper", "ExtremeRandomTrees", {"min_samples_leaf": 5, "max_features": 1.0}),
    ("MaxAbsScaler", "LightGBM", _TINY),
    ("StandardScalerWrapper", "ElasticNet", {"alpha": 0.0003, "l1_ratio": 0.05}),
    ("MaxAbsScaler", "XGBoostRegressor", _SHALLOW),
    ("StandardScalerWrapper", "RandomForest", {"max_features": 0.35, "min_samples_leaf": 5}),
    ("StandardScalerWrapper", "GradientBoosting", {"loss": "huber", "max_depth": 3}),
    ("TruncatedSVDWrapper", "LightGBM", {"num_leaves": 15, "colsample_bytree": 0.5}),
    ("PCA", "KNN", {"n_neighbors": 5}),
    ("PCA", "ElasticNet", {"alpha": 0.003}),
)

PORTFOLIO: Mapping[Task, tuple[Row, ...]] = {"classification": _CLASSIFICATION, "regression": _REGRESSION}
