from __future__ import annotations

import json
from pathlib import Path

import pytest

from automl_widgets import ConfigError, Experiment, NotFoundError, Workspace, WorkspaceError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_from_config_makes_a_workspace_here_and_says_where(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ws = Workspace.from_config()
    assert ws.folder == here / "automl_workspace"
    assert str(ws.folder) in capsys.readouterr().out


def test_from_config_finds_the_nearest_workspace_upwards(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Workspace.create("mine")
    below = here / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert Workspace.from_config().folder == made.folder
    assert Workspace.from_config().name == "mine"


def test_from_config_takes_the_path_of_a_config_file(here: Path) -> None:
    made = Workspace.create("mine")
    assert Workspace.from_config(made.folder / "config.json").name == "mine"


def test_from_config_with_a_path_makes_nothing(here: Path) -> None:
    with pytest.raises(NotFoundError, match="No workspace at or above"):
        Workspace.from_config(here)
    assert list(here.iterdir()) == []


def test_another_tools_config_file_is_not_taken_for_a_workspace(here: Path) -> None:
    (here / "config.json").write_text("{}")
    assert Workspace.from_config().folder == here / "automl_workspace"


def test_a_folder_that_is_no_workspace_is_refused(here: Path) -> None:
    with pytest.raises(NotFoundError, match=r"must hold a config\.json"):
        Workspace(here)


def test_a_folder_that_cannot_be_written_is_one_clear_error(here: Path) -> None:
    (here / "file").write_text("")
    with pytest.raises(WorkspaceError, match="folder must be writable"):
        Workspace.create(path=here / "file")


def test_a_damaged_config_is_one_clear_error(here: Path) -> None:
    ws = Workspace.create()
    (ws.folder / "config.json").write_text("{")
    with pytest.raises(WorkspaceError, match="Cannot read"):
        Workspace(ws.folder)


def test_create_refuses_a_second_one_if_told_to(here: Path) -> None:
    Workspace.create()
    with pytest.raises(WorkspaceError, match="There is a workspace"):
        Workspace.create(exist_ok=False)


def test_a_workspace_keeps_itself_out_of_version_control(here: Path) -> None:
    assert (Workspace.create().folder / ".gitignore").read_text() == "*\n"


def test_write_config_writes_what_from_config_reads(here: Path) -> None:
    Workspace.create("mine").write_config(here / "other")
    assert json.loads((here / "other" / "config.json").read_text())["name"] == "mine"


def test_experiments_appear_in_the_workspace(here: Path) -> None:
    ws = Workspace.create()
    Experiment(ws, "automl_local")
    assert list(ws.experiments) == ["automl_local"]
    assert ws.get_details()["runs"] == 0
    assert ws.models == {}


@pytest.mark.parametrize("name", ["", "a/b", "-a", "a" * 256, "<b>", "a b", None, 7])
def test_an_experiments_name_is_checked(here: Path, name: object) -> None:
    with pytest.raises(ConfigError, match="problem with Experiment:"):
        Experiment(Workspace.create(), name)  # type: ignore[arg-type]
