"""The engine of a run, from a prepared row to an ended one: what is stored, and when."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from automl_widgets.engine import hands, runner
from automl_widgets.engine.executors.inline import InlineExecutor
from automl_widgets.engine.executors.protocol import Outcome
from automl_widgets.errors import RunStateError
from automl_widgets.records import IterationRecord, Recipe, TrialResult


def states(store, run_id):
    return [(record.iteration, record.state) for record in store.iterations(run_id)]


# ---------------------------------------------------------------- without processes


def test_every_iteration_is_stored_with_its_result_and_the_run_with_its_end(workshop, store):
    run_id = workshop.prepared({"score": 0.7}, {"score": 0.9}, {"score": 0.9}, ensembles=2)
    run = workshop.ran(run_id)
    assert (run.state, run.reason, run.best_iteration) == ("completed", "all 5 iterations done", 1)
    assert states(store, run_id) == [(i, "completed") for i in range(5)]
    assert [record.result.score for record in store.iterations(run_id)] == [0.7, 0.9, 0.9, 0.5, 0.5]
    assert run.ended_at >= run.created_at
    assert run.stage is None


def test_an_ensemble_gets_the_iterations_that_have_a_score(workshop, store):
    run_id = workshop.prepared({"score": 0.7}, {"fail": "no"}, {"score": None}, {"score": 0.9}, ensembles=1)
    workshop.ran(run_id)
    assert store.iteration(run_id, 4).result.members == (0, 3)


def test_a_failed_iteration_has_a_reason_and_its_traceback(workshop, store):
    run_id = workshop.prepared({"fail": "k must be positive"}, {"score": 0.5})
    assert workshop.ran(run_id).state == "completed"
    record = store.iteration(run_id, 0)
    assert (record.state, record.reason) == ("failed", "ValueError: k must be positive")
    assert "in pretend" in record.error


def test_a_run_in_which_all_failed_says_why(workshop):
    run = workshop.ran(workshop.prepared({"fail": "no"}, {"fail": "no"}))
    assert (run.state, run.reason) == ("failed", "no iteration has a score; 2 of 2: ValueError: no")


def test_the_best_iteration_is_explained_at_the_end(workshop, store):
    run_id = workshop.prepared({"score": 0.7}, {"score": 0.9}, explain_best=True)
    workshop.ran(run_id)
    assert store.explanation(run_id, 1).overall == (1.0,)
    assert store.explanation(run_id, 0) is None


def test_an_explanation_that_fails_does_not_fail_the_run(workshop, store):
    run_id = workshop.prepared({"score": 0.7, "mute": True}, explain_best=True)
    assert workshop.ran(run_id).state == "completed"
    found = store.explanation(run_id, 0)
    assert (found.state, found.reason) == ("failed", "ValueError: nothing to say")


def test_an_ended_run_still_explains(workshop, store, monkeypatch):
    monkeypatch.setattr(runner, "LINGER_POLL_S", 0.02)
    run_id = workshop.prepared({"score": 0.7})
    workshop.ran(run_id)
    store.post_command(run_id, "explain", {"iteration": 0})
    workshop.until(run_id, lambda: store.explanation(run_id, 0) is not None)
    workshop.until(run_id, lambda: store.explanation(run_id, 0).state == "completed")
    assert store.run(run_id).state == "completed"


def test_a_run_that_ended_long_ago_explains_once_it_has_an_engine_again(workshop, store):
    run_id = workshop.prepared({"score": 0.7})
    workshop.ran(run_id)
    workshop.runners[0].close()
    store.post_command(run_id, "explain", {"iteration": 0})
    workshop.engine(run_id)
    workshop.until(run_id, lambda: store.explanation(run_id, 0) is not None)


def test_commands_of_the_user_are_obeyed_before_anything_is_launched(workshop, store):
    run_id = workshop.prepared({"score": 0.7})
    store.post_command(run_id, "cancel", {})
    run = workshop.ran(run_id)
    assert (run.state, run.reason) == ("canceled", "stopped by you")
    assert store.iterations(run_id) == ()


@pytest.mark.parametrize("iteration", ["0", None, True, 99])
def test_a_command_that_makes_no_sense_does_nothing(workshop, store, iteration):
    run_id = workshop.prepared({"score": 0.7})
    store.post_command(run_id, "cancel_iteration", {"iteration": iteration})
    assert workshop.ran(run_id).state == "completed"


def test_a_fault_of_the_engine_ends_the_run_and_is_stored(workshop, store, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(hands.launching, "spec", broken)
    run = workshop.ran(workshop.prepared({"score": 0.7}))
    assert (run.state, run.reason) == ("failed", "ZeroDivisionError: a bug")
    assert "in broken" in run.error
    store.claim(run.run_id)  # the lease was given back


def test_a_fault_while_preparing_ends_the_run_too(workshop, store):
    run_id = workshop.prepared({"score": 0.7})
    store.update_run(run_id, plan=None, profile=None)
    run = workshop.ran(run_id)
    assert run.state == "failed"
    assert "has no profile" in run.reason


def test_a_run_has_one_engine(workshop, store):
    run_id = workshop.prepared({"score": 0.7})
    store.claim(run_id)
    with pytest.raises(RunStateError, match=run_id):
        workshop.engine(run_id)


def test_the_debug_log_tells_what_happened_and_goes_nowhere_else(workshop, store, tmp_path, monkeypatch, caplog, capfd):
    monkeypatch.chdir(tmp_path)
    run_id = workshop.prepared({"score": 0.7}, debug_log="mine.log", verbosity=logging.INFO)
    workshop.ran(run_id)
    workshop.runners[0].close()
    text = (tmp_path / "mine.log").read_text()
    assert f"automl_widgets.run.{run_id}" in text
    assert "1 iteration done" in text
    assert (caplog.text, *capfd.readouterr()) == ("", "", "")


def test_a_debug_log_that_cannot_be_written_goes_into_the_runs_folder(workshop, store, tmp_path):
    run_id = workshop.prepared({"score": 0.7}, debug_log=str(tmp_path / "missing" / "mine.log"))
    workshop.ran(run_id)
    workshop.runners[0].close()
    assert (store.run_folder(run_id) / "mine.log").exists()


def test_an_interrupted_run_goes_on_where_it_was(workshop, store):
    run_id = workshop.prepared({"score": 0.1}, {"score": 0.2}, {"score": 0.3}, ensembles=1)
    workshop.ran(run_id)
    done = store.iteration(run_id, 0)
    running = IterationRecord(
        iteration=1, state="running", recipe=Recipe(algorithm="Pretended", parameters={"score": 0.8})
    )
    other = workshop.prepared({"score": 0.9}, {"score": 0.9}, {"score": 0.3}, ensembles=1)
    store.put_iteration(other, done)
    store.put_iteration(other, running)
    run = workshop.ran(other)
    assert [(r.attempt, r.result.score) for r in store.iterations(other)] == [(0, 0.1), (1, 0.8), (0, 0.3), (0, 0.5)]
    assert run.best_iteration == 1


def test_an_iteration_that_was_being_cancelled_when_its_engine_died_is_cancelled(workshop, store):
    run_id = workshop.prepared({"score": 0.1}, {"score": 0.2})
    recipe = Recipe(algorithm="Pretended", parameters={"score": 0.8})
    store.put_iteration(run_id, IterationRecord(iteration=0, state="canceling", recipe=recipe))
    assert workshop.ran(run_id).state == "completed"
    assert states(store, run_id) == [(0, "canceled"), (1, "completed")]


def test_a_run_that_was_stopping_when_its_engine_died_still_stops_with_its_ensembles(workshop, store):
    run_id = workshop.prepared({"score": 0.1}, {"score": 0.2}, {"score": 0.3}, ensembles=1)
    result = TrialResult(metrics={}, score=0.1, spread=None, fold_scores=(), parameters={})
    recipe = Recipe(algorithm="Pretended")
    store.put_iteration(run_id, IterationRecord(iteration=0, state="completed", recipe=recipe, result=result))
    store.update_run(run_id, state="stopping")
    assert workshop.ran(run_id).state == "canceled"
    assert states(store, run_id) == [(0, "completed"), (1, "completed")]
    assert store.iteration(run_id, 1).result.members == (0,)


def test_the_time_of_an_earlier_engine_counts(workshop, store):
    run_id = workshop.prepared(*[{"score": 0.1}] * 3, experiment_timeout_s=60.0)
    store.update_run(run_id, started_at=time.time() - 1000, used_s=59.9, resumed_at=time.time())
    run = workshop.ran(run_id)
    assert run.state == "failed"
    assert run.reason.startswith("time limit reached, no iteration was started; asked 60.0 s, used ")
    assert 59.9 <= run.used_s < 61.0


# ---------------------------------------------------------------- with processes


def test_iterations_run_beside_each_other_and_are_seen_while_they_run(workshop, store, local):
    run_id = workshop.prepared(*[{"score": 0.7, "seconds": 0.6, "folds": [0.6, 0.8]}] * 2)
    workshop.engine(run_id, local)
    workshop.until(run_id, lambda: [r.fold_scores for r in store.iterations(run_id)] == [(0.6, 0.8)] * 2)
    assert states(store, run_id) == [(0, "running"), (1, "running")]
    one, other = store.iterations(run_id)
    assert one.stage == "fold 2 of 2"
    assert one.pid != other.pid
    assert workshop.runners[0].join(10)


def test_a_cancelled_iteration_is_recorded_and_its_slot_refilled(workshop, store, local):
    run_id = workshop.prepared({"seconds": 60}, {"seconds": 60}, {"score": 0.7})
    workshop.engine(run_id, local)
    workshop.until(run_id, lambda: len(store.iterations(run_id)) == 2 and store.iteration(run_id, 1).pid)
    store.post_command(run_id, "cancel_iteration", {"iteration": 0})
    workshop.until(run_id, lambda: (2, "completed") in states(store, run_id))
    assert states(store, run_id)[:2] == [(0, "canceled"), (1, "running")]
    assert store.iteration(run_id, 0).reason == "canceled by you"
    store.post_command(run_id, "cancel", {})
    assert workshop.runners[0].join(5)
    assert store.run(run_id).best_iteration == 2


def test_a_crashed_iteration_is_tried_once_more(workshop, store, local):
    run_id = workshop.prepared({"crash": 1, "score": 0.7}, {"crash": 2, "score": 0.7}, {"score": 0.8})
    assert workshop.ran(run_id, local).reason == "all 3 iterations done"
    assert [(r.state, r.attempt) for r in store.iterations(run_id)] == [
        ("completed", 1),
        ("crashed", 1),
        ("completed", 0),
    ]
    assert "SIGSEGV" in store.iteration(run_id, 1).reason
    log = store.read_log(run_id, 0, 0, 10_000)[0]
    assert "iteration 0 attempt 0" in log
    assert "iteration 0 attempt 1" in log


def test_an_iteration_that_was_tried_again_keeps_what_became_of_its_attempts(workshop, store, local):
    run_id = workshop.prepared({"crash": 2, "score": 0.7}, {"score": 0.8})
    workshop.ran(run_id, local)
    (before,) = store.iteration(run_id, 0).earlier
    assert (before.attempt, before.state, before.reason) == (0, "crashed", "killed by signal 11 (SIGSEGV)")
    assert store.iteration(run_id, 1).earlier == ()


class Breakable(InlineExecutor):
    """Loses everything for good from a trial on, as a cluster does whose head is killed."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    @property
    def is_open(self):
        return self.good >= 0

    def submit(self, trial, events):
        self.good -= 1
        if self.is_open:
            super().submit(trial, events)
        else:
            events.put(Outcome(key=trial.key, state="lost", reason="the head has gone"))


def test_a_run_whose_cluster_has_gone_is_interrupted_and_goes_on_when_resumed(workshop, store):
    run_id = workshop.prepared(*[{"score": 0.1 * k} for k in range(5)], ensembles=1)
    run = workshop.ran(run_id, Breakable(2))
    assert (run.state, run.reason, run.ended_at is None) == ("interrupted", "the head has gone", False)
    assert states(store, run_id) == [(0, "completed"), (1, "completed"), (2, "queued")]
    assert not workshop.runners[0].is_alive()
    assert workshop.ran(run_id, Breakable(3)).state == "interrupted"  # and once more, while it builds an ensemble
    run = workshop.ran(run_id)
    assert (run.state, run.reason) == ("completed", "all 6 iterations done")
    assert [(one.attempt, one.state, one.reason) for one in store.iteration(run_id, 2).earlier] == [
        (0, "lost", "the head has gone")
    ]


def test_when_a_run_is_said_to_be_interrupted_nothing_of_it_runs(workshop, store, monkeypatch):
    """A cell that waits for the run looks at its iterations at once."""
    run_id = workshop.prepared({"score": 0.1}, {"score": 0.2})
    seen = []
    finished = runner.Clerk.finished

    def looks(clerk, what):
        finished(clerk, what)
        seen.extend(states(store, run_id))

    monkeypatch.setattr(runner.Clerk, "finished", looks)
    assert workshop.ran(run_id, Breakable(1)).state == "interrupted"
    assert seen == [(0, "completed"), (1, "queued")]


def test_an_iteration_that_takes_too_long_is_ended(workshop, store, local):
    run_id = workshop.prepared({"seconds": 60}, {"score": 0.8}, iteration_timeout_s=0.5)
    assert workshop.ran(run_id, local).state == "completed"
    record = store.iteration(run_id, 0)
    assert (record.state, record.reason) == ("timeout", "took more than 0.5 s")


def test_a_run_ends_within_its_time_with_ensembles_of_what_there_is(workshop, store, local):
    run_id = workshop.prepared({"score": 0.8}, *[{"seconds": 60}] * 5, ensembles=2, experiment_timeout_s=3.0)
    run = workshop.ran(run_id, local, timeout_s=3.5)
    assert run.state == "completed"
    assert run.reason.startswith("time limit reached, 5 of 8; asked 3.0 s, used ")
    assert states(store, run_id) == [
        (0, "completed"), (1, "timeout"), (2, "timeout"), (3, "completed"), (4, "completed")
    ]  # fmt: skip


def test_a_paused_run_starts_nothing(workshop, store, local):
    run_id = workshop.prepared({"seconds": 0.4, "score": 0.1}, *[{"score": 0.2}] * 3, max_concurrent_iterations=1)
    workshop.engine(run_id, local)
    workshop.until(run_id, lambda: states(store, run_id) == [(0, "running")])
    store.post_command(run_id, "pause", {})
    workshop.until(run_id, lambda: states(store, run_id) == [(0, "completed")])
    assert store.run(run_id).state == "paused"
    store.post_command(run_id, "resume", {})
    assert workshop.runners[0].join(10)
    assert store.run(run_id).state == "completed"


def test_two_runs_share_an_executor(workshop, store, local):
    ids = [workshop.prepared(*[{"score": 0.1 * k, "seconds": 0.05} for k in range(5)]) for _ in range(2)]
    engines = [workshop.engine(run_id, local) for run_id in ids]
    assert all(engine.join(20) for engine in engines)
    assert [store.run(run_id).best_iteration for run_id in ids] == [4, 4]


def test_the_thread_ends_when_it_is_told_to(workshop):
    run_id = workshop.prepared({"score": 0.1})
    workshop.ran(run_id, InlineExecutor())
    assert f"automl {run_id}" in [thread.name for thread in threading.enumerate()]
    workshop.runners[0].close()
    assert f"automl {run_id}" not in [thread.name for thread in threading.enumerate()]
