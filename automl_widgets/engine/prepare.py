"""What happens to a run before its first iteration: checks, plan, data for the workers. Not here: any iteration."""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from automl_widgets.engine.clerk import finite
from automl_widgets.engine.executors.protocol import Executor
from automl_widgets.engine.executors.resources import available_cores
from automl_widgets.engine.launch import Course, is_ended, slots_and_threads
from automl_widgets.engine.life import Rules, Standing
from automl_widgets.errors import EngineError
from automl_widgets.records import IterationRecord, RunRecord
from automl_widgets.store import Store

if TYPE_CHECKING:
    from automl_widgets.data.load import Table

PACKAGES = (
    "automl_widgets",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "lightgbm",
    "optuna",
    "shap",
    "catboost",
    "xgboost",
    "xgboost-cpu",
)


def prepare(store: Store, run_id: str, table: Table, executor: Executor) -> Course:
    """Check the data, make the plan, hand the data to the workers; each is stored as soon as it is there."""
    from automl_widgets.data.folds import resolve
    from automl_widgets.data.guardrails import check
    from automl_widgets.data.inputs import Inputs
    from automl_widgets.search.plan import make_plan

    run = store.update_run(run_id, started_at=time.time(), stage="checking the data", versions=versions())
    given = Inputs(y_valid=table.data["y_valid"], cv_splits_indices=table.data["splits"])
    validation = resolve(run.settings, table.profile, given)
    store.put_guardrails(run_id, check(table, run.settings, validation))
    plan = make_plan(run.settings, table.profile, validation)
    slots, _ = slots_and_threads(run.settings, available_cores(), executor.capacity)
    store.update_run(run_id, plan=plan, n_iterations=plan.n_iterations, n_slots=slots, stage="storing the data")
    data = executor.put(str(store.run_folder(run_id)), table.data)
    return course_of(store.run(run_id), data, executor)


def course_of(run: RunRecord, data: str, executor: Executor) -> Course:
    """Return what is settled of a run that has a plan, for all its launches.

    Raises
    ------
    EngineError
        If it has none.
    """
    from automl_widgets.metrics import metric
    from automl_widgets.search.tuner import depends_on

    if run.plan is None or run.profile is None:
        raise EngineError(f"Run {run.run_id} has no plan: it ended before it was prepared.")
    slots, threads = slots_and_threads(run.settings, available_cores(), executor.capacity)
    return Course(
        run_id=run.run_id,
        settings=run.settings,
        profile=run.profile,
        plan=run.plan,
        goal=metric(run.settings.primary_metric).goal,
        slots=slots,
        threads=threads,
        waits_for=tuple(depends_on(run.plan, i).stop for i in range(len(run.plan.portfolio) + run.plan.n_tuned)),
        data=data,
    )


def stored_data(run_folder: Path) -> str:
    """Return where the data lies that an earlier engine has handed to its workers.

    Raises
    ------
    EngineError
        If it is not there any more.
    """
    found = sorted(run_folder.glob("data.*.p5"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise EngineError(f"The data of the run is gone: there is no data.*.p5 in {run_folder}.")
    return str(found[-1])


def rules_of(course: Course, started_s: float) -> Rules:
    """Return what the machine has to know of a run."""
    settings = course.settings
    return Rules(
        n_search=course.n_search,
        n_ensembles=len(course.plan.ensembles),
        slots=course.slots,
        goal=course.goal,
        waits_for=course.waits_for,
        exit_score=settings.exit_score,
        early_stopping_window=settings.early_stopping_window if settings.early_stopping else None,
        iteration_timeout_s=settings.iteration_timeout_s,
        started_s=started_s,
        timeout_s=settings.experiment_timeout_s,
        explain_best=settings.explain_best,
    )


def history(course: Course, records: Iterable[IterationRecord]) -> dict[int, Standing]:
    """Return how the iterations of an interrupted run stand.

    One that was running then is to be tried again. An ensemble that was not ready is forgotten: it is built anew.
    """
    kinds = [recipe.algorithm for recipe in course.plan.ensembles]
    found: dict[int, Standing] = {}
    for record in records:
        is_ensemble = record.recipe is not None and record.recipe.origin == "ensemble"
        kind = kinds.index(record.recipe.algorithm) if is_ensemble and record.recipe is not None else None
        if is_ended(record):
            found[record.iteration] = _ended(record, kind)
        elif not is_ensemble:
            attempt = record.attempt + (record.state != "queued")
            reason = "the process that ran it has ended"
            found[record.iteration] = Standing(state="queued", attempt=attempt, verdict="lost", reason=reason)
    return found


def _ended(record: IterationRecord, kind: int | None) -> Standing:
    duration_s = record.ended_at - record.started_at if record.ended_at and record.started_at else None
    return Standing(
        state=record.state,
        attempt=record.attempt,
        ensemble=kind,
        duration_s=duration_s,
        score=finite(record.result.score) if record.result else None,
        reason=record.reason,
    )


def used_s(run: RunRecord, records: Iterable[IterationRecord]) -> float:
    """Return how much of its time an interrupted run has used, as far as its iterations tell."""
    if run.started_at is None:
        return 0.0
    times = [t for r in records for t in (r.started_at, r.ended_at) if t is not None]
    return max(times, default=run.started_at) - run.started_at


def versions() -> dict[str, str]:
    """Return the versions of Python and of what a model may depend on, as far as installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
