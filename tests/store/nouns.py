"""Nouns to put into a store, and a clock that is set by hand."""

from __future__ import annotations

from typing import Any

from automl_widgets.records import IterationRecord, Recipe, RunRecord, Settings, TrialResult

NOW = 1_700_000_000.0
NASTY = "<script>alert('x')</script> \"; DROP TABLE runs; -- \\ \x00 \u2028 é 語 😀"


class Clock:
    """Seconds since the epoch, as the test wants them."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def a_run(run_id: str = "run_1", **fields: Any) -> RunRecord:
    settings = Settings(task="classification", primary_metric="accuracy")
    return RunRecord(**{"run_id": run_id, "experiment": "churn", "settings": settings, "created_at": NOW, **fields})


def an_iteration(iteration: int = 0, **fields: Any) -> IterationRecord:
    recipe = Recipe(algorithm="LightGBM", preprocessor="MaxAbsScaler", parameters={"n_estimators": 40})
    return IterationRecord(**{"iteration": iteration, "recipe": recipe, **fields})


def a_result(score: float = 0.9) -> TrialResult:
    return TrialResult(
        metrics={"accuracy": score}, score=score, spread=0.01, fold_scores=(score,), parameters={"k": [1]}
    )
