"""Several processes on one store: waiting for each other, forked, killed."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from automl_widgets.errors import RunStateError
from automl_widgets.store import SqliteStore
from tests.store.nouns import a_run, an_iteration

ROOT = Path(__file__).parents[2]
PRELUDE = """
import os, sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from automl_widgets.store import open_store
from automl_widgets.store.files import write_atomic
from tests.store.nouns import a_run, an_iteration
def say(text): os.write(1, f"{{text}}\\n".encode())
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """A store with the run `run_1`, by the real clock."""
    store = SqliteStore(tmp_path / "workspace")
    store.create_run(a_run(created_at=time.time()))
    yield store
    store.close()


def python(store: SqliteStore, code: str) -> subprocess.Popen[bytes]:
    """Start another process that has `store` open."""
    opening = f"store = open_store({str(store.folder)!r})\n"
    command = [sys.executable, "-c", PRELUDE.format(root=str(ROOT)) + opening + code]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)


def read_lines(process: subprocess.Popen[bytes]) -> list[bytes]:
    return process.communicate(timeout=30)[0].split()


def test_a_write_of_another_process_ends_the_wait(store: SqliteStore) -> None:
    with python(store, "say('up'); input(); store.put_iteration('run_1', an_iteration(5)); say(time.time())") as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"up\n"
        assert writer.stdin is not None
        writer.stdin.write(b"\n")
        writer.stdin.flush()
        assert store.wait("run_1", 1, 30.0) == 2
        seen_at = time.time()
        assert seen_at - float(read_lines(writer)[0]) < 1.0
    assert store.changes("run_1", 1).iterations == (an_iteration(5, seq=2),)


def test_a_run_is_interrupted_when_its_process_is_killed_and_can_be_taken_up(store: SqliteStore) -> None:
    with python(store, "store.claim('run_1'); store.update_run('run_1', state='running'); say('up'); input()") as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        assert store.run("run_1").state == "running"
        with pytest.raises(RunStateError, match=f"run_1 is being run by process {owner.pid} already"):
            store.claim("run_1")
        owner.kill()
    record = store.run("run_1")
    assert (record.state, record.reason) == ("interrupted", f"its process ({owner.pid}) has ended")
    assert store.changes("run_1", 2).run == record
    store.claim("run_1")
    assert store.changes("run_1", 2).run == store.run("run_1")
    assert store.run("run_1").state == "running"


def test_each_command_goes_to_one_of_several_processes(store: SqliteStore) -> None:
    code = """
taken, end = [], time.time() + 20
while time.time() < end and not any(c.kind == "cancel" for c in taken):
    taken += store.take_commands("run_1")
for command in taken: say(command.arguments["n"])
store.post_command("run_1", "cancel", {"n": -1})
"""
    folder = store.run_folder("run_1") / "commands"
    with python(store, code) as one, python(store, code) as other:
        for n in range(60):
            if n % 2:
                store.post_command("run_1", "more", {"n": n})
            else:
                (folder / f"{n}.json").write_text(f'{{"kind": "more", "n": {n}}}')
            time.sleep(0.002)
        time.sleep(0.1)
        store.post_command("run_1", "cancel", {"n": -1})
        taken = [int(n) for process in (one, other) for n in read_lines(process)]
    assert sorted(n for n in taken if n >= 0) == list(range(60))


def test_processes_may_open_a_new_workspace_at_the_same_moment(tmp_path: Path) -> None:
    code = PRELUDE.format(root=str(ROOT)) + (
        "say('up'); input()\n"
        "store = open_store(sys.argv[1]); store.create_run(a_run(sys.argv[2])); say(store._db.journal)"
    )
    with ExitStack() as stack:
        processes = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", code, str(tmp_path / "w"), f"r{k}"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
            for k in range(5)
        ]
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"\n")
            process.stdin.flush()
        assert [read_lines(process) for process in processes] == [[b"wal"]] * 5
    store = SqliteStore(tmp_path / "w")
    assert len(store.runs()) == 5
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_and_its_parent_both_go_on(store: SqliteStore) -> None:
    store.put_iteration("run_1", an_iteration(0))
    store.claim("run_1")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            store.put_iteration("run_1", an_iteration(1))
            store.release("run_1")  # a child does not hold what its parent holds
            code = 0 if store.wait("run_1", 3, 10.0) == 4 else 2
            store.put_iteration("run_1", an_iteration(3))
        finally:
            os._exit(code)
    assert store.wait("run_1", 2, 30.0) == 3
    store.put_iteration("run_1", an_iteration(2))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    store.beat("run_1")
    assert [record.seq for record in store.iterations("run_1")] == [2, 3, 4, 5]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_keeps_what_it_writes_after_its_parent_closed_the_file(store: SqliteStore) -> None:
    """The parent, last to close as far as it knows, would remove the log under a child that had kept its locks."""
    store.put_iteration("run_1", an_iteration(0))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        store.put_iteration("run_1", an_iteration(1))
        os.read(reader, 1)
        store.put_iteration("run_1", an_iteration(2))
        os._exit(0)
    assert store.wait("run_1", 2, 30.0) == 3
    store.close()
    os.write(writer, b"x")
    os.waitpid(child, 0)
    again = SqliteStore(store.folder)
    assert [record.iteration for record in again.iterations("run_1")] == [0, 1, 2]
    again.close()
    os.close(reader)
    os.close(writer)


WRITER = """
run_id, i = f"run_{os.getpid()}", 0
store.create_run(a_run(run_id, state="running")); store.claim(run_id)
while True:
    write_atomic(store.iteration_folder(run_id, i) / "oof.npz", bytes([i % 256]) * 50_000)
    store.put_iteration(run_id, an_iteration(i, stage=str(i)))
    say(f"{run_id}:{i}")
    i += 1
"""


def test_no_acknowledged_iteration_is_lost_and_no_artifact_torn_by_fifteen_kills(store: SqliteStore) -> None:
    acknowledged = dict[str, int]()
    dice = random.Random(0)
    for _ in range(5):
        with ExitStack() as stack:
            writers = [stack.enter_context(python(store, WRITER)) for _ in range(3)]
            first_lines = [writer.stdout.readline() for writer in writers if writer.stdout is not None]
            for writer, first_line in zip(writers, first_lines, strict=True):
                time.sleep(dice.uniform(0, 0.04))
                writer.kill()
                run_id, _, i = (first_line + writer.communicate()[0]).split()[-1].decode().partition(":")
                acknowledged[run_id] = int(i)
    store.close()
    again = SqliteStore(store.folder)
    for run_id, last_i in acknowledged.items():
        iterations = again.iterations(run_id)
        assert [record.iteration for record in iterations] == list(range(len(iterations)))
        assert len(iterations) >= last_i + 1
        assert again.run(run_id).state == "interrupted"
        for record in iterations:
            content = (again.iteration_folder(run_id, record.iteration) / "oof.npz").read_bytes()
            assert content == bytes([record.iteration % 256]) * 50_000
    assert len(acknowledged) == 15
    assert sum(acknowledged.values()) > 30
    assert list(again.folder.rglob("*.tmp")) == []
    again.close()
    with sqlite3.connect(store.folder / "store.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
