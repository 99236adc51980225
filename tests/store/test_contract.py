"""What every store must do, whoever keeps the rows."""

from __future__ import annotations

import json
import math
import os
import threading
import time
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest

from automl_widgets.errors import NotFoundError, RunStateError, WorkspaceError
from automl_widgets.records import Changes, Explanation, Guardrail, IterationRecord, RunRecord, Wish
from automl_widgets.store import Store
from automl_widgets.store.protocol import GRACE_S
from tests.store.nouns import NASTY, NOW, Clock, a_result, a_run, an_iteration

RAIL = Guardrail(name="Missing values", state="passed", description="None.", details=({"column": NASTY, "n": 3},))


@pytest.fixture
def run(store: Store) -> Store:
    """A store with the run `run_1`."""
    store.create_run(a_run())
    return store


# Runs


def test_a_run_comes_back_as_it_was_put(store: Store) -> None:
    record = a_run(tags={"a": NASTY}, versions={"sklearn": "1.9"}, reason=NASTY, error="x" * 1_000_000)
    store.create_run(record)
    assert store.run("run_1") == replace(record, seq=1)


def test_what_is_returned_is_frozen(run: Store) -> None:
    with pytest.raises(FrozenInstanceError, match="state"):
        run.run("run_1").state = "failed"  # type: ignore[misc]


def test_runs_come_newest_first_and_by_experiment(store: Store) -> None:
    for k, experiment in enumerate(["a", "b", "a", "a"]):
        store.create_run(a_run(f"r{k}", experiment=experiment, created_at=NOW + min(k, 2)))
    assert [record.run_id for record in store.runs()] == ["r3", "r2", "r1", "r0"]
    assert [record.run_id for record in store.runs("a")] == ["r3", "r2", "r0"]
    assert store.runs("none") == ()


def test_a_run_id_is_taken_once(run: Store) -> None:
    with pytest.raises(WorkspaceError, match="There is a run run_1 already"):
        run.create_run(a_run())
    assert run.seq("run_1") == 1


@pytest.mark.parametrize(
    "run_id", ["", ".", "..", ".hidden", "../x", "a/b", "a\\b", "a b", "a\n", "a\x00", "é", "<b>", "a" * 129]
)
def test_a_run_id_that_is_no_folder_name_is_refused(store: Store, run_id: str) -> None:
    with pytest.raises(WorkspaceError, match="A run id must be 1 to 128 letters, digits"):
        store.create_run(a_run(run_id))
    with pytest.raises(NotFoundError, match=r"has a folder|There is no run"):
        store.run_folder(run_id)
    with pytest.raises(NotFoundError, match="There is no run"):
        store.run(run_id)
    assert store.runs() == ()


def test_experiments_are_listed_in_the_order_they_were_made(store: Store) -> None:
    store.create_experiment(NASTY)
    store.create_run(a_run(experiment="b"))
    store.create_experiment("a")
    store.create_experiment("b")
    assert store.experiments() == (NASTY, "b", "a")


@pytest.mark.parametrize("name", ["", "  ", "\ud800", None])
def test_an_experiment_needs_a_name(store: Store, name: Any) -> None:
    with pytest.raises(WorkspaceError, match="The name of an experiment must be a text"):
        store.create_experiment(name)
    with pytest.raises(WorkspaceError, match="The name of an experiment must be a text"):
        store.create_run(a_run(experiment=name))


def test_an_update_changes_its_fields_alone_and_returns_the_run(run: Store) -> None:
    record = run.update_run("run_1", state="running", best_iteration=3, tags={"k": "v"})
    assert record == run.run("run_1") == a_run(state="running", best_iteration=3, tags={"k": "v"}, seq=2)
    assert run.runs("churn") == (record,)


@pytest.mark.parametrize("name", ["stat", "seq"])
def test_an_update_of_what_is_no_field_changes_nothing(run: Store, name: str) -> None:
    run.put_iteration("run_1", an_iteration())
    with pytest.raises(TypeError, match=f"RunRecord has no field to set named {name}; it has"):
        run.update_run("run_1", state="running", **{name: 7})
    with pytest.raises(TypeError, match=f"IterationRecord has no field to set named {name}; it has"):
        run.update_iteration("run_1", 0, state="running", **{name: 7})
    assert run.seq("run_1") == 2


def test_a_value_that_is_not_plain_is_refused_and_changes_nothing(run: Store) -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        run.update_run("run_1", error=object())
    with pytest.raises(TypeError, match="not JSON serializable"):
        run.put_iteration("run_1", an_iteration(error={1}))
    assert run.seq("run_1") == 1


def test_tags_are_added_to_those_that_are_there(run: Store) -> None:
    run.set_tags("run_1", {"a": "1", "b": "2"})
    run.set_tags("run_1", {"b": "3", NASTY: NASTY})
    assert run.run("run_1").tags == {"a": "1", "b": "3", NASTY: NASTY}
    assert run.run("run_1").seq == 3


def test_tags_are_renamed_in_one_change(run: Store) -> None:
    run.set_tags("run_1", {"a": "1", "b": "2"})
    run.set_tags("run_1", {"c": "1"}, without=("a", "never there"))
    assert run.run("run_1").tags == {"b": "2", "c": "1"}
    assert run.run("run_1").seq == 3


# Iterations, guardrails, explanations


def test_an_iteration_comes_back_as_it_was_put(run: Store) -> None:
    record = an_iteration(3, state="completed", result=a_result(), error=NASTY, reason="y" * 1_000_000)
    run.put_iteration("run_1", record)
    assert run.iteration("run_1", 3) == replace(record, seq=2)


def test_a_number_that_is_none_comes_back_as_nan(run: Store) -> None:
    run.put_iteration("run_1", an_iteration(result=a_result(math.nan)))
    result = run.iteration("run_1", 0).result
    assert result is not None
    assert math.isnan(result.score)
    assert math.isnan(result.metrics["accuracy"])


def test_iterations_are_replaced_and_come_by_number(run: Store) -> None:
    for number in (10, 2, 2):
        run.put_iteration("run_1", an_iteration(number, state="queued"))
    run.update_iteration("run_1", 10, state="running", stage="fold 1 of 5")
    expected = (an_iteration(2, seq=4), an_iteration(10, state="running", stage="fold 1 of 5", seq=5))
    assert run.iterations("run_1") == expected


def test_guardrails_and_explanations_are_replaced(run: Store) -> None:
    assert run.guardrails("run_1") == ()
    assert run.explanation("run_1", 4) is None
    run.put_guardrails("run_1", [RAIL, RAIL])
    run.put_guardrails("run_1", [RAIL])
    run.put_explanation("run_1", Explanation(iteration=4, state="running"))
    done = Explanation(iteration=4, state="completed", features=(NASTY,), overall=(0.5,), per_class=((1.0,), (2.0,)))
    run.put_explanation("run_1", done)
    assert run.guardrails("run_1") == (RAIL,)
    assert run.explanation("run_1", 4) == replace(done, seq=5)


def test_what_is_not_there_is_not_found(run: Store) -> None:
    for ask in (run.run, run.iterations, run.guardrails, run.seq, run.take_commands, run.claim, run.beat, run.release):
        with pytest.raises(NotFoundError, match="nobody"):
            ask("nobody")
    with pytest.raises(NotFoundError, match="no iteration 5 yet"):
        run.iteration("run_1", 5)
    with pytest.raises(NotFoundError, match="no iteration 5 yet"):
        run.update_iteration("run_1", 5, state="running")
    for write in (run.update_run, lambda r: run.put_iteration(r, an_iteration()), lambda r: run.put_guardrails(r, [])):
        with pytest.raises(NotFoundError, match="There is no run 'nobody'"):
            write("nobody")
    with pytest.raises(NotFoundError, match="There is no run 'nobody'"):
        run.wait("nobody", 0, 0)
    assert run.seq("run_1") == 1


# Changes


def test_every_write_counts_and_stamps_what_it_wrote(run: Store) -> None:
    run.put_iteration("run_1", an_iteration(0))
    run.put_iteration("run_1", an_iteration(1, seq=99))
    run.update_iteration("run_1", 0, state="running")
    run.put_guardrails("run_1", [])
    changes = run.changes("run_1", 2)
    assert [(record.iteration, record.seq) for record in changes.iterations] == [(0, 4), (1, 3)]
    assert (changes.after, changes.seq, changes.run, changes.guardrails) == (2, 5, None, ())
    assert run.changes("run_1", 4).guardrails == ()
    assert run.changes("run_1", 5).guardrails is None


def test_changes_after_zero_are_all_there_is(run: Store) -> None:
    run.put_explanation("run_1", Explanation(iteration=0, state="running"))
    run.update_run("run_1", state="running")
    changes = run.changes("run_1", 0)
    assert changes.run == run.run("run_1")
    assert changes.explanations == (Explanation(iteration=0, state="running", seq=2),)
    assert run.changes("run_1", 99) == replace(run.changes("run_1", 3), after=99)


def test_runs_count_for_themselves(run: Store) -> None:
    run.create_run(a_run("run_2"))
    run.put_iteration("run_2", an_iteration())
    assert (run.seq("run_1"), run.seq("run_2")) == (1, 2)
    assert run.changes("run_1", 0).iterations == ()


def test_wait_returns_at_once_when_there_is_news_and_at_the_end_when_there_is_none(run: Store) -> None:
    began = time.monotonic()
    assert run.wait("run_1", 0, 60.0) == 1
    assert run.wait("run_1", 1, 0.05) == 1
    assert 0.05 <= time.monotonic() - began < 5


def test_wait_is_woken_by_a_write_of_another_thread(run: Store) -> None:
    timer = threading.Timer(0.05, run.put_iteration, ("run_1", an_iteration()))
    timer.start()
    assert run.wait("run_1", 1, 60.0) == 2
    timer.join()


def test_wait_does_not_keep_the_processor_busy(run: Store) -> None:
    waiters = [threading.Thread(target=run.wait, args=("run_1", 1, 0.5)) for _ in range(4)]
    began_s = time.process_time()
    for waiter in waiters:
        waiter.start()
    for waiter in waiters:
        waiter.join()
    assert time.process_time() - began_s < 0.25


# Leases


def test_a_run_that_nobody_took_up_is_interrupted_after_a_while(run: Store, clock: Clock) -> None:
    clock.now += GRACE_S
    assert run.run("run_1").state == "preparing"
    clock.now += 1
    record = run.run("run_1")
    assert (record.state, record.reason) == ("interrupted", "no process runs it")
    assert run.runs() == (record,)
    assert run.changes("run_1", 1).run == record
    assert run.update_run("run_1", stage="x").state == "interrupted"


@pytest.mark.parametrize("state", ["completed", "failed", "canceled"])
def test_a_run_that_has_ended_is_not_interrupted(run: Store, clock: Clock, state: str) -> None:
    run.update_run("run_1", state=state, reason="done")
    clock.now += 10 * GRACE_S
    assert (run.run("run_1").state, run.run("run_1").reason) == (state, "done")
    assert run.changes("run_1", 2).run is None


def test_a_run_in_hand_is_not_interrupted_however_old(run: Store, clock: Clock) -> None:
    run.claim("run_1")
    clock.now += 1e6
    assert run.run("run_1").state == "preparing"
    assert run.changes("run_1", 1).run is None


def test_a_run_has_one_owner(run: Store) -> None:
    run.claim("run_1")
    with pytest.raises(RunStateError, match=f"run_1 is being run by process {os.getpid()} already"):
        run.claim("run_1")
    run.beat("run_1")
    run.release("run_1")
    run.release("run_1")
    with pytest.raises(RunStateError, match="run_1 is not held by this process"):
        run.beat("run_1")
    run.claim("run_1")


def test_who_takes_up_a_run_is_told_the_last_sign_of_life_of_its_dead_owner(
    run: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.claim("run_1") is None
    clock.now += 7
    run.beat("run_1")
    beaten_at, clock.now = clock.now, clock.now + 100
    monkeypatch.setattr("automl_widgets.store.lease._started", lambda pid: "another process")
    assert run.claim("run_1") == beaten_at


def test_an_heir_takes_a_run_from_the_process_that_has_sent_it_and_from_no_other(run: Store) -> None:
    from automl_widgets.store.lease import this_process

    sender = this_process()
    with pytest.raises(RunStateError, match="run_1 is not held any more by the process that has sent it"):
        run.claim("run_1", sender)
    run.claim("run_1")
    assert run.claim("run_1", sender) is None
    with pytest.raises(RunStateError, match="it went on otherwise"):
        run.claim("run_1", replace(sender, pid=1))


def test_wishes_are_kept_by_their_numbers_with_what_came_of_them(run: Store) -> None:
    assert run.wishes("run_1") == ()
    one = Wish(number=7, kind="more", arguments={"iterations": 5}, given_at=1.0, taken_at=2.0, answer="105 in all")
    run.put_wish("run_1", replace(one, number=9))
    run.put_wish("run_1", one)
    run.put_wish("run_1", replace(one, number=9, is_accepted=False))
    assert run.wishes("run_1") == (replace(one, seq=3), replace(one, number=9, is_accepted=False, seq=4))
    assert run.changes("run_1", 3).wishes == run.wishes("run_1")[1:]
    with pytest.raises(NotFoundError, match="There is no run 'run_2'"):
        run.put_wish("run_2", one)


def test_who_takes_up_an_interrupted_run_tells_the_readers(run: Store, clock: Clock) -> None:
    run.claim("run_1")
    assert run.seq("run_1") == 1
    run.release("run_1")
    clock.now += GRACE_S + 1
    assert run.changes("run_1", 1).run == replace(a_run(seq=1), state="interrupted", reason="no process runs it")
    run.claim("run_1")
    assert run.changes("run_1", 1).run == a_run(seq=2)


def test_a_beat_after_a_long_silence_tells_the_readers(run: Store, clock: Clock) -> None:
    run.claim("run_1")
    clock.now += GRACE_S - 1
    run.beat("run_1")
    assert run.seq("run_1") == 1
    clock.now += GRACE_S
    run.beat("run_1")
    assert run.changes("run_1", 1).run == a_run(seq=2)


# Commands


def test_commands_are_taken_once_and_in_order(run: Store, clock: Clock) -> None:
    numbers = [
        run.post_command("run_1", kind, {"iteration": k}) for k, kind in enumerate(["pause", "cancel", "resume"])
    ]
    taken = run.take_commands("run_1")
    assert [(c.command_id, c.kind, c.arguments) for c in taken] == [
        (numbers[0], "pause", {"iteration": 0}),
        (numbers[1], "cancel", {"iteration": 1}),
        (numbers[2], "resume", {"iteration": 2}),
    ]
    assert {(c.run_id, c.created_at) for c in taken} == {("run_1", NOW)}
    assert numbers == sorted(set(numbers))
    assert run.take_commands("run_1") == ()
    assert run.seq("run_1") == 1


def test_commands_are_for_one_run(run: Store) -> None:
    run.create_run(a_run("run_2"))
    run.post_command("run_2", "cancel", {})
    assert run.take_commands("run_1") == ()
    assert len(run.take_commands("run_2")) == 1


def test_a_command_that_is_none_is_refused(run: Store) -> None:
    with pytest.raises(NotFoundError, match="No command is named 'drop': it must be one of cancel, "):
        run.post_command("run_1", "drop", {})
    with pytest.raises(WorkspaceError, match="must take at most 65,536 bytes, but take 70,008"):
        run.post_command("run_1", "more", {"x": "y" * 70_000})
    with pytest.raises(NotFoundError, match="There is no run 'nobody'"):
        run.post_command("nobody", "cancel", {})
    assert run.take_commands("run_1") == ()


def test_a_file_that_a_page_dropped_is_a_command(run: Store) -> None:
    file = run.run_folder("run_1") / "commands" / "8f3c.json"
    file.write_text(json.dumps({"kind": "cancel_iteration", "iteration": 7, "by": NASTY}))
    run.post_command("run_1", "pause", {})
    first, second = run.take_commands("run_1")
    assert (first.kind, second.kind, second.arguments) == ("pause", "cancel_iteration", {"iteration": 7, "by": NASTY})
    assert not file.exists()
    assert run.take_commands("run_1") == ()


# Models


def test_models_count_their_versions(run: Store) -> None:
    assert [run.add_model(name, "run_1", 2, "best", {"a": NASTY}) for name in ("m", "k.1", "m")] == [1, 1, 2]
    assert [(model.name, model.version) for model in run.models()] == [("k.1", 1), ("m", 1), ("m", 2)]
    model = run.models("m")[1]
    assert (model.run_id, model.iteration, model.description, model.tags) == ("run_1", 2, "best", {"a": NASTY})
    assert model.created_at == NOW
    assert run.models("none") == ()


def test_a_model_needs_a_folder_name_and_a_run(run: Store) -> None:
    with pytest.raises(WorkspaceError, match="A model's name must be 1 to 128 letters"):
        run.add_model("../m", "run_1", None, None, {})
    with pytest.raises(NotFoundError, match="There is no run 'nobody'"):
        run.add_model("m", "nobody", None, None, {})


# Folders


def test_folders_lie_in_the_workspace(run: Store, tmp_path: Path) -> None:
    assert run.folder == tmp_path / "workspace"
    assert run.run_folder("run_1") == tmp_path / "workspace" / "runs" / "run_1"
    assert (run.run_folder("run_1") / "commands").is_dir()
    folder = run.iteration_folder("run_1", 12)
    assert folder == run.run_folder("run_1") / "iterations" / "12"
    assert folder.is_dir()


def test_logs_and_text_files_are_read(run: Store) -> None:
    assert run.read_log("run_1", 0, 0, 100) == ("", 0, 0)
    (run.iteration_folder("run_1", 0) / "log.txt").write_bytes("naïve 語".encode())
    (run.iteration_folder("run_1", 0) / "code.py").write_text("import sklearn")
    assert run.read_log("run_1", 0, 0, 100) == ("naïve 語", 10, 10)
    assert run.read_file("run_1", 0, "code.py") == "import sklearn"


# The end


def test_a_closed_store_says_so(run: Store) -> None:
    run.close()
    run.close()
    for ask in (run.runs, run.experiments, run.models):
        with pytest.raises(WorkspaceError, match="has been closed"):
            ask()
    for ask_of in (run.run, run.take_commands):
        with pytest.raises(WorkspaceError, match="has been closed"):
            ask_of("run_1")


def test_the_store_keeps_texts_not_objects(run: Store) -> None:
    tags = {"a": "1"}
    run.update_run("run_1", tags=tags)
    tags["a"] = "2"
    assert run.run("run_1").tags == {"a": "1"}
    assert isinstance(run.run("run_1"), RunRecord)
    assert isinstance(an_iteration(), IterationRecord)


# Runs from elsewhere


def test_a_run_is_adopted_with_all_its_records_and_its_folder(store: Store, tmp_path: Path) -> None:
    iteration, wish = an_iteration(0), Wish(number=1, kind="more", given_at=NOW, taken_at=NOW)
    records = Changes(
        after=0, seq=9, run=a_run("far", seq=9), iterations=(iteration,), guardrails=(RAIL,), wishes=(wish,)
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.txt").write_text("1")
    store.adopt_run(records, tmp_path / "folder")
    assert [store.run("far").run_id, store.iteration("far", 0).recipe] == ["far", iteration.recipe]
    assert store.changes("far", 0).guardrails == (RAIL,)
    assert (store.run_folder("far") / "data.txt").read_text() == "1"
    assert store.take_commands("far") == ()


def test_a_run_that_cannot_be_adopted_changes_nothing(run: Store, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(WorkspaceError, match="There is a run run_1 already"):
        run.adopt_run(Changes(after=0, seq=1, run=a_run()), tmp_path / "folder")
    with pytest.raises(WorkspaceError, match="must hold the run's own"):
        run.adopt_run(Changes(after=0, seq=1), tmp_path / "folder")
    with pytest.raises(WorkspaceError, match="A run id must be"):
        run.adopt_run(Changes(after=0, seq=1, run=a_run("../far")), tmp_path / "folder")
    assert [record.run_id for record in run.runs()] == ["run_1"]
    assert (tmp_path / "folder").exists()


# Briefs, and the end of a run


def test_briefs_say_of_each_run_what_a_list_shows(store: Store) -> None:
    store.create_run(a_run(tags={"stage": NASTY}))
    store.put_iteration("run_1", an_iteration(0, state="completed", result=a_result(0.9)))
    store.put_iteration("run_1", an_iteration(1))
    store.create_run(a_run("run_2", created_at=NOW + 1))
    assert [(b.run_id, b.best_score, b.n_ended) for b in store.briefs()] == [("run_2", None, 0), ("run_1", None, 1)]
    store.update_run("run_1", best_iteration=0, n_iterations=2)
    brief = store.briefs()[1]
    assert (brief.best_score, brief.best_recipe, brief.n_iterations) == (0.9, "MaxAbsScaler LightGBM", 2)
    assert brief.tags == {"stage": NASTY}


def test_a_brief_tells_of_an_owner_that_died(run: Store, clock: Clock) -> None:
    assert run.briefs()[0].state == "preparing"
    clock.now += GRACE_S + 1
    assert (run.briefs()[0].state, run.briefs()[0].reason) == ("interrupted", "no process runs it")


def test_a_run_is_deleted_with_all_that_is_kept_of_it(run: Store) -> None:
    run.put_iteration("run_1", an_iteration(0, state="completed", result=a_result()))
    folder = run.iteration_folder("run_1", 0)
    (folder / "code.py").write_text("import sklearn")
    run.delete_run("run_1")
    assert (run.briefs(), folder.exists(), run.experiments()) == ((), False, ("churn",))
    with pytest.raises(NotFoundError, match="There is no run"):
        run.iterations("run_1")
    run.create_run(a_run())
    assert run.iterations("run_1") == ()


def test_a_run_that_goes_on_is_not_deleted(run: Store) -> None:
    run.claim("run_1")
    with pytest.raises(RunStateError, match="Stop it first"):
        run.delete_run("run_1")
    assert run.run_folder("run_1").is_dir()


def test_of_a_linked_folder_only_the_link_is_deleted(run: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    run.run_folder("run_1").rename(elsewhere)
    (run.folder / "runs" / "run_1").symlink_to(elsewhere)
    run.delete_run("run_1")
    assert elsewhere.is_dir()


def test_nothing_is_read_by_a_run_folder_that_is_a_link(run: Store, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    run.run_folder("run_1").rename(elsewhere)
    (elsewhere / "iterations" / "0").mkdir(parents=True)
    (elsewhere / "iterations" / "0" / "log.txt").write_text("secret")
    (run.folder / "runs" / "run_1").symlink_to(elsewhere)
    assert run.read_log("run_1", 0, 0, 100) == ("", 0, 0)


def test_a_wish_is_withdrawn_as_long_as_nobody_has_taken_it(run: Store) -> None:
    first, second = run.post_command("run_1", "pause", {}), run.post_command("run_1", "cancel", {})
    assert run.waiting_commands("run_1") == (first, second)
    assert run.withdraw_command("run_1", first)
    assert not run.withdraw_command("run_1", first)
    assert [command.command_id for command in run.take_commands("run_1")] == [second]
    assert not run.withdraw_command("run_1", second)
