"""Whenever and however a kernel ends: no process survives it, and every iteration that has ended is there."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import deaths, invariants
from tests.faults.scene import Scene


@pytest.mark.parametrize("phase", deaths.PHASES, ids=lambda phase: phase.__name__)
def test_a_kernel_that_is_killed_leaves_its_rows_and_nothing_else_while(
    phase: Callable[[Scene], None], own_scene: Scene
) -> None:
    phase(own_scene)
    own_scene.check_after_death(deaths.killed(own_scene))


@pytest.mark.parametrize("how", [deaths.terminated, deaths.shut_down], ids=lambda how: how.__name__)
def test_the_same_holds_for_one_that_is(how: Callable[[Scene], float], own_scene: Scene) -> None:
    deaths.searching(own_scene)
    own_scene.check_after_death(how(own_scene))


def test_one_kernel_is_killed_and_another_on_the_same_workspace_goes_on(own_scene: Scene, scene: Scene) -> None:
    other = Scene(scene.kernel, own_scene.folder, scene.rng)
    deaths.searching(own_scene)
    (own_scene.workspace / "faults.json").unlink()
    run = other.submit(iterations=8)
    own_scene.check_after_death(deaths.killed(own_scene))
    assert [r.state for r in other.ended(run)] == ["completed"] * 8
    other.check()


SCRIPT = """
from tests.faults.cells import submit
run = submit(".", iterations=50)
while not any(child.get_status() == "Completed" for child in run.get_children()):
    pass
"""


def test_a_script_without_a_main_guard_that_does_not_wait_ends_its_run_in_order(scene: Scene, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = scene.kernel.environment
    done = subprocess.run(
        [sys.executable, str(script)], check=False, cwd=tmp_path, env=environment, capture_output=True, timeout=120
    )
    since = time.monotonic()
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    run = deaths.of_a_script(scene)
    scene.runs.clear()
    assert "completed" in {r.state for r in scene.look(run)}
    invariants.run_is_interrupted(run)
    invariants.until(lambda: scene.kernel.strangers() == [], invariants.GONE_S - (time.monotonic() - since))
