"""The verdicts on data: a state and one sentence with figures."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_widgets.data.folds import resolve
from automl_widgets.data.guardrails import check
from automl_widgets.data.load import Inputs, load
from automl_widgets.records import Guardrail, Settings, encode
from automl_widgets.transformers import Option, Transformers

N = 400
RANDOM = np.random.default_rng(0)
X = pd.DataFrame({"u": RANDOM.random(N), "v": RANDOM.random(N), "c": RANDOM.choice(["p", "q"], N)})
Y = RANDOM.integers(0, 2, N)


def rails(inputs: Inputs, task: Any = "classification", **asked: Any) -> dict[str, Guardrail]:
    settings = Settings(task=task, primary_metric="accuracy", **asked)
    table = load(settings, inputs)
    found = check(table, settings, resolve(settings, table.profile, inputs))
    json.dumps(encode(found))
    return {rail.name: rail for rail in found}


def test_clean_data_pass_every_check_and_say_so() -> None:
    found = rails(Inputs(X=X, y=Y), n_folds=5)
    assert {rail.state for rail in found.values()} == {"passed"}
    assert list(found) == [
        "Missing values", "Columns that tell nothing", "High cardinality", "Missing labels", "Class balance",
        "Duplicate rows", "Validation", "Order of rows", "Groups of rows", "Task", "Target leakage",
    ]  # fmt: skip
    assert all(rail.description.endswith(".") for rail in found.values())


def test_missing_values_are_counted_for_each_column() -> None:
    holes = X.assign(u=X["u"].where(X["u"] > 0.5), c=X["c"].where(X["v"] > 0.1))
    rail = rails(Inputs(X=holes, y=Y))["Missing values"]
    assert rail.state == "done"
    assert rail.details[0] == {
        "column": "u",
        "missing": int(holes["u"].isna().sum()),
        "share": pytest.approx(0.5, abs=0.1),
    }
    assert "in 2 of 3 columns" in rail.description


def test_missing_values_of_an_array_are_counted_too() -> None:
    array = X[["u", "v"]].to_numpy(copy=True)
    array[:7, 1] = np.nan
    assert rails(Inputs(X=array, y=Y))["Missing values"].details == ({"column": "x1", "missing": 7, "share": 0.018},)


def test_columns_left_out_are_named_with_the_reason() -> None:
    rail = rails(Inputs(X=X.assign(id=np.arange(N) * 3, k=1, e=None), y=Y))["Columns that tell nothing"]
    assert rail.description == "3 of 6 columns left out: 'id' (identifier), 'k' (constant), 'e' (all missing)."


def test_columns_are_not_judged_without_featurization() -> None:
    assert "Columns that tell nothing" not in rails(Inputs(X=X[["u", "v"]], y=Y), featurization="off")


def test_many_levels_are_counted() -> None:
    rail = rails(Inputs(X=X.assign(s=[f"s{k % 30}" for k in range(N)]), y=Y))["High cardinality"]
    assert (rail.state, rail.details) == ("done", ({"column": "s", "levels": 30},))


def test_a_rare_class_is_an_alert_with_its_share() -> None:
    rail = rails(Inputs(X=X, y=["a"] * 350 + ["b"] * 46 + ["d"] * 3 + ["c"]))["Class balance"]
    assert rail.state == "alerted"
    assert "1 class with fewer rows than folds: not in every validation part." in rail.description
    assert "'c', has 1 row, the most frequent, 'a', 350" in rail.description
    assert "1 class with one row: never validated." in rail.description
    assert rail.details[0] == {"class": "c", "rows": 1}


def test_repeated_rows_are_an_alert_if_they_are_many() -> None:
    twice = pd.concat([X[:200], X[:200]])
    rail = rails(Inputs(X=twice, y=np.append(Y[:200], 1 - Y[:200])))["Duplicate rows"]
    assert rail.state == "alerted"
    assert "200 rows (50.0%) repeat the features of another, and 200 times with another target." in rail.description
    few = pd.concat([X[:399], X[:1]])
    assert rails(Inputs(X=few, y=Y))["Duplicate rows"].state == "passed"


@pytest.mark.parametrize(
    ("asked", "state", "said"),
    [
        ({}, "done", "Nothing was asked for: 10 folds, stratified, as there are 400 rows."),
        ({"n_folds": 4}, "passed", "4 folds, stratified, as asked."),
        ({"validation_size": 0.5}, "passed", "50 % of the rows held out, stratified, as asked."),
    ],
)
def test_the_scheme_of_validation_is_told_with_its_reason(asked: dict[str, Any], state: str, said: str) -> None:
    rail = rails(Inputs(X=X, y=Y), **asked)["Validation"]
    assert (rail.state, rail.description) == (state, said)


def test_own_folds_that_lack_a_class_in_training_are_an_alert() -> None:
    y = np.array([0, 1] * (N // 2))
    inputs = Inputs(X=X, y=y, cv_splits_indices=[(np.arange(0, N, 2), [1, 3])])
    assert rails(inputs)["Validation"].state == "alerted"
    inputs = Inputs(X=X, y=y, cv_splits_indices=[(np.arange(0, N - 2), [N - 2, N - 1])])
    assert rails(inputs)["Validation"].description == "1 folds of your own, as asked."


def test_rows_in_the_order_of_time_are_an_alert() -> None:
    days = pd.date_range("2020-01-01", periods=N)
    assert "in the order of 'day'" in rails(Inputs(X=X.assign(day=days), y=Y))["Order of rows"].description
    shuffled = X.assign(day=RANDOM.permutation(days))
    assert rails(Inputs(X=shuffled, y=Y))["Order of rows"].state == "passed"


def test_targets_that_are_alike_in_neighbouring_rows_are_an_alert() -> None:
    walk = np.cumsum(RANDOM.normal(size=N))
    assert rails(Inputs(X=X, y=walk), "regression")["Order of rows"].state == "alerted"
    assert rails(Inputs(X=X, y=np.sort(walk)), "regression")["Order of rows"].state == "passed"
    assert "Order of rows" not in rails(Inputs(X=X, y=walk, cv_splits_indices=[([0, 1], [2])]), "regression")


def test_rows_that_are_in_both_parts_are_an_alert() -> None:
    given = {"X": X[100:], "y": Y[100:], "y_valid": Y[:100]}
    shared = rails(Inputs(X_valid=pd.concat([X[100:140], X[:60]]), **given))["Rows in both parts"]
    assert (shared.state, shared.description[:27]) == ("alerted", "40 rows (40.0%) to validate")
    assert rails(Inputs(X_valid=X[:100], **given))["Rows in both parts"].state == "passed"
    twins = pd.concat([X[:200], X[:200]])
    folds = [(np.arange(200), np.arange(200, 400)), (np.arange(100), np.arange(100, 200))]
    assert "200 rows (66.7%)" in rails(Inputs(X=twins, y=Y, cv_splits_indices=folds))["Rows in both parts"].description


@pytest.mark.parametrize("name", ["patient_id", "customer", "Household", "userID", "store.code"])
def test_a_column_that_tells_whose_rows_they_are_is_an_alert(name: str) -> None:
    rail = rails(Inputs(X=X.assign(**{name: RANDOM.integers(0, 90, N)}), y=Y))["Groups of rows"]
    assert rail.state == "alerted"
    assert "GroupKFold" in rail.description
    assert rail.details[0]["column"] == name


@pytest.mark.parametrize(("name", "values"), [("id", range(N)), ("width", [1, 2] * 200), ("store", ["a", "b"] * 200)])
def test_other_columns_are_no_groups(name: str, values: Any) -> None:
    assert rails(Inputs(X=X.assign(**{name: values}), y=Y))["Groups of rows"].state == "passed"


def test_what_the_user_wishes_is_told_as_such() -> None:
    wide = X.assign(u=X["u"].where(X["u"] > 0.5), k=[f"k{k}" for k in RANDOM.integers(0, 60, N)])
    options = (Option(transformer="Imputer", values={"strategy": "mean"}),)
    transformers = Transformers(blocked=("TargetEncoder", "ImputationMarker"), options=options)
    found = rails(Inputs(X=wide, y=Y), column_purposes={"v": "ignore"}, transformers=transformers)
    assert "filled as you wish, missing" in found["Missing values"].description
    assert "a column for each frequent level" in found["High cardinality"].description
    assert found["Columns that tell nothing"].details == ({"column": "v", "reason": "as you wish"},)


def test_a_target_of_the_other_task_is_an_alert() -> None:
    assert rails(Inputs(X=X, y=Y), "regression")["Task"].state == "alerted"
    assert "is it task='regression'?" in rails(Inputs(X=X, y=np.arange(N) % 40))["Task"].description


LEAKS: dict[str, Any] = {
    "codes": np.where(Y == 1, "yes", "no"),
    "flag": Y == 1,
    "range": Y * 10 + X["u"],
    "gaps": np.where(Y == 1, np.nan, X["u"]),
}


@pytest.mark.parametrize("kind", LEAKS)
def test_a_column_that_tells_the_class_is_an_alert(kind: str) -> None:
    rail = rails(Inputs(X=X.assign(twin=LEAKS[kind]), y=Y))["Target leakage"]
    assert (rail.state, rail.details) == ("alerted", ({"column": "twin"},))


@pytest.mark.parametrize("twin", [lambda y: 3 * y - 1, np.exp, lambda y: -(y**3)])
def test_a_column_that_tells_the_number_is_an_alert(twin: Any) -> None:
    y = RANDOM.normal(size=N)
    rail = rails(Inputs(X=np.column_stack([X["u"], twin(y)]), y=y), "regression")["Target leakage"]
    assert rail.details == ({"column": "x1"},)


def test_a_good_but_faulty_column_is_no_leak() -> None:
    y = RANDOM.normal(size=N)
    found = rails(Inputs(X=X.assign(near=y + RANDOM.normal(size=N) * 0.05, level=y > 0), y=y), "regression")
    assert found["Target leakage"].state == "passed"


def test_all_checks_of_large_data_take_less_than_a_second() -> None:
    inputs = Inputs(X=RANDOM.random((100_000, 50)), y=np.arange(100_000) % 3)
    settings = Settings(task="classification", primary_metric="accuracy")
    table = load(settings, inputs)
    start = time.perf_counter()
    check(table, settings, resolve(settings, table.profile, inputs))
    assert time.perf_counter() - start < 1
