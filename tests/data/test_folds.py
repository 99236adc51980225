"""The scheme of validation, and the rows of each fold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.data.folds import describe_validation, resolve, splits
from automl_widgets.data.inputs import Inputs
from automl_widgets.records import Profile, Settings, Validation

FOLDS = {"n_folds": 5}
SHARE = {"validation_size": 0.25}


def profile(n_rows: int = 5000, counts: tuple[int, ...] = (), sparse: bool = False) -> Profile:
    return Profile(
        task="classification" if counts else "regression", n_rows=n_rows, n_columns=1, feature_names=("a",),
        column_purposes=("numeric",), class_counts=counts, is_sparse=sparse,
    )  # fmt: skip


def scheme(data: Profile, inputs: Inputs | None = None, **asked: Any) -> str:
    settings = Settings(task=data.task, primary_metric="accuracy", **asked)
    return describe_validation(resolve(settings, data, inputs or Inputs()))


@pytest.mark.parametrize(
    ("data", "asked", "said"),
    [
        (profile(999), {}, "10 folds"),
        (profile(1000), {}, "3 folds"),
        (profile(20_000), {}, "3 folds"),
        (profile(20_001), {}, "10 % of the rows held out"),
        (profile(500, sparse=True), {}, "10 % of the rows held out"),
        (profile(500, sparse=True), FOLDS, "5 folds"),
        (profile(50_000), FOLDS, "5 folds"),
        (profile(50), SHARE, "25 % of the rows held out"),
        (profile(50), {**FOLDS, **SHARE}, "5 random splits with 25 % of the rows held out"),
        (profile(500, counts=(250, 250)), {}, "10 folds, stratified"),
        (profile(500, counts=(496, 4)), {}, "4 folds, stratified"),
        (profile(500, counts=(496, 3, 1)), {}, "3 folds, stratified"),
        (profile(6), FOLDS, "3 folds"),
    ],
)
def test_the_scheme_follows_what_was_asked_and_the_data(data: Profile, asked: dict[str, Any], said: str) -> None:
    assert scheme(data, **asked) == said


def test_rows_and_folds_of_the_users_own_come_first() -> None:
    assert scheme(profile(), Inputs(X_valid=[[1]], y_valid=[1])) == "the given validation rows"
    assert scheme(profile(), Inputs(X_valid=[[1]]), **FOLDS) == "5 folds"
    assert scheme(profile(), Inputs(cv_splits_indices=[([0], [1])] * 4)) == "4 folds of your own"
    assert scheme(profile(), Inputs(cv_split_column_names=("a", "b"))) == "2 folds of your own"


def test_given_rows_and_given_folds_are_passed_on() -> None:
    folds = [(np.array([0]), np.array([1]))]
    assert splits(Validation(kind="custom", n_folds=1), {"y": np.zeros(2), "splits": folds}, 0) == folds
    [(train, valid)] = splits(Validation(kind="train_valid", n_folds=1), {"y": np.zeros(3)}, 0)
    assert (train.tolist(), valid.tolist()) == ([0, 1, 2], [])


counts = st.lists(st.integers(1, 40), min_size=2, max_size=6).filter(lambda c: sorted(c)[-2] >= 2)


@given(counts, st.integers(2, 10), st.integers(0, 5))
def test_folds_part_the_rows_and_every_training_part_has_every_class(sizes: list[int], k: int, seed: int) -> None:
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    made = splits(Validation(kind="k_fold", n_folds=k, stratified=True), {"y": y}, seed)
    validated = np.concatenate([valid for _, valid in made])
    assert sorted(validated) == [row for row in range(len(y)) if sizes[y[row]] > 1]
    for train, valid in made:
        assert set(y[train]) == set(y)
        assert not set(train) & set(valid)
    assert np.ptp([len(valid) for _, valid in made]) <= 1


@given(counts, st.floats(0.05, 0.6), st.integers(0, 5))
def test_a_hold_out_leaves_every_class_to_train_on(sizes: list[int], share: float, seed: int) -> None:
    y = np.repeat(np.arange(len(sizes)), sizes)
    made = splits(Validation(kind="monte_carlo", n_folds=3, share=share, stratified=True), {"y": y}, seed)
    assert len(made) == 3
    for train, valid in made:
        assert sorted([*train, *valid]) == list(range(len(y)))
        assert set(y[train]) == set(y)
        assert {c for c, n in enumerate(sizes) if n > 1} <= set(y[valid])
        assert abs(len(valid) - share * len(y)) <= len(sizes) + 1


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    data = {"y": np.arange(100) % 3}
    one, same, other = (splits(Validation(kind="k_fold", n_folds=3, stratified=True), data, s) for s in (1, 1, 2))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(one, same, strict=True))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(one, other, strict=True))


def test_the_rows_are_the_same_with_every_version_of_the_libraries() -> None:
    [(_, valid)] = splits(Validation(kind="hold_out", n_folds=1, share=0.2), {"y": np.arange(20.0)}, 42)
    assert valid.tolist() == [4, 10, 15, 16]
