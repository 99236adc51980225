"""The portal under load: 10,000 runs in a workspace, 50 viewers of a run that goes on, and what they cost the run."""

from __future__ import annotations

import itertools
import multiprocessing
import statistics
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from automl_widgets.store import Store, open_store
from automl_widgets.store.place import CONFIG, FOLDER
from benchmarks import engine
from benchmarks.figures import describe, line
from tests.view import runs as stored
from tests.view.portal import PortalServer, ask

N_RUNS = 10_000
N_ITERATIONS = 20
N_LISTS = 100
N_VIEWERS = 50
N_CHANGES = 40
PERIOD_S = 0.25
N_PAIRS = 4
BODIES = {"nothing": 200, "brief": 100}
"""Iterations that do nothing, and such that last 50 ms; and how many of them a run has."""


def main() -> None:
    """what the list and the increments of the portal take under load"""
    with tempfile.TemporaryDirectory() as folder:
        server = PortalServer(Path(folder))
        try:
            empty_mb = _memory_mb(server)
            store = _workspace(server.root / FOLDER)
            _lists(server)
            alone = _writes(store)
            seen, watched = _watched(server, store)
            line(f"from a change to each of {N_VIEWERS} viewers", describe(seen))
            line("a change written, with nobody watching", describe(alone))
            line(f"a change written, with {N_VIEWERS} viewers", describe(watched))
            line("memory of the server, before and after", f"{empty_mb:.0f} MB, {_memory_mb(server):.0f} MB")
        finally:
            server.stop()
    for body, n in BODIES.items():
        with tempfile.TemporaryDirectory() as folder:
            _engine(Path(folder), body, n)


def _workspace(folder: Path) -> Store:
    folder.mkdir()
    (folder / CONFIG).write_text("{}")
    store = stored.fill(open_store(folder))
    for i in range(N_ITERATIONS):
        store.put_iteration(stored.RUN, stored.completed(i, 0.9))
    live = store.run(stored.RUN)
    for k in range(N_RUNS):
        run = replace(live, run_id=f"AutoML_{k}", state="completed", best_iteration=0, tags={"k": str(k)})
        store.create_run(run)
        store.put_iteration(run.run_id, stored.completed(0, k / N_RUNS))
    return store


def _lists(server: PortalServer) -> None:
    line(f"the first list of {N_RUNS:,} runs", f"{_took(server, sort='score'):.2f} s")
    line("a list, sorted by score", describe([_took(server, sort="score") for _ in range(N_LISTS)]))
    line("a list, searched", describe([_took(server, search=f"k={k}") for k in range(N_LISTS)]))


def _took(server: PortalServer, **query: object) -> float:
    began = time.perf_counter()
    found = server.ask("GET", "api/runs", **query)
    assert found.status == 200, found.text
    return time.perf_counter() - began


def _writes(store: Store) -> list[float]:
    """Return how long each of some changes took to be written."""
    took = []
    for k in range(N_CHANGES):
        began = time.perf_counter()
        store.put_iteration(stored.RUN, stored.completed(k % N_ITERATIONS, 0.9))
        took.append(time.perf_counter() - began)
        time.sleep(PERIOD_S)
    return took


def _watched(server: PortalServer, store: Store) -> tuple[list[float], list[float]]:
    """Return how late each change came to each viewer, and how long it took to be written meanwhile."""
    written: dict[int, float] = {}
    late: list[float] = []
    is_over = threading.Event()

    def view() -> None:
        after = store.seq(stored.RUN)
        while not is_over.is_set():
            patch = server.ask("GET", "api/run", workspace=FOLDER, run=stored.RUN, after=after, wait=2).json
            now = time.perf_counter()
            late.extend(now - written[seq] for seq in range(after + 1, patch["seq"] + 1) if seq in written)
            after = patch["seq"]

    took = []
    with ThreadPoolExecutor(N_VIEWERS) as pool:
        for _ in range(N_VIEWERS):
            pool.submit(view)
        time.sleep(2)
        for k in range(N_CHANGES):
            seq, began = store.seq(stored.RUN) + 1, time.perf_counter()
            written[seq] = began
            store.put_iteration(stored.RUN, stored.completed(k % N_ITERATIONS, 0.9))
            took.append(time.perf_counter() - began)
            time.sleep(PERIOD_S)
        is_over.set()
    return late, took


def _engine(folder: Path, body: str, n: int) -> None:
    """Print how fast the engine is while 50 pages follow its run, over how fast it is alone; runs take turns."""
    server = PortalServer(folder)
    try:
        found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
        _speed(server, body, 4, False)  # workers are warm
        for turn, _ in itertools.product((False, True, True, False), range(N_PAIRS // 2)):
            found[turn].append(_speed(server, body, n, turn))
        for k, what in enumerate(("a second", "ms of the kernel's processor each")):
            alone, watched = (statistics.median(one[k] for one in found[turn]) for turn in (False, True))
            told = f"{alone:.1f} {what} alone, {watched:.1f} with {N_VIEWERS} viewers on the same cores"
            line(f"iterations of the body {body!r}", f"{told}: ratio {watched / alone:.2f}")
    finally:
        server.stop()


def _speed(server: PortalServer, body: str, n: int, is_watched: bool) -> tuple[float, float]:
    """Return the speed of a run, and the processor time of this process for each of its iterations."""
    ours, theirs = multiprocessing.Pipe()
    viewers = multiprocessing.get_context("spawn").Process(target=_viewers, args=(server.port, theirs), daemon=True)
    if is_watched:
        viewers.start()
        ours.recv()
    used = time.process_time()
    run = engine.submitted(body, folder=server.root, iterations=n, max_concurrent_iterations=2)
    if is_watched:
        ours.send(run.id)
        ours.recv()
    run.wait_for_completion()
    used = 1000 * (time.process_time() - used) / n
    if is_watched:
        viewers.terminate()
        viewers.join()
    return engine.iterations_a_second(run), used


def _viewers(port: int, pipe: Connection) -> None:
    """Be 50 pages, in a process that is neither the engine's nor the server's."""
    pipe.send("ready")
    run_id = pipe.recv()

    def view() -> None:
        after = 0
        while True:
            after = ask(port, "GET", "api/run", workspace=FOLDER, run=run_id, after=after, wait=10).json["seq"]

    for _ in range(N_VIEWERS):
        threading.Thread(target=view, daemon=True).start()
    pipe.send("watching")
    time.sleep(3600)


def _memory_mb(server: PortalServer) -> float:
    return psutil.Process(server.process.pid).memory_info().rss / 1e6
