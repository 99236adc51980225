"""Data is written once, mapped by all, named by its content, and loaded only as it was written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from automl_widgets.engine.executors import dataset
from automl_widgets.errors import DataError, WorkspaceError


def table() -> dict[str, Any]:
    words = ["café", "", "x" * 100] * 40
    frame = pd.DataFrame(
        {
            "number": np.arange(120.0),
            "word": words,
            "python word": pd.array(words, dtype=pd.StringDtype("python")),
            "category": pd.Categorical(words),
            "time": pd.date_range("2026-01-01", periods=120, tz="Europe/Berlin"),
            "maybe": pd.array([1, None, 3] * 40, dtype="Int64"),
            "object": [1, "b", None] * 40,
        }
    )
    return {"X": frame, "y": np.arange(120) % 3, "labels": np.array(["a", "b", "c"]), "weights": None}


def test_a_frame_of_every_kind_of_column_comes_back(tmp_path: Path) -> None:
    found = dataset.read(dataset.write(tmp_path, table()))
    pd.testing.assert_frame_equal(found["X"], table()["X"])
    np.testing.assert_array_equal(found["labels"], table()["labels"])
    assert found["weights"] is None


def test_arrow_strings_come_back(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    series = pd.Series(["a", None, "ccc"], dtype=pd.StringDtype("pyarrow"))
    pd.testing.assert_series_equal(dataset.read(dataset.write(tmp_path, {"s": series}))["s"], series)


def test_a_sparse_matrix_comes_back(tmp_path: Path) -> None:
    matrix = sparse.random(50, 20, density=0.1, format="csr", random_state=0)
    found = dataset.read(dataset.write(tmp_path, {"X": matrix}))["X"]
    assert (found != matrix).nnz == 0
    assert isinstance(found, sparse.csr_matrix)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3)),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(20)[::2],
        np.array(["é", "ab"]),
        np.array([None, "x"], dtype=object),
        np.float32(3),
    ],
    ids=["empty", "fortran", "strided", "text", "object", "scalar"],
)
def test_arrays_of_every_layout_come_back(array: Any, tmp_path: Path) -> None:
    found = dataset.read(dataset.write(tmp_path, {"a": array}))["a"]
    np.testing.assert_array_equal(found, array)


def test_numbers_are_views_of_the_file_and_aligned(tmp_path: Path) -> None:
    data = {"a": np.arange(7, dtype=np.int8), "b": np.arange(1000.0), "frame": pd.DataFrame({"x": np.arange(9.0)})}
    found = dataset.read(dataset.write(tmp_path, data))
    assert found["b"].ctypes.data % 64 == 0
    for array in (found["a"], found["b"], found["frame"]["x"].to_numpy()):
        assert not array.flags.owndata
        assert not array.flags.writeable


def test_the_same_data_is_the_same_file_and_is_not_written_again(tmp_path: Path) -> None:
    first = dataset.write(tmp_path, table())
    written = os.stat(first).st_mtime_ns
    assert dataset.write(tmp_path, table()) == first
    assert os.stat(first).st_mtime_ns == written
    other = dataset.write(tmp_path, {**table(), "y": np.zeros(120)})
    assert sorted(map(str, tmp_path.iterdir())) == sorted([first, other])
    assert Path(first).name.startswith("data.")
    assert Path(first).suffix == ".p5"


def test_a_file_is_for_its_owner_only(tmp_path: Path) -> None:
    assert os.stat(dataset.write(tmp_path, {"a": 1})).st_mode & 0o777 == 0o600


def test_what_cannot_be_pickled_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it cannot be handed to another process: cannot pickle 'generator' object"):
        dataset.write(tmp_path, {"X": (row for row in [1])})
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"cannot be written to .*: No such file or directory"):
        dataset.write(tmp_path / "nowhere", {"a": 1})


def test_a_disk_that_is_full_leaves_no_piece_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("automl_widgets.engine.executors.dataset.os.replace", full)
    with pytest.raises(WorkspaceError, match="No space left on device"):
        dataset.write(tmp_path, {"a": 1})
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_missing_empty_or_cut_short_is_refused(tmp_path: Path) -> None:
    path = Path(dataset.write(tmp_path, table()))
    with pytest.raises(WorkspaceError, match=r"cannot be read from .*nothing"):
        dataset.read(tmp_path / "nothing")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(WorkspaceError, match="is not a data file of a run, or was cut short"):
        dataset.read(path)
    path.write_bytes(b"")
    with pytest.raises(WorkspaceError, match=r"cannot be read from .*empty file"):
        dataset.read(path)


def test_a_pickle_that_was_changed_is_not_loaded(tmp_path: Path) -> None:
    path = Path(dataset.write(tmp_path, {"word": "harmless"}))
    path.write_bytes(path.read_bytes().replace(b"harmless", b"poisoned"))
    with pytest.raises(WorkspaceError, match="was changed after it was written"):
        dataset.read(path)


def test_a_file_under_another_name_is_not_loaded(tmp_path: Path) -> None:
    path = Path(dataset.write(tmp_path, {"a": 1}))
    with pytest.raises(WorkspaceError, match="was changed after it was written"):
        dataset.read(path.rename(tmp_path / "data.0123.p5"))


def test_a_file_of_another_user_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = dataset.write(tmp_path, {"a": 1})
    monkeypatch.setattr("automl_widgets.engine.executors.dataset.os.geteuid", lambda: os.stat(path).st_uid + 1)
    with pytest.raises(WorkspaceError, match=r"belongs to another user \(number \d+\)"):
        dataset.read(path)
