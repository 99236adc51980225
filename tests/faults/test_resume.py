"""A run whose kernel was killed goes on in another one, again and again, and ends as if nothing had happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from automl_widgets.records import IterationRecord
from tests.faults import deaths
from tests.faults.kernel import Kernel
from tests.faults.scene import Scene

SETTINGS: dict[str, Any] = {
    "iterations": 12,
    "rows": 8_000,
    "enable_voting_ensemble": True,
    "model_explainability": True,
}


def table(rows: Iterable[IterationRecord]) -> list[object]:
    """Return what is the same whenever the seed is: all but times, attempts and processes."""
    return [
        (r.iteration, r.state, r.recipe, r.fold_scores, r.result and (r.result.score, r.result.metrics)) for r in rows
    ]


def test_a_run_that_is_killed_thrice_has_the_table_of_one_that_was_not(
    own_scene: Scene, scene: Scene, new_kernel: Callable[[], Kernel]
) -> None:
    straight = scene.submit(**SETTINGS)
    run = own_scene.submit(**SETTINGS)
    for death in range(3):
        n_done = own_scene.rng.randrange(1 + 3 * death, 4 + 3 * death)
        own_scene.until(run, lambda rows, n=n_done: sum(r.state == "completed" for r in rows) >= n)  # type: ignore[misc]
        own_scene.pause(0.2)
        own_scene.check_after_death(deaths.killed(own_scene))
        own_scene.resume(new_kernel(), run)
    assert table(own_scene.ended(run)) == table(scene.ended(straight))
    assert run.record.best_iteration == straight.record.best_iteration
    own_scene.check()


def test_a_run_that_is_killed_before_its_plan_and_whose_data_are_gone_asks_for_them(
    own_scene: Scene, scene: Scene, new_kernel: Callable[[], Kernel]
) -> None:
    straight = scene.submit()
    deaths.preparing(own_scene)
    own_scene.check_after_death(deaths.killed(own_scene))
    run = next(iter(own_scene.runs.values()))
    for path in run.folder.glob("data.*.p5"):
        path.unlink()
    kernel, asked = new_kernel(), f"cells.resumed({str(own_scene.folder)!r}, {run.run_id!r}, %s)"
    assert kernel.run(asked % "").error.startswith("RunStateError: ")
    assert kernel.run(asked % "**dict(zip('Xy', cells.data(140)))").error.startswith("DataError: ")
    own_scene.resume(kernel, run, given="**dict(zip('Xy', cells.data()))")
    assert table(own_scene.ended(run)) == table(scene.ended(straight))
    own_scene.check()
