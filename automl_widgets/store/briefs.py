"""Runs in brief, for lists of many: what was read once is kept until its run changes. Not here: whole records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

from automl_widgets.records import TRIAL_ENDED, IterationRecord, RunRecord, decode
from automl_widgets.store.heads import Head, list_heads
from automl_widgets.store.nouns import RunBrief
from automl_widgets.store.rows import from_text

Known: TypeAlias = tuple[int, RunBrief]
"""A brief, and the number of its run's change that it was read at."""


def read_briefs(connection: sqlite3.Connection, known: dict[str, Known], now: float) -> tuple[RunBrief, ...]:
    """Return the briefs of all runs, newest first; only what changed since the last time is read."""
    heads = list_heads(connection, None)
    for run_id in known.keys() - {head.run_id for head in heads}:
        del known[run_id]
    for head in heads:
        if head.run_id not in known or known[head.run_id][0] != head.seq:
            known[head.run_id] = (head.seq, _read(connection, head))
    return tuple(_as_it_stands(known[head.run_id][1], head, now) for head in heads)


def brief_of(run: RunRecord, iterations: Iterable[IterationRecord]) -> RunBrief:
    """Return a run in brief."""
    found = {record.iteration: record for record in iterations}
    best = None if run.best_iteration is None else found.get(run.best_iteration)
    return RunBrief(
        run_id=run.run_id,
        experiment=run.experiment,
        name=run.settings.name,
        state=run.state,
        reason=run.reason,
        task=run.settings.task,
        primary_metric=run.settings.primary_metric,
        n_iterations=run.n_iterations,
        n_ended=sum(record.state in TRIAL_ENDED for record in found.values()),
        **_best(run.best_iteration, best),
        created_at=run.created_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        used_s=run.used_s,
        resumed_at=run.resumed_at,
        tags=run.tags,
    )


def _read(connection: sqlite3.Connection, head: Head) -> RunBrief:
    """Return a brief from the JSON texts: nouns of everything would take most of the time."""
    query = "SELECT record FROM run_records WHERE run_id = ?"
    run = json.loads(connection.execute(query, (head.run_id,)).fetchone()[0])
    best, settings = run.get("best_iteration"), run["settings"]
    query = "SELECT record FROM iterations WHERE run_id = ? AND iteration = ?"
    row = None if best is None else connection.execute(query, (head.run_id, best)).fetchone()
    states = connection.execute("SELECT state FROM iterations WHERE run_id = ?", (head.run_id,))
    facts = {
        **run,
        "name": settings.get("name", ""),
        "task": settings["task"],
        "primary_metric": settings["primary_metric"],
        "n_ended": sum(state in TRIAL_ENDED for (state,) in states),
        "used_s": run.get("used_s") or 0.0,
        "resumed_at": run.get("resumed_at"),
    }
    return decode(RunBrief, {**facts, **_best(best, None if row is None else from_text(IterationRecord, row[0]))})


def _best(iteration: int | None, best: IterationRecord | None) -> dict[str, Any]:
    score = best.result.score if best is not None and best.result is not None else None
    recipe = best.recipe.name if best is not None and best.recipe is not None else ""
    return {"best_iteration": iteration, "best_score": score, "best_recipe": recipe}


def _as_it_stands(brief: RunBrief, head: Head, now: float) -> RunBrief:
    reason = head.interruption(now)
    return brief if reason is None else replace(brief, state="interrupted", reason=reason)
