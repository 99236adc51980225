"""A run as a file, and back: what goes along, and what does not."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from automl_widgets.errors import NotFoundError, RunStateError, TrialError, WorkspaceError
from automl_widgets.own import unpacked
from automl_widgets.share.names import files_of
from automl_widgets.share.pack import pack
from automl_widgets.share.unpack import check_trusted, trust_run, unpack
from automl_widgets.store import SqliteStore
from tests.share.conftest import DATA
from tests.view import runs as stored

RUN = stored.RUN


def names(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return {name.rpartition("/")[2] for name in archive.namelist()}


def test_a_run_comes_back_on_another_machine(store: SqliteStore, there: SqliteStore, archive: Path) -> None:
    record = unpack(there, archive, trust=True)
    assert replace(record, settings=store.run(RUN).settings, properties={}, seq=1) == replace(
        store.run(RUN), properties={}, seq=1
    )
    old, new = store.changes(RUN, 0), there.changes(RUN, 0)
    assert [replace(i, pid=None, seq=0) for i in old.iterations] == [replace(i, seq=0) for i in new.iterations]
    assert [replace(e, seq=0) for e in old.explanations] == [replace(e, seq=0) for e in new.explanations]
    assert {n: p.read_bytes() for n, p in files_of(store.run_folder(RUN))} == {
        n: p.read_bytes() for n, p in files_of(there.run_folder(RUN))
    }
    assert there.run(RUN).settings.debug_log == "automl.log"
    assert there.run(RUN).settings.own == store.run(RUN).settings.own


def test_models_and_data_go_along_only_if_they_are_wanted(store: SqliteStore, tmp_path: Path) -> None:
    default, bare = pack(store, RUN, tmp_path), pack(store, RUN, tmp_path / "bare.zip", models=False)
    assert default.name == f"{RUN}.zip"
    assert names(default) == {"run.json", "model.pkl", "log.txt", "code.py", "pipeline.json", "oof.npz"}
    assert names(bare) == names(default) - {"model.pkl"}
    assert DATA in names(pack(store, RUN, tmp_path / "all.zip", data=True))


def test_what_a_trial_has_linked_or_left_is_not_taken_along(store: SqliteStore, tmp_path: Path) -> None:
    folder = store.iteration_folder(RUN, 0)
    (folder / "code.py").unlink()
    (folder / "code.py").symlink_to("/etc/passwd")
    (folder / "secret.txt").write_text("mine")
    (folder.parent / "7").symlink_to(tmp_path)
    (tmp_path / "log.txt").write_text("mine")
    with zipfile.ZipFile(pack(store, RUN, tmp_path / "run.zip")) as archive:
        found = archive.namelist()
    assert "iterations/0/code.py" not in found
    assert not [name for name in found if "secret" in name or "/7/" in name]


def test_a_run_that_goes_on_is_not_exported(store: SqliteStore, tmp_path: Path) -> None:
    store.update_run(RUN, state="running")
    with pytest.raises(RunStateError, match="but this one is running: wait for it"):
        pack(store, RUN, tmp_path / "run.zip")


def test_a_path_that_cannot_be_written_leaves_nothing(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="Give a path that is writable"):
        pack(store, RUN, tmp_path / "no" / "folder" / "run.zip")
    assert not (tmp_path / "no").exists()


def test_pickles_are_locked_until_their_maker_is_trusted(there: SqliteStore, archive: Path) -> None:
    record = unpack(there, archive)
    folder = there.run_folder(RUN)
    assert not (folder / "iterations/1/model.pkl").exists()
    assert not (folder / DATA).exists()
    with pytest.raises(RunStateError, match=r"explain is not possible: the run was imported.*call run.trust\(\)"):
        check_trusted(record, "explain")
    trust_run(there, RUN)
    check_trusted(there.run(RUN), "explain")
    assert (folder / "iterations/1/model.pkl").exists()
    assert (folder / DATA).read_bytes() == b"data"


def test_what_the_user_brought_is_locked_too(store: SqliteStore, there: SqliteStore, archive: Path) -> None:
    packed = unpack(there, archive).settings.own.metric.packed  # type: ignore[union-attr]
    with pytest.raises(TrialError, match=r"came with an imported run.*call run.trust\(\)"):
        unpacked(packed, "your metric 'mine'")
    trust_run(there, RUN)
    assert there.run(RUN).settings.own == store.run(RUN).settings.own


def test_what_is_not_trusted_can_be_handed_on_and_stays_locked(
    there: SqliteStore, archive: Path, tmp_path: Path
) -> None:
    unpack(there, archive)
    again = pack(there, RUN, tmp_path / "again.zip", data=True)
    assert names(again) == names(archive)
    third = SqliteStore(tmp_path / "third")
    assert unpack(third, again).properties["imported"] == "not trusted"
    third.close()


def test_an_interrupted_run_is_interrupted_on_the_other_machine(
    store: SqliteStore, there: SqliteStore, tmp_path: Path
) -> None:
    store.update_run(RUN, state="running")
    store.release(RUN)
    assert unpack(there, pack(store, RUN, tmp_path / "run.zip")).state == "interrupted"


def test_a_run_is_imported_once(store: SqliteStore, archive: Path) -> None:
    before = store.changes(RUN, 0)
    with pytest.raises(WorkspaceError, match="There is a run AutoML_7f3c already"):
        unpack(store, archive)
    assert store.changes(RUN, 0) == before
    assert [path.name for path in (store.folder / "runs").iterdir()] == [RUN]


def test_a_file_that_is_not_there_is_not_found(there: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"give the path of a zip file that run.export\(...\) has written"):
        unpack(there, tmp_path / "none.zip")
