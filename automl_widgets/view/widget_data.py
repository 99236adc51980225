"""`RunDetails.get_widget_data()`: a run as the dictionary of azureml-widgets, for code that was written for it. Pure.

The keys and the words in it are Azure ML's; its source says nothing more of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from automl_widgets.view import standings, wording

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
CHILD_STATUS = {
    "queued": "Queued",
    "running": "Running",
    "canceling": "CancelRequested",
    "completed": "Completed",
    "canceled": "Canceled",
}


def widget_data(
    patch: dict[str, Any], properties: Mapping[str, str], widget_settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the dictionary.

    Parameters
    ----------
    patch : dict
        A whole patch.
    properties : mapping
        The run's properties.
    widget_settings : mapping
        What `show` was given.
    """
    best = standings.best_row(patch)
    return {
        "status": RUN_STATUS[patch["status"]["state"]],
        "workbench_run_details_uri": "",
        "run_id": patch["run"],
        "run_properties": dict(properties),
        "child_runs": _children(patch),
        "children_metrics": _metrics(patch),
        "run_metrics": dict(best["metrics"]) if best else {},
        "run_logs": "",
        "graph": {},
        "widget_settings": dict(widget_settings),
    }


def _children(patch: dict[str, Any]) -> list[dict[str, Any]]:
    rows, goal, metric = patch["rows"], standings.goal(patch), patch["facts"]["primary_metric"]
    best = standings.best_so_far([row["score"] for row in rows], goal)
    names = {"goal": f"{metric}_{goal}", "primary_metric": metric, "run_type": None, "training_percent": 100}
    return [{**names, **_child(patch, row, so_far)} for row, so_far in zip(rows, best, strict=True)]


def _child(patch: dict[str, Any], row: dict[str, Any], best: float | None) -> dict[str, Any]:
    ended = row["ended_at"] or patch["status"]["now"]
    seconds = None if row["started_at"] is None else ended - row["started_at"]
    created = _instant(row["started_at"] or patch["facts"]["created_at"])
    return {
        "run_id": f"{patch['run']}_{row['i']}",
        "run_number": row["i"],
        "iteration": str(row["i"]),
        "run_name": wording.pipeline_text(row),
        "run_properties": ", ".join(f"{name}={value}" for name, value in row["params"].items()),
        "status": CHILD_STATUS.get(row["state"], "Failed"),
        "metric": None if row["score"] is None else round(row["score"], 8),
        "best_metric": None if best is None else round(best, 8),
        "start_time": _iso(row["started_at"]),
        "end_time": _iso(row["ended_at"]),
        "created_time": created.isoformat(),
        "created_time_dt": created,
        "duration": None if seconds is None else _clock(seconds),
    }


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _iso(seconds: float | None) -> str:
    return "" if seconds is None else _instant(seconds).isoformat()


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _metrics(patch: dict[str, Any]) -> dict[str, Any]:
    """Return every metric by iteration; beside the primary one, its best so far as `<primary>_max` or `_min`."""
    rows, metric, goal = patch["rows"], patch["facts"]["primary_metric"], standings.goal(patch)
    names = sorted({name for row in rows for name in row["metrics"]}, key=str.casefold)
    series = {name: [_series(name, [row["metrics"].get(name) for row in rows], rows)] for name in names}
    if metric in series:
        best = standings.best_so_far([row["score"] for row in rows], goal)
        series[metric].append(_series(f"{metric}_{goal}", best, rows))
    return {"categories": [row["i"] for row in rows], "series": series, "metricName": metric}


def _series(name: str, values: list[float | None], rows: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = [(row["i"], value) for row, value in zip(rows, values, strict=True) if value is not None]
    return {"name": name, "categories": [i for i, _ in pairs], "data": [value for _, value in pairs]}
