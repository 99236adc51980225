"""What a user can get wrong, and the words that she reads; or what is repaired, and the word of that."""

from __future__ import annotations

import datetime
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets import AutoMLConfig, ConfigError, DataError, NotSupportedError
from automl_widgets.data.folds import resolve, splits
from automl_widgets.data.guardrails import check
from automl_widgets.data.load import Table, load

N = 60
GOOD: dict[str, Any] = {
    "X": np.arange(2.0 * N).reshape(N, 2) % 7,
    "y": np.array(["a", "b", "c"] * (N // 3), dtype=object),
}
NUMBERS = np.arange(float(N)) % 11
FRAME = pd.DataFrame({"age": NUMBERS, "size": NUMBERS[::-1] * 2.0, "label": GOOD["y"], "w": np.ones(N)})


def read(task: str = "classification", **keywords: Any) -> Table:
    """Take the way of a user's data: configuration, loading, guardrails, folds."""
    config = AutoMLConfig(task, **keywords)
    table = load(config.settings, config.inputs)
    validation = resolve(config.settings, table.profile, config.inputs)
    assert check(table, config.settings, validation)
    assert splits(validation, table.data, 0)
    return table


def changed(column: str, values: Any) -> pd.DataFrame:
    return FRAME[["age", "size"]].assign(**{column: values})


def put(array: np.ndarray, at: Any, value: Any) -> np.ndarray:
    array = array.copy()
    array[at] = value
    return array


BAD_CONFIGS: dict[str, tuple[dict[str, Any], str]] = {
    "a typo": ({"iteration": 5}, "`iteration` is not a parameter. Did you mean `iterations`?"),
    "a name of nothing": ({"qqq": 5}, "`qqq` is not a parameter. docs/configuration.md lists all of them."),
    "no iteration": ({"iterations": 0}, "`iterations` must be a whole number from 1 to 1000, but got iterations=0."),
    "a fraction": ({"iterations": 1.5}, "`iterations` must be a whole number from 1 to 1000, but got iterations=1.5."),
    "a word": ({"iterations": "5"}, "`iterations` must be a whole number from 1 to 1000, but got iterations='5'."),
    "no number": ({"iterations": float("nan")}, "`iterations` must be a whole number from 1 to 1000, but got"),
    "one fold": ({"n_cross_validations": 1}, "must be a whole number from 2 to 1000, or 'auto', but got"),
    "all rows held out": ({"validation_size": 1.0}, "`validation_size` must be a number above 0 and below 1, but got"),
    "no time": ({"iteration_timeout_minutes": 0}, "must be a number above 0, but got iteration_timeout_minutes=0."),
    "old unit": (
        {"max_time_sec": -1},
        "`iteration_timeout_minutes` must be a number above 0, but got max_time_sec=-1.",
    ),
    "old and new": ({"exit_score": 0.5, "experiment_exit_score": 0.5}, "an older name of `experiment_exit_score`"),
    "no flag": ({"preprocess": "yes"}, "`preprocess` must be True or False, but got preprocess='yes'."),
    "both forms": ({"preprocess": False, "featurization": "auto"}, "preprocess=False contradicts featurization='auto'"),
    "a word for models": ({"allowed_models": "SVM"}, "`allowed_models` must be a list of names that is not empty, but"),
    "a model's typo": ({"blocked_models": ["LightGMB"]}, "`blocked_models` must hold names of algorithms."),
    "no model is left": ({"allowed_models": ["SVM"], "blocked_models": ["SVM"]}, "blocks every model that is allowed"),
    "a metric's typo": ({"primary_metric": "acuracy"}, "There is no metric 'acuracy'. Did you mean accuracy?"),
    "another task's metric": ({"primary_metric": "r2_score"}, "r2_score is one of regression: choose one of"),
    "a score out of reach": ({"experiment_exit_score": 95}, "a value that accuracy can reach, from 0 to 1, but got"),
    "a wrong meta learner": ({"stack_meta_learner_type": "ElasticNet"}, "'ElasticNet' is not for classification"),
    "too few for ensembles": ({"iterations": 2, "enable_voting_ensemble": True}, "needs at least 3 iterations, but"),
    "too many candidates": ({"iterations": 5, "ensemble_iterations": 9}, "must be at most `iterations` (5), but got"),
    "X twice": ({"training_data": FRAME}, "`X` and `y` cannot be given beside `training_data`"),
    "validation target alone": ({"y_valid": [1]}, "`y_valid` was given without `X_valid`: give both."),
    "validation rows alone": ({"X_valid": [[1]]}, "give `y_valid` to validate on these rows, or `n_cross_validations`"),
    "two ways to validate": (
        {"X_valid": [[1]], "y_valid": [1], "n_cross_validations": 3},
        "`n_cross_validations` cannot be given beside `X_valid` and `y_valid`",
    ),
    "folds twice": ({"cv_splits_indices": [[[0], [1]]], "n_cross_validations": 3}, "cannot be given together"),
    "folds that are no pairs": (
        {"cv_splits_indices": [[1, 2, 3]]},
        "must be a list of pairs [training rows, validation",
    ),
    "a table's companion": ({"label_column_name": "a"}, "`label_column_name` needs `training_data`: give it, or use"),
    "an unweighted end": (
        {"X_valid": [[1]], "y_valid": [1], "sample_weight": [1]},
        "`sample_weight` beside `X_valid` and `y_valid` needs `sample_weight_valid`: give it.",
    ),
    "no name": ({"name": ""}, "`name` must be a text that is not empty, but got name=''."),
    "no path": ({"debug_log": 5}, "`debug_log` must be a path, but got debug_log=5."),
    "a list for a mapping": ({"stack_meta_learner_kwargs": [1]}, "must be a dictionary with texts as keys, but got"),
    "numbers as keys": ({"stack_meta_learner_kwargs": {1: 2}}, "must be a dictionary with texts as keys, but got"),
    "a list for a label": (
        {"positive_label": [1]},
        "`positive_label` must be a label: a text, a number, True or False",
    ),
    "folds in a word": ({"cv_splits_indices": "all"}, "must be a list of pairs [training rows, validation rows], but"),
    "a negative seed": ({"random_state": -1}, "`random_state` must be a whole number from 0 to 4294967295, but got"),
    "weights of nothing": ({"sample_weight_valid": [1]}, "`sample_weight_valid` needs `X_valid` and `y_valid`"),
}


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_a_bad_configuration_is_refused_with_a_reason_and_an_advice(case: str) -> None:
    keywords, words = BAD_CONFIGS[case]
    with pytest.raises(ConfigError, match=re.escape(words)):
        read(**{**GOOD, **keywords})


BAD_CALLS: dict[str, tuple[dict[str, Any], str]] = {
    "no data": ({}, "There is no data: give `X` and `y`, or `training_data` and `label_column_name`."),
    "no target": ({"training_data": FRAME}, "`training_data` needs `label_column_name`: name the column"),
    "two forms": (
        {"training_data": FRAME, "label_column_name": "label", "sample_weight": [1]},
        "`sample_weight` cannot be given beside `training_data`: use `weight_column_name` and `validation_data`.",
    ),
    "one column for two": (
        {"training_data": FRAME, "label_column_name": "label", "weight_column_name": "Label"},
        "`weight_column_name` and `label_column_name` both name the column 'Label'",
    ),
    "a class of numbers": (
        {"task": "regression", "X": [[1]], "y": [1], "positive_label": 1},
        "`positive_label` is for classification only: leave it out.",
    ),
}


@pytest.mark.parametrize("case", BAD_CALLS)
def test_a_configuration_without_a_sound_form_of_data_is_refused(case: str) -> None:
    keywords, words = BAD_CALLS[case]
    with pytest.raises(ConfigError, match=re.escape(words)):
        AutoMLConfig(**{"task": "classification", **keywords})


def test_one_mistake_is_told_once() -> None:
    with pytest.raises(ConfigError, match="1 problem with AutoMLConfig") as caught:
        AutoMLConfig("classification", **GOOD, X_valid=GOOD["X"], n_cross_validations=1)
    assert len(caught.value.problems) == 1


def test_every_problem_of_a_configuration_is_told_at_once() -> None:
    with pytest.raises(ConfigError, match="4 problems with AutoMLConfig:") as caught:
        AutoMLConfig("classificaton", X=[[1]], iteration=5, n_cross_validations=1)
    assert [problem.split("`")[1] for problem in caught.value.problems] == [
        "task", "n_cross_validations", "iteration", "X",
    ]  # fmt: skip


NOT_YET: dict[str, tuple[dict[str, Any], str]] = {
    "forecasting": ({"task": "forecasting"}, "task='forecasting' is not supported yet"),
    "spark": ({"spark_context": object()}, "spark_context=object is not supported yet"),
    "ONNX": ({"enable_onnx_compatible_models": True}, "enable_onnx_compatible_models=True is not supported yet"),
    "a time column": ({"time_column_name": "day"}, "time_column_name='day' is not supported yet. Forecasting."),
}


@pytest.mark.parametrize("case", NOT_YET)
def test_what_is_not_built_yet_says_so(case: str) -> None:
    keywords, words = NOT_YET[case]
    with pytest.raises(NotSupportedError, match=re.escape(words)):
        AutoMLConfig(**{"task": "classification", **GOOD, **keywords})


X, Y, OFF = GOOD["X"], GOOD["y"], {"preprocess": False}
BAD_DATA: dict[str, tuple[dict[str, Any], str]] = {
    "one-dimensional X": (
        {"X": NUMBERS},
        "`X` must have two dimensions (n_rows, n_columns), but it has the shape (60,)",
    ),
    "three-dimensional X": ({"X": X.reshape(N, 2, 1)}, "shape (60, 2, 1). Use X.reshape(len(X), -1)."),
    "uneven lengths": ({"y": Y[:-1]}, "`y` must have as many values as `X` has rows (60), but it has 59."),
    "no rows": ({"X": X[:0], "y": Y[:0]}, "`X` has no rows: it must have at least one."),
    "no columns": ({"X": X[:, :0]}, "`X` has no columns: it must have at least one feature."),
    "one row": ({"X": X[:1], "y": Y[:1]}, "`X` must have at least 4 rows to train and to validate on, but it has 1."),
    "constant columns": ({"X": np.ones((N, 3))}, "Every column of `X` has one value only"),
    "a dictionary": ({"X": {"data": X}}, "but got dict of length 1. Give one of its entries, such as 'data'."),
    "a number": ({"X": 5}, "`X` must be a frame, an array or a sparse matrix, but got 5."),
    "uneven rows": ({"X": [[1, 2]] * 59 + [[1]]}, "the rows of the list must be equally long, but they have [1, 2]"),
    "lists in cells": ({"X": changed("tags", [["x"]] * N)}, "Column 'tags' of `X` holds list values (['x'])"),
    "complex numbers": ({"X": X.astype(complex)}, "`X` holds complex numbers; it must hold real ones."),
    "a complex column": ({"X": changed("z", np.full(N, 1j))}, "Column 'z' of `X` holds complex numbers"),
    "one name twice": ({"X": pd.DataFrame(X, columns=["a", "a"])}, "several columns of one name: 'a'"),
    "names alike as text": ({"X": pd.DataFrame(X, columns=[1, "1"])}, "several columns of one name: '1'"),
    "the target among features": (
        {"X": FRAME[["age", "label"]], "y": FRAME["label"]},
        "holds the target itself as column",
    ),
    "NaN in sparse": (
        {"X": sparse.csr_matrix(put(X, (0, 0), np.nan))},
        "`X` is sparse and holds NaN or infinite values",
    ),
    "text, no featurization": ({"X": FRAME[["age", "label"]], **OFF}, "but 'label' holds text. Use preprocess=True"),
    "dates, no featurization": (
        {"X": changed("day", pd.Timestamp("2020-01-01")), **OFF},
        "`X` must hold finite numbers only, but 'day' holds dates. Use preprocess=True",
    ),
    "NaN, no featurization": (
        {"X": put(X, (0, 0), np.nan), **OFF},
        "but there is 1 missing value. Use preprocess=True",
    ),
    "infinity, no featurization": ({"X": put(X, (slice(2), 0), np.inf), **OFF}, "but there are 2 infinite values."),
    "one class": ({"y": ["a"] * N}, "`y` holds the one class 'a' only: there must be at least two."),
    "classes of one row": ({"y": ["a"] * (N - 1) + ["b"]}, "at least two classes must have two rows or more"),
    "no label": ({"y": [None] * N}, "`y` holds missing values only: it must hold the target."),
    "missing labels kept": (
        {"y": put(Y, 3, None), "exclude_nan_labels": False},
        "`y` lacks 1 value. Leave these rows out",
    ),
    "several targets": ({"y": np.ones((N, 2))}, "`y` must be one column, but it has 2."),
    "labels of two types": (
        {"y": [1, "a"] * 30},
        "labels of one type, but it holds values of several types (int, str)",
    ),
    "dates as labels": ({"y": [datetime.date(2020, 1, 1)] * N}, "labels of one type, but it holds dates or times"),
    "numbers as classes": (
        {"y": NUMBERS / 3 + np.arange(N)},
        "60 different fractions in 60 rows: too many classes. Use task=",
    ),
    "identifiers as classes": ({"y": [f"id{k}" for k in range(N)]}, "It looks like an identifier: choose the column"),
    "text to predict": ({"task": "regression"}, "`y` must hold numbers for regression, but it holds text ('a')."),
    "numbers in text": ({"task": "regression", "y": list("12") * 30}, "convert them with pandas.to_numeric."),
    "an infinite target": (
        {"task": "regression", "y": put(NUMBERS, 7, np.inf)},
        "1 infinite value, the first in row 7",
    ),
    "a constant target": ({"task": "regression", "y": np.ones(N)}, "`y` is 1 in every row: there is nothing to learn."),
    "an unknown positive": ({"positive_label": "z"}, "must be one of the labels ('a', 'b', 'c'), but it is 'z'."),
    "a metric for two": ({"primary_metric": "f1_score_binary"}, "is for two classes, but there are 3."),
    "few weights": (
        {"sample_weight": [1.0]},
        "`sample_weight` must have one weight for each of the 60 rows, but it has 1.",
    ),
    "a negative weight": ({"sample_weight": put(np.ones(N), 4, -1)}, "1 weight is negative, the first in row 4."),
    "a missing weight": ({"sample_weight": put(np.ones(N), 4, np.nan)}, "1 weight is missing or infinite"),
    "no weight": ({"sample_weight": np.zeros(N)}, "`sample_weight` is 0 in every row: at least one row must count."),
    "words as weights": ({"sample_weight": ["x"] * N}, "`sample_weight` must hold numbers, but"),
    "a fold out of range": ({"cv_splits_indices": [([0, 1], [60])]}, "row numbers from 0 to 59, but it holds 60."),
    "overlapping parts": ({"cv_splits_indices": [([0, 1], [1, 2])]}, "trains and validates on the same 1 row, row 1"),
    "an empty part": (
        {"cv_splits_indices": [([0, 1], [])]},
        "Fold 0 of `cv_splits_indices` has no rows to validate on",
    ),
    "words as rows": ({"cv_splits_indices": [(["a"], [1])]}, "must hold row numbers to train on, but it holds"),
    "fewer validation columns": (
        {"X": FRAME[["age", "size"]], "X_valid": FRAME[["age"]].rename(columns={"age": "siz"}), "y_valid": Y},
        "`X_valid` lacks 2 columns of the training data: 'age', 'size'",
    ),
    "a narrower array": (
        {"X_valid": X[:, :1], "y_valid": Y},
        "`X_valid` must have 2 columns as in training, but it has 1.",
    ),
    "unknown labels": ({"X_valid": X[:3], "y_valid": ["a", "b", "new"]}, "holds labels that training lacks: 'new'."),
    "uneven validation": (
        {"X_valid": X[:3], "y_valid": ["a"]},
        "`y_valid` must have as many values as `X_valid` has rows (3)",
    ),
    "text for numbers": (
        {"X": FRAME[["age", "size"]], "X_valid": changed("size", "big"), "y_valid": Y},
        "Column 'size' holds numbers in training, but text in `X_valid`.",
    ),
    "no such file": ({"X": "irs.csv"}, "`X`: there is no file 'irs.csv' in"),
    "a name as target": ({"y": "species"}, "For a column of a table, give `training_data` and `label_column_name`."),
}


@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data_are_refused_with_a_reason_and_an_advice(case: str) -> None:
    keywords, words = BAD_DATA[case]
    with pytest.raises(DataError, match=re.escape(words)):
        read(**{**GOOD, **keywords})


def test_every_problem_of_the_data_is_told_at_once() -> None:
    with pytest.raises(DataError, match="4 problems with the data:"):
        read(X=pd.DataFrame({"a": [[1]] * N}), y=["a"] * N, sample_weight=-np.ones(N), cv_splits_indices=[([0], [99])])


BAD_TABLES: dict[str, tuple[dict[str, Any], str]] = {
    "a label's typo": (
        {"label_column_name": "lable"},
        "has no column 'lable' (`label_column_name`). Did you mean 'label'?",
    ),
    "no weight column": ({"weight_column_name": "zz"}, "no column 'zz' (`weight_column_name`). It has 'age', 'size'"),
    "odd fold flags": (
        {"cv_split_column_names": ["age"]},
        "column 'age' (`cv_split_column_names`) must hold 1 (train)",
    ),
    "a sparse table": ({"training_data": sparse.eye(60)}, "`training_data` must be a table with named columns"),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_tables_are_refused_with_a_reason_and_an_advice(case: str) -> None:
    keywords, words = BAD_TABLES[case]
    with pytest.raises(DataError, match=re.escape(words)):
        read(**{"training_data": FRAME, "label_column_name": "label", **keywords})


REPAIRED: dict[str, tuple[dict[str, Any], str, str]] = {
    "rows without label": ({"y": put(Y, 3, None)}, "Missing labels", "Without a target, and left out: 1 of 60 rows."),
    "infinity": ({"X": put(X, (0, 0), np.inf)}, "Infinite values", "1 infinite value in `X` treated as missing."),
    "missing values": ({"X": put(X, (0, 0), np.nan)}, "Missing values", "1 value missing in 1 of 2 columns"),
    "numbers in text": ({"X": changed("n", ["1", "2.5"] * 30)}, "Text that holds numbers or dates", "in `X`: 'n'."),
    "a constant column": ({"X": changed("k", 1)}, "Columns that tell nothing", "'k' (constant)"),
    "an empty column": ({"X": changed("k", None)}, "Columns that tell nothing", "'k' (all missing)"),
    "an identifier": ({"X": changed("id", np.arange(N))}, "Columns that tell nothing", "'id' (identifier)"),
    "rare classes": ({"y": ["a"] * 50 + ["b"] * 10}, "Class balance", "the rarest of 2 classes, 'b', has 10 rows"),
    "fewer rows than folds": (
        {"X": X[:6], "y": list("ababab"), "n_cross_validations": 5},
        "Validation",
        "3 folds, strat",
    ),
    "a class below the folds": (
        {"y": ["a"] * 57 + ["b"] * 3},
        "Validation",
        "instead of 10, as the second most frequent",
    ),
    "one row twice": ({"X": np.tile(X[:30], (2, 1))}, "Duplicate rows", "repeat the features of another"),
    "another order": (
        {"X": FRAME[["age", "size"]], "y": FRAME["label"].sample(frac=1, random_state=0)},
        "Order of rows",
        "the same index in another order: rows go by position.",
    ),
    "more validation columns": (
        {"X": FRAME[["age", "size"]], "X_valid": FRAME[["size", "w", "age"]], "y_valid": Y},
        "Columns of validation data",
        "`X_valid` has more columns; left out: 'w'.",
    ),
    "the target as feature": ({"X": changed("twin", Y)}, "Target leakage", "'twin' tells the target alone"),
    "sparse features": ({"X": sparse.coo_matrix(X)}, "Sparse features", "its columns go to the learners as they are."),
    "classes to predict": (
        {"task": "regression", "y": [0, 1, 1] * 40, "X": np.tile(X, (2, 1))},
        "Task",
        "2 values only",
    ),
}


@pytest.mark.parametrize("case", REPAIRED)
def test_what_is_repaired_or_doubtful_is_told(case: str) -> None:
    keywords, name, words = REPAIRED[case]
    config = AutoMLConfig(**{"task": "classification", **GOOD, **keywords})
    table = load(config.settings, config.inputs)
    rails = check(table, config.settings, resolve(config.settings, table.profile, config.inputs))
    told = [rail.description for rail in rails if rail.name == name and rail.state != "passed"]
    assert any(words in description for description in told), rails
