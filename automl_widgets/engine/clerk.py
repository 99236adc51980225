"""Writes into the store what happens to one run, as it happens. Not here: what is to happen.

What a running trial reports is gathered and written at most ten times a second; every end is written at once.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automl_widgets.engine.executors.protocol import Outcome
from automl_widgets.engine.life import Finish, Record
from automl_widgets.records import (
    TRIAL_ENDED,
    EarlierAttempt,
    Explanation,
    IterationRecord,
    Recipe,
    TrialResult,
    decode,
)
from automl_widgets.store import Store


class Clerk:
    """Keeps a run's rows in the store, and a copy of the iterations' at hand.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run, which exists.
    """

    def __init__(self, store: Store, run_id: str) -> None:
        self._store = store
        self._run_id = run_id
        self._reported: dict[int, dict[str, Any]] = {}
        self._best: int | None = None
        self.records: dict[int, IterationRecord] = {r.iteration: r for r in store.iterations(run_id)}

    # ------------------------------------------------------------ iterations

    def launched(self, iteration: int, attempt: int, recipe: Recipe, before: Outcome | None = None) -> None:
        """Write that an iteration runs; `before` is what its last attempt ended with, if it was tried before."""
        record = IterationRecord(iteration=iteration, state="running", attempt=attempt, recipe=recipe)
        noted = self._reported.pop(iteration, {})
        earlier = _earlier(self.records.get(iteration), noted, attempt, before)
        self._put(replace(record, started_at=time.time(), earlier=earlier))

    def started(self, iteration: int, pid: int, node: str = "") -> None:
        """Note which process has taken an iteration up, and on which node of a cluster."""
        self._reported.setdefault(iteration, {}).update(pid=pid, node=node or None, started_at=time.time())

    def reported(self, iteration: int, fields: Mapping[str, Any]) -> None:
        """Note what a trial says of itself: a `stage`, or the `score` of a fold that is done."""
        record = self.records.get(iteration)
        if record is None:
            return
        noted = self._reported.setdefault(iteration, {})
        if "stage" in fields:
            noted["stage"] = fields["stage"]
        if "score" in fields:
            noted["fold_scores"] = (*noted.get("fold_scores", record.fold_scores), float(fields["score"]))

    def flush(self) -> None:
        """Write what has been noted since the last time."""
        noted, self._reported = self._reported, {}
        for iteration, fields in noted.items():
            self._update(iteration, **fields)

    def canceling(self, iteration: int) -> None:
        """Write that an iteration is being ended."""
        if iteration in self.records:
            self._update(iteration, **self._reported.pop(iteration, {}), state="canceling")

    def waits(self, iteration: int, attempt: int, outcome: Outcome | None = None) -> None:
        """Write that an iteration waits for its next attempt; `outcome` is what the last one ended with."""
        earlier = _earlier(self.records[iteration], self._reported.pop(iteration, {}), attempt, outcome)
        again: dict[str, Any] = {"state": "queued", "attempt": attempt, "stage": None, "pid": None, "node": None}
        self._update(iteration, **again, fold_scores=(), ended_at=None, earlier=earlier)

    def ended(self, what: Record, outcome: Outcome | None) -> None:
        """Write how an iteration ended, `outcome` being what its process has left, if there was one."""
        before = self.records.get(what.iteration, IterationRecord(iteration=what.iteration))
        before = replace(before, **self._reported.pop(what.iteration, {}))
        result = result_of(outcome) if what.state == "completed" else None
        self._put(
            replace(
                before,
                state=what.state,
                attempt=what.attempt,
                stage=None,
                result=result,
                fold_scores=result.fold_scores if result else before.fold_scores,
                reason=what.reason,
                error=(outcome.error or None) if outcome else None,
                ended_at=time.time(),
                peak_memory_mb=outcome.peak_memory_mb if outcome else None,
            )
        )

    def below(self, end: int) -> tuple[IterationRecord, ...]:
        """Return the iterations with a number lower than `end`, in order."""
        return tuple(self.records[i] for i in sorted(self.records) if i < end)

    def _put(self, record: IterationRecord) -> None:
        self.records[record.iteration] = record
        self._store.put_iteration(self._run_id, record)

    def _update(self, iteration: int, **fields: Any) -> None:
        self.records[iteration] = replace(self.records[iteration], **fields)
        self._store.update_iteration(self._run_id, iteration, **fields)

    # ------------------------------------------------------------ the run

    def best_is(self, iteration: int | None) -> None:
        """Write which iteration is the best, if that has changed."""
        if iteration != self._best:
            self._best = iteration
            self.set_run(best_iteration=iteration)

    def finished(self, what: Finish) -> None:
        """Write how the run ended."""
        self.set_run(state=what.state, reason=what.reason, stage=None, ended_at=time.time())

    def set_run(self, **fields: Any) -> None:
        """Write fields of the run's record."""
        self._store.update_run(self._run_id, **fields)

    # ------------------------------------------------------------ explanations

    def explaining(self, iteration: int) -> None:
        """Write that an iteration is being explained."""
        self._store.put_explanation(self._run_id, Explanation(iteration=iteration, state="running"))

    def explained(self, iteration: int, outcome: Outcome) -> None:
        """Write an iteration's explanation, or why there is none."""
        if outcome.state == "completed":
            explanation = decode(Explanation, outcome.value)
        else:
            reason = outcome.reason or outcome.state
            explanation = Explanation(iteration=iteration, state="failed", reason=reason)
        self._store.put_explanation(self._run_id, explanation)


def _earlier(
    before: IterationRecord | None, noted: Mapping[str, Any], attempt: int, outcome: Outcome | None
) -> tuple[EarlierAttempt, ...]:
    """Return the attempts before `attempt`; the last one ended with `outcome`, or as its record says, or was lost.

    `noted` is what the record does not say yet.
    """
    if before is None or before.attempt >= attempt:
        return before.earlier if before else ()
    if outcome is not None:
        end: tuple[Any, ...] = outcome.state, outcome.reason or None, outcome.error or None
    elif before.state in TRIAL_ENDED:
        end = before.state, before.reason, before.error
    else:
        end = "lost", "the process that ran it has ended", None
    last = EarlierAttempt(
        attempt=before.attempt,
        state=end[0],
        reason=end[1],
        error=end[2],
        node=noted.get("node", before.node),
        started_at=noted.get("started_at", before.started_at),
        ended_at=before.ended_at or time.time(),
    )
    return (*before.earlier, last)


def result_of(outcome: Outcome | None) -> TrialResult | None:
    """Return what a worker has found out, None if it did not come to that."""
    return decode(TrialResult, outcome.value) if outcome is not None and outcome.state == "completed" else None


def finite(score: float | None) -> float | None:
    """Return the score, None if it is not a number."""
    return score if score is not None and math.isfinite(score) else None
