"""A store that forgets: the fake of `SqliteStore` for tests of other rooms. Only its folders are on disk."""
# ruff: noqa: D102 (the methods are documented by the protocol)

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from automl_widgets.errors import RunStateError, WorkspaceError
from automl_widgets.records import (
    Changes,
    Command,
    Explanation,
    Guardrail,
    IterationRecord,
    Json,
    ModelRecord,
    RunRecord,
    Wish,
)
from automl_widgets.store.briefs import brief_of
from automl_widgets.store.commands import NewCommand, checked, complain, swallow
from automl_widgets.store.files import RunFolders, checked_folder_name
from automl_widgets.store.heads import no_iteration, no_run
from automl_widgets.store.lease import Lease, Owner, held, interruption, is_held, may_take, this_process
from automl_widgets.store.nouns import RunBrief
from automl_widgets.store.protocol import GRACE_S
from automl_widgets.store.rows import amended, checked_title, found_run, from_text, from_texts, retagged, to_text


class _Kept:
    """What there is of one run: (text, change number) by kind and number."""

    def __init__(self) -> None:
        self.seq = 0
        self.texts: dict[tuple[type, int], tuple[str, int]] = {}
        self.wishes: list[tuple[int, NewCommand]] = []
        self.lease: Lease | None = None

    def put(self, kind: type, number: int, text: str) -> None:
        self.seq += 1
        self.texts[kind, number] = (text, self.seq)

    def since(self, kind: type, after: int) -> list[tuple[str, int]]:
        return [
            row for _, row in sorted((n, row) for (k, n), row in self.texts.items() if k is kind and row[1] > after)
        ]

    def interruption(self, now: float) -> str | None:
        data = json.loads(self.texts[RunRecord, 0][0])
        return interruption(data["state"], data["created_at"], self.lease, now)

    def record(self, now: float) -> RunRecord:
        reason, record = self.interruption(now), from_text(RunRecord, *self.texts[RunRecord, 0])
        return replace(record, state="interrupted", reason=reason) if reason else record


class MemoryStore(RunFolders):
    """Implements `Store` without a database.

    Parameters
    ----------
    folder : str or Path, optional
        Where the folders of runs go; a temporary folder, removed with the store, by default.
    clock : callable, default time.time
        Gives the seconds since the epoch.
    """

    def __init__(self, folder: str | Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        if folder is None:
            folder = tempfile.mkdtemp(prefix="automl_")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        super().__init__(folder)
        self._clock = clock
        self._changed = threading.Condition()
        self._kept: dict[str, _Kept] = {}
        self._experiments: dict[str, None] = {}
        self._models: list[ModelRecord] = []
        self._numbers = count(1)
        self._is_closed = False

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    @contextmanager
    def _all(self) -> Iterator[dict[str, _Kept]]:
        with self._changed:
            if self._is_closed:
                raise WorkspaceError("The store has been closed.")
            yield self._kept

    @contextmanager
    def _one(self, run_id: str) -> Iterator[_Kept]:
        with self._all() as kept:
            if run_id not in kept:
                raise no_run(run_id)
            yield kept[run_id]

    def _put(self, run_id: str, kind: type, number: int, text: str) -> None:
        with self._one(run_id) as run:
            run.put(kind, number, text)
            self._changed.notify_all()

    def post_command(self, run_id: str, kind: str, arguments: Mapping[str, Json]) -> int:
        wish = checked(kind, arguments, self._clock())
        with self._one(run_id) as run:
            run.wishes.append((next(self._numbers), wish))
            return run.wishes[-1][0]

    def waiting_commands(self, run_id: str) -> tuple[int, ...]:
        with self._one(run_id) as run:
            return tuple(number for number, _ in run.wishes)

    def withdraw_command(self, run_id: str, number: int) -> bool:
        with self._one(run_id) as run:
            n_before, run.wishes = len(run.wishes), [wish for wish in run.wishes if wish[0] != number]
            return len(run.wishes) < n_before

    def take_commands(self, run_id: str) -> tuple[Command, ...]:
        with self._one(run_id) as run:
            wishes, complaints = swallow(self.run_folder(run_id) / "commands")
            found, run.wishes = [*run.wishes, *((next(self._numbers), wish) for wish in wishes)], []
        complain(run_id, complaints)
        return tuple(wish.command(number, run_id) for number, wish in found)

    def claim(self, run_id: str, heir_of: Owner | None = None) -> float | None:
        with self._one(run_id) as run:
            before = run.lease
            may_take(run_id, before, heir_of, self._clock())
            is_resumed, run.lease = run.interruption(self._clock()), Lease(this_process(), self._clock())
            if is_resumed:
                self._put(run_id, RunRecord, 0, run.texts[RunRecord, 0][0])
            return None if before is None or heir_of else before.beat_at

    def beat(self, run_id: str) -> None:
        with self._one(run_id) as run:
            if run.lease is None or run.lease.owner != this_process():
                raise RunStateError(f"Run {run_id} is not held by this process.")
            was_silent_s, run.lease = self._clock() - run.lease.beat_at, Lease(run.lease.owner, self._clock())
            if was_silent_s >= GRACE_S:
                self._put(run_id, RunRecord, 0, run.texts[RunRecord, 0][0])

    def release(self, run_id: str) -> None:
        with self._one(run_id) as run:
            if run.lease is not None and run.lease.owner == this_process():
                run.lease = None

    def add_model(self, name: str, run_id: str, iteration: int, description: str, tags: Mapping[str, str]) -> int:
        checked_folder_name(name, "A model's name")
        with self._one(run_id):
            version = 1 + sum(model.name == name for model in self._models)
            self._models.append(
                ModelRecord(
                    name=name,
                    version=version,
                    run_id=run_id,
                    iteration=iteration,
                    created_at=self._clock(),
                    description=description,
                    tags=dict(tags),
                )
            )
            return version

    def models(self, name: str | None = None) -> tuple[ModelRecord, ...]:
        with self._all():
            return tuple(sorted((m for m in self._models if name in (None, m.name)), key=lambda m: (m.name, m.version)))

    def create_run(self, record: RunRecord) -> None:
        checked_title(record.experiment, "an experiment")
        self._make_run_folder(record.run_id)
        with self._all() as kept:
            if record.run_id in kept:
                raise WorkspaceError(f"There is a run {record.run_id} already.")
            kept[record.run_id] = _Kept()
            kept[record.run_id].put(RunRecord, 0, to_text(record))
            self._experiments[record.experiment] = None

    def adopt_run(self, records: Changes, folder: Path) -> None:
        record = found_run(records)
        with self._adopted_folder(record.run_id, folder) as move, self._all() as kept:
            if record.run_id in kept:
                raise WorkspaceError(f"There is a run {record.run_id} already.")
            move()
            self.create_run(record)
            for iteration in records.iterations:
                self.put_iteration(record.run_id, iteration)
            self.put_guardrails(record.run_id, records.guardrails or ())
            for explanation in records.explanations:
                self.put_explanation(record.run_id, explanation)
            for wish in records.wishes:
                self.put_wish(record.run_id, wish)

    def delete_run(self, run_id: str) -> None:
        with self._one(run_id) as run:
            if run.lease is not None and is_held(run.lease, self._clock()):
                raise held(run_id, run.lease)
            del self._kept[run_id]
        self._remove_run_folder(run_id)

    def create_experiment(self, name: str) -> None:
        with self._all():
            self._experiments[checked_title(name, "an experiment")] = None

    def update_run(self, run_id: str, **fields: Any) -> RunRecord:
        self._amend(run_id, RunRecord, 0, fields)
        return self.run(run_id)

    def set_tags(self, run_id: str, tags: Mapping[str, str], without: Collection[str] = ()) -> None:
        with self._changed:
            self._amend(run_id, RunRecord, 0, {"tags": retagged(self.run(run_id).tags, tags, without)})

    def update_iteration(self, run_id: str, iteration: int, **fields: Any) -> None:
        self._amend(run_id, IterationRecord, iteration, fields)

    def _amend(self, run_id: str, kind: type, number: int, fields: Mapping[str, Any]) -> None:
        with self._one(run_id) as run:
            if (kind, number) not in run.texts:
                raise no_iteration(run_id, number)
            self._put(run_id, kind, number, to_text(amended(kind, run.texts[kind, number][0], fields)))

    def put_iteration(self, run_id: str, record: IterationRecord) -> None:
        self._put(run_id, IterationRecord, record.iteration, to_text(record))

    def put_guardrails(self, run_id: str, guardrails: Sequence[Guardrail]) -> None:
        self._put(run_id, Guardrail, 0, to_text(tuple(guardrails)))

    def put_explanation(self, run_id: str, explanation: Explanation) -> None:
        self._put(run_id, Explanation, explanation.iteration, to_text(explanation))

    def put_wish(self, run_id: str, wish: Wish) -> None:
        self._put(run_id, Wish, wish.number, to_text(wish))

    def run(self, run_id: str) -> RunRecord:
        with self._one(run_id) as run:
            return run.record(self._clock())

    def runs(self, experiment: str | None = None) -> tuple[RunRecord, ...]:
        with self._all() as kept:
            found = [run.record(self._clock()) for run in reversed(kept.values())]
        found = [record for record in found if experiment in (None, record.experiment)]
        return tuple(sorted(found, key=lambda record: -record.created_at))

    def briefs(self) -> tuple[RunBrief, ...]:
        return tuple(brief_of(run, self.iterations(run.run_id)) for run in self.runs())

    def experiments(self) -> tuple[str, ...]:
        with self._all():
            return tuple(self._experiments)

    def iteration(self, run_id: str, iteration: int) -> IterationRecord:
        with self._one(run_id) as run:
            if (IterationRecord, iteration) not in run.texts:
                raise no_iteration(run_id, iteration)
            return from_text(IterationRecord, *run.texts[IterationRecord, iteration])

    def iterations(self, run_id: str) -> tuple[IterationRecord, ...]:
        return self.changes(run_id, 0).iterations

    def guardrails(self, run_id: str) -> tuple[Guardrail, ...]:
        return self.changes(run_id, 0).guardrails or ()

    def explanation(self, run_id: str, iteration: int) -> Explanation | None:
        return next((found for found in self.changes(run_id, 0).explanations if found.iteration == iteration), None)

    def wishes(self, run_id: str) -> tuple[Wish, ...]:
        return self.changes(run_id, 0).wishes

    def changes(self, run_id: str, after: int) -> Changes:
        with self._one(run_id) as run:
            is_run_due = run.since(RunRecord, after) or run.interruption(self._clock())
            guardrails = run.since(Guardrail, after)
            return Changes(
                after=after,
                seq=run.seq,
                run=run.record(self._clock()) if is_run_due else None,
                iterations=tuple(from_text(IterationRecord, *row) for row in run.since(IterationRecord, after)),
                guardrails=from_texts(Guardrail, guardrails[0][0]) if guardrails else None,
                explanations=tuple(from_text(Explanation, *row) for row in run.since(Explanation, after)),
                wishes=tuple(from_text(Wish, *row) for row in run.since(Wish, after)),
            )

    def seq(self, run_id: str) -> int:
        with self._one(run_id) as run:
            return run.seq

    def wait(self, run_id: str, after: int, timeout_s: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self.seq(run_id) > after, timeout_s)
            return self.seq(run_id)
