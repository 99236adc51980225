"""What every executor promises, whatever it runs trials in; and what only processes can."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_widgets.engine.executors.inline import InlineExecutor
from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.policy import Policy, StartMethod
from automl_widgets.engine.executors.protocol import Executor, Outcome, Progress, Started

from . import bodies
from .driving import Driver, is_gone, wait_until

pytestmark = pytest.mark.filterwarnings("ignore:two:UserWarning")  # inline, it is pytest that shows it

PROCESSES = {
    "local-fork": "forking",
    "local-spawn": "spawning",
    "local-portable": "starting",
    "ray": "on_ray",
    "ray-far": "on_far_ray",
}
STARTS: dict[str, StartMethod] = {"local-fork": "fork", "local-spawn": "spawn", "local-portable": "portable"}
KINDS = ["inline", "inline-threaded", *PROCESSES]


def open_executor(kind: str, capacity: int = 1) -> Executor:
    if kind.startswith("inline"):
        return InlineExecutor(threaded=kind == "inline-threaded")
    if kind.startswith("ray"):
        from automl_widgets.engine.executors.ray import RayExecutor

        return RayExecutor(capacity, sees_disk=kind == "ray", preload=())
    return LocalExecutor(capacity, STARTS[kind], Policy(nice=0, preload=()))


@pytest.fixture(params=KINDS)
def any_driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    fixture = PROCESSES.get(request.param)
    executor: Executor = request.getfixturevalue(fixture) if fixture else open_executor(request.param)
    yield Driver(executor, tmp_path)
    if not fixture:
        executor.close()


@pytest.fixture(params=PROCESSES)
def process_driver(request: pytest.FixtureRequest, tmp_path: Path) -> Driver:
    return Driver(request.getfixturevalue(PROCESSES[request.param]), tmp_path)


@pytest.fixture
def own_driver(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> Driver:
    """Drives an executor of the test's own, which has to close it."""
    if kind.startswith("ray"):
        request.getfixturevalue("ray_cluster")
    return Driver(open_executor(kind), tmp_path)


# --- all


def test_a_value_comes_back(any_driver: Driver) -> None:
    assert any_driver.run(bodies.add, args={"a": 2, "b": 3}).value == 5


def test_events_come_in_order_and_the_one_outcome_last(any_driver: Driver) -> None:
    running = any_driver.submit(bodies.count, args={"until": 3})
    while not any(isinstance(event, Outcome) for event in running.events):
        running.events.append(running.queue.get(timeout=30))
    assert [type(event) for event in running.events] == [Started, Progress, Progress, Progress, Outcome]
    assert [event.fields["number"] for event in running.events if isinstance(event, Progress)] == [0, 1, 2]
    assert {event.key for event in running.events} == {running.key}
    time.sleep(0.02)
    assert running.queue.empty()


def test_an_exception_is_an_outcome_with_a_line_and_a_traceback_also_in_the_log(any_driver: Driver) -> None:
    running = any_driver.submit(bodies.fail)
    outcome = running.outcome()
    assert (outcome.state, outcome.reason) == ("failed", "ValueError: k must be positive")
    assert outcome.error.startswith("Traceback")
    assert "in fail\n    raise ValueError(message)\nValueError: k must be\npositive" in outcome.error
    assert "attempt.py" not in outcome.error
    assert outcome.error in running.log()


@pytest.mark.parametrize(
    ("body", "state", "reason"),
    [
        (bodies.leave, "failed", "SystemExit: 3"),
        (bodies.run_out_of_memory, "oom", "MemoryError: no room for 8 GB"),
        (bodies.fail_with_unprintable, "failed", "MuteError: its message cannot be shown"),
        (bodies.add, "failed", r"TypeError: add\(\) got an unexpected keyword argument 'c'"),
    ],
)
def test_other_ends_of_a_function(any_driver: Driver, body: object, state: str, reason: str) -> None:
    assert callable(body)
    outcome = any_driver.run(body, args={"c": 1} if body is bodies.add else {})
    assert outcome.state == state
    assert re.fullmatch(reason, outcome.reason)


@pytest.mark.parametrize("name", ["automl_widgets.errors", "automl_widgets.errors:nothing", "no_such_module:f"])
def test_a_function_that_does_not_exist_is_a_failure(any_driver: Driver, name: str) -> None:
    def phantom() -> None: ...

    phantom.__module__, _, phantom.__name__ = name.partition(":")
    outcome = any_driver.run(phantom)
    assert outcome.state == "failed"
    assert re.match(r"TrialError: `fn` must be|ModuleNotFoundError: No module named 'no_such_module'", outcome.reason)


def test_data_is_handed_over_once_and_cannot_be_written(any_driver: Driver, tmp_path: Path) -> None:
    path = any_driver.executor.put(str(tmp_path), {"X": np.arange(4.0)})
    assert any_driver.run(bodies.sum_up, data=path).value == 6.0
    outcome = any_driver.run(bodies.write_into_data, data=path)
    assert outcome.reason == "ValueError: assignment destination is read-only"


def test_a_column_added_to_the_data_is_not_there_for_the_next_trial(any_driver: Driver, tmp_path: Path) -> None:
    path = any_driver.executor.put(str(tmp_path), {"frame": pd.DataFrame({"a": [1, 2]})})
    assert any_driver.run(bodies.add_column, data=path).value == ["a", "new"]
    assert any_driver.run(bodies.columns, data=path).value == ["a"]


def test_data_that_is_missing_is_a_failure(any_driver: Driver, tmp_path: Path) -> None:
    outcome = any_driver.run(bodies.sum_up, data=str(tmp_path / "data.0.p5"))
    assert outcome.state == "failed"
    assert outcome.reason.startswith("WorkspaceError: The data of the run cannot be read from")


def test_what_python_writes_is_in_the_log(any_driver: Driver) -> None:
    running = any_driver.submit(bodies.speak)
    assert running.outcome().state == "completed"
    assert "printed\nto stderr\n" in running.log()


def test_a_trial_without_a_log_runs(any_driver: Driver) -> None:
    assert any_driver.run(bodies.speak, log="").state == "completed"


def test_to_cancel_what_is_unknown_or_over_changes_nothing(any_driver: Driver) -> None:
    running = any_driver.submit(bodies.add)
    assert running.outcome().state == "completed"
    any_driver.executor.cancel(running.key)
    any_driver.executor.cancel("no/such/trial")
    assert any_driver.run(bodies.add).state == "completed"


@pytest.mark.parametrize("kind", KINDS)
def test_after_close_a_trial_is_lost_and_close_may_be_called_again(kind: str, own_driver: Driver) -> None:
    driver = own_driver
    driver.executor.close()
    driver.executor.close()
    outcome = driver.run(bodies.add)
    assert (outcome.state, outcome.reason) == ("lost", "the executor was closed")


@pytest.mark.parametrize("kind", KINDS[1:])
def test_close_cancels_what_waits(kind: str, own_driver: Driver) -> None:
    driver = own_driver
    running = driver.submit(bodies.sleep, args={"seconds": 0.5 if kind.startswith("inline") else 60})
    waiting = driver.submit(bodies.add)
    running.started()
    driver.executor.cancel(waiting.key) if kind == "inline-threaded" else None
    start = time.monotonic()
    driver.executor.close()
    assert time.monotonic() - start < 5
    assert waiting.outcome().state == "canceled"
    assert running.outcome().state == ("completed" if kind.startswith("inline") else "canceled")


def test_what_waits_can_be_cancelled(process_driver: Driver) -> None:
    process_driver.executor.resize(1)
    first, second = (process_driver.submit(bodies.sleep, args={"seconds": 0.3}) for _ in range(2))
    first.started()
    process_driver.executor.cancel(second.key)
    assert second.outcome(0.25).state == "canceled"
    assert [type(event) for event in second.events] == [Outcome]
    assert first.outcome().state == "completed"
    process_driver.executor.resize(2)


# --- processes only


def test_what_runs_can_be_cancelled_and_its_process_is_gone(process_driver: Driver) -> None:
    running = process_driver.submit(bodies.sleep)
    pid = running.reported()["pid"]
    process_driver.executor.cancel(running.key)
    outcome = running.outcome()
    assert (outcome.state, outcome.reason) == ("canceled", "canceled")
    assert is_gone(pid)
    assert process_driver.run(bodies.add).value == 3


def test_a_trial_that_takes_too_long_is_ended(process_driver: Driver) -> None:
    running = process_driver.submit(bodies.sleep, timeout_s=0.3)
    running.started()
    start = time.monotonic()
    outcome = running.outcome()
    assert 0.2 < time.monotonic() - start < 1.5
    assert (outcome.state, outcome.reason) == ("timeout", "took longer than 0.3 s")


def test_waiting_for_a_slot_does_not_count_as_time(process_driver: Driver) -> None:
    process_driver.executor.resize(1)
    trials = [process_driver.submit(bodies.sleep, timeout_s=0.6, args={"seconds": 0.3}) for _ in range(3)]
    assert [trial.outcome().state for trial in trials] == ["completed"] * 3
    process_driver.executor.resize(2)


def test_slots_work_at_the_same_time_and_resize_changes_their_number(process_driver: Driver) -> None:
    long = [process_driver.submit(bodies.sleep) for _ in range(2)]
    for trial in long:
        trial.started()
    process_driver.executor.resize(3)
    assert process_driver.executor.capacity == 3
    assert process_driver.run(bodies.add).state == "completed"
    process_driver.executor.resize(2)
    for trial in long:
        process_driver.executor.cancel(trial.key)
        assert trial.outcome().state == "canceled"


@pytest.mark.parametrize("kind", ["local-fork", "local-spawn", "local-portable", "ray"])
def test_runs_are_served_in_turns(kind: str, own_driver: Driver, tmp_path: Path) -> None:
    driver = own_driver
    log = str(tmp_path / "order.log")
    driver.submit(bodies.sleep, run="before", args={"seconds": 0.2}).started()
    first = [driver.submit(bodies.speak_run, run="first", log=log, args={"run": "first"}) for _ in range(3)]
    second = [driver.submit(bodies.speak_run, run="second", log=log, args={"run": "second"}) for _ in range(2)]
    for trial in first + second:
        assert trial.outcome().state == "completed"
    assert Path(log).read_text().split() == ["first", "second", "first", "second", "first"]
    driver.executor.close()


def test_logging_has_time_stamps_and_a_warning_is_one_line(process_driver: Driver) -> None:
    running = process_driver.submit(bodies.speak)
    running.outcome()
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO some.library: logged 1$", running.log(), re.MULTILINE)
    assert re.search(r"^UserWarning: two lines \(.*bodies.py:\d+\)$", running.log(), re.MULTILINE)


def test_a_warning_shows_in_the_log_of_every_trial(process_driver: Driver) -> None:
    logs = [process_driver.submit(bodies.speak) for _ in range(3)]
    for running in logs:
        running.outcome()
        assert "UserWarning" in running.log()


def test_what_c_code_writes_is_in_the_log_while_the_trial_runs(process_driver: Driver) -> None:
    running = process_driver.submit(bodies.speak_c)
    running.reported()
    assert running.log() == "first\nby C\nby write\nby a child\n"
    process_driver.executor.cancel(running.key)
    running.outcome()


def test_the_log_of_a_second_attempt_follows_that_of_the_first(process_driver: Driver, tmp_path: Path) -> None:
    log = str(tmp_path / "new folder" / "log.txt")
    for _ in range(2):
        process_driver.run(bodies.speak_run, log=log, args={"run": "once"})
    assert Path(log).read_text() == "once\nonce\n"


def test_a_worker_has_one_thread_and_one_socket_and_a_session_that_is_not_the_kernels(process_driver: Driver) -> None:
    found = process_driver.value(bodies.limits)
    assert (found["pools"], found["sockets"], found["oom"]) == ([1], 1, "1000")
    assert found["environment"] == {"OMP_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}
    assert found["session"] != os.getsid(0)


@pytest.mark.parametrize("start", ["fork", "spawn", "portable"])
def test_a_worker_is_polite(start: StartMethod, tmp_path: Path) -> None:
    executor = LocalExecutor(1, start, Policy(preload=()))
    found = Driver(executor, tmp_path).value(bodies.limits)
    assert found["nice"] == min(19, os.nice(0) + 10)
    assert found["autogroup"].endswith("nice 10") or not found["autogroup"]
    executor.close()


def test_the_warden_has_no_thread_beside_its_own(driver: Driver) -> None:
    assert driver.value(bodies.limits)["warden_threads"] == 1


def test_a_trial_may_have_more_threads_and_the_next_one_has_not(process_driver: Driver) -> None:
    found = process_driver.run(bodies.limits, threads=2).value
    assert found["pools"] == [2]
    assert found["environment"] == {"OMP_NUM_THREADS": "2", "LOKY_MAX_CPU_COUNT": "2"}
    assert process_driver.value(bodies.limits)["pools"] == [1]


def test_the_peak_of_memory_is_told(process_driver: Driver) -> None:
    peak_mb = process_driver.run(bodies.add).peak_memory_mb
    assert peak_mb
    assert 5 < peak_mb < 1000


def test_arguments_that_cannot_be_sent_are_a_failure(process_driver: Driver) -> None:
    outcome = process_driver.run(bodies.add, args={"a": (n for n in range(2))})
    assert (outcome.state, outcome.reason) == ("failed", "TypeError: cannot pickle 'generator' object")


def test_workers_are_let_go_when_nothing_comes(tmp_path: Path) -> None:
    executor = LocalExecutor(1, "fork", Policy(nice=0, idle_s=0.2, preload=()))
    pid = Driver(executor, tmp_path).value(bodies.pid)
    wait_until(lambda: is_gone(pid), 3)
    assert Driver(executor, tmp_path).value(bodies.pid) != pid
    executor.close()


def test_a_capacity_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="`capacity` must be at least 1, but got capacity=0"):
        LocalExecutor(0)
