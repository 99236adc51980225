"""Every keyword of AutoMLConfig that is built, as one table. Not here: how they are combined (``combinations``).

From `PARAMETERS` come the checks, the docstring of `AutoMLConfig`, and the page docs/configuration.md (``reference``).
"""

from __future__ import annotations

from typing import Any

from automl_widgets.sdk.keywords import Alias, Group, Parameter
from automl_widgets.sdk.kinds import (
    COLUMN,
    FEATURIZATION,
    FLAG,
    FOLDS,
    LABEL,
    MAPPING,
    METRIC,
    N_FOLDS,
    NAMES,
    NAMES_OR_NONE,
    PATH,
    RUN_CONFIGURATION,
    TABLE,
    TARGET,
    TEXT,
    Kind,
    data,
    one_of,
    real,
    whole,
)
from automl_widgets.sdk.unbuilt import UNBUILT

DEFAULT_METRIC = {"classification": "accuracy", "regression": "normalized_root_mean_squared_error"}
STACK_LEARNERS = {
    "classification": ("LogisticRegression", "LogisticRegressionCV", "LightGBMClassifier"),
    "regression": ("ElasticNet", "ElasticNetCV", "LightGBMRegressor", "LinearRegression"),
}


def _is_later_task(value: object) -> bool:
    return isinstance(value, str) and (value == "forecasting" or value.startswith(("image-", "text-")))


def _input(group: Group, name: str, kind: Kind, meaning: str) -> Parameter:
    return Parameter(name=name, kind=kind, default="None", meaning=meaning, group=group, is_input=True)


def _plain(group: Group, name: str, kind: Kind, default: str, meaning: str, **more: Any) -> Parameter:
    return Parameter(name=name, kind=kind, default=default, meaning=meaning, group=group, **more)


def _setting(group: Group, name: str, kind: Kind, default: str, setting: str, meaning: str, **more: Any) -> Parameter:
    return Parameter(name=name, kind=kind, default=default, meaning=meaning, group=group, setting=setting, **more)


# fmt: off
_TASK = (
    _setting("task", "task", one_of("classification", "regression"), "required", "task",
             "What is learned: labels or numbers. Forecasting, image and text tasks are not supported yet.",
             is_later=_is_later_task),
    _setting("task", "primary_metric", METRIC, "'accuracy' or 'normalized_root_mean_squared_error'", "primary_metric",
             "What is optimised: the name of any metric of the task, or a score of your own: a scorer of "
             "scikit-learn's `make_scorer`, or a function of truth and prediction that has the attribute "
             "`greater_is_better`."),
    _setting("task", "positive_label", LABEL, "None", "positive_label",
             "The class that the metrics ending in `_binary` look at; the last in sorted order by default."),
    _setting("task", "name", TEXT, "'automl'", "name", "Name kept with the settings of the run."),
    _setting("task", "random_state", whole(0, 2**32 - 1), "42", "random_state",
             "Seed of everything that is random. The same seed and number of iterations give the same table."),
)
_DATA = (
    _input("data", "X", data("(n_rows, n_columns)"),
           "Features: a frame (pandas, polars, pyarrow, or whatever has Arrow's interface), array, sparse "
           "matrix, or the path of a CSV or Parquet file."),
    _input("data", "y", data("(n_rows,)"), "Target: labels or numbers, one for each row of `X`."),
    _input("data", "sample_weight", data("(n_rows,)"), "Weights of the rows, at least 0."),
    _input("data", "X_valid", data("(n_valid, n_columns)"),
           "With `y_valid`: rows to validate on. Without, beside `n_cross_validations`: rows to explain."),
    _input("data", "y_valid", data("(n_valid,)"), "Target of `X_valid`."),
    _input("data", "sample_weight_valid", data("(n_valid,)"), "Weights of the rows of `X_valid`."),
    _input("data", "training_data", TABLE, "One table with features and target, in place of `X` and `y`."),
    _input("data", "validation_data", TABLE, "Rows to validate on, with the columns of `training_data`."),
    _input("data", "label_column_name", COLUMN, "Column of `training_data` that holds the target."),
    _input("data", "weight_column_name", COLUMN, "Column of `training_data` that holds weights."),
    _plain("data", "data_script", PATH, "None",
           "A Python file with `get_data()`, in the folder `path`: it runs where the iterations run, and returns the "
           "data."),
    _setting("data", "featurization", FEATURIZATION, "'auto'", "featurization",
             "'auto': missing values are filled, and dates, categories and texts become numbers. 'off': `X` must "
             "hold numbers only. A FeaturizationConfig: as 'auto', with wishes of your own for columns and steps."),
    _plain("data", "drop_column_names", NAMES, "None", "Columns that are not used."),
    _setting("data", "keep_data_mb", whole(0), "1000", "keep_data_mb",
             "A copy of the data lies in the run's folder while it runs. It stays there after the end, for `retry` and "
             "`continue_experiment`, unless it is larger than this many megabytes."),
    _plain("data", "preprocess", FLAG, "None",
           "Older form of `featurization`: True means 'auto', False means 'off'."),
    _setting("data", "exclude_nan_labels", FLAG, "True", "drop_missing_labels",
             "Leave rows without a target out. If False, they are an error."),
)
_VALIDATION = (
    _setting("validation", "n_cross_validations", N_FOLDS, "by the number of rows", "n_folds",
             "Number of folds. By default 10 below 1,000 rows, 3 up to 20,000 rows, and above that, or if `X` is "
             "sparse, one tenth of the rows is held out. Beside `validation_size`: number of random splits."),
    _setting("validation", "validation_size", real(above=0, below=1), "None", "validation_size",
             "Share of the rows that is held out."),
    _input("validation", "cv_splits_indices", FOLDS, "Folds of your own: row numbers to train and to validate on."),
    _input("validation", "cv_split_column_names", NAMES,
           "Columns of `training_data`, one a fold, with 1 for a row to train and 0 for a row to validate on."),
)
_SEARCH = (
    _setting("search", "iterations", whole(1, 1000), "1000", "iterations",
             "Number of pipelines to try, ensembles included."),
    _setting("search", "allowed_models", NAMES, "all", "allowed_algorithms", "Names of the only algorithms to try.",
             aliases=(Alias(name="whitelist_models"),)),
    _setting("search", "blocked_models", NAMES_OR_NONE, "none", "blocked_algorithms",
             "Names of algorithms not to try.",
             aliases=(Alias(name="blacklist_models"), Alias(name="blacklist_algos"))),
    _plain("search", "own_models", MAPPING, "none",
           "Estimators of your own, by name, which are tried before all others: `{'mine': estimator}` or `{'mine': "
           "(estimator, space)}`. A space has for a parameter a list of values, `(low, high)`, `(low, high, 'log')` or "
           "one of Optuna's distributions."),
    _setting("search", "auto_blacklist", FLAG, "True", "block_slow_algorithms",
             "Leave KNN and SVM out above 5,000 rows."),
    _setting("search", "enable_early_stopping", FLAG, "True", "early_stopping",
             "Stop when the best score has not improved for `early_stopping_n_iters` iterations; the first 20, "
             "and as many as there are known recipes, are tried in any case."),
    _setting("search", "early_stopping_n_iters", whole(1), "None", "early_stopping_window",
             "See `enable_early_stopping`; None for 20, in a run with a time limit 40, or as many as the best one "
             "came after if that is more."),
    _setting("search", "experiment_exit_score", real(), "None", "exit_score",
             "Stop when the primary metric reaches this.", aliases=(Alias(name="exit_score"),)),
)
_LIMITS = (
    _setting("limits", "experiment_timeout_hours", real(above=0), "None", "experiment_timeout_s",
             "The run ends within this time; fractions are allowed.", scale=3600,
             aliases=(Alias(name="experiment_timeout_minutes", divide_by=60, is_current=True),
                      Alias(name="exit_time_sec", divide_by=3600))),
    _setting("limits", "iteration_timeout_minutes", real(above=0), "None", "iteration_timeout_s",
             "An iteration that takes longer is stopped; fractions are allowed.", scale=60,
             aliases=(Alias(name="max_time_sec", divide_by=60),)),
    _setting("limits", "mem_in_mb", whole(1), "None", "memory_mb", "An iteration that needs more memory is stopped."),
    _setting("limits", "max_concurrent_iterations", whole(1), "number of cores", "max_concurrent_iterations",
             "Iterations at the same time, never more than the machine has cores.",
             aliases=(Alias(name="concurrent_iterations"),)),
    _setting("limits", "max_cores_per_iteration", whole(1, also=(-1,)), "1", "threads_per_iteration",
             "Threads of one iteration; -1 for all cores."),
)
_ENSEMBLES = (
    _setting("ensembles", "enable_voting_ensemble", FLAG, "True from 3 iterations on", "voting_ensemble",
             "Make one of the last iterations a weighted vote of the best ones.",
             aliases=(Alias(name="enable_ensembling"),)),
    _setting("ensembles", "enable_stack_ensemble", FLAG, "True from 4 iterations on", "stack_ensemble",
             "Make the last iteration a model that learns from the predictions of the best ones.",
             aliases=(Alias(name="enable_stack_ensembling"),)),
    _setting("ensembles", "ensemble_iterations", whole(1), "15 or `iterations`", "ensemble_candidates",
             "Number of best iterations that an ensemble chooses from."),
    _setting("ensembles", "stack_meta_learner_type", one_of(*(n for names in STACK_LEARNERS.values() for n in names)),
             "LogisticRegression or ElasticNet", "stack_meta_learner", "The learner of the stack ensemble."),
    _setting("ensembles", "stack_meta_learner_kwargs", MAPPING, "none", "stack_meta_parameters", "Its parameters."),
)
_OUTPUT = (
    _setting("output", "model_explainability", FLAG, "True", "explain_best",
             "Explain the best iteration, feature by feature, when the run has ended."),
    _plain("output", "path", PATH, "None", "Folder of your project; it goes along with `data_script`."),
    _setting("output", "debug_log", PATH, "'automl.log'", "debug_log", "File that takes the log."),
    _setting("output", "verbosity", whole(0, 50), "logging.INFO", "verbosity", "Level of the log."),
    _plain("output", "compute_target", TARGET, "'local'",
           "Where iterations run: 'local', this machine, or a ComputeTarget (docs/compute.md)."),
    _plain("output", "run_configuration", RUN_CONFIGURATION, "None",
           "A RunConfiguration: target and environment of a run on a ComputeTarget."),
)
# fmt: on

PARAMETERS: dict[str, Parameter] = {
    p.name: p for p in (*_TASK, *_DATA, *_VALIDATION, *_SEARCH, *_LIMITS, *_ENSEMBLES, *_OUTPUT, *UNBUILT)
}
ALIASES: dict[str, tuple[Parameter, Alias]] = {a.name: (p, a) for p in PARAMETERS.values() for a in p.aliases}
