"""What a cluster costs: its start, an iteration on it against one at home, a cancel; and how it grows with nodes."""

from __future__ import annotations

import importlib.util
import itertools
import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from automl_widgets.engine.cluster.beside import Beside, ClusterExecutor
from automl_widgets.engine.cluster.spec import ClusterSpec
from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.protocol import Event, Executor, Outcome, Started, Trial
from benchmarks.figures import line

N_TRIALS = 50
N_CANCELS = 10
NODES = (1, 2, 4, 8)
_NUMBERS = itertools.count()


def main() -> None:
    """Trials that do nothing or sleep, on a cluster of processes of this machine."""
    if importlib.util.find_spec("ray") is None:
        line("the extra `ray` is not installed", "left out")
        return
    local = LocalExecutor(1)
    overhead("at home", local)
    local.close()
    started_s = time.perf_counter()
    cluster = Beside(ClusterSpec(name="bench", max_nodes=max(NODES), slots=max(NODES), idle_s=3600))
    executor = ClusterExecutor(cluster)
    done(executor, 1, "nothing")
    line("from create to the end of a first trial", f"{time.perf_counter() - started_s:.1f} s")
    overhead("on a cluster", executor)
    for count in NODES:
        growth(cluster, executor, count)
    cluster.close()


def overhead(where: str, executor: Executor) -> None:
    """Print what a trial costs that does nothing, and how long a cancel takes."""
    done(executor, 1, "nothing")
    started_s = time.perf_counter()
    for _ in range(N_TRIALS):
        done(executor, 1, "nothing")
    line(f"one trial after the other, {where}", f"{(time.perf_counter() - started_s) / N_TRIALS * 1000:.1f} ms each")
    times_s = [cancelled_s(executor) for _ in range(N_CANCELS)]
    line(f"from cancel to its end, {where}", f"median {statistics.median(times_s) * 1000:.0f} ms")


def growth(cluster: Beside, executor: ClusterExecutor, count: int) -> None:
    """Print the throughput of `count` nodes with trials of a second."""
    executor.resize(count)
    cluster.ask("want", count)
    while len(cluster.ask("status")["nodes"]) < count:
        time.sleep(0.2)
    done(executor, 6 * count, "second")  # every node has loaded its libraries
    started_s = time.perf_counter()
    done(executor, 6 * count, "second")
    rate = 6 * count / (time.perf_counter() - started_s)
    line(f"trials of a second on {count} nodes", f"{rate:.2f} a second, {rate / count:.0%} of what is possible")


def done(executor: Executor, count: int, body: str) -> None:
    """Run so many trials and wait for all."""
    events: SimpleQueue[Event] = SimpleQueue()
    for _ in range(count):
        executor.submit(trial(body), events)
    left = count
    while left:
        left -= isinstance(events.get(), Outcome)


def cancelled_s(executor: Executor) -> float:
    """Return how long it takes to end a trial that runs."""
    events: SimpleQueue[Event] = SimpleQueue()
    running = trial("long")
    executor.submit(running, events)
    while not isinstance(events.get(), Started):
        pass
    time.sleep(0.2)
    started_s = time.perf_counter()
    executor.cancel(running.key)
    while not isinstance(events.get(), Outcome):
        pass
    return time.perf_counter() - started_s


def trial(body: str) -> Trial:
    """Return a trial of one of the functions below."""
    number = next(_NUMBERS)
    log = Path(tempfile.gettempdir(), "automl-bench-cluster.log")
    return Trial(key=f"bench/{number}/0", fn=f"benchmarks.cluster:{body}", log=str(log))


def nothing(data: Mapping[str, Any], report: object) -> None:
    """Return at once."""


def second(data: Mapping[str, Any], report: object) -> None:
    """Take a second."""
    time.sleep(1)


def long(data: Mapping[str, Any], report: object) -> None:
    """Take until it is ended."""
    time.sleep(600)
