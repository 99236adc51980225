"""The table of learners, as data. Not here: how a name is looked up (``algorithms``) or built (``build``).

Paths are import paths; nothing is imported. Longer than 300 lines: 28 learners, one entry beside the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from automl_widgets.search import spaces
from automl_widgets.search.spaces import Choice, Float, Parameters, Space

Cost: TypeAlias = Literal["cells", "table", "rows", "pairs"]
"""What the time of a fit grows with: rows x columns x classes, rows x columns, rows, or pairs of rows x columns."""
Wrapper: TypeAlias = Literal["", "calibrated", "label_encoded", "scaled_target"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """A learner: its names, where it lives, how it starts, what is searched and what it can take."""

    name: str
    legacy: str
    """Azure ML's name of 2018."""
    path: str
    """`module:Class`; empty for an estimator of the user's."""
    packed: str = ""
    """The user's estimator, see ``own``."""
    preprocessors: tuple[str, ...]
    """Those that suit it, the best one first."""
    defaults: Parameters = field(default_factory=dict)
    fixed: Parameters = field(default_factory=dict)
    """Parameters that no recipe changes: silence, repeatability."""
    space: Space = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """More names by which it is known."""
    seed: str = "random_state"
    """Name of its parameter for the seed, or empty."""
    threads: str = ""
    """Name of its parameter for the number of threads, or empty."""
    wrapper: Wrapper = ""
    """What has to stand around the class; see ``estimators``."""
    fit_s: float
    """Seconds of one fit with the defaults, one thread and a million cells (see `plan.expected_s`), measured."""
    supports_weights: bool = True
    supports_sparse: bool = True
    supports_missing: bool = False
    needs_nonnegative: bool = False
    boosts: bool = False
    """It fits trees one after the other, for each class."""
    stops_early: bool = False
    """Rows held back can tell it when to stop."""
    slow_above_rows: int | None = None
    cost: Cost = "cells"
    worth: float = 1.0
    """By how much it may be longer than others before it has to wait behind them: what wins often, or is unlike all."""


SLOW_ABOVE_ROWS = 5000
SLOW_NETWORK_ROWS = 50_000
BOOSTING_WORTH = 150.0
"""Boosting wins most often, is stopped in time, and leaves a model all the same."""

_WORDS = ("TfIdf",)
_ANY = ("StandardScalerWrapper", "MaxAbsScaler", "RobustScaler", "MinMaxScaler")
_TREES = ("MaxAbsScaler", "StandardScalerWrapper", "TruncatedSVDWrapper", "SparseNormalizer")
_FORESTS = (*_TREES[:2], "FeatureCrosses", *_TREES[2:])
_BOOSTED = (*_TREES[:2], "FeatureCrosses", "CountsAndCrosses", *_TREES[2:])
_DISTANCES = ("StandardScalerWrapper", "MinMaxScaler", "PCA", "RobustScaler", "SparseNormalizer")
_FOREST: Parameters = {"n_estimators": 150, "max_features": "sqrt", "criterion": "gini", "class_weight": None}
_FOREST_SPACE: Space = {
    **spaces.FOREST_SPACE,
    # With many classes a forest that looks at all features takes minutes where one of a few takes a second.
    "max_features": Choice(("sqrt", 0.2, 0.35, 0.5)),
    "criterion": Choice(("gini", "entropy")),
    "class_weight": spaces.BALANCE,
}

CLASSIFIERS: tuple[Algorithm, ...] = (
    Algorithm(
        name="LogisticRegression",
        legacy="logistic regression",
        path="sklearn.linear_model:LogisticRegression",
        preprocessors=(*_ANY, *_WORDS, "PCA", "TruncatedSVDWrapper"),
        defaults={"C": 1.0, "class_weight": None},
        fixed={"max_iter": 300},
        space={"C": Float(1e-4, 1e3, log=True), "class_weight": spaces.BALANCE},
        fit_s=0.03,
    ),
    Algorithm(
        name="SGD",
        legacy="SGD classifier",
        path="sklearn.linear_model:SGDClassifier",
        preprocessors=(*_ANY, *_WORDS),
        defaults={"loss": "log_loss", "alpha": 1e-3, "penalty": "l2", "class_weight": None},
        fixed={"max_iter": 500},
        space={**spaces.SGD_SPACE, "loss": Choice(("log_loss", "modified_huber")), "class_weight": spaces.BALANCE},
        also=("SGDClassifierWrapper",),
        threads="n_jobs",
        fit_s=0.1,
    ),
    Algorithm(
        name="MultinomialNaiveBayes",
        legacy="MultinomialNB",
        path="sklearn.naive_bayes:MultinomialNB",
        preprocessors=("MinMaxScaler", *_WORDS),
        defaults={"alpha": 1.0, "fit_prior": True},
        space={"alpha": Float(1e-3, 20.0, log=True), "fit_prior": Choice((True, False))},
        seed="",
        needs_nonnegative=True,
        fit_s=0.01,
    ),
    Algorithm(
        name="BernoulliNaiveBayes",
        legacy="BernoulliNB",
        path="sklearn.naive_bayes:BernoulliNB",
        preprocessors=("MinMaxScaler",),
        defaults={"alpha": 1.0, "binarize": 0.3},
        space={"alpha": Float(1e-3, 20.0, log=True), "binarize": Float(0.0, 0.9)},
        seed="",
        fit_s=0.01,
    ),
    Algorithm(
        name="SVM",
        legacy="SVM",
        path="sklearn.svm:SVC",
        preprocessors=("StandardScalerWrapper", "RobustScaler", "MinMaxScaler", "PCA", *_WORDS),
        defaults={"C": 3.0, "gamma": "scale", "class_weight": None},
        fixed={"decision_function_shape": "ovo", "cache_size": 300, "max_iter": 200_000},
        space={"C": Float(0.03, 300.0, log=True), "gamma": Float(1e-4, 1.0, log=True), "class_weight": spaces.BALANCE},
        also=("SVCWrapper",),
        wrapper="calibrated",
        slow_above_rows=SLOW_ABOVE_ROWS,
        cost="pairs",
        fit_s=10.0,
    ),
    Algorithm(
        name="LinearSVM",
        legacy="LinearSVM",
        path="sklearn.svm:LinearSVC",
        preprocessors=(*_ANY, *_WORDS),
        defaults={"C": 0.1, "class_weight": None},
        fixed={"dual": "auto", "max_iter": 1000},
        space={"C": Float(1e-4, 10.0, log=True), "class_weight": spaces.BALANCE},
        also=("LinearSVMWrapper",),
        wrapper="calibrated",
        fit_s=0.15,
    ),
    Algorithm(
        name="MLP",
        legacy="multilayer perceptron",
        path="sklearn.neural_network:MLPClassifier",
        preprocessors=_ANY,
        defaults={"learning_rate_init": 1e-3, "alpha": 1e-4, "activation": "relu"},
        fixed={"hidden_layer_sizes": [256, 128], "early_stopping": True, "max_iter": 200},
        space={
            "learning_rate_init": Float(3e-4, 1e-2, log=True),
            "alpha": Float(1e-6, 0.1, log=True),
            "activation": Choice(("relu", "tanh")),
        },
        supports_weights=False,
        slow_above_rows=SLOW_NETWORK_ROWS,
        cost="rows",
        worth=5.0,
        fit_s=8.0,
    ),
    Algorithm(
        name="KNN",
        legacy="kNN",
        path="sklearn.neighbors:KNeighborsClassifier",
        preprocessors=_DISTANCES,
        defaults=spaces.KNN,
        space=spaces.KNN_SPACE,
        seed="",
        threads="n_jobs",
        supports_weights=False,
        slow_above_rows=SLOW_ABOVE_ROWS,
        cost="table",
        fit_s=0.04,
    ),
    Algorithm(
        name="DecisionTree",
        legacy="DT",
        path="sklearn.tree:DecisionTreeClassifier",
        preprocessors=_TREES,
        defaults={**spaces.TREE, "criterion": "gini", "class_weight": None},
        space={**spaces.TREE_SPACE, "criterion": Choice(("gini", "entropy")), "class_weight": spaces.BALANCE},
        supports_missing=True,
        cost="table",
        fit_s=0.4,
    ),
    Algorithm(
        name="RandomForest",
        legacy="RF",
        path="sklearn.ensemble:RandomForestClassifier",
        preprocessors=_FORESTS,
        defaults={**_FOREST, "min_samples_leaf": 2},
        space=_FOREST_SPACE,
        threads="n_jobs",
        supports_missing=True,
        cost="table",
        fit_s=9.0,
    ),
    Algorithm(
        name="ExtremeRandomTrees",
        legacy="extra trees",
        path="sklearn.ensemble:ExtraTreesClassifier",
        preprocessors=_FORESTS,
        defaults={**_FOREST, "min_samples_leaf": 1},
        space=_FOREST_SPACE,
        threads="n_jobs",
        supports_missing=True,
        cost="table",
        worth=2.0,
        fit_s=4.0,
    ),
    Algorithm(
        name="LightGBM",
        legacy="lgbm_classifier",
        path="lightgbm:LGBMClassifier",
        preprocessors=_BOOSTED,
        defaults={**spaces.LIGHTGBM, "class_weight": None},
        fixed=spaces.LIGHTGBM_FIXED,
        space={**spaces.LIGHTGBM_SPACE, "class_weight": spaces.BALANCE},
        also=("LightGBMClassifier",),
        threads="n_jobs",
        supports_missing=True,
        boosts=True,
        worth=BOOSTING_WORTH,
        stops_early=True,
        fit_s=2.8,
    ),
    Algorithm(
        name="GradientBoosting",
        legacy="gradient boosting",
        path="sklearn.ensemble:GradientBoostingClassifier",
        preprocessors=_TREES,
        defaults=spaces.GRADIENT_BOOSTING,
        space=spaces.GRADIENT_BOOSTING_SPACE,
        boosts=True,
        fit_s=6.0,
    ),
    Algorithm(
        name="XGBoostClassifier",
        legacy="xgboost classifier",
        path="xgboost:XGBClassifier",
        preprocessors=_BOOSTED,
        defaults=spaces.XGBOOST,
        fixed=spaces.XGBOOST_FIXED,
        space=spaces.XGBOOST_SPACE,
        also=("XGBoost",),
        threads="n_jobs",
        wrapper="label_encoded",
        supports_missing=True,
        boosts=True,
        worth=BOOSTING_WORTH,
        stops_early=True,
        fit_s=2.8,
    ),
    Algorithm(
        name="CatBoost",
        legacy="catboost_classifier",
        path="catboost:CatBoostClassifier",
        preprocessors=_BOOSTED,
        defaults=spaces.CATBOOST,
        fixed=spaces.CATBOOST_FIXED,
        space=spaces.CATBOOST_SPACE,
        seed="random_seed",
        threads="thread_count",
        wrapper="label_encoded",
        supports_missing=True,
        boosts=True,
        worth=BOOSTING_WORTH,
        stops_early=True,
        fit_s=9.0,
    ),
)

_ALIKE = {algorithm.name: algorithm for algorithm in CLASSIFIERS}

REGRESSORS: tuple[Algorithm, ...] = (
    Algorithm(
        name="ElasticNet",
        legacy="Elastic net",
        path="sklearn.linear_model:ElasticNet",
        preprocessors=(*_ANY, *_WORDS, "PCA", "TruncatedSVDWrapper"),
        defaults={"alpha": 0.01, "l1_ratio": 0.5},
        fixed={"max_iter": 300},
        space={"alpha": Float(1e-5, 1.0, log=True), "l1_ratio": Float(0.01, 1.0)},
        wrapper="scaled_target",
        fit_s=0.1,
    ),
    replace(
        _ALIKE["GradientBoosting"],
        legacy="Gradient boosting regressor",
        path="sklearn.ensemble:GradientBoostingRegressor",
        defaults={**spaces.GRADIENT_BOOSTING, "max_features": 0.5, "loss": "squared_error"},
        space={**spaces.GRADIENT_BOOSTING_SPACE, "loss": Choice(("squared_error", "huber"))},
        fit_s=13.0,
    ),
    replace(
        _ALIKE["DecisionTree"],
        legacy="DT regressor",
        path="sklearn.tree:DecisionTreeRegressor",
        defaults=spaces.TREE,
        space=spaces.TREE_SPACE,
        fit_s=0.5,
    ),
    replace(_ALIKE["KNN"], legacy="kNN regressor", path="sklearn.neighbors:KNeighborsRegressor", fit_s=0.1),
    replace(
        _ALIKE["MLP"],
        legacy="multilayer perceptron regressor",
        path="sklearn.neural_network:MLPRegressor",
        defaults={"learning_rate_init": 3e-3, "alpha": 1e-4, "activation": "relu"},
        wrapper="scaled_target",
    ),
    replace(
        _ALIKE["SVM"],
        legacy="SVM regressor",
        path="sklearn.svm:SVR",
        also=(),
        seed="",
        defaults={"C": 1.0, "gamma": "scale", "epsilon": 0.1},
        fixed={"cache_size": 300, "max_iter": 200_000},
        space={
            "C": Float(0.03, 100.0, log=True),
            "gamma": Float(1e-4, 1.0, log=True),
            "epsilon": Float(0.003, 0.3, log=True),
        },
        wrapper="scaled_target",
    ),
    Algorithm(
        name="LassoLars",
        legacy="Lasso lars",
        path="sklearn.linear_model:LassoLars",
        preprocessors=(*_ANY, "PCA"),
        defaults={"alpha": 0.002},
        fixed={"max_iter": 300},
        space={"alpha": Float(1e-5, 0.3, log=True)},
        wrapper="scaled_target",
        supports_weights=False,
        supports_sparse=False,
        fit_s=0.1,
    ),
    Algorithm(
        name="SGD",
        legacy="SGD regressor",
        path="sklearn.linear_model:SGDRegressor",
        preprocessors=("StandardScalerWrapper", "RobustScaler", "MinMaxScaler", "MaxAbsScaler"),
        defaults={"loss": "squared_error", "alpha": 1e-4, "penalty": "l2", "eta0": 0.01},
        fixed={"learning_rate": "adaptive", "max_iter": 300},
        space={
            **spaces.SGD_SPACE,
            "loss": Choice(("squared_error", "huber")),
            "eta0": Float(1e-4, 0.03, log=True),
        },
        wrapper="scaled_target",
        fit_s=0.2,
    ),
    replace(
        _ALIKE["RandomForest"],
        legacy="RF regressor",
        path="sklearn.ensemble:RandomForestRegressor",
        defaults={"n_estimators": 150, "min_samples_leaf": 2, "max_features": 0.5},
        space=spaces.FOREST_SPACE,
        fit_s=27.0,
    ),
    replace(
        _ALIKE["ExtremeRandomTrees"],
        legacy="extra trees regressor",
        path="sklearn.ensemble:ExtraTreesRegressor",
        defaults={"n_estimators": 150, "min_samples_leaf": 2, "max_features": 0.75},
        space=spaces.FOREST_SPACE,
        fit_s=15.0,
    ),
    replace(
        _ALIKE["LightGBM"],
        legacy="lightGBM regressor",
        path="lightgbm:LGBMRegressor",
        also=("LightGBMRegressor",),
        defaults=spaces.LIGHTGBM,
        space=spaces.LIGHTGBM_SPACE,
        fit_s=3.3,
    ),
    replace(
        _ALIKE["XGBoostClassifier"],
        name="XGBoostRegressor",
        legacy="xgboost regressor",
        path="xgboost:XGBRegressor",
        wrapper="",
        fit_s=5.0,
    ),
    replace(_ALIKE["CatBoost"], legacy="catboost_regressor", path="catboost:CatBoostRegressor", wrapper="", fit_s=13.0),
)
