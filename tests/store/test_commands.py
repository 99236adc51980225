"""Files that a web page drops as commands."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from automl_widgets.store import Store
from automl_widgets.store.commands import MAX_BYTES, SETTLED_S
from tests.store.nouns import a_run


@pytest.fixture
def folder(store: Store) -> Path:
    """The folder where pages drop commands for `run_1`."""
    store.create_run(a_run())
    return store.run_folder("run_1") / "commands"


def drop(folder: Path, name: str, content: object, age_s: float = 2 * SETTLED_S) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    return path


def test_files_are_taken_oldest_first(store: Store, folder: Path) -> None:
    for age_s, name in enumerate("bca"):
        drop(folder, f"{name}.json", {"kind": "explain", "iteration": age_s}, age_s)
    taken = store.take_commands("run_1")
    assert [command.arguments["iteration"] for command in taken] == [2, 1, 0]
    assert taken[0].created_at == pytest.approx(time.time() - 2, abs=30)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "Expecting value"),
        (b'{"kind": "can', "Unterminated string"),
        (b"\xff\xfe\xff", "codec can't decode"),
        (b"[" * 50_000, "recursion|nested"),
        (b"[1]", 'it must hold {"kind": ...}'),
        ({"kind": ["cancel"]}, 'it must hold {"kind": ...}'),
        ({"iteration": 3}, 'it must hold {"kind": ...}'),
        ({"kind": "rm -rf"}, "No command is named 'rm -rf'"),
        ({"kind": "more", "x": "y" * MAX_BYTES}, "at most 65,536 are taken"),
        (('{"kind": "more", "x": "' + "é" * 20_000 + '"}').encode(), "must take at most 65,536 bytes"),
    ],
)
def test_a_bad_file_is_removed_and_logged(
    store: Store, folder: Path, caplog: pytest.LogCaptureFixture, content: object, complaint: str
) -> None:
    path = drop(folder, "bad.json", content)
    drop(folder, "good.json", {"kind": "cancel"})
    assert [command.kind for command in store.take_commands("run_1")] == ["cancel"]
    assert not path.exists()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "'bad.json'" in caplog.text
    assert any(part in caplog.text for part in complaint.split("|"))


def test_a_file_that_is_still_being_written_is_left_alone(store: Store, folder: Path) -> None:
    path = drop(folder, "c.json", b'{"kind": "can', age_s=0)
    assert store.take_commands("run_1") == ()
    path.write_text('{"kind": "cancel"}')
    assert [command.kind for command in store.take_commands("run_1")] == ["cancel"]


def test_what_is_no_command_file_is_not_touched(store: Store, folder: Path) -> None:
    (folder / "folder.json").mkdir()
    for name in (".~c.json", "notes.txt", "json"):
        drop(folder, name, {"kind": "cancel"})
    assert store.take_commands("run_1") == ()
    assert len(list(folder.iterdir())) == 4


def test_a_link_is_removed_unread(store: Store, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    target = tmp_path / "elsewhere"
    target.write_text('{"kind": "cancel"}')
    link = folder / "link.json"
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    assert store.take_commands("run_1") == ()
    assert "'link.json': it is not a file" in caplog.text
    assert target.exists()
    assert not link.is_symlink()


def test_a_file_that_cannot_be_removed_is_not_obeyed(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    drop(folder, "c.json", {"kind": "cancel"})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", fail)
        assert store.take_commands("run_1") == ()
    assert "it cannot be taken: Permission denied" in caplog.text
    assert len(store.take_commands("run_1")) == 1


def test_a_run_whose_folder_was_emptied_has_no_commands(store: Store, folder: Path) -> None:
    folder.rmdir()
    assert store.take_commands("run_1") == ()
