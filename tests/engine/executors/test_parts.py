"""The parts of the local executor that need no process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.engine.executors import (
    logfile,
    policy,
    resources,
    shared,
    shared_executor,
    verdict,
)
from automl_widgets.engine.executors.attempt import Answer, call, one_line
from automl_widgets.engine.executors.channel import Channel, Frames, Line, _head
from automl_widgets.engine.executors.entrance import Door
from automl_widgets.engine.executors.fair_queue import FairQueue
from automl_widgets.engine.executors.protocol import Trial
from automl_widgets.engine.executors.switchboard import Switchboard
from automl_widgets.engine.executors.verdict import Exit, Job
from automl_widgets.errors import EngineError

# --- queue

RUNS = st.lists(st.sampled_from("abc"), max_size=30)


@given(RUNS)
def test_no_run_waits_longer_than_one_turn_of_each_other(runs: list[str]) -> None:
    queue = FairQueue[str]()
    for number, run in enumerate(runs):
        queue.add(f"{run}/{number}", f"{run}/{number}")
    served = [queue.pop() for _ in range(len(queue))]
    assert sorted(served) == sorted(f"{run}/{number}" for number, run in enumerate(runs))
    for run in set(runs):
        own = [int(key[2:]) for key in served if key[0] == run]
        assert own == sorted(own)
    for position in range(len(served)):
        waiting = {key[0] for key in served[position:]}
        assert len({key[0] for key in served[position : position + len(waiting)]}) >= min(2, len(waiting))


@given(RUNS, st.integers(0, 30))
def test_what_is_removed_is_not_served(runs: list[str], which: int) -> None:
    queue = FairQueue[int]()
    for number, run in enumerate(runs):
        queue.add(f"{run}/{number}", number)
    key = f"{runs[which]}/{which}" if which < len(runs) else "d/0"
    assert queue.remove(key) == (which if which < len(runs) else None)
    assert queue.remove(key) is None
    assert sorted(queue.pop() for _ in range(len(queue))) == [n for n in range(len(runs)) if n != which]


def test_what_comes_back_is_served_first() -> None:
    queue = FairQueue[str]()
    for key in ("a/1", "b/1", "a/2"):
        queue.add(key, key)
    back = queue.pop()
    queue.add(back, back, first=True)
    assert [queue.pop() for _ in range(3)] == ["a/1", "b/1", "a/2"]


# --- messages


@given(st.lists(st.binary(max_size=50), max_size=5), st.lists(st.integers(1, 40), max_size=8))
def test_messages_arrive_whole_however_they_are_cut(payloads: list[bytes], cuts: list[int]) -> None:
    frames, stream, found = Frames(), b"".join(_head(payload) + payload for payload in payloads), []
    for cut in cuts:
        found += frames.add(stream[:cut])
        stream = stream[cut:]
    found += frames.add(stream)
    assert found == payloads
    assert not frames.fault


@given(st.binary(min_size=16))
def test_rubbish_is_never_taken_for_a_message(rubbish: bytes) -> None:
    frames = Frames()
    assert frames.add(_head(b"good") + b"good" + rubbish) == [b"good"]
    assert frames.fault


def test_a_damaged_message_is_a_fault() -> None:
    frames = Frames()
    assert frames.add(_head(b"good") + b"goof") == []
    assert frames.fault == "wrote a damaged message of 4 bytes"


def test_a_channel_never_blocks_and_sends_what_waited() -> None:
    left, right = socket.socketpair()
    sender, receiver = Channel(left), Channel(right)
    for _ in range(20):
        sender.post(b"x" * 100_000)
    assert sender.is_blocked
    found: list[bytes] = []
    while len(found) < 20:
        found += receiver.read()[0]
        sender.flush()
    assert not sender.is_blocked
    assert set(map(len, found)) == {100_000}
    sender.close()
    assert receiver.read() == ([], True)
    receiver.post(b"nobody hears this")
    assert not receiver.is_blocked
    receiver.close()


def test_a_line_notices_that_its_descriptor_is_another_file() -> None:
    left, right = socket.socketpair()
    line = Line(left)
    os.close(left.detach())
    with pytest.raises(EngineError, match="the connection to the kernel was closed by the trial"):
        line.send(b"answer")
    right.close()


def test_a_line_is_not_for_a_forked_child(monkeypatch: pytest.MonkeyPatch) -> None:
    left, right = socket.socketpair()
    line = Line(left)
    monkeypatch.setattr("automl_widgets.engine.executors.channel.os.getpid", lambda: -1)
    with pytest.raises(EngineError, match="belongs to the process from which this one was forked"):
        line.send(b"answer")
    right.close()
    left.close()


def test_a_line_that_is_hung_up_has_an_end() -> None:
    left, right = socket.socketpair()
    right.sendall(_head(b"last") + b"last")
    right.close()
    line = Line(left)
    assert line.receive() == b"last"
    with pytest.raises(EOFError, match="the kernel has hung up"):
        line.receive()
    left.close()


def test_a_line_from_which_rubbish_comes_is_broken() -> None:
    left, right = socket.socketpair()
    right.sendall(b"x" * 100)
    with pytest.raises(EngineError, match="the kernel wrote what is no message"):
        Line(left).receive()
    right.close()
    left.close()


# --- the log


@pytest.mark.parametrize("size", [0, 999, 1000, 1001, 5000, 123_456])
def test_a_log_keeps_its_two_ends(size: int, tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    text = b"".join(b"%07d\n" % number for number in range(size // 8 + 1))[:size]
    path.write_bytes(text)
    logfile.shorten(str(path), 0.001)
    found = path.read_bytes()
    if size <= 1000:
        assert found == text
        return
    assert len(found) <= 1000
    assert found.startswith(text[:500])
    head, _, tail = found.partition(b"\n[... ")
    left_out, _, end = tail.partition(b" bytes were left out here")
    kept = end.partition(b"]\n")[2]
    assert text.endswith(kept)
    assert len(kept) > 350
    assert int(left_out) == size - len(head) - len(kept)


def test_a_log_that_is_shortened_again_counts_all_that_is_left_out(tmp_path: Path) -> None:
    path, written = tmp_path / "log.txt", 0
    for _ in range(5):
        with path.open("ab") as file:
            written += file.write((b"x" * 49 + b"\n") * 30)
        logfile.shorten(str(path), 0.001)
    head, _, rest = path.read_bytes().partition(b"\n[... ")
    left_out, _, kept = rest.partition(b" bytes were left out here: of a log the beginning and the end are kept ...]\n")
    assert int(left_out) + len(head) + len(kept) == written


def test_a_log_that_is_gone_is_no_error(tmp_path: Path) -> None:
    logfile.shorten(str(tmp_path / "none"), 1)
    assert not logfile.is_overlong(str(tmp_path / "none"), 1)
    logfile.shorten("", 1)


# --- how a trial ended


def job(**fields: object) -> Job:
    return Job(trial=Trial(key="r/1/0", fn="a:b"), events=SimpleQueue(), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "ended", "state", "reason"),
    [
        ({}, Exit(code=-11), "crashed", "killed by signal 11 (SIGSEGV)"),
        ({}, Exit(code=-64), "crashed", "killed by signal 64 (SIGRTMAX)"),
        ({}, Exit(code=-40), "crashed", "killed by signal 40 (unknown)"),
        ({}, Exit(code=-9, why="oom", reason="too much", was_killed=True), "oom", "too much"),
        ({}, Exit(code=0, why="timeout", reason="too long"), "timeout", "too long"),
        ({"is_canceled": True}, Exit(code=-11, why="timeout"), "canceled", "canceled"),
        ({"fault": "lied"}, Exit(code=-15, why="crashed"), "crashed", "the process lied"),
        ({"fault": "lied"}, Exit(code=-9, why="crashed", was_killed=True), "crashed", "the process lied"),
        ({"fault": "closed"}, Exit(code=-11, why="crashed"), "crashed", "killed by signal 11 (SIGSEGV)"),
        ({"answer": Answer(state="failed", reason="E: x")}, Exit(code=-9), "failed", "E: x"),
    ],
)
def test_what_is_known_of_an_end_decides_the_outcome(
    fields: dict[str, object], ended: Exit, state: str, reason: str
) -> None:
    outcome = verdict.on_exit(job(**fields), ended)
    assert (outcome.state, outcome.reason) == (state, reason)


def test_an_answer_outlives_the_loss_of_its_warden() -> None:
    assert verdict.on_loss(job(answer=Answer(state="completed"), value=b"I1\n."), "gone").value == 1
    assert verdict.on_loss(job(), "gone").state == "lost"


# --- calls


def test_a_callable_is_required() -> None:
    answer = call("os:environ_that_is_not", {}, print, dict)
    assert answer.reason.startswith("TrialError: `fn` must be the `package.module:function` of a callable")
    assert len(one_line(ValueError("x" * 10_000))) == 300


# --- the machine


def test_cores_and_memory_are_those_of_the_machine_where_nothing_limits_them() -> None:
    assert 1 <= resources.available_cores() <= (os.cpu_count() or 1)
    assert 0 < resources.available_memory_mb() <= resources.total_memory_mb()


def cgroup(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "shares"),
    [
        ({"cpu__max": "250000 100000\n"}, [2.5]),
        ({"cpu__max": "max 100000\n"}, []),
        ({"cpu__cfs_quota_us": "50000\n", "cpu__cfs_period_us": "100000\n"}, [0.5]),
        ({"cpu__cfs_quota_us": "-1\n", "cpu__cfs_period_us": "100000\n"}, []),
        ({}, []),
    ],
)
def test_a_container_may_limit_the_cores(
    files: dict[str, str], shares: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_folders", lambda root, _: (cgroup(root / "a", **files),))
    monkeypatch.setattr(resources, "_ROOT", tmp_path)
    assert list(resources._core_shares(tmp_path)) == shares
    assert resources.available_cores() == max(1, min([len(os.sched_getaffinity(0)), *map(int, shares)]))


@pytest.mark.parametrize(
    "files",
    [
        {
            "memory__max": "1000000000",
            "memory__current": "900000000",
            "memory__stat": "anon 1\ninactive_file 200000000\n",
        },
        {
            "memory__limit_in_bytes": "1000000000",
            "memory__usage_in_bytes": "900000000",
            "memory__stat": "inactive_file 1\ntotal_inactive_file 200000000\n",
        },
    ],
    ids=["version 2", "version 1"],
)
def test_a_container_may_limit_the_memory(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer = cgroup(tmp_path, memory__max="max", memory__limit_in_bytes=str(2**63 - 4096))
    monkeypatch.setattr(resources, "_folders", lambda root, _: (outer, cgroup(root / "a", **files)))
    monkeypatch.setattr(resources, "_ROOT", tmp_path)
    assert resources.total_memory_mb() == 1000
    assert resources.available_memory_mb() == 300


def test_the_kernel_loads_no_heavy_library_for_its_executor() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(policy.Policy().path)}
    heavy = "numpy, pandas, sklearn, lightgbm, psutil"
    script = f"import sys, automl_widgets.engine.executors; print(set('{heavy}'.split(', ')) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_a_workers_environment_keeps_the_kernels_and_has_one_thread() -> None:
    found = policy.environment({"HOME": "/h", "OMP_NUM_THREADS": "8", "PYTHONHASHSEED": "7"}, "id")
    assert (found["HOME"], found["OMP_NUM_THREADS"], found["PYTHONHASHSEED"]) == ("/h", "1", "7")
    assert found["OMP_WAIT_POLICY"] == "PASSIVE"


def test_a_door_opens_to_who_has_the_word_and_once() -> None:
    board, welcomed = Switchboard(), []
    door = Door(board)
    port, word = door.open(welcomed.append).address.split()
    strangers = [b"", word.encode()[:5] + b"x" * 27, b"{}" * 4096, word.encode(), word.encode()]
    answers = []
    for said in strangers:
        with socket.create_connection(("127.0.0.1", int(port)), timeout=5) as guest:
            guest.sendall(said)
            guest.shutdown(socket.SHUT_WR)
            for _ in range(3):
                board.wait(0.05)
            answers.append(len(welcomed))
    assert answers == [0, 0, 0, 1, 1]
    welcomed[0].close()
    board.close()


def test_a_process_knocks_where_its_input_says() -> None:
    board, welcomed = Switchboard(), []
    way = Door(board).open(welcomed.append)
    script = "from automl_widgets.engine.executors import entrance; entrance.connected(-1).sendall(b'here')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(policy.Policy().path)}
    subprocess.run([sys.executable, "-c", script], input=way.address, text=True, env=environment, check=True)
    for _ in range(3):
        board.wait(0.05)
    assert welcomed[0]._end.recv(9) == b"here"
    welcomed[0].close()
    board.close()


@pytest.mark.parametrize(("wanted", "start"), [("portable", "portable"), ("nonsense", "fork"), ("", "fork")])
def test_the_environment_may_choose_how_workers_are_started(
    wanted: str, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(policy.START, wanted)
    assert policy.Policy().start == start


# --- the shared executor


def test_the_shared_executor_is_one_for_a_process_and_its_fork_has_another() -> None:
    executor = shared_executor()
    assert shared_executor() is executor
    assert executor.capacity == shared.available_cores()
    pid = os.fork()
    if pid == 0:
        os._exit(0 if shared_executor() is not executor else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    executor.close()
    assert shared_executor() is not executor
    shared_executor().close()


def test_the_shared_executor_is_made_once_though_many_ask() -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(shared_executor())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    shared_executor().close()


def test_a_process_that_ends_leaves_no_worker(tmp_path: Path) -> None:
    script = (
        "import os, queue\n"
        "from automl_widgets.engine.executors import shared_executor\n"
        "from automl_widgets.engine.executors.protocol import Trial, Started\n"
        "events = queue.SimpleQueue()\n"
        "shared_executor().submit(Trial(key='a/0/0', fn='time:sleep'), events)\n"
        "print(events.get(timeout=20).pid)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(policy.Policy().path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert not Path(f"/proc/{int(done.stdout)}").exists()
    assert done.stderr == ""
