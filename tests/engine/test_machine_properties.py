"""Whatever happens to a run, some things never do."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from automl_widgets.engine import limits
from automl_widgets.engine.life import (
    CancelExplanation,
    CancelTrial,
    CommandGiven,
    EngineState,
    Explain,
    ExplanationEnded,
    Finish,
    Launch,
    PlaceGone,
    Record,
    Rules,
    RulesChanged,
    RunPrepared,
    Tick,
    TrialEnded,
    TrialStarted,
)
from automl_widgets.engine.machine import advance

OUTCOMES = ["completed"] * 6 + ["failed", "timeout", "crashed", "oom", "lost", "canceled"]
COMMANDS = [
    "pause",
    "resume",
    "cancel",
    "cancel_iteration",
    "cancel_iteration",
    "explain",
    "explain",
    "nonsense",
    "retry",
]

rules = st.builds(
    Rules,
    n_search=st.integers(0, 45),
    n_ensembles=st.integers(0, 2),
    slots=st.integers(1, 5),
    goal=st.sampled_from(["max", "min"]),
    waits_for=st.integers(1, 9).map(lambda lag: tuple(max(0, i - lag) for i in range(45))),
    exit_score=st.none() | st.floats(0, 1),
    early_stopping_window=st.none() | st.integers(0, 12),
    landmarks=st.integers(0, 30),
    iteration_timeout_s=st.none() | st.floats(0.5, 5),
    timeout_s=st.none() | st.floats(0.2, 200),
    explain_best=st.booleans(),
    n_members=st.integers(0, 25),
)


class World:
    """Carries out what the machine wants, and breaks when it wants what must not be."""

    def __init__(self, rules: Rules) -> None:
        self.rules, self.state, self.now = rules, EngineState(), 0.0
        self.running: dict[int, int] = {}
        self.explaining: set[int] = set()
        self.launched: dict[int, int] = {}
        self.recorded: dict[int, str] = {}
        self.retried: set[int] = set()
        self.finish: Finish | None = None

    def happen(self, event) -> None:
        self.state, to_do = advance(self.state, event)
        for instruction in to_do:
            assert self.finish is None or isinstance(instruction, Explain | CancelExplanation)
            getattr(self, f"do_{type(instruction).__name__.lower()}")(instruction)
        assert len(self.running) + len(self.explaining) <= self.rules.slots

    def do_launch(self, x: Launch) -> None:
        assert x.iteration not in self.running
        assert x.iteration not in self.recorded
        assert x.attempt == self.launched.get(x.iteration, -1) + 1 or x.iteration in self.retried
        assert x.attempt <= 1 or x.iteration in self.retried
        search_end, kill = limits.search_end_s(self.state), limits.kill_s(self.rules)
        if x.ensemble is None:
            wait = self.rules.waits_for[x.iteration] if x.iteration < len(self.rules.waits_for) else 0
            assert all(i in self.recorded or i in self.retried for i in range(wait))
            assert search_end is None or self.now < search_end
        else:
            others = [i for i in self.launched if self.state.standings[i].ensemble is None]
            assert all(i in self.recorded for i in others)
            assert kill is None or self.now < kill
        assert kill is None or self.now + x.timeout_s <= self.rules.timeout_s
        self.running[x.iteration] = self.launched[x.iteration] = x.attempt

    def do_canceltrial(self, x: CancelTrial) -> None:
        assert self.running[x.iteration] == x.attempt

    def do_record(self, x: Record) -> None:
        assert x.iteration not in self.recorded
        hard_end = limits.hard_end_s(self.rules)
        if hard_end is not None and self.now >= hard_end:
            self.running.pop(x.iteration, None)  # the run does not wait for what is late
        assert x.iteration not in self.running
        self.recorded[x.iteration] = x.state

    def do_explain(self, x: Explain) -> None:
        assert x.iteration not in self.explaining
        assert self.recorded[x.iteration] == "completed"
        self.explaining.add(x.iteration)

    def do_cancelexplanation(self, x: CancelExplanation) -> None:
        assert x.iteration in self.explaining

    def do_setrunstate(self, x) -> None:
        assert x.state in ("running", "paused", "stopping", "finalizing")

    def do_finish(self, x: Finish) -> None:
        hard_end = limits.hard_end_s(self.rules)
        assert hard_end is None or self.now < hard_end or not self.state.explaining
        assert not self.running
        assert x.reason
        waiting = {i for i, s in self.state.standings.items() if s.state == "queued"}
        assert not waiting or x.state == "interrupted"
        assert set(self.recorded) | waiting == set(self.state.standings)
        self.finish = x

    def end_one(self, data) -> None:
        i = data.draw(st.sampled_from(sorted(self.running)))
        attempt, state = self.running[i], data.draw(st.sampled_from(OUTCOMES))
        if data.draw(st.booleans()):
            self.happen(TrialStarted(now_s=self.now, iteration=i, attempt=attempt))
        if i not in self.running:
            return
        score = data.draw(st.none() | st.floats(0, 1))
        del self.running[i]
        closing_s = data.draw(st.floats(0, 2))
        end = TrialEnded(now_s=self.now, iteration=i, attempt=attempt, state=state, score=score, closing_s=closing_s)
        self.happen(end)

    def lose_place(self) -> None:
        self.running.clear()
        if self.finish is None:
            self.explaining.clear()
        self.happen(PlaceGone(now_s=self.now, reason="the head has gone"))

    def retry(self, i: int) -> None:
        was, standing = self.recorded.get(i), self.state.standings.get(i)
        may_be = was not in (None, "completed") and standing is not None and standing.ensemble is None
        if may_be and self.state.phase == "search" and not self.state.is_canceled:
            self.retried.add(i)
            del self.recorded[i]
        self.happen(CommandGiven(now_s=self.now, kind="retry", iteration=i))

    def change_rules(self, data) -> None:
        timeout_s, more = self.rules.timeout_s, data.draw(st.integers(0, 5))
        if timeout_s is not None:
            timeout_s += data.draw(st.floats(0, 50))
        changed = replace(self.rules, n_search=self.rules.n_search + more, timeout_s=timeout_s)
        if self.state.phase == "search" and not self.state.is_canceled:
            self.rules = changed
        self.happen(RulesChanged(now_s=self.now, rules=changed))

    def explain_one(self) -> None:
        i = min(self.explaining)
        self.explaining.discard(i)
        self.happen(ExplanationEnded(now_s=self.now, iteration=i))


def one_thing_happens(world: World, data) -> None:
    world.now += data.draw(st.floats(0, 4))
    choices = [
        "command",
        "tick",
        "rules",
        *["end"] * (3 if world.running else 0),
        *["explained"] * bool(world.explaining),
    ]
    kind = data.draw(st.sampled_from(choices))
    if kind == "end":
        world.end_one(data)
    elif kind == "explained":
        world.explain_one()
    elif kind == "rules":
        world.change_rules(data)
    elif kind == "tick":
        world.happen(Tick(now_s=world.now))
    else:
        command, i = data.draw(st.sampled_from(COMMANDS)), data.draw(st.none() | st.integers(-1, 48))
        with_ensembles = data.draw(st.booleans())
        if command == "retry" and i is not None:
            world.retry(i)
        else:
            world.happen(CommandGiven(now_s=world.now, kind=command, iteration=i, with_ensembles=with_ensembles))


def let_it_end(world: World, data) -> None:
    world.happen(CommandGiven(now_s=world.now, kind="resume"))
    for _ in range(400):
        if world.explaining:
            world.explain_one()
        elif world.running:
            world.end_one(data)
        elif world.finish is not None:
            return
        else:
            world.happen(Tick(now_s=world.now))
    raise AssertionError(f"did not end: {world.state}")


@given(rules, st.data())
@settings(max_examples=150, deadline=None)
def test_a_run_keeps_its_promises_whatever_happens_and_always_ends(rules, data):
    world = World(rules)
    world.happen(RunPrepared(now_s=0.0, rules=rules))
    for _ in range(data.draw(st.integers(0, 40))):
        one_thing_happens(world, data)
    if data.draw(st.integers(0, 4)) == 0:
        world.lose_place()
    let_it_end(world, data)
    assert world.finish
    assert world.finish.state == "interrupted" or set(world.launched) <= set(world.recorded)
    assert not world.explaining


@given(rules, st.data())
@settings(max_examples=60, deadline=None)
def test_the_frontier_is_what_a_fresh_look_would_find(rules, data):
    world = World(rules)
    world.happen(RunPrepared(now_s=0.0, rules=rules))
    for _ in range(20):
        one_thing_happens(world, data)
    ended = [i in world.recorded or i in world.retried for i in range(world.rules.n_search)] + [False]
    assert world.state.frontier == ended.index(False)
