"""Datastores, and the script that finds their files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from automl_widgets import (
    AutoMLConfig,
    DataReferenceConfiguration,
    Datastore,
    Experiment,
    RunConfiguration,
    Workspace,
)
from automl_widgets.data.places import bring
from automl_widgets.errors import ConfigError, DataError, NotFoundError, NotSupportedError
from automl_widgets.sdk.datastore import references_of

SCRIPT = """
import os
import pandas as pd

def get_data():
    folder = os.environ["AZUREML_DATAREFERENCE_digits"]
    assert folder == "{target}/rows", folder
    return {{"data_train": pd.read_csv(folder + "/a.csv"), "label": "y"}}
"""


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.create(path=tmp_path / "ws")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.csv").write_text("x,y\n" + "".join(f"{i},{i % 2}\n" for i in range(60)))
    (folder / "deep" / "b.csv").write_text("b")
    return folder


def test_files_go_up_and_come_down_and_are_overwritten_when_that_is_said(
    ws: Workspace, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ws.get_default_datastore()
    assert store.upload(source, "rows").path_on_datastore == "rows"
    assert capsys.readouterr().out == "Uploaded rows/a.csv\nUploaded rows/deep/b.csv\n"
    (source / "a.csv").write_text("new")
    store.upload_files([source / "a.csv"], target_path="rows")
    assert capsys.readouterr().out == "Kept rows/a.csv\n"
    store.upload(source, "rows", overwrite=True, show_progress=False)
    assert store.download(tmp_path / "down", prefix="rows", show_progress=False) == 2
    assert (tmp_path / "down" / "rows" / "a.csv").read_text() == "new"
    assert store.download(tmp_path / "down", prefix="rows") == 0


def test_what_cannot_be_is_told(ws: Workspace, source: Path) -> None:
    store = ws.get_default_datastore()
    with pytest.raises(DataError, match="must not lead out of it"):
        store.upload(source, "../elsewhere")
    with pytest.raises(DataError, match="`src_dir` must be a folder"):
        store.upload(source / "none")
    with pytest.raises(ConfigError, match="that of the workspace's own datastore"):
        Datastore.register(ws, store.name, str(source))
    with pytest.raises(NotFoundError, match="There is no datastore 'other'"):
        Datastore.get(ws, "other")
    with pytest.raises(NotSupportedError, match="Data references are downloaded, but got mode='mount'"):
        DataReferenceConfiguration(store.name, "mount")
    missing = references_of(ws, {"rows": store.path("none")}, sees_disk=True)
    with pytest.raises(DataError, match="the data reference 'rows' must name files, but there are none"):
        bring(missing, str(source))


def test_a_registered_folder_is_a_datastore_of_the_workspace(ws: Workspace, source: Path) -> None:
    made = Datastore.register(ws, "shared", str(source))
    assert (sorted(ws.datastores), made.place.files("deep")) == (["shared", "workspaceblobstore"], ("deep/b.csv",))


def test_a_datastore_may_be_wherever_fsspec_reaches(ws: Workspace, source: Path, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    store = Datastore.register(ws, "far", "memory://bucket/folder")
    store.upload(source, "rows", show_progress=False)
    assert store.place.files() == ("rows/a.csv", "rows/deep/b.csv")
    assert store.download(tmp_path / "down", "rows/deep", show_progress=False) == 1
    assert (tmp_path / "down" / "rows" / "deep" / "b.csv").read_text() == "b"


def test_without_fsspec_an_address_says_what_to_install(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(NotSupportedError, match="pip install fsspec"):
        Datastore.register(ws, "far", "memory://bucket").place.files()


def test_files_go_along_to_a_machine_that_does_not_see_the_workspace(
    ws: Workspace, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZUREML_DATAREFERENCE_rows", raising=False)
    reference = ws.get_default_datastore().upload(source, "rows", show_progress=False)
    packed = references_of(ws, {"rows": reference}, sees_disk=False)
    monkeypatch.setattr("automl_widgets.data.places.Place.fetch", None)
    bring(packed, str(tmp_path / "project"))
    found = Path(os.environ.pop("AZUREML_DATAREFERENCE_rows"))
    assert (found, (found / "deep" / "b.csv").read_text()) == (tmp_path / "project" / "rows" / "rows", "b")
    monkeypatch.setattr("automl_widgets.sdk.datastore.LIMIT_MB", 0.0001)
    with pytest.raises(DataError, match=r"must hold at most 0\.0001 MB"):
        references_of(ws, {"rows": reference}, sees_disk=False)


def test_a_script_finds_the_files_of_its_data_references(ws: Workspace, source: Path, tmp_path: Path) -> None:
    store = ws.get_default_datastore()
    store.upload(source, target_path="rows", show_progress=False)
    project, target = tmp_path / "project", tmp_path / "compute"
    project.mkdir()
    (project / "get_data.py").write_text(SCRIPT.format(target=target))
    run_config = RunConfiguration(framework="python")
    reference = DataReferenceConfiguration(
        datastore_name=store.name, mode="download", path_on_datastore="rows", path_on_compute=str(target)
    )
    run_config.data_references = {"digits": reference}
    config = AutoMLConfig(
        "classification",
        path=project,
        data_script="get_data.py",
        run_configuration=run_config,
        iterations=1,
        debug_log=None,
    )
    run = Experiment(ws, "local").submit(config)
    run.wait_for_completion()
    assert (run.get_status(), run.record.profile.n_rows) == ("Completed", 60), run.record.error
    assert (target / "rows" / "deep" / "b.csv").exists()
