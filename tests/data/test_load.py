"""What the user may give, and that it all becomes the same table."""

from __future__ import annotations

import gzip
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.data.load import Inputs, fingerprint, load
from automl_widgets.errors import DataError
from automl_widgets.records import Profile, Settings, decode, encode

CLASSES = Settings(task="classification", primary_metric="accuracy")
VALUES = Settings(task="regression", primary_metric="r2_score")
X = np.arange(24.0).reshape(12, 2) % 5
Y = np.array(["b", "a", "c"] * 4, dtype=object)
FRAME = pd.DataFrame({"u": X[:, 0], "v": X[:, 1], "label": Y})


class Foreign:
    """A frame of another library that knows the way to pandas."""

    def __init__(self, frame: Any) -> None:
        self.frame = frame

    def to_pandas(self) -> Any:
        return self.frame


def write_csv(path: Path) -> None:
    FRAME.to_csv(path, index=False)


def write_packed_csv(path: Path) -> None:
    path.write_bytes(gzip.compress(FRAME.to_csv(index=False).encode()))


def write_tabs(path: Path) -> None:
    FRAME.to_csv(path, index=False, sep="\t")


def write_semicolons(path: Path) -> None:
    FRAME.to_csv(path, index=False, sep=";")


def write_parquet(path: Path) -> None:
    FRAME.to_parquet(path)


WRITERS = {
    "a.csv": write_csv,
    "a.csv.gz": write_packed_csv,
    "a.tsv": write_tabs,
    "semicolon.csv": write_semicolons,
    "a.parquet": write_parquet,
}


def test_arrays_become_codes_and_a_profile() -> None:
    table = load(CLASSES, Inputs(X=X, y=Y))
    assert table.data["X"] is X
    assert table.data["y"].tolist() == [1, 0, 2] * 4
    assert table.data["labels"].tolist() == ["a", "b", "c"]
    assert table.profile.feature_names == ("x0", "x1")
    assert (table.profile.classes, table.profile.class_counts) == (("a", "b", "c"), (4, 4, 4))


def test_the_profile_survives_json() -> None:
    profile = load(CLASSES, Inputs(X=FRAME[["u", "v"]], y=[1, 2] * 6)).profile
    assert decode(Profile, json.loads(json.dumps(encode(profile)))) == profile


@pytest.mark.parametrize(
    "given",
    [X.tolist(), pd.DataFrame(X), Foreign(pd.DataFrame(X)), sparse.coo_array(X), X.copy("F"), X.astype(object)],
    ids=["lists", "frame", "foreign", "sparse", "Fortran", "objects"],
)
def test_features_of_any_form_are_taken(given: Any) -> None:
    made = load(CLASSES, Inputs(X=given, y=Y)).data["X"]
    dense = made.toarray() if sparse.issparse(made) else np.asarray(made, dtype=float)
    assert np.array_equal(dense, X)


@pytest.mark.parametrize(
    "given",
    [Y.tolist(), Y.reshape(-1, 1), pd.Series(Y), pd.DataFrame({"y": Y}), pd.Categorical(Y), Y.astype("S")],
    ids=["list", "column", "series", "frame", "category", "bytes"],
)
def test_a_target_of_any_form_is_taken(given: Any) -> None:
    table = load(CLASSES, Inputs(X=X, y=given))
    assert table.data["y"].tolist() == [1, 0, 2] * 4
    assert table.profile.classes == ("a", "b", "c")


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_in_a_file_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    table = load(CLASSES, Inputs(training_data=path, label_column_name="label"))
    assert table.profile.feature_names == ("u", "v")
    assert table.data["y"].tolist() == [1, 0, 2] * 4


def test_features_and_target_may_be_files(tmp_path: Path) -> None:
    FRAME[["u", "v"]].to_csv(tmp_path / "X.csv", index=False)
    FRAME[["label"]].to_csv(tmp_path / "y.csv", index=False)
    table = load(CLASSES, Inputs(X=str(tmp_path / "X.csv"), y=tmp_path / "y.csv"))
    assert table.data["y"].tolist() == [1, 0, 2] * 4


def test_a_file_with_several_columns_is_no_target(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "y.csv", index=False)
    with pytest.raises(DataError, match=r"must have one column, but it has 3"):
        load(CLASSES, Inputs(X=X, y=tmp_path / "y.csv"))


def test_a_table_holds_weights_and_folds_too() -> None:
    table = FRAME.assign(w=np.arange(12.0), first=[1, 0] * 6, second=[0, 1] * 6)
    made = load(
        CLASSES,
        Inputs(
            training_data=table, label_column_name="label", weight_column_name="w",
            cv_split_column_names=("first", "second"),
        ),
    )  # fmt: skip
    assert made.profile.feature_names == ("u", "v")
    assert made.data["weights"].tolist() == list(range(12))
    assert made.data["splits"][0][1].tolist() == [1, 3, 5, 7, 9, 11]


def test_a_column_may_be_named_by_a_number_in_text_or_the_other_way_round() -> None:
    table = pd.DataFrame({0: X[:, 0], 1: Y})
    assert load(CLASSES, Inputs(training_data=table, label_column_name="1")).profile.feature_names == ("0",)
    renamed = table.rename(columns=str)
    assert load(CLASSES, Inputs(training_data=renamed, label_column_name=1)).profile.feature_names == ("0",)


def test_names_of_columns_become_text() -> None:
    frame = pd.DataFrame(X, columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)]))
    assert load(CLASSES, Inputs(X=frame, y=Y)).profile.feature_names == ("a_1", "b_2")


def test_rows_without_label_leave_everything() -> None:
    y = Y.copy()
    y[3] = None
    inputs = Inputs(X=FRAME[["u", "v"]], y=y, sample_weight=np.arange(12), cv_splits_indices=[([0, 3, 4], [5, 6])])
    data = load(CLASSES, inputs).data
    assert len(data["X"]) == len(data["y"]) == 11
    assert data["weights"].tolist() == [0, 1, 2, *range(4, 12)]
    assert [part.tolist() for part in data["splits"][0]] == [[0, 3], [4, 5]]
    assert data["X"].index.tolist() == list(range(11))


def test_a_fold_that_loses_all_its_rows_is_an_error() -> None:
    y = Y.copy()
    y[3] = None
    with pytest.raises(DataError, match=r"Fold 0 of `cv_splits_indices` has no rows left"):
        load(CLASSES, Inputs(X=X, y=y, cv_splits_indices=[([0, 1], [3])]))


def test_masks_are_folds_too() -> None:
    mask = np.arange(12) < 6
    data = load(CLASSES, Inputs(X=X, y=Y, cv_splits_indices=[(mask, ~mask)])).data
    assert data["splits"][0][1].tolist() == [6, 7, 8, 9, 10, 11]


def test_validation_rows_take_the_order_of_training_columns_and_its_codes() -> None:
    valid = FRAME[["v", "u"]][:3]
    data = load(CLASSES, Inputs(X=FRAME[["u", "v"]], y=Y, X_valid=valid, y_valid=["c", "a", None])).data
    assert list(data["X_valid"].columns) == ["u", "v"]
    assert data["y_valid"].tolist() == [2, 0]
    assert len(data["X_valid"]) == 2


def test_a_table_to_validate_on_is_taken_apart_alike() -> None:
    inputs = Inputs(training_data=FRAME, validation_data=FRAME[:4], label_column_name="label")
    data = load(CLASSES, inputs).data
    assert data["y_valid"].tolist() == [1, 0, 2, 1]
    assert data["X_explain"] is None


def test_rows_without_target_are_there_to_be_explained() -> None:
    table = load(CLASSES, Inputs(X=X, y=Y, X_valid=X[:5]))
    assert table.profile.n_explain_rows == 5
    assert table.data["X_valid"] is None
    assert np.array_equal(table.data["X_explain"], X[:5])


def test_validation_text_in_another_form_is_the_same_level() -> None:
    train = pd.DataFrame({"code": ["1", "2", "x"] * 4, "u": X[:, 0]})
    valid = pd.DataFrame({"code": [1, 2], "u": [0.0, 1.0]})
    made = load(CLASSES, Inputs(X=train, y=Y, X_valid=valid, y_valid=["a", "b"])).data["X_valid"]
    assert made["code"].tolist() == ["1", "2"]


def test_regression_takes_flags_decimals_and_nullable_numbers() -> None:
    for y in (pd.array([1, 2, 3] * 4, dtype="Int64"), [True, False] * 6, pd.Series([1, 2] * 6, dtype="category")):
        table = load(VALUES, Inputs(X=X, y=y))
        assert table.data["y"].dtype == np.float64
        assert (table.profile.y_min, table.profile.classes) == (float(min(y)), ())


def test_nullable_text_is_a_target_too() -> None:
    assert load(CLASSES, Inputs(X=X, y=pd.array([*Y[:11], None], "string"))).profile.class_counts == (4, 4, 3)


def test_whole_floats_are_whole_labels() -> None:
    assert load(CLASSES, Inputs(X=X, y=[1.0, 2.0, np.nan] * 4)).data["labels"].tolist() == [1, 2]


def test_text_columns_become_levels_or_stay_text() -> None:
    frame = pd.DataFrame({"few": ["x", "y"] * 60, "many": [f"word {k}" for k in range(120)]})
    made = load(CLASSES, Inputs(X=frame, y=["a", "b", "c"] * 40)).data["X"]
    assert isinstance(made["few"].dtype, pd.CategoricalDtype)
    assert made["many"].dtype == object


def test_text_with_leading_zeros_is_no_number() -> None:
    frame = pd.DataFrame(
        {"zip": ["01234", "11234"] * 6, "n": ["-1.5", "2e3"] * 6, "day": ["2020-01-31", "2021-02-28"] * 6}
    )
    made = load(CLASSES, Inputs(X=frame, y=Y)).data["X"]
    assert [made[c].dtype.kind for c in frame] == ["O", "f", "M"]


def test_question_marks_among_numbers_are_missing_numbers() -> None:
    frame = pd.DataFrame({"age": ["31", "?", "40.5"] * 4, "grade": ["?", "A", "B"] * 4})
    made = load(CLASSES, Inputs(X=frame, y=Y)).data["X"]
    assert np.array_equal(made["age"][:3], [31, np.nan, 40.5], equal_nan=True)
    assert made["grade"][:3].tolist() == ["?", "A", "B"]


def test_the_users_frame_is_not_changed() -> None:
    frame = pd.DataFrame({0: ["1", "2"] * 6, 1: [np.inf, 1.0] * 6})
    before = frame.copy()
    load(CLASSES, Inputs(X=frame, y=Y))
    pd.testing.assert_frame_equal(frame, before)


def test_columns_taken_out_of_an_array_are_the_same_when_read_from_a_file() -> None:
    taken = np.arange(12.0).reshape(3, 4)[:, 1:3]
    assert not taken.flags.c_contiguous
    assert not taken.flags.f_contiguous
    assert fingerprint({"X": taken}) == fingerprint({"X": pickle.loads(pickle.dumps(taken, protocol=5))})


def test_the_fingerprint_tells_any_change() -> None:
    frame = pd.DataFrame({"u": X[:, 0], "t": Y})
    tables = [
        load(CLASSES, Inputs(X=frame, y=Y)),
        load(CLASSES, Inputs(X=frame, y=Y[::-1])),
        load(CLASSES, Inputs(X=frame.assign(t=Y[::-1]), y=Y)),
        load(CLASSES, Inputs(X=frame.rename(columns={"u": "w"}), y=Y)),
        load(CLASSES, Inputs(X=frame, y=Y, sample_weight=np.ones(12))),
        load(CLASSES, Inputs(X=sparse.csr_matrix(X), y=Y)),
    ]
    assert len({table.profile.fingerprint for table in tables}) == len(tables)
    assert (
        fingerprint(tables[0].data)
        == tables[0].profile.fingerprint
        == fingerprint(pickle.loads(pickle.dumps(tables[0].data)))
    )


def test_a_large_array_is_not_copied() -> None:
    large = np.random.default_rng(0).random((100_000, 50))
    assert load(CLASSES, Inputs(X=large, y=np.arange(100_000) % 3)).data["X"] is large


def test_missing_data_are_an_error_without_a_configuration_too() -> None:
    with pytest.raises(DataError, match="There is no data: give `X` and `y`"):
        load(CLASSES, Inputs())
