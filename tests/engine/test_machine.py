"""The life of a run, told by what the machine wants done."""

from __future__ import annotations

import pytest

from automl_widgets.engine import limits
from automl_widgets.engine.life import (
    CancelExplanation,
    CancelTrial,
    CommandGiven,
    EngineFailed,
    EngineState,
    Event,
    Explain,
    ExplanationEnded,
    Finish,
    Instruction,
    Launch,
    PlaceGone,
    Record,
    Rules,
    RunPrepared,
    SetRunState,
    Standing,
    Tick,
    TrialEnded,
    TrialStarted,
)
from automl_widgets.engine.machine import advance


class Story:
    """A run, told event by event; `said` is what the last event led to."""

    def __init__(self, **rules):
        self.state, self.now, self.said = EngineState(), 0.0, ()
        self.prepare = lambda **kw: self.then(RunPrepared(now_s=self.now, rules=Rules(**rules), **kw))

    def then(self, event: Event) -> tuple[Instruction, ...]:
        self.state, self.said = advance(self.state, event)
        return self.said

    def ends(self, i, score=None, state="completed", **kw):
        attempt = self.state.standings[i].attempt
        return self.then(TrialEnded(now_s=self.now, iteration=i, attempt=attempt, state=state, score=score, **kw))

    def command(self, kind, iteration=None, **kw):
        return self.then(CommandGiven(now_s=self.now, kind=kind, iteration=iteration, **kw))

    def wait(self, seconds):
        self.now += seconds
        return self.then(Tick(now_s=self.now))


def prepared(**rules) -> Story:
    story = Story(**rules)
    story.prepare()
    return story


def launched(said) -> list[int]:
    return [x.iteration for x in said if isinstance(x, Launch)]


def finish(said) -> Finish:
    (end,) = [x for x in said if isinstance(x, Finish)]
    return end


# ---------------------------------------------------------------- wishes while the data is prepared


def test_what_was_cancelled_while_the_data_was_prepared_is_never_launched():
    run = Story(n_search=3, n_ensembles=1, slots=2)
    given = [CommandGiven(now_s=0.0, kind="cancel_iteration", iteration=i) for i in (1, 3)]
    run.prepare(commands=tuple(given))
    assert launched(run.said) == [0, 2]
    assert [x.iteration for x in run.said if isinstance(x, Record)] == [1, 3]
    run.ends(0, 0.5)
    assert finish(run.ends(2, 0.5)).state == "completed"


def test_a_run_paused_while_its_data_was_prepared_launches_nothing():
    run = Story(n_search=3)
    run.prepare(commands=(CommandGiven(now_s=0.0, kind="pause"),))
    assert run.said == (SetRunState(state="paused"),)


# ---------------------------------------------------------------- the plain run


def test_iterations_fill_the_slots_in_order_and_each_end_starts_the_next():
    run = prepared(n_search=4, slots=2)
    assert run.said[0] == SetRunState(state="running")
    assert launched(run.said) == [0, 1]
    assert run.ends(1, 0.5) == (Record(iteration=1, attempt=0, state="completed"), Launch(iteration=2))


def test_ensembles_come_last_and_then_the_best_iteration_is_explained():
    run = prepared(n_search=2, n_ensembles=2, slots=2, explain_best=True)
    run.ends(0, 0.7)
    assert launched(run.said) == []
    run.ends(1, 0.9)
    assert [(x.iteration, x.ensemble) for x in run.said if isinstance(x, Launch)] == [(2, 0), (3, 1)]
    run.ends(2, 0.95)
    assert run.ends(3, 0.95)[-2:] == (Record(iteration=3, attempt=0, state="completed"), Explain(iteration=2))
    assert run.state.run_state == "finalizing"
    assert run.then(ExplanationEnded(now_s=1.0, iteration=2)) == (
        Finish(state="completed", reason="all 4 iterations done"),
    )


def test_the_user_is_told_of_every_stage():
    run = prepared(n_search=1, n_ensembles=1, explain_best=True)
    assert run.ends(0, 0.7)[0] == SetRunState(state="running", stage="building ensembles")
    assert run.ends(1, 0.6)[0] == SetRunState(state="finalizing", stage="explaining iteration 0")


def test_a_tuned_iteration_waits_for_those_it_learns_from_and_nothing_overtakes_it():
    run = prepared(n_search=5, slots=3, waits_for=(0, 0, 0, 2))
    assert launched(run.said) == [0, 1, 2]
    assert launched(run.ends(1, 0.5)) == []
    assert launched(run.ends(0, 0.5)) == [3, 4]


def test_the_best_of_equals_is_the_first():
    run = prepared(n_search=3, slots=3, goal="min")
    for i, score in [(2, 0.1), (1, 0.1), (0, 0.4)]:
        run.ends(i, score)
    assert run.state.best == 1


def test_a_score_that_is_not_a_number_is_none():
    run = prepared(n_search=1)
    assert finish(run.ends(0, None)).reason == "no iteration has a score; 1 of 1: completed"


# ---------------------------------------------------------------- failures


def test_a_failed_iteration_is_recorded_and_the_run_goes_on():
    run = prepared(n_search=2)
    said = run.ends(0, state="failed", reason="ValueError: no")
    assert said == (Record(iteration=0, attempt=0, state="failed", reason="ValueError: no"), Launch(iteration=1))


@pytest.mark.parametrize("state", ["lost", "crashed"])
def test_a_lost_or_crashed_iteration_is_tried_once_more(state):
    run = prepared(n_search=2)
    assert run.ends(0, state=state, reason="signal 11") == (Launch(iteration=0, attempt=1),)
    said = run.ends(0, state=state, reason="signal 11")
    assert said == (Record(iteration=0, attempt=1, state=state, reason="signal 11"), Launch(iteration=1))


@pytest.mark.parametrize("state", ["timeout", "oom", "failed"])
def test_what_would_only_happen_again_is_not_tried_again(state):
    run = prepared(n_search=2)
    run.ends(0, state=state)
    assert launched(run.said) == [1]


def test_the_end_of_an_attempt_that_is_over_is_ignored():
    run = prepared(n_search=1)
    run.ends(0, state="lost")
    assert run.then(TrialEnded(now_s=0.0, iteration=0, attempt=0, state="completed", score=1.0)) == ()


def test_a_run_without_a_score_fails_with_its_most_common_cause():
    run = prepared(n_search=3, n_ensembles=2, slots=3, explain_best=True)
    run.ends(0, state="oom", reason="used 519 MB of 512 MB")
    run.ends(1, state="failed", reason="ValueError: no")
    end = finish(run.ends(2, state="oom", reason="used 519 MB of 512 MB"))
    assert (end.state, end.reason) == ("failed", "no iteration has a score; 2 of 3: used 519 MB of 512 MB")


def test_when_the_engine_fails_everything_is_ended_and_written_down():
    run = prepared(n_search=2)
    said = run.then(EngineFailed(now_s=1.0, reason="EngineError: no"))
    assert said == (
        CancelTrial(iteration=0, attempt=0),
        Record(iteration=0, attempt=0, state="lost", reason="the engine failed"),
        Finish(state="failed", reason="EngineError: no"),
    )
    assert run.ends(0, 0.5) == ()


def test_when_the_place_of_its_iterations_has_gone_a_run_is_left_to_be_resumed():
    run = prepared(n_search=4, slots=2, explain_best=True)
    run.ends(0, 0.5)
    run.command("cancel_iteration", 1)
    assert run.then(PlaceGone(now_s=1.0, reason="the head has gone")) == (
        Record(iteration=1, attempt=0, state="canceled", reason="canceled by you"),
        Finish(state="interrupted", reason="the head has gone"),
    )
    waits = run.state.standings[2]
    assert (waits.state, waits.attempt, waits.reason) == ("queued", 1, "the head has gone")
    assert run.wait(1000) == ()


def test_a_canceled_run_whose_place_has_gone_is_canceled():
    run = prepared(n_search=4, slots=2)
    run.command("cancel")
    said = run.then(PlaceGone(now_s=1.0, reason="the head has gone"))
    assert finish(said) == Finish(state="canceled", reason="stopped by you")
    assert {standing.state for standing in run.state.standings.values()} == {"canceled"}


# ---------------------------------------------------------------- commands


def test_a_paused_run_starts_nothing_and_goes_on_when_told():
    run = prepared(n_search=3)
    assert run.command("pause") == (SetRunState(state="paused"),)
    assert launched(run.ends(0, 0.5)) == []
    assert run.command("resume") == (SetRunState(state="running"), Launch(iteration=1))


def test_a_canceled_run_keeps_what_it_has_and_still_builds_its_ensembles_as_the_next_numbers():
    run = prepared(n_search=10, n_ensembles=2, slots=2, explain_best=True)
    run.ends(0, 0.7)
    run.command("cancel")
    assert run.said[0] == SetRunState(state="stopping")
    assert run.said[1:] == (CancelTrial(iteration=1, attempt=0), CancelTrial(iteration=2, attempt=0))
    assert run.ends(1, state="canceled")[0].reason == "stopped by you"
    assert launched(run.ends(2, state="canceled")) == [3, 4]
    run.ends(3, 0.8)
    assert finish(run.ends(4, 0.8)) == Finish(state="canceled", reason="stopped by you")
    assert run.state.best == 3


def test_cancel_without_ensembles_ends_at_once():
    run = prepared(n_search=10, n_ensembles=2)
    run.ends(0, 0.7)
    run.command("cancel", with_ensembles=False)
    assert finish(run.ends(1, state="canceled")).state == "canceled"


def test_a_second_cancel_ends_the_ensembles_too():
    run = prepared(n_search=1, n_ensembles=2)
    run.ends(0, 0.7)
    assert CancelTrial(iteration=1, attempt=0) in run.command("cancel")
    assert finish(run.ends(1, state="canceled")).state == "canceled"


def test_cancel_while_explaining_ends_the_explanation():
    run = prepared(n_search=1, explain_best=True)
    run.ends(0, 0.7)
    assert run.command("cancel") == (CancelExplanation(iteration=0),)
    assert finish(run.then(ExplanationEnded(now_s=0.0, iteration=0))).state == "canceled"


def test_a_run_canceled_before_it_is_prepared_launches_nothing():
    run = Story(n_search=3)
    run.command("cancel")
    assert run.prepare() == (Finish(state="canceled", reason="stopped by you"),)


def test_an_iteration_that_ended_well_while_it_was_canceled_counts():
    run = prepared(n_search=1)
    run.command("cancel_iteration", 0)
    assert run.ends(0, 0.7)[0] == Record(iteration=0, attempt=0, state="completed")


def test_a_running_iteration_is_canceled_and_its_slot_refilled():
    run = prepared(n_search=2)
    assert run.command("cancel_iteration", 0) == (CancelTrial(iteration=0, attempt=0),)
    said = run.ends(0, state="canceled")
    assert said == (Record(iteration=0, attempt=0, state="canceled", reason="canceled by you"), Launch(iteration=1))


def test_a_canceled_iteration_that_crashes_on_its_way_out_is_not_tried_again():
    run = prepared(n_search=1)
    run.command("cancel_iteration", 0)
    assert run.ends(0, state="crashed")[0].state == "canceled"


def test_a_planned_iteration_is_canceled_before_it_starts_and_skipped():
    run = prepared(n_search=3)
    (record,) = run.command("cancel_iteration", 1)
    assert (record.state, record.reason) == ("canceled", "canceled by you before it started")
    assert launched(run.ends(0, 0.5)) == [2]


def test_a_planned_ensemble_is_canceled_before_it_starts():
    run = prepared(n_search=1, n_ensembles=2)
    run.command("cancel_iteration", 1)
    said = run.ends(0, 0.5)
    assert [(x.iteration, x.ensemble) for x in said if isinstance(x, Launch)] == [(2, 1)]


@pytest.mark.parametrize("iteration", [0, 7, -1, None])
def test_canceling_what_has_ended_or_never_was_is_ignored(iteration):
    run = prepared(n_search=2)
    run.ends(0, 0.5)
    assert run.command("cancel_iteration", iteration) == ()


def test_an_iteration_waiting_for_its_second_attempt_is_canceled_at_once():
    run = prepared(n_search=2)
    run.command("pause")
    run.ends(0, state="crashed")
    assert run.command("cancel_iteration", 0)[0].state == "canceled"


def test_an_explanation_takes_the_next_free_slot():
    run = prepared(n_search=3)
    run.ends(0, 0.5)
    assert run.command("explain", 0) == ()
    assert run.ends(1, 0.4)[1:] == (Explain(iteration=0),)
    assert run.then(ExplanationEnded(now_s=0.0, iteration=0)) == (Launch(iteration=2),)


def test_only_an_iteration_with_a_model_is_explained():
    run = prepared(n_search=2)
    assert run.command("explain", 0) == ()
    assert run.command("explain", 1) == ()


def test_what_the_user_had_explained_is_not_explained_again_at_the_end():
    run = prepared(n_search=2, slots=2, explain_best=True)
    run.ends(0, 0.5)
    run.command("explain", 0)
    run.then(ExplanationEnded(now_s=0.0, iteration=0))
    assert finish(run.ends(1, 0.4)).state == "completed"


def test_after_the_end_only_explanations_are_still_given():
    run = prepared(n_search=1)
    run.ends(0, 0.5)
    assert run.command("cancel") == run.command("pause") == run.wait(1) == ()
    assert run.command("explain", 0) == (Explain(iteration=0),)
    assert run.then(ExplanationEnded(now_s=0.0, iteration=0)) == ()


def test_an_unknown_command_is_ignored():
    assert prepared(n_search=1).command("dance") == ()


# ---------------------------------------------------------------- time


def test_no_iteration_starts_that_would_end_too_late():
    run = prepared(n_search=20, n_ensembles=1, timeout_s=100.0)
    run.wait(40)
    assert launched(run.ends(0, 0.5)) == [1]
    run.wait(40)
    assert [x.ensemble for x in run.ends(1, 0.6) if isinstance(x, Launch)] == [0]
    assert run.state.closed == "time limit reached"


def test_an_iteration_starts_as_long_as_the_shorter_ones_would_end_in_time():
    """Few long ones have ended, and what comes next may be short: else the rest of the time were nobody's."""
    run = prepared(n_search=20, n_ensembles=1, timeout_s=100.0)
    run.wait(2)
    run.ends(0, 0.5)
    run.wait(30)
    run.ends(1, 0.5)
    run.wait(40)
    assert [x.ensemble for x in run.ends(2, 0.5) if isinstance(x, Launch)] == [None]


def test_the_first_iteration_is_tried_whatever_the_budget():
    run = prepared(n_search=5, timeout_s=0.5)
    assert run.said[1] == Launch(iteration=0, timeout_s=0.3, left_s=0.3, is_lifeline=True)


def test_what_runs_at_the_end_of_the_search_times_out_and_the_ensembles_get_the_reserve():
    run = prepared(n_search=20, n_ensembles=1, slots=2, timeout_s=100.0)
    run.ends(0, 0.5)
    assert run.wait(98.5) == (CancelTrial(iteration=1, attempt=0), CancelTrial(iteration=2, attempt=0))
    assert run.ends(1, state="canceled")[0].state == "timeout"
    run.ends(2, state="canceled")
    (ensemble,) = [x for x in run.said if isinstance(x, Launch)]
    assert (ensemble.iteration, ensemble.timeout_s) == (3, pytest.approx(1.0))
    assert finish(run.ends(3, 0.6)).reason == "time limit reached, 4 of 21; asked 100.0 s, used 98.5 s"


def test_what_is_about_to_start_counts_among_the_members_that_ensembles_will_have():
    run = prepared(n_search=20, n_ensembles=2, slots=1, timeout_s=34.0, n_members=2)
    run.now = 28.5
    to_do = run.ends(0, 0.5, closing_s=1.0)
    assert all(x.ensemble is not None for x in to_do if isinstance(x, Launch)), "it would have been ended at once"


def test_what_ensembles_will_take_by_what_was_measured_is_kept_for_them():
    run = prepared(n_search=20, n_ensembles=1, timeout_s=100.0, n_members=25)
    run.now = 10.0
    run.ends(0, 0.5, closing_s=4.0)
    assert limits.reserve_s(run.state) == 2 + 4 * 2
    assert run.wait(80.5) == (CancelTrial(iteration=1, attempt=0),)


def test_as_long_as_nothing_has_a_score_one_iteration_must_leave_a_model():
    run = prepared(n_search=20, slots=2, timeout_s=100.0)
    assert [x.is_lifeline for x in run.said if isinstance(x, Launch)] == [True, False]
    run.ends(0, state="failed")
    assert [x.is_lifeline for x in run.said if isinstance(x, Launch)] == [True]
    run.ends(1, 0.5)
    assert [x.is_lifeline for x in run.said if isinstance(x, Launch)] == [False]


def test_a_run_does_not_wait_for_a_process_that_was_ended_and_does_not_say_so():
    run = prepared(n_search=1, timeout_s=10.0, explain_best=True)
    run.wait(9.8)
    assert run.wait(0.16)[0] == Record(
        iteration=0, attempt=0, state="timeout", reason="the run's time limit was reached"
    )
    assert isinstance(run.said[-1], Finish)
    assert run.ends(0, 0.5) == ()


def test_an_iteration_that_gave_up_says_why_in_its_own_words():
    run = prepared(n_search=2, timeout_s=10.0)
    why = "2 of 5 folds done, the rest would take 9.0 s more, and 4.0 s were left"
    assert run.ends(0, state="timeout", reason=why, gave_up=True)[0].reason == why


def test_a_paused_run_ends_in_time_too():
    run = prepared(n_search=20, n_ensembles=1, timeout_s=100.0)
    run.ends(0, 0.5)
    run.command("pause")
    run.wait(98.5)
    assert launched(run.ends(1, state="canceled")) == [2]


def test_nothing_outlives_the_time_limit():
    run = prepared(n_search=1, n_ensembles=2, timeout_s=100.0, explain_best=True)
    run.ends(0, 0.5)
    assert run.wait(99.8) == (CancelTrial(iteration=1, attempt=0),)
    assert finish(run.ends(1, state="canceled")).reason == "time limit reached, 2 of 3; asked 100.0 s, used 99.8 s"


def test_an_explanation_ends_in_time():
    run = prepared(n_search=1, timeout_s=10.0, explain_best=True)
    run.now = 9.0
    assert run.ends(0, 0.5)[-1] == Explain(iteration=0, timeout_s=pytest.approx(0.7))
    assert run.wait(0.8) == (CancelExplanation(iteration=0),)


def test_an_explanation_is_not_begun_without_time():
    run = prepared(n_search=1, timeout_s=10.0, explain_best=True)
    run.now = 9.5
    assert finish(run.ends(0, 0.5)).state == "completed"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"iteration_timeout_s": 2.0}, "took more than 2 s"),
        ({"timeout_s": 10.0}, "the run's time limit was reached"),
        ({"iteration_timeout_s": 2.0, "timeout_s": 2.5}, "the run's time limit was reached"),
        ({}, "killed"),
    ],
)
def test_a_timeout_says_whose_limit_it_was(rules, reason):
    run = prepared(n_search=1, **rules)
    assert run.ends(0, state="timeout", reason="killed")[0].reason == reason


def test_duration_counts_from_the_start_of_the_process():
    run = prepared(n_search=2)
    run.then(TrialStarted(now_s=3.0, iteration=0, attempt=0))
    run.now = 5.0
    run.ends(0, 0.5)
    assert run.state.standings[0].duration_s == 2.0


def test_a_second_attempt_without_time_is_given_up():
    run = prepared(n_search=2, timeout_s=10.0)
    run.now = 9.0
    said = run.ends(0, state="crashed", reason="signal 11")
    assert said[0] == Record(iteration=0, attempt=0, state="crashed", reason="signal 11")


# ---------------------------------------------------------------- scores that end a run


@pytest.mark.parametrize(("goal", "score"), [("max", 0.9), ("min", 0.1)])
def test_the_exit_score_ends_the_search(goal, score):
    run = prepared(n_search=9, n_ensembles=1, slots=2, goal=goal, exit_score=score)
    assert CancelTrial(iteration=1, attempt=0) in run.ends(0, score)
    assert run.ends(1, state="canceled")[1].reason == "exit score reached"
    assert launched(run.said) == [2]
    assert finish(run.ends(2, score)).reason == f"exit score {score} reached by iteration 0, 3 of 10"


def test_the_exit_score_drops_second_attempts():
    run = prepared(n_search=9, slots=2, exit_score=0.9)
    run.command("pause")
    run.ends(0, state="crashed", reason="signal 11")
    assert [x.state for x in run.ends(1, 0.95) if isinstance(x, Record)] == ["completed", "crashed"]


def stopped_after(slots, order, scores, **rules) -> list[int]:
    run = prepared(n_search=60, slots=slots, early_stopping_window=10, **rules)
    done = []
    while run.state.phase == "search":
        running = sorted(i for i, s in run.state.standings.items() if s.holds_slot)
        i = running[order(len(running))]
        done.append(i)
        run.ends(i, scores(i))
    return sorted(done)


@pytest.mark.parametrize("slots", [1, 2, 7])
@pytest.mark.parametrize("order", [lambda n: 0, lambda n: n - 1])
def test_early_stopping_comes_after_the_same_iteration_in_whatever_order_they_end(slots, order):
    assert stopped_after(slots, order, lambda i: 0.5) == list(range(31))
    assert stopped_after(slots, order, lambda i: min(i, 25)) == list(range(36))
    assert stopped_after(slots, order, lambda i: i) == list(range(60))


@pytest.mark.parametrize(
    ("timeout_s", "best", "last"), [(None, 5, 40), (None, 25, 50), (None, 28, 56), (9e9, 5, 60), (9e9, 45, 90)]
)
def test_early_stopping_waits_as_long_as_the_best_one_took_and_for_the_landmarks(timeout_s, best, last):
    run = prepared(n_search=200, early_stopping_window=0, timeout_s=timeout_s)
    i = 0
    while run.state.phase == "search":
        run.ends(i, min(i, best))
        i += 1
    assert i - 1 == last
    run = prepared(n_search=200, early_stopping_window=10, landmarks=40)
    i = 0
    while run.state.phase == "search":
        run.ends(i, 0.5)
        i += 1
    assert i - 1 == 50


def test_early_stopping_says_so():
    run = prepared(n_search=60, n_ensembles=1, early_stopping_window=10)
    for i in range(31):
        run.ends(i, 0.5)
    assert finish(run.ends(31, 0.5)).reason == "early stopping, no progress in 10 iterations, 32 of 61"


# ---------------------------------------------------------------- interrupted runs


def test_an_interrupted_run_goes_on_with_what_it_has():
    run = Story(n_search=4, n_ensembles=1)
    ended = Standing(state="completed", score=0.9)
    said = run.prepare(history={0: ended, 1: Standing(state="queued", attempt=1)})
    assert said[1:] == (Launch(iteration=1, attempt=1),)
    assert launched(run.ends(1, 0.5)) == [2]
