"""The walk of docs/journey.md, one assertion a row: from a user's keywords to a row on the page."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import AutoMLConfig, AutoMLRun, ConfigError, Experiment, Workspace
from automl_widgets.data.folds import resolve
from automl_widgets.data.load import load
from automl_widgets.engine.life import EngineState, Launch, Record, Rules, RunPrepared, TrialEnded
from automl_widgets.engine.machine import advance
from automl_widgets.search.plan import make_plan
from automl_widgets.view.snapshot import Replica, patch

ROOT = Path(__file__).parents[1]
X = np.random.default_rng(0).normal(size=(90, 4))
ASKED: dict[str, Any] = {"task": "classification", "X": X, "y": np.where(X[:, 0] > 0, "up", "down"), "iterations": 4}
APPLY = """
const { build } = await import("esbuild");
const options = { entryPoints: ["js/src/model.ts"], bundle: true, format: "esm", write: false };
const code = (await build(options)).outputFiles[0].text;
const { apply, EMPTY } = await import("data:text/javascript," + encodeURIComponent(code));
let text = ""; for await (const part of process.stdin) text += part;
const model = JSON.parse(text).reduce(apply, EMPTY);
console.log(JSON.stringify({ seq: model.seq, gap: model.gap, rows: [...model.rows.values()] }));
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> AutoMLRun:
    """A run that really ran: four iterations, two of them ensembles."""
    folder = tmp_path_factory.mktemp("journey")
    config = AutoMLConfig(n_cross_validations=2, debug_log=str(folder / "journey.log"), **ASKED)
    started = Experiment(Workspace.create(path=folder), "journey").submit(config)
    started.wait_for_completion()
    return started


def test_the_page_has_the_rows_that_are_walked_here() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "journey.md").read_text(), re.MULTILINE)
    walked = [name.split("_")[2] for name in globals() if name.startswith("test_row_")]
    assert rows == walked == [str(k) for k in range(1, 11)]


def test_row_1_keywords_become_settings_or_one_error_with_the_nearest_name() -> None:
    assert AutoMLConfig(**ASKED).settings.iterations == 4
    with pytest.raises(ConfigError, match="Did you mean `iterations`"):
        AutoMLConfig(**{**ASKED, "iteration": 4})


def test_row_2_submit_writes_the_run_and_returns_it(run: AutoMLRun) -> None:
    assert run.store.runs("journey")[0].run_id == run.id


def test_row_3_data_become_a_profile_and_guardrails(run: AutoMLRun) -> None:
    assert run.record.profile.n_rows == 90
    assert "Class balance" in {rail.name for rail in run.store.guardrails(run.id)}


def test_row_4_settings_and_profile_become_a_plan(run: AutoMLRun) -> None:
    config = AutoMLConfig(n_cross_validations=2, **ASKED)
    table = load(config.settings, config.inputs)
    plan = make_plan(config.settings, table.profile, resolve(config.settings, table.profile, config.inputs))
    assert plan == run.record.plan
    assert [recipe.name for recipe in plan.ensembles] == ["VotingEnsemble", "StackEnsemble"]


def test_row_5_the_end_of_an_iteration_becomes_a_record_and_the_launch_of_the_next() -> None:
    state, _ = advance(EngineState(), RunPrepared(now_s=0.0, rules=Rules(n_search=9, slots=2)))
    _, to_do = advance(state, TrialEnded(now_s=1.0, iteration=1, attempt=0, state="completed", score=0.9))
    assert to_do == (Record(iteration=1, attempt=0, state="completed"), Launch(iteration=2))


def test_row_6_a_launch_reaches_a_process_of_its_own(run: AutoMLRun) -> None:
    import os

    pids = {record.pid for record in run.store.iterations(run.id)}
    assert None not in pids
    assert os.getpid() not in pids


def test_row_7_a_worker_leaves_scores_predictions_and_a_fitted_model(run: AutoMLRun) -> None:
    first = next(run.get_children())
    assert len(run.store.iteration(run.id, 0).result.fold_scores) == 2
    assert set(first.load_model().predict(X)) == {"up", "down"}
    assert "fold 2/2" in (first.folder / "log.txt").read_text()


def test_row_8_a_transaction_moves_the_sequence_number_by_one(run: AutoMLRun) -> None:
    before = run.store.seq(run.id)
    run.store.set_tags(run.id, {"walked": "yes"})
    assert run.store.seq(run.id) == before + 1


def test_row_9_a_patch_holds_what_changed_after_a_number(run: AutoMLRun) -> None:
    whole = patch(run.store, run.id, 0)
    last = max(run.store.iterations(run.id), key=lambda record: record.seq)
    late = patch(run.store, run.id, last.seq - 1)
    assert [row["i"] for row in whole["rows"]] == [0, 1, 2, 3]
    assert [row["i"] for row in late["rows"]] == [last.iteration]


def test_row_10_the_page_applies_patches_and_has_the_same_rows(run: AutoMLRun) -> None:
    whole = patch(run.store, run.id, 0)
    half = {**whole, "seq": 9, "rows": whole["rows"][:2]}
    late = {**whole, "after": 9, "rows": whole["rows"][2:]}
    node = ["node", "--input-type=module", "-e", APPLY]
    said = subprocess.run(node, input=json.dumps([half, late]), cwd=ROOT, capture_output=True, text=True, check=True)
    page, replica = json.loads(said.stdout), Replica(half)
    replica.apply(late)
    assert page == {"seq": whole["seq"], "gap": False, "rows": whole["rows"]}
    assert replica.whole(0.0)["rows"] == whole["rows"]
