"""What a cluster costs: its start, an iteration on it against one at home, a cancel; and how it grows with nodes."""

from __future__ import annotations

import importlib.util
import itertools
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import psutil

from automl_widgets import AmlCompute, AutoMLConfig, ComputeTarget, Experiment, Workspace
from automl_widgets.engine import launch
from automl_widgets.engine.cluster.beside import Beside, ClusterExecutor
from automl_widgets.engine.cluster.spec import ClusterSpec
from automl_widgets.engine.executors import shared
from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.protocol import Event, Executor, Outcome, Started, Trial
from benchmarks.figures import line

N_TRIALS = 50
N_CANCELS = 10
NODES = (1, 2, 4, 8)
BESIDE = "process beside it"
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
    cluster = Beside(ClusterSpec(name="bench", idle_s=3600))
    executor = ClusterExecutor(cluster)
    done(executor, 1, "nothing")
    line("from create to the end of a first trial", f"{time.perf_counter() - started_s:.1f} s")
    overhead("on a cluster", executor)
    cluster.close()
    growth()


def overhead(where: str, executor: Executor) -> None:
    """Print what a trial costs that does nothing, and how long a cancel takes."""
    done(executor, 1, "nothing")
    started_s = time.perf_counter()
    for _ in range(N_TRIALS):
        done(executor, 1, "nothing")
    line(f"one trial after the other, {where}", f"{(time.perf_counter() - started_s) / N_TRIALS * 1000:.1f} ms each")
    times_s = [cancelled_s(executor) for _ in range(N_CANCELS)]
    line(f"from cancel to its end, {where}", f"median {statistics.median(times_s) * 1000:.0f} ms")


def growth() -> None:
    """Print the throughput of the engine on more and more nodes, with iterations of a second, and who works for it."""
    shared.available_cores = lambda: max(NODES)  # type: ignore[assignment] - they sleep
    launch.RUN_ITERATION = "benchmarks.bodies:naps"
    workspace = Workspace.create(path=tempfile.mkdtemp())
    size = AmlCompute.provisioning_configuration(
        "STANDARD_D1_V2", max_nodes=max(NODES), idle_seconds_before_scaledown=9999
    )
    target = ComputeTarget.create(workspace, "bench", size)
    alone = 0.0
    for count in NODES:
        target.wait_for_completion(min_node_count=count)
        ran(workspace, target, count, 2 * count)  # every node has loaded its libraries
        before = spent_s()
        rate = ran(workspace, target, count, 12 * count)
        after = spent_s()
        alone = alone or rate
        text = f"{rate:.2f} a second, {rate / alone:.2f} times one node's"
        line(f"the engine on {count} node{'s' * (count > 1)}, iterations of a second", text)
    cost = [f"{who} {1000 * (after[who] - before[who]) / (12 * count):.1f} ms" for who in after]
    line("processor time for one iteration, at one place", ", ".join(cost))
    target.delete()


def ran(workspace: Workspace, target: ComputeTarget, at_once: int, iterations: int) -> float:
    """Carry out a run and return its iterations a second, from the first one's start to the last one's end."""
    X = np.random.default_rng(0).standard_normal((300, 5))
    config = AutoMLConfig(
        task="classification", X=X, y=X[:, 0] > 0, featurization="off", n_cross_validations=2, iterations=iterations,
        max_concurrent_iterations=at_once, compute_target=target, enable_voting_ensemble=False,
        enable_stack_ensemble=False, enable_early_stopping=False, model_explainability=False, debug_log=None,
    )  # fmt: skip
    run = Experiment(workspace, "bench").submit(config)
    run.wait_for_completion()
    found = run.store.iterations(run.run_id)
    assert all(row.state == "completed" for row in found), run.record.reason
    return len(found) / (max(row.ended_at or 0 for row in found) - min(row.started_at or 0 for row in found))


def spent_s() -> dict[str, float]:
    """Return the processor time that has been spent by what there is one of, however many nodes there are."""
    names = {"gcs_server": "Ray's GCS", "ray::Mailbox": "mailbox on the head"}
    spent = {"kernel": busy_s(psutil.Process()), BESIDE: 0.0, **dict.fromkeys(names.values(), 0.0)}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            is_beside = "cluster import envoy" in " ".join(process.cmdline())
            if who := BESIDE if is_beside else names.get(process.name()):
                spent[who] += busy_s(process)
    return spent


def busy_s(process: psutil.Process) -> float:
    """Return the processor time of a process."""
    times = process.cpu_times()
    return float(times.user + times.system)


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


def long(data: Mapping[str, Any], report: object) -> None:
    """Take until it is ended."""
    time.sleep(600)
