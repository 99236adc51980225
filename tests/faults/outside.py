"""Faults that come from outside of an iteration and that the kernel survives: each is played in a scene."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time

import psutil

from tests.faults.scene import Scene

SLOW_ROWS = 20_000
"""With so many a run does not end before it is looked at."""


def a_worker_is_killed(scene: Scene) -> None:
    """What it was at is tried again."""
    run = scene.submit(rows=SLOW_ROWS)
    pid = scene.running(run).pid
    scene.pause(0.2)
    _send(pid, signal.SIGKILL)
    assert [r.state for r in scene.ended(run)] == ["completed"] * 4


def a_worker_is_halted_for_a_while(scene: Scene) -> None:
    """It goes on where it was."""
    run = scene.submit(rows=SLOW_ROWS)
    pid = scene.running(run).pid
    _send(pid, signal.SIGSTOP)
    scene.pause(1.0)
    _send(pid, signal.SIGCONT)
    assert [(r.state, r.attempt) for r in scene.ended(run)] == [("completed", 0)] * 4


def the_warden_is_killed(scene: Scene) -> None:
    """Another one starts, and what ran is tried again."""
    _end_the_warden(scene, signal.SIGKILL)


def the_warden_is_terminated(scene: Scene) -> None:
    """The same, when it is asked."""
    _end_the_warden(scene, signal.SIGTERM)


def no_process_can_be_started(scene: Scene) -> None:
    """The iterations are lost through no fault of their own, and say so; later runs are well."""
    scene.kernel.no_fork.touch()
    try:
        _end_idle_workers(scene)
        run = scene.submit()
        rows = scene.ended(run)
    finally:
        scene.kernel.no_fork.unlink()
    assert {r.state for r in rows} == {"lost"}
    assert {r.reason for r in rows} == {
        "no worker process could be started: [Errno 11] Resource temporarily unavailable"
    }
    assert run.record.state == "failed"
    assert [r.state for r in scene.ended(scene.submit())] == ["completed"] * 4


def the_kernel_holds_its_lock(scene: Scene) -> None:
    """A cell that is in C code for seconds delays rows, not iterations."""
    run = scene.submit()
    scene.pause(0.2)
    scene.kernel.ask("1", "import ctypes; ctypes.PyDLL(None).usleep(1_500_000)")
    assert [r.state for r in scene.ended(run)] == ["completed"] * 4


def the_kernel_is_halted_for_a_while(scene: Scene) -> None:
    """As when a lid is closed."""
    run = scene.submit()
    scene.pause(0.3)
    scene.kernel.send(signal.SIGSTOP)
    scene.pause(1.0)
    scene.kernel.send(signal.SIGCONT)
    assert [r.state for r in scene.ended(run)] == ["completed"] * 4


def a_cell_that_waits_is_interrupted(scene: Scene) -> None:
    """Jupyter's button ends the waiting, not the run."""
    scene.plan("sleep", iteration=0, args={"seconds": 1})
    run = scene.submit()
    finished = scene.kernel.begin("print('waiting', flush=True); run.wait_for_completion()")
    scene.until(run, lambda _: scene.has_begun)
    scene.pause(0.3)
    scene.kernel.interrupt()
    assert finished().error.startswith("KeyboardInterrupt")
    assert [r.state for r in scene.ended(run)] == ["completed"] * 4


def the_kernel_is_interrupted_again_and_again(scene: Scene) -> None:
    """At any moment, also with no cell running."""
    run = scene.submit()
    for _ in range(5):
        scene.pause(0.1)
        scene.kernel.interrupt()
    assert [r.state for r in scene.ended(run)] == ["completed"] * 4
    time.sleep(0.1)
    scene.kernel.unasked()  # IPython's own word on it


def the_kernel_forks(scene: Scene) -> None:
    """A child of the kernel, as multiprocessing makes them, takes nothing along when it ends."""
    run = scene.submit()
    scene.pause(0.3)
    scene.kernel.ask("os.waitpid(pid, 0)[1]", "pid = os.fork()\nif pid == 0: time.sleep(0.3); os._exit(0)")
    assert [r.state for r in scene.ended(run)] == ["completed"] * 4


def the_clock_jumps(scene: Scene) -> None:
    """A day back and two days forth: time limits are kept by another clock."""
    run = scene.submit(experiment_timeout_hours=0.02)
    scene.pause(0.2)
    scene.kernel.ask("1", "real = time.time; time.time = lambda: real() - 86_400")
    scene.pause(0.2)
    scene.kernel.ask("1", "time.time = lambda: real() + 86_400")
    rows = scene.ended(run)
    scene.kernel.ask("1", "time.time = real")
    assert [r.state for r in rows] == ["completed"] * 4


def the_data_file_is_removed(scene: Scene) -> None:
    """Workers that have it go on; those that come later cannot, and say so."""
    run = scene.submit(iterations=6, rows=SLOW_ROWS)
    pid = scene.running(run).pid
    for path in run.folder.glob("data.*.p5"):
        path.unlink()
    _send(pid, signal.SIGKILL)
    rows = scene.ended(run)
    failed = [r for r in rows if r.state != "completed"]
    assert {r.state for r in failed} <= {"failed"}, rows
    assert all(r.reason and r.reason.startswith("WorkspaceError: The data of the run cannot be read") for r in failed)


def the_data_file_is_cut_short(scene: Scene) -> None:
    """Whoever reads what is missing crashes; the kernel does not read it."""
    run = scene.submit(iterations=6, rows=SLOW_ROWS)
    scene.running(run)
    for path in run.folder.glob("data.*.p5"):
        os.truncate(path, 100)
    states = {r.state for r in scene.ended(run)}
    assert states <= {"completed", "crashed", "failed"}
    assert run.record.reason


def the_workspace_is_deleted(scene: Scene) -> None:
    """The run ends with it; another workspace in its place works."""
    run = scene.submit(iterations=20)
    scene.until(run, lambda rows: any(r.state == "completed" for r in rows))
    shutil.rmtree(scene.workspace, ignore_errors=True)
    shutil.rmtree(scene.workspace, ignore_errors=True)
    said = scene.kernel.run("run.wait_for_completion()").error
    assert said.startswith(("WorkspaceError: ", "NotFoundError: ")), said
    scene.forget()
    assert [r.state for r in scene.ended(scene.submit())] == ["completed"] * 4


def shoot(scene: Scene) -> None:
    """Kill the warden or one of its workers, whoever comes first."""
    warden = scene.kernel.warden
    with contextlib.suppress(psutil.NoSuchProcess):
        targets = [] if warden is None else [*warden.children(), warden]
        _send(scene.rng.choice(targets).pid if targets else None, signal.SIGKILL)


def _end_the_warden(scene: Scene, how: signal.Signals) -> None:
    run = scene.submit()
    scene.pause(0.4)
    warden = scene.kernel.warden
    if warden is not None:
        warden.send_signal(how)
    rows = scene.ended(run)
    assert [r.state for r in rows] == ["completed"] * 4
    assert {r.attempt for r in rows} <= {0, 1}


def _end_idle_workers(scene: Scene) -> None:
    warden = scene.kernel.warden
    for worker in warden.children() if warden else []:
        _send(worker.pid, signal.SIGKILL)


def _send(pid: int | None, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid or 0, number) if pid else None


SURVIVED = [
    a_worker_is_killed,
    a_worker_is_halted_for_a_while,
    the_warden_is_killed,
    the_warden_is_terminated,
    no_process_can_be_started,
    the_kernel_holds_its_lock,
    the_kernel_is_halted_for_a_while,
    a_cell_that_waits_is_interrupted,
    the_kernel_is_interrupted_again_and_again,
    the_kernel_forks,
    the_clock_jumps,
    the_data_file_is_removed,
    the_data_file_is_cut_short,
    the_workspace_is_deleted,
]
