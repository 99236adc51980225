"""A reader that applies changes, from wherever it stood, holds what the store holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl_widgets.records import Changes, Explanation, Guardrail, IterationRecord, RunRecord, Wish
from automl_widgets.store import MemoryStore, Store
from tests.store.nouns import Clock, a_result, a_run, an_iteration

Write = Callable[[Store], Any]
numbers = st.integers(0, 4)
states = st.sampled_from(["queued", "running", "completed"])
texts = st.text(max_size=5)


@dataclass
class Replica:
    """What a reader holds."""

    seq: int = 0
    run: RunRecord | None = None
    iterations: dict[int, IterationRecord] = field(default_factory=dict)
    guardrails: tuple[Guardrail, ...] = ()
    explanations: dict[int, Explanation] = field(default_factory=dict)
    wishes: dict[int, Wish] = field(default_factory=dict)

    def apply(self, changes: Changes) -> None:
        self.seq = changes.seq
        self.run = changes.run or self.run
        self.iterations |= {record.iteration: record for record in changes.iterations}
        self.guardrails = self.guardrails if changes.guardrails is None else changes.guardrails
        self.explanations |= {found.iteration: found for found in changes.explanations}
        self.wishes |= {wish.number: wish for wish in changes.wishes}


def put(number: int, state: str, score: float | None) -> Write:
    result = None if score is None else a_result(score)
    return lambda store: store.put_iteration("run_1", an_iteration(number, state=state, result=result))


def update(number: int, stage: str) -> Write:
    def write(store: Store) -> None:
        if any(record.iteration == number for record in store.iterations("run_1")):
            store.update_iteration("run_1", number, stage=stage)

    return write


def guard(descriptions: list[str]) -> Write:
    rails = [Guardrail(name="x", state="done", description=text) for text in descriptions]
    return lambda store: store.put_guardrails("run_1", rails)


def explain(number: int, overall: list[float]) -> Write:
    return lambda store: store.put_explanation(
        "run_1", Explanation(iteration=number, state="completed", overall=tuple(overall))
    )


def note(number: int, answer: str) -> Write:
    wish = Wish(number=number, kind="more", given_at=1.0, taken_at=2.0, answer=answer)
    return lambda store: store.put_wish("run_1", wish)


writes = st.lists(
    st.one_of(
        st.builds(put, numbers, states, st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        st.builds(update, numbers, texts),
        st.builds(guard, st.lists(texts, max_size=2)),
        st.builds(explain, numbers, st.lists(st.floats(0, 1), max_size=3)),
        st.builds(note, numbers, texts),
        st.builds(lambda text: lambda store: store.update_run("run_1", stage=text), texts),
        st.builds(lambda text: lambda store: store.set_tags("run_1", {text: text}), texts),
        st.just(lambda store: store.post_command("run_1", "pause", {})),
    ),
    max_size=10,
)


def whole(store: Store) -> Replica:
    replica = Replica()
    replica.apply(store.changes("run_1", 0))
    return replica


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes)
def test_changes_from_any_point_lead_to_the_whole(
    kind: Callable[..., Store], tmp_path: Any, steps: list[Write]
) -> None:
    store = kind(tmp_path / f"w{len(list(tmp_path.iterdir()))}", clock=Clock())
    store.create_run(a_run())
    held = {0: Replica(), 1: whole(store)}
    for step in steps:
        step(store)
        held.setdefault(store.seq("run_1"), whole(store))
    final = whole(store)
    assert list(held) == list(range(store.seq("run_1") + 1))
    for after, replica in held.items():
        replica.apply(store.changes("run_1", after))
        assert replica == final
    store.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes)
def test_changes_hold_nothing_that_the_reader_has_seen(
    kind: Callable[..., Store], tmp_path: Any, steps: list[Write]
) -> None:
    store = kind(tmp_path / f"w{len(list(tmp_path.iterdir()))}", clock=Clock())
    store.create_run(a_run())
    for step in steps:
        step(store)
    for after in range(store.seq("run_1") + 1):
        changes = store.changes("run_1", after)
        seqs = [found.seq for found in (*changes.iterations, *changes.explanations, *changes.wishes)]
        seqs += [changes.run.seq] if changes.run else []
        assert all(after < seq <= changes.seq for seq in seqs)
    store.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes)
def test_the_fake_tells_the_same_as_the_store(kind: Callable[..., Store], tmp_path: Any, steps: list[Write]) -> None:
    clock = Clock()
    stores = [kind(tmp_path / f"w{len(list(tmp_path.iterdir()))}", clock=clock), MemoryStore(clock=clock)]
    for store in stores:
        store.create_run(a_run())
        for step in steps:
            step(store)
    one, other = (whole(store) for store in stores)
    assert one == other
    assert stores[0].take_commands("run_1") == stores[1].take_commands("run_1")
    stores[0].close()
