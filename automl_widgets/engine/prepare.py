"""What happens to a run before its first iteration: checks, plan, data for the workers. Not here: any iteration."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

from automl_widgets.engine.executors import dataset
from automl_widgets.engine.executors.protocol import Executor
from automl_widgets.engine.launch import MAX_MEMBERS, Course, slots_and_threads, waits
from automl_widgets.engine.life import Rules
from automl_widgets.engine.past import stored_data
from automl_widgets.errors import EngineError
from automl_widgets.records import RunRecord
from automl_widgets.store import Store

if TYPE_CHECKING:
    from automl_widgets.data.load import Table

LANDMARKS = 20
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


def course_for(store: Store, run: RunRecord, executor: Executor, table: Table | None, data: str | None) -> Course:
    """Prepare a run, as far as no earlier engine has done that.

    Parameters
    ----------
    store : Store
    run : RunRecord
    executor : Executor
    table : Table, optional
        The data, if they do not lie in the run's folder.
    data : str, optional
        Where they lie there, if that is known.

    Raises
    ------
    EngineError
        If there are no data.
    """
    if table is not None and run.plan is None:
        return prepare(store, run.run_id, table, executor)
    folder, fingerprint = store.run_folder(run.run_id), run.profile.fingerprint if run.profile else ""
    if table is not None:
        data = executor.put(str(folder), table.data)
    data = data or stored_data(folder, fingerprint)
    if data is None:
        raise EngineError(f"The data of the run is gone: {folder} has no data.*.p5 with its fingerprint.")
    return prepare_again(store, run.run_id, data, executor) if run.plan is None else course_of(run, data, executor)


def prepare(store: Store, run_id: str, table: Table, executor: Executor) -> Course:
    """Hand the data to the workers, check it, make the plan; each is stored as soon as it is there.

    The data comes first: from then on the run can go on without the user, wherever it is interrupted.
    """
    run = store.run(run_id)
    started_at = run.started_at or run.created_at  # its time counts from the call of submit
    store.update_run(run_id, started_at=started_at, stage="storing the data", versions=versions())
    data = executor.put(str(store.run_folder(run_id)), table.data)
    return plan_for(store, run_id, table, data, executor)


def prepare_again(store: Store, run_id: str, data: str, executor: Executor) -> Course:
    """Prepare a run whose first engine had stored the data, and no plan."""
    from automl_widgets.data.load import Table

    run = store.run(run_id)
    if run.profile is None:
        raise EngineError(f"Run {run_id} has no profile of its data.")
    started_at = run.started_at or run.created_at  # it may never have begun in the process that stored the data
    store.update_run(run_id, started_at=started_at, versions=run.versions or versions())
    table = Table(data=dataset.read(data), profile=run.profile, notices=run.notices)
    return plan_for(store, run_id, table, data, executor)


def plan_for(store: Store, run_id: str, table: Table, data: str, executor: Executor) -> Course:
    """Check the data and make the plan of a run whose data lies in the file `data`."""
    from automl_widgets.data.folds import resolve
    from automl_widgets.data.guardrails import check
    from automl_widgets.data.inputs import Inputs
    from automl_widgets.search.plan import make_plan

    run = store.update_run(run_id, stage="checking the data")
    given = Inputs(y_valid=table.data["y_valid"], cv_splits_indices=table.data["splits"])
    validation = resolve(run.settings, table.profile, given)
    store.put_guardrails(run_id, check(table, run.settings, validation))
    plan = make_plan(run.settings, table.profile, validation)
    slots, _ = slots_and_threads(run.settings, executor.cores[0], executor.capacity, executor.cores[1])
    run = store.update_run(run_id, plan=plan, n_iterations=plan.n_iterations, n_slots=slots)
    return course_of(run, data, executor)


def course_of(run: RunRecord, data: str, executor: Executor) -> Course:
    """Return what is settled of a run that has a plan, for all its launches.

    Raises
    ------
    EngineError
        If it has none.
    """
    from automl_widgets.objective import objective

    if run.plan is None or run.profile is None:
        raise EngineError(f"Run {run.run_id} has no plan: it ended before it was prepared.")
    slots, threads = slots_and_threads(run.settings, executor.cores[0], executor.capacity, executor.cores[1])
    return Course(
        run_id=run.run_id,
        settings=run.settings,
        profile=run.profile,
        plan=run.plan,
        goal=objective(run.settings).goal,
        slots=slots,
        threads=threads,
        waits_for=waits(run.plan),
        data=data,
    )


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
        early_stopping_window=(settings.early_stopping_window or 0) if settings.early_stopping else None,
        landmarks=max(LANDMARKS, len(course.plan.portfolio) + len(course.plan.reserve)),
        iteration_timeout_s=settings.iteration_timeout_s,
        started_s=started_s,
        timeout_s=settings.experiment_timeout_s,
        explain_best=settings.explain_best,
        n_members=MAX_MEMBERS,
        n_before=course.plan.n_before,
    )


def versions() -> dict[str, str]:
    """Return the versions of Python and of what a model may depend on, as far as installed."""
    found = {name: version for name in PACKAGES if (version := _version(name))}
    return {"python": platform.python_version(), **found}


@cache
def _version(name: str) -> str:
    """Return a package's version, empty if it is not installed; read once, since it takes 4 ms."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
