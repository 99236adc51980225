"""What a store makes of its records for readers of many. Not here: the records (``records``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from automl_widgets.records import RunState, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class RunBrief:
    """A run as a list of many shows it."""

    run_id: str
    experiment: str
    name: str
    state: RunState
    reason: str | None
    task: Task
    primary_metric: str
    n_iterations: int
    n_ended: int
    """Iterations that have ended."""
    best_iteration: int | None
    best_score: float | None
    best_recipe: str
    """`StandardScalerWrapper LightGBM`; empty while nothing has a score."""
    created_at: float
    started_at: float | None
    ended_at: float | None
    used_s: float
    resumed_at: float | None
    tags: Mapping[str, str]
