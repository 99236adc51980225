"""What a trial, a process or the system may do wrong, and that it stays without consequences for others."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import psutil
import pytest

from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.policy import Policy, StartMethod
from automl_widgets.errors import EngineError

from . import bodies
from .driving import Driver, is_gone, marked, wait_until


@pytest.fixture
def own_driver(tmp_path: Path) -> Iterator[Driver]:
    """Drives an executor of its own, with nothing loaded."""
    executor = LocalExecutor(2, "fork", Policy(nice=0, preload=()))
    yield Driver(executor, tmp_path)
    executor.close()


@pytest.fixture(params=["forking", "starting"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Driver:
    """Drives what Linux has of its own, and what every system has."""
    return Driver(request.getfixturevalue(request.param), tmp_path)


def warden_of(driver: Driver) -> int:
    found: int = psutil.Process(driver.value(bodies.pid)).ppid()
    return found


# --- processes that end


def test_a_segfault_is_that_trial_only_and_the_log_says_where(either: Driver) -> None:
    neighbour = either.submit(bodies.sleep, args={"seconds": 0.5})
    neighbour.started()
    running = either.submit(bodies.segfault)
    outcome = running.outcome()
    assert (outcome.state, outcome.reason) == ("crashed", "killed by signal 11 (SIGSEGV)")
    assert running.log().startswith("about to fall\nFatal Python error: Segmentation fault")
    assert "in segfault" in running.log()
    assert neighbour.outcome().state == "completed"


def test_a_process_that_leaves_without_an_answer_has_crashed(driver: Driver) -> None:
    outcome = driver.run(bodies.vanish)
    assert (outcome.state, outcome.reason) == ("crashed", "the process ended with exit code 3 before it had answered")


def test_kill_9_of_a_worker(driver: Driver) -> None:
    running = driver.submit(bodies.sleep)
    os.kill(running.started().pid, signal.SIGKILL)
    outcome = running.outcome()
    assert outcome.state == "crashed"
    assert outcome.reason.startswith("killed by signal 9 (SIGKILL)")


def test_kill_9_of_a_worker_that_waits_is_not_noticed(driver: Driver) -> None:
    for _ in range(4):
        os.kill(driver.value(bodies.pid), signal.SIGKILL)
    assert driver.value(bodies.add) == 3


@pytest.mark.parametrize("start", ["fork", "portable"])
def test_kill_9_of_the_warden_loses_what_ran_and_what_waits_is_run(start: StartMethod, tmp_path: Path) -> None:
    executor = LocalExecutor(2, start, Policy(nice=0, preload=()))
    own_driver = Driver(executor, tmp_path)
    warden = warden_of(own_driver)
    running = [own_driver.submit(bodies.nest_and_stay), own_driver.submit(bodies.hold_gil)]
    below = [*running[0].reported()["pids"], running[1].reported()["pid"]]
    waiting = own_driver.submit(bodies.add)
    os.kill(warden, signal.SIGKILL)
    for trial in running:
        outcome = trial.outcome()
        assert (outcome.state, outcome.reason) == ("lost", "the warden process ended")
        assert all(map(is_gone, below))
    assert waiting.outcome().value == 3
    executor.close()


def test_a_warden_that_is_asked_to_end_takes_its_workers_along(own_driver: Driver) -> None:
    warden = warden_of(own_driver)
    running = own_driver.submit(bodies.hold_gil)
    pid = running.reported()["pid"]
    os.kill(warden, signal.SIGTERM)
    assert running.outcome().state == "lost"
    assert is_gone(pid)


def test_a_log_is_kept_within_its_limit_when_the_warden_is_killed_too(tmp_path: Path) -> None:
    executor = LocalExecutor(1, "fork", Policy(nice=0, preload=(), log_limit_mb=0.5, patrol_s=60))
    own_driver = Driver(executor, tmp_path)
    warden = warden_of(own_driver)
    running = own_driver.submit(bodies.flood_in_c)
    log = Path(running.trial.log)
    wait_until(lambda: log.exists() and log.stat().st_size > 1_000_000, 20)
    os.kill(warden, signal.SIGKILL)
    assert running.outcome().state == "lost"
    assert log.stat().st_size <= 500_000
    executor.close()


# --- processes that do not want to end


def test_a_trial_that_ignores_sigterm_is_killed_after_a_second(driver: Driver) -> None:
    running = driver.submit(bodies.ignore_sigterm)
    pid = running.reported()["pid"]
    start = time.monotonic()
    driver.executor.cancel(running.key)
    assert running.outcome().state == "canceled"
    assert 0.9 < time.monotonic() - start < 1.6
    assert is_gone(pid)


def test_a_c_call_that_holds_the_gil_is_ended_at_once(driver: Driver) -> None:
    running = driver.submit(bodies.hold_gil)
    pid = running.reported()["pid"]
    start = time.monotonic()
    driver.executor.cancel(running.key)
    assert running.outcome().state == "canceled"
    assert time.monotonic() - start < 0.5
    assert is_gone(pid)


def test_a_deadline_holds_while_the_kernel_holds_its_gil(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "beat"
    running = driver.submit(bodies.beat, timeout_s=0.5, args={"path": str(path)})
    running.reported()
    start = time.time()
    ctypes.PyDLL(None).usleep(1_500_000)  # a PyDLL keeps the GIL
    held_s = time.time() - start
    assert held_s > 1.4
    assert path.stat().st_mtime - start < 1.0
    assert running.outcome(0.5).state == "timeout"


def test_an_answer_that_came_in_time_counts_though_the_kernel_reads_it_late(driver: Driver) -> None:
    running = driver.submit(bodies.sleep, timeout_s=0.6, args={"seconds": 0.1})
    running.reported()
    ctypes.PyDLL(None).usleep(1_000_000)
    assert running.outcome().state == "completed"
    assert driver.value(bodies.add) == 3


# --- memory


def test_a_trial_above_its_memory_is_ended(driver: Driver) -> None:
    running = driver.submit(bodies.eat, memory_mb=400)
    outcome = running.outcome()
    assert outcome.state == "oom"
    assert outcome.reason.endswith("MB of memory, more than its limit of 400 MB")
    assert outcome.peak_memory_mb
    assert 400 < outcome.peak_memory_mb < 900


def test_the_memory_of_children_counts(driver: Driver) -> None:
    running = driver.submit(bodies.eat_in_child, memory_mb=400)
    assert running.outcome().state == "oom"


def test_without_a_limit_the_largest_trial_is_ended_before_the_machine_swaps(tmp_path: Path) -> None:
    executor = LocalExecutor(2, "fork", Policy(nice=0, preload=(), keep_free_mb=1e9))  # memory is short all the time
    driver = Driver(executor, tmp_path)
    small = driver.submit(bodies.sleep, args={"seconds": 1.5})
    small.started()
    outcome = driver.run(bodies.eat, args={"megabytes": 1500})
    assert outcome.state == "oom"
    assert outcome.reason.startswith("ended to keep the machine from swapping: ")
    assert outcome.reason.endswith(f"was the largest with {outcome.peak_memory_mb:,.0f} MB")
    assert small.outcome().state == "completed"
    executor.close()


# --- what is left behind


def test_processes_left_behind_are_gone_when_the_outcome_comes(either: Driver) -> None:
    outcome = either.run(bodies.leave_processes)
    assert outcome.state == "completed"
    assert len(outcome.value) == 2
    assert all(map(is_gone, outcome.value))


def test_processes_below_a_cancelled_trial_are_gone(either: Driver) -> None:
    running = either.submit(bodies.nest_and_stay)
    pids = running.reported()["pids"]
    either.executor.cancel(running.key)
    assert running.outcome().state == "canceled"
    assert len(pids) == 4
    assert all(map(is_gone, pids))


def test_only_the_trial_itself_answers_not_a_child_that_it_forked(driver: Driver) -> None:
    for _ in range(3):
        running = driver.submit(bodies.fork_and_return)
        assert running.outcome().value == "parent"
        assert len(running.events) == 2


def test_shared_memory_of_nested_joblib_is_given_back(driver: Driver) -> None:
    running = driver.submit(bodies.nest_loky)
    pid = running.reported()["pid"]
    assert any(f"-{pid}-" in name for name in os.listdir("/dev/shm"))
    driver.executor.cancel(running.key)
    assert running.outcome().state == "canceled"
    assert not [name for name in os.listdir("/dev/shm") if f"-{pid}-" in name or f"_{pid}_" in name]


def test_a_worker_with_threads_left_over_is_replaced(driver: Driver) -> None:
    pid = driver.value(bodies.leave_thread)
    wait_until(lambda: is_gone(pid), 2)


def test_surroundings_are_as_before_for_the_next_trial(own_driver: Driver, tmp_path: Path) -> None:
    own_driver.executor.resize(1)
    before = own_driver.value(bodies.surroundings)
    own_driver.value(bodies.change_surroundings, folder=str(tmp_path))
    assert own_driver.value(bodies.surroundings) == before
    assert before["left"] is None
    assert before["folder"] == os.getcwd()


@pytest.mark.parametrize(
    "policy", [Policy(nice=0, preload=(), trials_per_worker=2), Policy(nice=0, preload=(), growth_mb=-1)]
)
def test_a_worn_out_worker_is_replaced(policy: Policy, tmp_path: Path) -> None:
    executor = LocalExecutor(1, "fork", policy)
    driver = Driver(executor, tmp_path)
    pids = [driver.value(bodies.pid) for _ in range(4)]
    assert len(set(pids)) == (2 if policy.trials_per_worker == 2 else 4)
    executor.close()


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_trial_may_use_multiprocessing(driver: Driver, method: str) -> None:
    assert driver.value(bodies.nest, method=method) == [0, 1, 4, 9, 16]


# --- the connection


def test_a_trial_that_closes_its_connection_has_crashed(either: Driver) -> None:
    outcome = either.run(bodies.close_everything)
    assert (outcome.state, outcome.reason) == ("crashed", "the process closed its connection")
    start = time.monotonic()
    outcome = either.run(bodies.close_and_stay)
    assert (outcome.state, outcome.reason) == ("crashed", "the process closed its connection")
    assert time.monotonic() - start < 2


def test_an_answer_is_never_written_into_a_file_of_the_user(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    assert driver.run(bodies.take_descriptors, args={"path": str(path)}).state == "crashed"
    assert path.read_bytes() == b""


def test_a_trial_that_writes_rubbish_into_its_connection_has_crashed(either: Driver) -> None:
    outcome = either.run(bodies.write_rubbish)
    assert outcome.state == "crashed"
    assert outcome.reason.startswith("the process wrote what is no message: b'Segmentation fau")
    assert either.value(bodies.add) == 3


def test_a_result_of_50_mb_arrives(either: Driver) -> None:
    outcome = either.run(bodies.give_large, args={"size": 50_000_000})
    assert outcome.value == b"\x07" * 50_000_000


def test_results_that_cannot_be_sent_or_read_are_failures(driver: Driver) -> None:
    outcome = driver.run(bodies.give_unpicklable)
    assert outcome.state == "failed"
    assert outcome.reason == "the result cannot be sent to the kernel: TypeError: cannot pickle 'generator' object"
    outcome = driver.run(bodies.give_unreadable)
    assert outcome.reason == "the result cannot be read by the kernel: LookupError: only in the worker"
    assert driver.run(bodies.report_unpicklable).state == "failed"


def test_a_huge_traceback_is_cut_in_the_middle(driver: Driver) -> None:
    running = driver.submit(bodies.fail, args={"message": "x" * 30_000_000 + "END"})
    outcome = running.outcome()
    assert (outcome.state, outcome.reason[:20], len(outcome.reason)) == ("failed", "ValueError: xxxxxxxx", 300)
    assert len(outcome.error) < 101_000
    assert outcome.error.endswith("END\n")
    assert "characters left out" in running.log()


# --- the log


def test_of_a_flood_the_two_ends_are_kept(driver: Driver) -> None:
    running = driver.submit(bodies.flood, args={"megabytes": 60})
    assert running.outcome().state == "completed"
    log = running.log()
    assert os.path.getsize(running.trial.log) <= 10_000_000
    assert log.startswith("the beginning\nxxx")
    assert log.endswith("xxx\nthe end\n")
    kept = len(log) - log.index(" bytes were left out here")
    left_out = int(log[log.index("[... ") + 5 : log.index(" bytes were left out")])
    assert kept > 4_900_000
    assert left_out + len(log) == pytest.approx(60_000_000, abs=200)


def test_an_endless_flood_from_c_stays_within_its_limit_while_it_runs(driver: Driver) -> None:
    running = driver.submit(bodies.flood_in_c)
    running.started()
    sizes = []
    for _ in range(100):
        time.sleep(0.01)
        sizes.append(os.path.getsize(running.trial.log) if os.path.exists(running.trial.log) else 0)
    driver.executor.cancel(running.key)
    assert running.outcome().state == "canceled"
    assert max(sizes) < 2_000_000_000
    assert os.path.getsize(running.trial.log) <= 10_000_000
    assert running.log().startswith("the beginning\nxxx")


# --- starting


def broken_python(tmp_path: Path) -> str:
    """Return an interpreter that can be a warden and no worker."""
    path = tmp_path / "python"
    path.write_text(
        f'#!/bin/sh\ncase "$*" in *" worker "*) echo "ImportError: libgomp.so.1" >&2; exit 1;; esac\n'
        f'exec {sys.executable} "$@"\n'
    )
    path.chmod(0o755)
    return str(path)


def test_workers_that_cannot_start_lose_what_waits_instead_of_trying_for_ever(tmp_path: Path) -> None:
    executor = LocalExecutor(1, "spawn", Policy(python=broken_python(tmp_path)))
    driver = Driver(executor, tmp_path)
    for _ in range(2):
        trials = [driver.submit(bodies.add) for _ in range(3)]
        for trial in trials:
            outcome = trial.outcome(10)
            assert outcome.state == "lost"
            assert outcome.reason == "no worker process could be started: ImportError: libgomp.so.1 (exit code 1)"
    executor.close()


def test_a_warden_that_cannot_start_loses_what_waits(tmp_path: Path) -> None:
    executor = LocalExecutor(1, policy=Policy(python=str(tmp_path / "no-python")))
    outcome = Driver(executor, tmp_path).run(bodies.add)
    assert outcome.state == "lost"
    assert outcome.reason.startswith("the warden process could not be started: [Errno 2]")
    executor.close()


def test_a_warden_that_ends_at_once_is_started_twice_and_no_more(tmp_path: Path) -> None:
    executor = LocalExecutor(1, policy=Policy(path=(str(tmp_path),)))
    outcome = Driver(executor, tmp_path).run(bodies.add)
    assert outcome.state == "lost"
    assert outcome.reason.startswith("the warden process ended: ModuleNotFoundError: No module named")
    executor.close()


def test_a_module_that_cannot_be_preloaded_is_left_to_the_trial_that_needs_it(tmp_path: Path) -> None:
    executor = LocalExecutor(1, "fork", Policy(nice=0, preload=("no_such_module",)))
    assert Driver(executor, tmp_path).value(bodies.add) == 3
    executor.close()


def test_libraries_that_start_threads_make_the_warden_start_workers_afresh(tmp_path: Path) -> None:
    (tmp_path / "starts_a_thread.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    path = (str(tmp_path), *Policy().path)
    executor = LocalExecutor(1, "fork", Policy(preload=("starts_a_thread",), path=path))
    outcome = Driver(executor, tmp_path).run(bodies.limits)
    assert outcome.value["warden_threads"] == 2
    executor.close()


def test_a_fault_of_the_executor_itself_loses_trials_and_ends_every_process(
    own_driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_driver.submit(bodies.hold_gil)
    pid = running.reported()["pid"]
    monkeypatch.setattr("automl_widgets.engine.executors.crew.Crew.resize", lambda *_: 1 / 0)
    own_driver.executor.resize(1)
    for outcome in (running.outcome(), own_driver.run(bodies.add)):
        assert (outcome.state, outcome.reason) == (
            "lost",
            "a fault of the executor: ZeroDivisionError: division by zero",
        )
    assert is_gone(pid)


def test_to_close_an_executor_that_is_just_starting_takes_no_time() -> None:
    for wait_s in (0.0, 0.5):
        executor = LocalExecutor(1, "fork", Policy(preload=("time", "sklearn.ensemble", "lightgbm", "shap")))
        time.sleep(wait_s)
        start = time.monotonic()
        executor.close()
        assert time.monotonic() - start < 1.0


# --- the kernel

HOST = """
import sys, time
from pathlib import Path
from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.policy import Policy
sys.path.insert(0, sys.argv[3])
from {package} import bodies
from {package}.driving import Driver
policy = Policy() if sys.argv[4] == "young" else Policy(nice=0, preload=())
driver = Driver(LocalExecutor(4, sys.argv[1], policy), Path(sys.argv[2]))
trials = [driver.submit(body) for body in (bodies.hold_gil, bodies.nest_and_stay, bodies.ignore_sigterm)]
for trial in trials:
    trial.reported()
if sys.argv[4] == "forked":
    import os
    if os.fork() == 0:
        time.sleep(8)
        os._exit(0)
print("busy", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("start", "how"),
    [("fork", "busy"), ("spawn", "busy"), ("portable", "busy"), ("fork", "forked"), ("fork", "young")],
)
def test_nothing_outlives_a_kernel_that_is_killed(
    start: StartMethod, how: Literal["busy", "forked", "young"], tmp_path: Path
) -> None:
    marker, since = uuid.uuid4().hex, time.time()
    package = bodies.__name__.rpartition(".")[0]
    root = str(Path(bodies.__file__).parents[package.count(".") + 1])
    environment = {**os.environ, "AUTOML_TEST_MARKER": marker, "PYTHONPATH": os.pathsep.join(Policy().path)}
    host = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HOST.format(package=package), start, str(tmp_path), root, how],
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert host.stdout
    if how == "young":
        time.sleep(0.8)  # the warden is loading libraries
    else:
        assert host.stdout.readline() == b"busy\n"
        assert len(marked("AUTOML_TEST_MARKER", marker, since)) >= 9
    host.kill()
    host.wait()
    child = how == "forked"  # its own fork goes on
    wait_until(lambda: len(marked("AUTOML_TEST_MARKER", marker, since)) <= child, 5)
    host.stdout.close()
    for process in marked("AUTOML_TEST_MARKER", marker, since):
        process.kill()


def test_an_executor_cannot_be_used_in_a_forked_child(own_driver: Driver) -> None:
    own_driver.value(bodies.add)
    pid = os.fork()
    if pid == 0:
        try:
            with pytest.raises(EngineError, match="This executor belongs to process"):
                own_driver.submit(bodies.add)
            own_driver.executor.cancel("x")
            own_driver.executor.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert own_driver.value(bodies.add) == 3
