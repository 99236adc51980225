"""Azure ML's words for what the store holds: statuses, properties, details. Values in, values out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from automl_widgets.own import told
from automl_widgets.records import IterationRecord, RunRecord, encode
from automl_widgets.view.wording import retried_text

RUN_STATUS = {
    "preparing": "Preparing",
    "running": "Running",
    "paused": "Paused",
    "stopping": "CancelRequested",
    "finalizing": "Finalizing",
    "completed": "Completed",
    "failed": "Failed",
    "canceled": "Canceled",
    "interrupted": "Failed",
}
ITERATION_STATUS = {
    "queued": "Queued",
    "running": "Running",
    "canceling": "CancelRequested",
    "completed": "Completed",
    "canceled": "Canceled",
    "failed": "Failed",
    "timeout": "Failed",
    "crashed": "Failed",
    "oom": "Failed",
    "lost": "Failed",
}
PIPELINE_IDS = {"VotingEnsemble": "__AutoML_Ensemble__", "StackEnsemble": "__AutoML_Stack_Ensemble__"}


def run_properties(run: RunRecord) -> dict[str, str]:
    """Return the properties of a parent run that notebooks read, all strings."""
    settings = run.settings
    described = {**encode(settings), "own": told(settings.own), "task_type": settings.task}
    ours = {
        "AMLSettingsJsonString": json.dumps(described),
        "ProblemInfoJsonString": json.dumps(encode(run.profile) if run.profile else {}),
        "num_iterations": str(run.n_iterations or settings.iterations),
        "primary_metric": settings.primary_metric,
        "target": run.properties.get("target", "local"),
        "display_task_type": settings.task,
        "dependencies_versions": json.dumps(dict(run.versions)),
        "errors": run.error or "",
    }
    return {**ours, **run.properties}


def run_tags(run: RunRecord, best_score: float | None) -> dict[str, str]:
    """Return the tags of a parent run: the user's own, and those that Azure ML sets."""
    ours = {"iterations": str(run.n_iterations or run.settings.iterations)}
    if run.best_iteration is not None:
        ours["automl_best_child_run_id"] = f"{run.run_id}_{run.best_iteration}"
        ours["best_score"] = str(best_score)
    return {**ours, **run.tags}


def iteration_properties(run: RunRecord, record: IterationRecord, goal: str) -> dict[str, str]:
    """Return the properties of a child run that notebooks read, all strings."""
    recipe, result = record.recipe, record.result
    name = recipe.algorithm if recipe else ""
    parameters = dict(result.parameters if result else recipe.parameters if recipe else {})
    return {
        "iteration": str(record.iteration),
        "run_template": "automl_child",
        "pipeline_id": PIPELINE_IDS.get(name, f"{record.iteration}_{name}"),
        "pipeline_spec": json.dumps(encode(recipe) if recipe else {}),
        "training_percent": "100",
        "run_preprocessor": recipe.preprocessor if recipe else "",
        "run_algorithm": name,
        "run_properties": ", ".join(f"{key}={value}" for key, value in parameters.items()),
        "goal": f"{run.settings.primary_metric}_{goal}",
        "score": str(result.score if result else float("nan")),
        "fit_time": str(result.fit_s if result else ""),
        "primary_metric": run.settings.primary_metric,
        "model_output_path": "outputs/model.pkl",
        "model_name": f"AutoML{run.run_id.removeprefix('AutoML_')[:8]}{record.iteration}",
        "dependencies_versions": json.dumps(dict(run.versions)),
        "attempt": str(record.attempt + 1),
        "node": record.node or "",
        "retried": retried_text(record.earlier, record.node),
    }


def utc(seconds: float | None) -> str | None:
    """Return an instant as Azure ML writes it: `2026-01-31T12:00:00.000000Z`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def details(
    identity: Mapping[str, str],
    times: tuple[float | None, float | None],
    properties: Mapping[str, str],
    log_files: Mapping[str, str],
    error: str | None,
) -> dict[str, object]:
    """Return the dictionary of `get_details`."""
    start, end = times
    return {
        **identity,
        "startTimeUtc": utc(start),
        "endTimeUtc": utc(end),
        "properties": dict(properties),
        "inputDatasets": [],
        "logFiles": dict(log_files),
        "submittedBy": "",
        "error": {"error": {"code": "UserError", "message": error}} if error else None,
        "warnings": [],
    }


def summary(records: Sequence[IterationRecord], goal: str) -> list[list[object]]:
    """Return `[algorithm, count, best]` for each algorithm tried, best first; NaN for one without a score."""
    better = max if goal == "max" else min
    scores: dict[str, list[float]] = {}
    for record in records:
        if record.recipe:
            found = scores.setdefault(record.recipe.algorithm, [])
            found.append(record.result.score if record.result else float("nan"))
    table = [[name, len(found), _best(found, better)] for name, found in scores.items()]
    missing = float("-inf") if goal == "max" else float("inf")
    return sorted(table, key=lambda row: missing if math.isnan(row[2]) else row[2], reverse=goal == "max")  # type: ignore[arg-type, return-value]


def _best(found: Sequence[float], better: object) -> float:
    usable = [score for score in found if not math.isnan(score)]
    return better(usable) if usable else float("nan")  # type: ignore[operator]
