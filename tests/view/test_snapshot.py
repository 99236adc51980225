"""A patch is what js/src/types.ts says, holds what changed and no more, and costs the same from first to last."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest

from automl_widgets.errors import NotFoundError
from automl_widgets.records import Explanation, Guardrail, Recipe
from automl_widgets.view import snapshot
from automl_widgets.view.snapshot import Replica, patch
from tests.view import wire
from tests.view.runs import METRICS, PLAN, RUN, a_finished_store, a_store, completed, iteration


def test_the_first_patch_is_whole_and_has_the_shape_that_the_page_expects() -> None:
    whole = patch(a_finished_store(), RUN, 0)
    wire.check(whole, "Patch")
    assert set(whole) == set(wire.shapes()["Patch"])
    assert whole["facts"]["metrics"] == METRICS
    assert (whole["facts"]["validation"], whole["facts"]["n_classes"]) == ("5-fold cross-validation, stratified", 2)
    assert whole["status"]["best"] == 4


def test_a_run_that_has_only_been_submitted_is_whole_too() -> None:
    store = a_store(state="preparing", profile=None, plan=None, started_at=None, n_iterations=0, properties={})
    whole = patch(store, RUN, 0)
    wire.check(whole, "Patch")
    assert (whole["rows"], whole["guardrails"], whole["importance"], whole["facts"]["metrics"]) == ([], [], [], [])


SCRIPT = {"script": "get_data.py", "state": "running", "started_at": 1_700_000_002.0}


def test_the_script_that_brings_the_data_is_told_of_and_is_no_row() -> None:
    store = a_store(state="preparing", properties={"setup": json.dumps(SCRIPT)})
    whole = patch(store, RUN, 0)
    wire.check(whole, "Patch")
    assert whole["status"]["setup"] == {**SCRIPT, "reason": None, "ended_at": None}
    assert whole["rows"] == []
    ended = {**SCRIPT, "state": "failed", "reason": "<b>", "ended_at": 1_700_000_009.0}
    store.update_run(RUN, properties={"setup": json.dumps(ended)})
    assert patch(store, RUN, whole["seq"])["status"]["setup"] == ended


def test_a_script_whose_engine_has_gone_is_lost() -> None:
    properties = {"setup": json.dumps(SCRIPT)}
    store = a_store(state="failed", reason="the kernel has ended", ended_at=1_700_000_005.0, properties=properties)
    found = patch(store, RUN, 0)["status"]["setup"]
    assert (found["state"], found["reason"], found["ended_at"]) == ("lost", "the kernel has ended", 1_700_000_005.0)


@pytest.mark.parametrize(
    "noted",
    ["", "{", "[]", "[" * 100_000, '{"state": "evil"}', '{"state": ["failed"]}'],
    ids=["none", "torn", "list", "deep", "state", "states"],
)
def test_a_note_of_another_hand_is_no_script(noted: str) -> None:
    assert patch(a_store(properties={"setup": noted}), RUN, 0)["status"]["setup"] is None


def test_of_a_note_of_another_hand_only_what_has_the_shape_is_sent() -> None:
    noted = {"script": ["x" * 999], "state": "failed", "reason": {"a": 1}, "started_at": True, "ended_at": 10**400}
    sent = patch(a_store(properties={"setup": json.dumps(noted)}), RUN, 0)
    wire.check(sent, "Patch")
    found = sent["status"]["setup"]
    assert (len(found["script"]), found["started_at"], found["ended_at"]) == (200, None, None)


@pytest.mark.parametrize("kind", ["k_fold", "monte_carlo", "hold_out", "train_valid", "custom"])
def test_every_validation_is_described(kind: Any) -> None:
    validation = replace(PLAN.validation, kind=kind, share=None if kind == "k_fold" else 0.2, stratified=False)
    store = a_store(plan=replace(PLAN, validation=validation))
    words = patch(store, RUN, 0)["facts"]["validation"]
    assert any(word in words for word in ("cross-validation", "held out", "as given"))


def test_only_what_changed_is_sent() -> None:
    store = a_store()
    store.put_iteration(RUN, completed(0, 0.9))
    store.update_run(RUN, best_iteration=0)
    seen = max(store.seq(RUN), snapshot.FACTS_UNTIL_SEQ)
    while store.seq(RUN) < seen:
        store.put_iteration(RUN, iteration(1, state="running"))
    store.put_iteration(RUN, completed(1, 0.95))
    new = patch(store, RUN, seen)
    wire.check(new, "Patch")
    assert set(new) == {"v", "run", "after", "seq", "rows"}
    assert (new["after"], new["seq"], [row["i"] for row in new["rows"]]) == (seen, seen + 1, [1])
    store.update_run(RUN, best_iteration=1)
    assert set(patch(store, RUN, seen + 1)) == {"v", "run", "after", "seq", "status"}


def test_facts_are_sent_again_until_the_first_score_and_on_demand() -> None:
    store = a_store(state="preparing", plan=None)
    seen = store.seq(RUN)
    store.update_run(RUN, plan=PLAN, state="running")
    assert patch(store, RUN, seen)["facts"]["n_folds"] == 5
    store.update_run(RUN, best_iteration=0)
    for i in range(snapshot.FACTS_UNTIL_SEQ):
        store.put_iteration(RUN, completed(i, 0.9))
    seen = store.seq(RUN)
    store.update_run(RUN, stage="waiting")
    assert "facts" not in patch(store, RUN, seen)
    assert "facts" in patch(store, RUN, seen, facts=True)


def test_the_1000th_iteration_costs_as_many_bytes_as_the_10th() -> None:
    store, sizes = a_store(), {}
    for i in range(1000):
        seen = store.seq(RUN)
        store.put_iteration(RUN, completed(i, 0.5 + i / 10_000))
        store.update_run(RUN, best_iteration=i)
        if i in (9, 99, 999):
            made = patch(store, RUN, seen)
            made.pop("facts", None)
            sizes[i] = len(json.dumps(made))
    assert max(sizes.values()) - min(sizes.values()) < 60
    assert sizes[999] < 1500


def test_numbers_that_are_none_become_null_and_bad_metric_lists_none() -> None:
    store = a_store(properties={"metrics": "no json"})
    result = replace(completed(0, 0.9).result, metrics={"log_loss": math.nan}, spread=math.inf)  # type: ignore[type-var]
    store.put_iteration(RUN, completed(0, 0.9, result=result, peak_memory_mb=math.nan))
    whole = patch(store, RUN, 0)
    wire.check(whole, "Patch")
    assert whole["rows"][0]["metrics"] == {"log_loss": None}
    assert whole["facts"]["metrics"] == []


def test_what_may_be_huge_is_cut() -> None:
    recipe = Recipe(algorithm="SVM", parameters={"kernel": "x" * 10_000, "deep": {"a": {"b": 1}}, "list": [1, [2]]})
    store = a_store()
    store.put_iteration(RUN, iteration(0, recipe=recipe, state="failed", error="e" * 100_000 + "the cause"))
    row = patch(store, RUN, 0)["rows"][0]
    assert len(json.dumps(row)) < 12_000
    assert row["error"].endswith("the cause")
    assert row["params"]["deep"] == {"a": "{'b': 1}"}
    wire.check(row, "Row")


def test_two_hundred_features_are_sent_and_the_rest_summed() -> None:
    store, n = a_store(), 250
    explanation = Explanation(
        iteration=0,
        state="completed",
        features=tuple(f"f{j}" for j in range(n)),
        overall=tuple(float(j) for j in range(n)),
        classes=("a", "b"),
        per_class=(tuple(float(j) for j in range(n)),) * 2,
    )
    store.put_explanation(RUN, explanation)
    sent = patch(store, RUN, 0)["importance"][0]
    wire.check(sent, "Importance")
    assert (sent["features"][0], len(sent["features"]), sent["n_features"]) == ("f249", 200, 250)
    assert sent["per_class"][1][:2] == [249.0, 248.0]
    assert sent["rest"] == sum(range(50))


def test_an_unknown_run_is_an_error() -> None:
    with pytest.raises(NotFoundError, match="There is no run 'AutoML_0'"):
        patch(a_store(), "AutoML_0", 0)


def test_a_replica_fed_with_patches_equals_the_whole() -> None:
    store = a_store()
    replica = Replica(patch(store, RUN, 0))
    for i in range(3):
        store.put_iteration(RUN, iteration(i, state="running"))
        store.put_iteration(RUN, completed(i, 0.9))
        new = patch(store, RUN, replica.seq)
        replica.apply(new)
        replica.apply(new)
    store.put_guardrails(RUN, [Guardrail(name="Classes", state="alerted", description="One is rare.")])
    store.put_explanation(RUN, Explanation(iteration=1, state="running"))
    store.update_run(RUN, state="completed", best_iteration=2)
    replica.apply(patch(store, RUN, replica.seq))
    whole = patch(store, RUN, 0)
    assert (replica.state, replica.is_explaining) == ("completed", True)
    assert replica.whole(whole["status"]["now"]) == whole
