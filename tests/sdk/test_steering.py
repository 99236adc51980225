"""What a user wishes of a run while it searches and after its end, on real runs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from automl_widgets import AutoMLConfig, AutoMLRun, Experiment, NotFoundError, RunStateError, Workspace
from automl_widgets.engine import runner
from automl_widgets.view.answers import answer

FRESH = """
import sys
from automl_widgets import AutoMLRun, Experiment, Workspace
if __name__ == "__main__":
    run = AutoMLRun(Experiment(Workspace({folder!r}), "steering"), {run_id!r})
    run.continue_experiment(iterations=1).wait_for_completion()
    print(run.get_status(), len(list(run.get_children())))
"""


def submitted(folder: Path, iterations: int) -> AutoMLRun:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(150, 4))
    y = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
    config = AutoMLConfig(
        task="classification",
        X=X,
        y=y,
        iterations=iterations,
        n_cross_validations=2,
        max_concurrent_iterations=1,
        allowed_models=["LogisticRegression", "KNN", "DecisionTree", "GradientBoosting"],
        enable_early_stopping=False,
        model_explainability=False,
    )
    return Experiment(Workspace.create(path=folder), "steering").submit(config)


def names(run: AutoMLRun) -> list[str]:
    return [r.recipe.algorithm if r.recipe else "" for r in run.store.iterations(run.run_id)]


def test_a_search_is_steered_while_it_runs(tmp_path: Path) -> None:
    run = submitted(tmp_path, 10)
    run.pause()  # so that what is planned stands still
    assert run.block_algorithm("KNN") == "no further KNN"
    assert run.more(iterations=2) == "2 more iterations"
    with pytest.raises(RunStateError, match="Did you mean"):
        run.block_algorithm("DecisionTre")
    with pytest.raises(RunStateError, match="no time limit"):
        run.more(minutes=1)
    started = len(run.store.iterations(run.run_id))
    run.resume()
    run.wait_for_completion()
    assert len(names(run)) == 12
    assert "KNN" not in names(run)[started:]
    assert names(run)[-2:] == ["VotingEnsemble", "StackEnsemble"]
    told = [(w["kind"], w["accepted"]) for w in run.get_wishes()]
    assert told == [("block", True), ("more", True), ("block", False), ("more", False)]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> AutoMLRun:
    run = submitted(tmp_path_factory.mktemp("steering"), 5)
    run.cancel_iteration(2)
    run.wait_for_completion()
    return run


def test_an_ended_run_goes_on_and_keeps_what_it_has(ended: AutoMLRun) -> None:
    before = ended.store.iterations(ended.run_id)
    with pytest.raises(RunStateError, match="continue_experiment"):
        ended.more(iterations=1)
    assert ended.continue_experiment(iterations=2) is ended
    ended.wait_for_completion()
    after = ended.store.iterations(ended.run_id)
    assert [(r.iteration, r.recipe, r.result) for r in after[:5]] == [(r.iteration, r.recipe, r.result) for r in before]
    assert names(ended)[-2:] == ["VotingEnsemble", "StackEnsemble"]
    assert len(after) == 9
    best = max(r.result.score for r in after if r.result)
    assert float(ended.get_best_child().get_properties()["score"]) == best


def test_an_iteration_without_a_score_is_tried_again_after_the_end(ended: AutoMLRun) -> None:
    with pytest.raises(RunStateError, match="it is completed"):
        ended.retry(0)
    with pytest.raises(NotFoundError, match="No iteration 999"):
        ended.retry(999)
    assert ended.store.iteration(ended.run_id, 2).state == "canceled"
    ended.retry(2)
    ended.wait_for_completion()
    again = ended.store.iteration(ended.run_id, 2)
    assert (again.state, again.attempt) == ("completed", 1)


def test_more_like_an_iteration_are_near_it(ended: AutoMLRun) -> None:
    n = len(names(ended))
    assert ended.more_like(0, 2) == "2 like iteration 0 are next"
    ended.wait_for_completion()
    new = ended.store.iterations(ended.run_id)[n:]
    model = ended.store.iteration(ended.run_id, 0).recipe
    assert [r.recipe.algorithm for r in new[:2] if r.recipe] == [model.algorithm if model else ""] * 2
    assert all(r.recipe != model for r in new)


def test_a_fresh_kernel_goes_on_with_an_ended_run(ended: AutoMLRun, tmp_path: Path) -> None:
    n = len(names(ended))
    script = tmp_path / "fresh.py"
    script.write_text(FRESH.format(folder=str(ended.experiment.workspace.folder), run_id=ended.run_id))
    said = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["Completed", str(n + 3)]


def test_a_click_that_comes_by_two_ways_is_obeyed_once(tmp_path: Path) -> None:
    run = submitted(tmp_path, 4)
    run.pause()
    for _ in range(2):
        run.store.post_command(run.run_id, "more", {"iterations": 1, "click": "c0ffee"})
    assert run.more(iterations=1) == "1 more iterations"
    run.resume()
    run.wait_for_completion()
    assert [w["arguments"] for w in run.get_wishes()] == [{"iterations": 1}, {"iterations": 1}]
    assert run.record.n_iterations == 6


def test_a_page_can_have_an_ended_run_go_on(tmp_path: Path) -> None:
    run = submitted(tmp_path, 3)
    run.wait_for_completion()
    runner.listener(run.store, run.run_id).close()  # as in a fresh kernel
    message = {"op": "command", "id": 1, "command": {"kind": "more", "iterations": 1}}
    assert answer(run.store, run.run_id, message, run.attend)[0]["op"] == "taken"
    deadline = time.monotonic() + 30
    while len(names(run)) < 4 and time.monotonic() < deadline:
        time.sleep(0.05)
    run.wait_for_completion()
    assert len(names(run)) >= 4
