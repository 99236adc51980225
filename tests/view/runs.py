"""A stored run for the tests of this folder. No test."""

from __future__ import annotations

import json
from typing import Any

from automl_widgets.records import (
    Explanation,
    Guardrail,
    IterationRecord,
    Plan,
    Profile,
    Recipe,
    RunRecord,
    Settings,
    TrialResult,
    Validation,
)
from automl_widgets.store import MemoryStore

RUN = "AutoML_7f3c"
METRICS = [
    {"name": "AUC_weighted", "goal": "max", "bounds": [0.0, 1.0]},
    {"name": "log_loss", "goal": "min", "bounds": None},
]
PROFILE = Profile(
    task="classification",
    n_rows=1797,
    n_columns=2,
    feature_names=("a", "b"),
    column_purposes=("numeric", "numeric"),
    classes=("no", "yes"),
)
PLAN = Plan(portfolio=(), n_tuned=20, ensembles=(), validation=Validation(kind="k_fold", n_folds=5, stratified=True))


class Run:
    """What RunDetails needs of a run."""

    def __init__(self, store: Any, run_id: str = RUN) -> None:
        self.store, self.run_id = store, run_id


def a_store(**fields: Any) -> MemoryStore:
    """A store with one run; `fields` of its record."""
    return fill(MemoryStore(), **fields)


def fill(store: Any, **fields: Any) -> Any:
    """Put the run into a store."""
    record = RunRecord(
        run_id=RUN,
        experiment="digits",
        settings=Settings(task="classification", primary_metric="AUC_weighted", name="my digits"),
        created_at=1_700_000_000.0,
        properties={"metrics": json.dumps(METRICS)},
        versions={"scikit-learn": "1.9.1"},
        profile=PROFILE,
        plan=PLAN,
        n_iterations=20,
        n_slots=2,
        started_at=1_700_000_001.0,
    )
    store.create_run(record)
    store.claim(RUN)
    store.update_run(RUN, **{"state": "running", **fields})
    return store


def completed(i: int, score: float, **fields: Any) -> IterationRecord:
    """An iteration that has a score."""
    result = TrialResult(
        metrics={"AUC_weighted": score, "log_loss": 1.0 - score},
        score=score,
        spread=0.01,
        fold_scores=(score, score),
        parameters={"n_estimators": 100, "learning_rate": 0.1},
        changed_parameters=("learning_rate",),
        fit_s=1.5,
        refit_s=0.5,
    )
    return iteration(i, **{"state": "completed", "result": result, "ended_at": 1_700_000_010.0 + i, **fields})


def iteration(i: int, **fields: Any) -> IterationRecord:
    """An iteration, queued unless told otherwise."""
    recipe = Recipe(preprocessor="StandardScalerWrapper", algorithm="LightGBM", parameters={"learning_rate": 0.1})
    return IterationRecord(iteration=i, **{"recipe": recipe, "started_at": 1_700_000_002.0 + i, **fields})


def a_finished_store(n: int = 5) -> MemoryStore:
    """A store with a completed run of `n` iterations, a guardrail and an explanation."""
    store = a_store()
    for i in range(n):
        store.put_iteration(RUN, completed(i, 0.9 + 0.001 * i))
    store.put_guardrails(RUN, [Guardrail(name="Missing values", state="passed", description="None is missing.")])
    store.put_explanation(
        RUN,
        Explanation(
            iteration=n - 1,
            state="completed",
            features=("a", "b"),
            overall=(0.25, 0.5),
            classes=("no", "yes"),
            per_class=((0.25, 0.5), (0.25, 0.5)),
            method="tree contributions",
            unit="log-odds",
            n_rows=100,
        ),
    )
    store.update_run(
        RUN, state="completed", best_iteration=n - 1, reason=f"all {n} iterations done", ended_at=1_700_000_060.0
    )
    store.release(RUN)
    return store
