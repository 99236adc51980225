"""Ways in which a kernel ends while a run is at something: each is played in a scene with a kernel of its own."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

import automl_widgets as aw
from tests.faults.scene import Scene

SLOW_CHECK = """
import automl_widgets.data.guardrails as rails
rails.check = lambda *_: time.sleep(60)
"""


def preparing(scene: Scene) -> None:
    """Before there is a plan."""
    scene.kernel.ask("1", SLOW_CHECK)
    run = scene.submit()
    scene.until(run, lambda _: run.record.stage == "checking the data")


def starting(scene: Scene) -> None:
    """While the warden loads libraries, or has hardly begun: in a kernel that is warm four iterations would be done."""
    scene.submit(iterations=200, enable_early_stopping=False)
    scene.pause(2.0)


def searching(scene: Scene) -> None:
    """With an iteration done, and one that has children and daemons of its own."""
    scene.plan("nest_and_stay", iteration=1, call=scene.rng.randrange(1, 5))
    run = scene.submit(iterations=20)
    scene.until(run, lambda rows: scene.has_begun and any(r.state == "completed" for r in rows))
    scene.pause(0.5)


def building_ensembles(scene: Scene) -> None:
    """With all of the search done."""
    scene.plan("hold_gil", point="combine")
    run = scene.submit(enable_voting_ensemble=True)
    scene.until(run, lambda _: scene.has_begun)
    assert run.record.stage == "building ensembles"


def explaining(scene: Scene) -> None:
    """With all iterations done."""
    scene.plan("ignore_sigterm", point="explain")
    run = scene.submit(model_explainability=True)
    scene.until(run, lambda _: scene.has_begun)
    assert (run.record.state, len(scene.look(run))) == ("finalizing", 4)


PHASES: list[Callable[[Scene], None]] = [preparing, starting, searching, building_ensembles, explaining]


def killed(scene: Scene) -> float:
    """End the kernel with `kill -9`; return when."""
    scene.kernel.kill()
    return time.monotonic()


def terminated(scene: Scene) -> float:
    """End it with SIGTERM, which gives Python no chance to tidy up."""
    scene.kernel.send(signal.SIGTERM)
    scene.kernel.manager.provisioner.process.wait()
    return time.monotonic()


def shut_down(scene: Scene) -> float:
    """End it as a page does that closes a notebook."""
    scene.kernel.manager.shutdown_kernel()
    return time.monotonic()


def of_a_script(scene: Scene) -> aw.AutoMLRun:
    """Return the only run in the workspace."""
    experiment = aw.Experiment(aw.Workspace(scene.workspace), "faults")
    return scene.watched(next(iter(experiment.get_runs())).run_id)
