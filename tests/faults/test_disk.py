"""A disk that does not do its part: what has ended is kept, the run says what is wrong, and goes on when it can."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import deaths, disk, invariants
from tests.faults.kernel import Kernel
from tests.faults.scene import Scene


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[disk.Disk]:
    try:
        made = disk.Disk(tmp_path / "disk")
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    yield made
    made.close()


def test_a_run_waits_while_its_disk_is_full_and_says_so(
    small_disk: disk.Disk, warm_kernel: Kernel, rng: random.Random
) -> None:
    scene = Scene(warm_kernel, small_disk.folder, rng)
    disk.fills_up(scene, small_disk)
    scene.check()


def test_a_run_is_not_begun_on_a_full_disk(small_disk: disk.Disk, warm_kernel: Kernel, rng: random.Random) -> None:
    scene = Scene(warm_kernel, small_disk.folder, rng)
    scene.ended(scene.submit(iterations=1))
    small_disk.fill()
    error = scene.kernel.run(f"submit({str(scene.folder)!r})").error
    small_disk.free()
    assert error.startswith("WorkspaceError: Cannot ")
    assert "o space left on" in error
    scene.check()


def test_a_run_fails_with_a_reason_when_its_folder_becomes_read_only(scene: Scene) -> None:
    run = scene.submit(iterations=30)
    scene.until(run, lambda rows: any(r.state == "completed" for r in rows))
    try:
        with disk.read_only(run.folder / "iterations"):
            scene.ended(run)
    except PermissionError as error:
        pytest.skip(f"no folder can be made read-only here: {error}")
    assert run.record.state == "failed"
    assert run.record.reason.startswith("WorkspaceError: Cannot make the folder ")
    assert run.record.reason.endswith("It must be possible to write there.")


NETWORK = """
import psutil, types
home = types.SimpleNamespace(mountpoint={folder!r}, fstype="nfs4")
psutil.disk_partitions = lambda all: [home]
"""


def test_a_network_folder_gets_the_journal_that_needs_no_shared_memory(own_scene: Scene) -> None:
    own_scene.kernel.ask("1", NETWORK.format(folder=str(own_scene.folder)))
    own_scene.plan("nest_and_stay", iteration=1)
    run_id = own_scene.kernel.ask("run.run_id", f"run = submit({str(own_scene.folder)!r})")
    invariants.until(lambda: own_scene.has_begun, 60)
    assert not list(own_scene.workspace.glob("store.sqlite-shm"))
    died = deaths.killed(own_scene)
    own_scene.watched(run_id)
    own_scene.check_after_death(died)


NO_LOCKS = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
static int locked(int fd, int command, void *argument) {
    static int (*real)(int, int, ...);
    if (!real) real = dlsym(RTLD_NEXT, "fcntl64");
    if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) { errno = ENOLCK; return -1; }
    return real(fd, command, argument);
}
#define LIKE(name) int name(int fd, int command, ...) { \\
    va_list more; va_start(more, command); void *argument = va_arg(more, void *); va_end(more); \\
    return locked(fd, command, argument); }
LIKE(fcntl)
LIKE(fcntl64)
"""


def test_a_file_system_without_locks_is_refused_with_a_sentence(tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler to make a file system without locks with")
    library = tmp_path / "no_locks.so"
    command = [compiler, "-shared", "-fPIC", "-x", "c", "-o", str(library), "-", "-ldl"]
    subprocess.run(command, input=NO_LOCKS, text=True, check=True)
    environment = {**os.environ, "LD_PRELOAD": str(library)}
    script = [sys.executable, "-c", "import automl_widgets; automl_widgets.Workspace.create()"]
    done = subprocess.run(script, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "WorkspaceError: Cannot use " in done.stderr
    assert "its file system knows no locks" in done.stderr
