from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from automl_widgets import NotFoundError, WorkspaceError
from automl_widgets.sdk import files
from automl_widgets.share.loading import load_model


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "workspace" / "runs" / "r"
    inside.mkdir(parents=True)
    (inside / "log.txt").write_text("hello")
    (inside / "model.pkl").write_bytes(pickle.dumps({"a": 1}))
    (inside / ".x.tmp").write_text("")
    return inside


def test_files_have_azures_names(folder: Path) -> None:
    assert files.names(folder) == ["logs/log.txt", "outputs/model.pkl"]


def test_a_file_is_downloaded_to_a_path_or_a_folder(folder: Path, tmp_path: Path) -> None:
    assert files.download(folder, "logs/log.txt", tmp_path / "a.txt").read_text() == "hello"
    assert files.download(folder, "log.txt", tmp_path).name == "log.txt"
    assert files.download(folder, "outputs/model.pkl", f"{tmp_path}/new/").parent.name == "new"


@pytest.mark.parametrize("name", ["nothing", "../secret", "/etc/passwd", "logs/../../x"])
def test_an_unknown_file_or_one_outside_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(NotFoundError, match=r"there are logs/log\.txt, outputs/model\.pkl"):
        files.download(folder, name, None)


def test_a_target_that_cannot_be_written_is_one_clear_error(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="Give a path that is writable"):
        files.download(folder, "log.txt", folder / "log.txt" / "x")


def test_a_model_is_loaded_from_the_workspace_only(folder: Path, tmp_path: Path) -> None:
    assert load_model(tmp_path / "workspace", folder / "model.pkl") == {"a": 1}
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(1))
    with pytest.raises(WorkspaceError, match="only from its own workspace"):
        load_model(tmp_path / "workspace", tmp_path / "evil.pkl")


def test_a_link_out_of_the_workspace_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(1))
    (folder / "link.pkl").symlink_to(tmp_path / "evil.pkl")
    with pytest.raises(WorkspaceError, match="only from its own workspace"):
        load_model(tmp_path / "workspace", folder / "link.pkl")


def test_a_missing_model_says_which_iterations_have_one(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="only an iteration that completed has one"):
        load_model(tmp_path / "workspace", folder / "none.pkl")


def test_a_damaged_model_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    (folder / "model.pkl").write_bytes(b"\x80\x05junk")
    with pytest.raises(WorkspaceError, match="get_run_sdk_dependencies"):
        load_model(tmp_path / "workspace", folder / "model.pkl")
