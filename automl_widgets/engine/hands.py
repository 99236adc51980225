"""Carries out what the machine wants: submits to the executor, and has the clerk write it down. Decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar

from automl_widgets.engine import launch as launching
from automl_widgets.engine.clerk import Clerk, finite, result_of
from automl_widgets.engine.executors.protocol import Event, Executor, Outcome
from automl_widgets.engine.foresight import Foresight
from automl_widgets.engine.launch import Course
from automl_widgets.engine.life import (
    CancelExplanation,
    CancelTrial,
    Explain,
    ExplanationEnded,
    Finish,
    Instruction,
    Launch,
    Record,
    SetRunState,
    TrialEnded,
)
from automl_widgets.engine.notes import LastLines
from automl_widgets.records import Recipe
from automl_widgets.store import Store
from automl_widgets.store.files import sweep


class Hands:
    """Does what the machine says for one run that has been prepared.

    Parameters
    ----------
    store : Store
        Where the run's folders are.
    clerk : Clerk
        Writes the rows.
    course : Course
        What is settled of the run.
    executor : Executor
        Where trials run.
    events : SimpleQueue
        Where the executor puts what happens to them.
    """

    def __init__(
        self, store: Store, clerk: Clerk, course: Course, executor: Executor, events: SimpleQueue[Event]
    ) -> None:
        self._store = store
        self._clerk = clerk
        self._course = course
        self._executor = executor
        self._events = events
        self._outcomes: dict[int, Outcome] = {}
        self._explanations: dict[int, str] = {}
        self._foresight = Foresight(clerk)
        self._last_lines = LastLines()

    @property
    def course(self) -> Course:
        """What is settled of the run."""
        return self._course

    def steer(self, course: Course) -> None:
        """Go by another course from now on; what has been started keeps its recipe."""
        self._course = course

    def foresee(self, iteration: int) -> None:
        """Know an iteration's recipe before its slot is free."""
        self._foresight.look(self._course, iteration)

    def tried(self, end: int) -> tuple[Recipe, ...]:
        """Return the recipes of the first iterations, planned ones where they never started."""
        n_search = self._course.n_search
        never = Recipe(algorithm="", origin="ensemble")
        recipes = {i: record.recipe for i, record in self._clerk.records.items() if record.recipe is not None}
        return tuple(
            recipes.get(i) or (self._recipe(Launch(iteration=i)) if i < n_search else never) for i in range(end)
        )

    def carry_out(self, instruction: Instruction, best: int | None) -> None:
        """Do one thing; `best` is the best iteration when it has been done."""
        self._DEEDS[type(instruction)](self, instruction)
        if isinstance(instruction, Record):
            self._clerk.best_is(best)

    def received(self, outcome: Outcome) -> TrialEnded | ExplanationEnded:
        """Take the end of a trial; return what the machine has to know of it."""
        is_explanation, iteration, attempt = launching.place(outcome.key)
        if is_explanation:
            self._clerk.explained(iteration, outcome)
            return ExplanationEnded(now_s=time.monotonic(), iteration=iteration)
        if outcome.state != "completed":
            sweep(self._folder(iteration))  # a process that was killed may have been writing
        self._outcomes[iteration] = outcome
        result = result_of(outcome)
        return TrialEnded(
            now_s=time.monotonic(),
            iteration=iteration,
            attempt=attempt,
            state=outcome.state,
            score=finite(result.score) if result else None,
            reason=outcome.reason or None,
            gave_up=outcome.gave_up,
            closing_s=result.closing_s if result else 0.0,
        )

    # ------------------------------------------------------------ one method for each instruction

    def _launch(self, what: Launch) -> None:
        recipe = self._recipe(what)
        is_ensemble = what.ensemble is not None
        records = self._clerk.records.values() if is_ensemble else ()
        members = launching.members(records, self._course.goal, self._folder)
        past = () if is_ensemble else self._clerk.below(self._course.waits_for[what.iteration])
        spec = launching.spec(self._course, what, recipe, self._folder(what.iteration), members, past)
        spec = launching.timed(spec, what, time.monotonic())
        if before := self._outcomes.pop(what.iteration, None):
            said = f"{before.state}: {before.reason}; tried once more"
            self._last_lines.add(self._folder(what.iteration) / "log.txt", said)
        self._clerk.launched(what.iteration, what.attempt, recipe, before)
        self._executor.submit(launching.trial(self._course, what, spec), self._events)

    def _recipe(self, what: Launch) -> Recipe:
        known = self._clerk.records.get(what.iteration)
        plan = self._course.plan
        if what.ensemble is not None:
            return plan.ensembles[what.ensemble]
        if known is not None and known.recipe is not None:
            return known.recipe
        if what.iteration < len(plan.portfolio):
            return plan.portfolio[what.iteration]
        return self._foresight.recipe(self._course, what.iteration)

    def _cancel_trial(self, what: CancelTrial) -> None:
        self._clerk.canceling(what.iteration)
        self._executor.cancel(launching.key(self._course.run_id, what.iteration, what.attempt))

    def _record(self, what: Record) -> None:
        if what.state != "completed" and what.iteration in self._clerk.records:
            said = f"{what.state}: {what.reason}" if what.reason else what.state
            self._last_lines.add(self._folder(what.iteration) / "log.txt", said)
        self._clerk.ended(what, self._outcomes.pop(what.iteration, None))
        self._last_lines.write()  # a record may need no room where a log does

    def _explain(self, what: Explain) -> None:
        record = self._clerk.records[what.iteration]
        launch = Launch(
            iteration=what.iteration, attempt=record.attempt, timeout_s=what.timeout_s, left_s=what.timeout_s
        )
        recipe = record.recipe or Recipe(algorithm="")
        spec = launching.spec(self._course, launch, recipe, self._folder(what.iteration))
        spec = launching.timed(spec, launch, time.monotonic())
        trial = launching.explanation(self._course, launch, spec, turn=time.time_ns())
        self._explanations[what.iteration] = trial.key
        self._clerk.explaining(what.iteration)
        self._executor.submit(trial, self._events)

    def _cancel_explanation(self, what: CancelExplanation) -> None:
        self._executor.cancel(self._explanations.get(what.iteration, ""))

    def _set_run_state(self, what: SetRunState) -> None:
        self._clerk.set_run(state=what.state, stage=what.stage)

    def _finish(self, what: Finish) -> None:
        self._clerk.finished(what)
        self._last_lines.write()

    def _folder(self, iteration: int) -> Path:
        return self._store.iteration_folder(self._course.run_id, iteration)

    _DEEDS: ClassVar[Mapping[type, Callable[[Hands, Any], None]]] = {
        Launch: _launch,
        CancelTrial: _cancel_trial,
        Record: _record,
        Explain: _explain,
        CancelExplanation: _cancel_explanation,
        SetRunState: _set_run_state,
        Finish: _finish,
    }
