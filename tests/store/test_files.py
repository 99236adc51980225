from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_widgets.errors import NotFoundError, WorkspaceError
from automl_widgets.store.files import SETUP, RunFolders, make_folder, sweep, write_atomic


@pytest.fixture
def folders(tmp_path: Path) -> RunFolders:
    """Folders with the run `run_1`, which has an iteration 0."""
    folders = RunFolders(tmp_path)
    folders._make_run_folder("run_1")
    folders.iteration_folder("run_1", 0)
    return folders


@pytest.fixture
def log(folders: RunFolders) -> Path:
    """The log of iteration 0, which is not there yet."""
    return folders.iteration_folder("run_1", 0) / "log.txt"


def make_old(path: Path) -> None:
    os.utime(path, (time.time() - 60, time.time() - 60))


def pieces(folders: RunFolders, limit: int) -> Iterator[str]:
    """Read a log to its end as a page would."""
    offset = 0
    while True:
        text, offset, size = folders.read_log("run_1", 0, offset, limit)
        yield text
        if offset >= size:
            return


def test_an_atomic_write_replaces_the_whole_file(tmp_path: Path) -> None:
    write_atomic(tmp_path / "model.pkl", b"a long first version")
    write_atomic(str(tmp_path / "model.pkl"), b"second")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"second"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_atomic(tmp_path / "oof.npz", b"old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(WorkspaceError, match=r"Cannot write .*oof.npz: No space left on device"):
        write_atomic(tmp_path / "oof.npz", b"new")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


@pytest.mark.parametrize("n_refusals", [2, 9])
def test_a_file_that_somebody_reads_is_replaced_a_little_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_refusals: int
) -> None:
    refusals, replace = iter(range(n_refusals)), os.replace

    def windows(source: Path, target: Path) -> None:
        if next(refusals, None) is not None:
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", windows)
    if n_refusals > 3:
        with pytest.raises(WorkspaceError, match=r"Cannot write .*code.py: Permission denied"):
            write_atomic(tmp_path / "code.py", b"new")
    else:
        write_atomic(tmp_path / "code.py", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["code.py"] * (n_refusals <= 3)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match=r"Cannot make the folder .*below: Not a directory. It must be possible"):
        make_folder(tmp_path / "file" / "below")


def test_a_sweep_removes_what_was_half_written_and_nothing_else(folders: RunFolders, log: Path) -> None:
    for name in ("model.pkl.0f.tmp", "log.txt", "tmp", ".tmp"):
        (log.parent / name).touch()
    assert sweep(folders.folder) == 2
    assert sorted(path.name for path in log.parent.iterdir()) == ["log.txt", "tmp"]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from("aé語😀\n"), max_size=30), limit=st.integers(-1, 12))
def test_pieces_of_a_log_make_the_log_and_split_no_character(
    folders: RunFolders, log: Path, text: str, limit: int
) -> None:
    log.write_bytes(text.encode())
    found = list(pieces(folders, limit))
    assert "".join(found) == text
    assert "\ufffd" not in found


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.integers(0, 9))
def test_any_bytes_are_read_to_their_end(folders: RunFolders, log: Path, content: bytes, limit: int) -> None:
    log.write_bytes(content)
    make_old(log)
    assert len(list(pieces(folders, limit))) <= len(content) + 1


def test_a_start_inside_a_character_moves_to_its_end(folders: RunFolders, log: Path) -> None:
    log.write_bytes("a😀b".encode())
    assert [folders.read_log("run_1", 0, start, 10) for start in (2, 3, 4, 5)] == [("b", 6, 6)] * 4


def test_an_unfinished_character_waits_for_its_rest(folders: RunFolders, log: Path) -> None:
    log.write_bytes("ab語".encode()[:-1])
    assert folders.read_log("run_1", 0, 0, 100) == ("ab", 2, 4)
    assert folders.read_log("run_1", 0, 2, 100) == ("", 2, 4)
    log.write_bytes("ab語".encode())
    assert folders.read_log("run_1", 0, 2, 100) == ("語", 5, 5)


def test_a_character_that_stays_unfinished_is_shown_as_damaged(folders: RunFolders, log: Path) -> None:
    log.write_bytes("ab語".encode()[:-1])
    make_old(log)
    assert folders.read_log("run_1", 0, 0, 100) == ("ab\ufffd", 4, 4)


def test_a_start_past_the_end_tells_where_the_end_is(folders: RunFolders, log: Path) -> None:
    log.write_bytes(b"second attempt")
    assert folders.read_log("run_1", 0, 5_000, 100) == ("", 14, 14)
    assert folders.read_log("run_1", 0, -5, 6) == ("second", 6, 14)


@pytest.mark.parametrize("name", ["model.pkl", "../../../../store.sqlite", "/etc/passwd", "", "log.txt\x00", "Log.txt"])
def test_only_known_text_files_are_read(folders: RunFolders, name: str) -> None:
    with pytest.raises(NotFoundError, match="No text file of an iteration is named"):
        folders.read_file("run_1", 0, name)


def test_a_file_that_is_not_there_is_not_found(folders: RunFolders) -> None:
    with pytest.raises(NotFoundError, match=r"Iteration 0 of run run_1 has no code.py"):
        folders.read_file("run_1", 0, "code.py")


@pytest.mark.parametrize("iteration", [-1, "0", "../0", 1.0, None])
def test_an_iteration_is_a_number(folders: RunFolders, iteration: int) -> None:
    with pytest.raises(NotFoundError, match=r"Run run_1 has no iteration .*: it must be a number from 0 on"):
        folders.iteration_folder("run_1", iteration)
    if iteration == SETUP:
        assert folders.read_log("run_1", iteration, 0, 10) == ("", 0, 0)
        return
    with pytest.raises(NotFoundError, match="it must be a number from 0 on"):
        folders.read_log("run_1", iteration, 0, 10)


@pytest.mark.parametrize("run_id", ["..", "run_2", "run_1/../run_1", "", "/", "."])
def test_a_run_without_a_folder_is_not_found(folders: RunFolders, run_id: str) -> None:
    for ask in (
        folders.run_folder,
        lambda r: folders.read_log(r, 0, 0, 1),
        lambda r: folders.read_file(r, 0, "code.py"),
    ):
        with pytest.raises(NotFoundError, match="has a folder in"):
            ask(run_id)
    assert [path.name for path in (folders.folder / "runs").iterdir()] == ["run_1"]


def test_a_link_out_of_the_run_is_not_followed(folders: RunFolders, log: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    log.symlink_to(tmp_path / "secret")
    (log.parent / "code.py").symlink_to(tmp_path / "secret")
    assert folders.read_log("run_1", 0, 0, 100) == ("", 0, 0)
    with pytest.raises(NotFoundError, match=r"has no code.py"):
        folders.read_file("run_1", 0, "code.py")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_place_of_a_log_does_not_block(folders: RunFolders, log: Path) -> None:
    os.mkfifo(log)
    assert folders.read_log("run_1", 0, 0, 100) == ("", 0, 0)
