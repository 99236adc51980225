"""Files that a stranger may send: each refused with its reason, and nothing of it left behind."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets.errors import WorkspaceError
from automl_widgets.share import unpack as unpacking
from automl_widgets.share.unpack import unpack
from automl_widgets.store import SqliteStore
from tests.view import runs as stored

Change = Callable[[dict[str, Any]], object]


def rewritten(archive: Path, change: Change | None = None) -> Path:
    """The archive with changed records."""
    with zipfile.ZipFile(archive) as old:
        files = {name: old.read(name) for name in old.namelist()}
    document = json.loads(files["run.json"])
    if change:
        change(document)
    files["run.json"] = json.dumps(document).encode()
    target = archive.with_name("evil.zip")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in files.items():
            new.writestr(name, content)
    return target


def with_entry(archive: Path, name: str, content: bytes = b"x", mode: int = 0) -> Path:
    target = rewritten(archive)
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as new:
        new.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return target


def refuse(there: SqliteStore, path: Path, complaint: str, **options: Any) -> None:
    around = {p for p in there.folder.parent.rglob("*") if not p.name.startswith("store.sqlite")}
    with pytest.raises(WorkspaceError, match=complaint) as caught:
        unpack(there, path, **options)
    assert "Refused to import" in str(caught.value)
    assert there.runs() == ()
    assert there.experiments() == ()
    assert {p for p in there.folder.parent.rglob("*") if not p.name.startswith("store.sqlite")} == around


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "iterations/../../evil.py",
        "/etc/passwd",
        "C:\\evil.py",
        "..\\evil.py",
        "iterations/0/..\\model.pkl",
        "iterations/00/log.txt",
        "iterations/-1/log.txt",
        "iterations/0/evil.py",
        "iterations/0/model.pkl.untrusted",
        "iterations/0/sub/log.txt",
        "iterations/٣/log.txt",
        "commands/1.json",
        "store.sqlite",
        "data.x.p5",
        "iterations/0/log.txt\n",
        "evil/",
    ],
)
def test_a_name_that_no_run_has_is_refused(there: SqliteStore, archive: Path, name: str) -> None:
    refuse(there, with_entry(archive, name), "which is no file of a run")


def test_a_link_is_refused(there: SqliteStore, archive: Path) -> None:
    refuse(
        there,
        with_entry(archive, "iterations/1/explanation.json", b"/etc/passwd", stat.S_IFLNK | 0o777),
        "is a link or no plain file",
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_a_name_are_refused(there: SqliteStore, archive: Path) -> None:
    refuse(there, with_entry(archive, "iterations/0/log.txt"), "two files of the same name")


def test_a_file_of_an_iteration_that_is_not_in_the_records_is_refused(there: SqliteStore, archive: Path) -> None:
    refuse(there, with_entry(archive, "iterations/9/log.txt"), "its records have no iteration 9")


def test_a_bomb_is_refused_before_anything_is_written(there: SqliteStore, archive: Path) -> None:
    bomb = with_entry(archive, "iterations/0/explanation.npz", b"\0" * 60_000_000)
    assert bomb.stat().st_size < 200_000
    refuse(there, bomb, "unpacked it takes 60 MB", max_mb=50.0)


def test_a_bomb_of_records_is_refused(there: SqliteStore, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_RECORDS_MB", 1.0)
    refuse(there, rewritten(archive, lambda d: d.update(more=" " * 2_000_000)), "for run.json; at most")


def test_a_bomb_inside_of_arrays_is_refused(there: SqliteStore, archive: Path) -> None:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, values=np.zeros(8_000_000))
    bomb = with_entry(archive, "iterations/0/explanation.npz", buffer.getvalue())
    refuse(there, bomb, "explanation.npz in it takes 64 MB when it is loaded", max_mb=50.0)


def test_a_size_that_is_a_lie_is_refused(there: SqliteStore, archive: Path) -> None:
    content = bytearray(with_entry(archive, "iterations/0/explanation.npz", b"\0" * 1_000_000).read_bytes())
    central = content.rindex(b"PK\1\2")
    content[central + 24 : central + 28] = (10).to_bytes(4, "little")
    path = archive.with_name("lie.zip")
    path.write_bytes(content)
    refuse(there, path, "no zip file, or damaged")


def test_what_is_damaged_or_no_zip_file_is_refused(there: SqliteStore, archive: Path) -> None:
    path = archive.with_name("x.zip")
    path.write_bytes(b"no zip at all")
    refuse(there, path, "no zip file, or damaged")
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as whole:
        at = whole.getinfo("iterations/0/model.pkl").header_offset + 80
    content[at] ^= 0xFF
    path.write_bytes(content)
    refuse(there, path, "no zip file, or damaged")


def test_encrypted_files_are_refused(there: SqliteStore, archive: Path) -> None:
    content = bytearray(archive.read_bytes())
    central = content.rindex(b"PK\1\2")
    content[central + 8] |= 1
    path = archive.with_name("x.zip")
    path.write_bytes(content)
    refuse(there, path, "is encrypted, or compressed in a way")


def test_an_archive_without_records_is_refused(there: SqliteStore, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("iterations/0/log.txt", "hello")
    refuse(there, tmp_path / "x.zip", r"no run.json, so it is not from run.export")


def test_text_in_place_of_json_is_refused(there: SqliteStore, archive: Path) -> None:
    refuse(
        there, with_entry(archive, "iterations/0/diagnostics.json", b"<script>"), "diagnostics.json in it is not JSON"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (b"[" * 200_000, "its run.json is not JSON: RecursionError"),
        (b"\xff", "its run.json is not JSON: UnicodeDecodeError"),
        (b'{"format": "automl_widgets run", "x": NaN}', "its run.json is not JSON: ValueError"),
        (b'{"format": "automl_widgets run", "x": "\\ud800"}', "its run.json is not JSON: UnicodeEncodeError"),
        (b"[]", "not of the format 'automl_widgets run', but None"),
        (b'{"format": "zip"}', "not of the format 'automl_widgets run', but 'zip'"),
        (b'{"format": "automl_widgets run", "version": 99}', "has version 99, and this automl_widgets knows 1"),
        (b'{"format": "automl_widgets run", "version": 1, "records": 7}', "records is not an object"),
    ],
)
def test_records_of_another_schema_are_refused(there: SqliteStore, tmp_path: Path, text: bytes, complaint: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("run.json", text)
    refuse(there, tmp_path / "x.zip", complaint)


def _set(*path: str | int, to: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document["records"]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_set("run", "run_id", to="../../evil"), "A run id must be 1 to 128 letters"),
        (_set("run", "run_id", to=7), "records.run.run_id is not text"),
        (_set("run", "experiment", to="<b>"), "no name of an experiment: '<b>'"),
        (_set("run", "state", to="dancing"), "records.run.state is none of preparing"),
        (_set("run", "created_at", to=1e18), "records.run.created_at is not a time"),
        (_set("run", "created_at", to="now"), "records.run.created_at is not a number"),
        (_set("run", "n_iterations", to=10**12), "n_iterations is too large"),
        (_set("run", "n_slots", to=2**70), "n_slots is not a whole number"),
        (_set("run", "best_iteration", to=99), "best_iteration is none of the iterations"),
        (_set("run", "tags", to={"a": 1}), r"records.run.tags\['a'\] is not text"),
        (_set("run", "settings", "primary_metric", to="os.system"), "no metric: 'os.system'"),
        (_set("run", "settings", "early_stopping", to="yes"), "is not true or false"),
        (_set("run", to=None), "records.run is missing"),
        (_set("iterations", 0, "iteration", to=1), "not numbered one by one"),
        (_set("iterations", 0, "iteration", to=-1), "not numbered one by one"),
        (_set("iterations", 0, "recipe", "algorithm", to=["x"]), "recipe.algorithm is not text"),
        (_set("iterations", to={}), "records.iterations is not a list"),
        (_set("explanations", 0, "overall", to=[1.0]), "records.explanations do not fit"),
    ],
)
def test_records_that_no_engine_would_write_are_refused(
    there: SqliteStore, archive: Path, change: Change, complaint: str
) -> None:
    refuse(there, rewritten(archive, change), complaint)


def test_a_full_disk_is_foreseen(there: SqliteStore, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "ROOM_MB", 1e12)
    refuse(there, archive, "MB are free. Make room")


def test_a_folder_that_is_in_the_way_stays_as_it_is(there: SqliteStore, archive: Path) -> None:
    (there.folder / "runs" / stored.RUN).mkdir()
    refuse(there, archive, "of no run that is known. Move it away")


def test_an_archive_that_another_program_packed_anew_is_taken(there: SqliteStore, archive: Path) -> None:
    path = with_entry(archive, "iterations/0/", b"", stat.S_IFDIR | 0o755)
    assert unpack(there, path).run_id == stored.RUN


def test_what_a_killed_import_has_left_goes_after_a_day(
    there: SqliteStore, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = there.folder / "runs" / ".incoming-1"
    left.mkdir()
    monkeypatch.setattr(unpacking, "STALE_S", -10.0)
    unpack(there, archive)
    assert not left.exists()
