"""What the console says of a run, in Azure ML's columns. Not here: where the rows come from."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable

from automl_widgets.records import TRIAL_ENDED, Guardrail, IterationRecord

RULE = "*" * 91
LEGEND = (
    "ITERATION: The iteration being evaluated.",
    "PIPELINE: A summary description of the pipeline being evaluated.",
    "DURATION: Time taken for the current iteration.",
    "METRIC: The result of computing score on the fitted pipeline.",
    "BEST: The best observed score thus far.",
)
PIPELINE_WIDTH = 47
TITLES = f"{'ITERATION':>10}   {'PIPELINE':<{PIPELINE_WIDTH}}{'DURATION':<10}{'METRIC':>10}{'BEST':>10}"
LABELS = {"passed": "PASSED", "done": "DONE", "alerted": "ALERTED"}


def say(text: str = "") -> None:
    """Print one line to the console of the calling cell."""
    print(text, flush=True)
    sys.stdout.flush()


def opening(run_id: str, target: str = "local") -> Iterable[str]:
    """Yield the lines before the first row."""
    yield "Running locally" if target == "local" else f"Running on remote compute: {target}"
    yield f"Parent Run ID: {run_id}"


def heading() -> Iterable[str]:
    """Yield the legend and the titles of the columns."""
    yield ""
    yield RULE
    yield from LEGEND
    yield RULE
    yield ""
    yield TITLES


def hms(seconds: float) -> str:
    """Return a duration as `0:02:36`."""
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{second:02d}"


class Table:
    """Prints each iteration once, when it has ended, in the order in which they end."""

    def __init__(self, goal: str) -> None:
        self._better = max if goal == "max" else min
        self._best: float | None = None
        self._printed: set[int] = set()

    def rows(self, records: Iterable[IterationRecord]) -> Iterable[str]:
        """Yield the lines of those that have ended and were not printed yet."""
        ended = [r for r in records if r.state in TRIAL_ENDED and r.iteration not in self._printed]
        for record in sorted(ended, key=lambda r: (r.ended_at or 0.0, r.iteration)):
            self._printed.add(record.iteration)
            yield self._row(record)
            if record.result is None and record.reason:
                yield f"{'':13}ERROR: {record.reason}"

    def _row(self, record: IterationRecord) -> str:
        score = record.result.score if record.result else float("nan")
        if not math.isnan(score):
            self._best = score if self._best is None else self._better(self._best, score)
        best = float("nan") if self._best is None else self._best
        name = record.recipe.name if record.recipe else "not started"
        seconds = (record.ended_at or 0.0) - (record.started_at or record.ended_at or 0.0)
        cut = name if len(name) < PIPELINE_WIDTH else f"{name[: PIPELINE_WIDTH - 4]}..."
        return f"{record.iteration:>10}   {cut:<{PIPELINE_WIDTH}}{hms(seconds):<10}{score:>10.4f}{best:>10.4f}"


def setup_lines(noted: str) -> Iterable[str]:
    """Yield the row of the script that brought the data, as it was noted; nothing if there is none, or it runs."""
    setup = json.loads(noted or "{}")
    if setup.get("ended_at"):
        name, seconds = str(setup["script"]), setup["ended_at"] - setup["started_at"]
        cut = name if len(name) < PIPELINE_WIDTH else f"{name[: PIPELINE_WIDTH - 4]}..."
        yield f"{'Setup':>10}   {cut:<{PIPELINE_WIDTH}}{hms(seconds):<10}"
        if setup["state"] != "completed":
            yield f"{'':13}ERROR: {setup['reason']} (the whole of it: setup_log.txt, automl-widgets logs RUN setup)"


def guardrail_lines(guardrails: Iterable[Guardrail]) -> Iterable[str]:
    """Yield the block that Azure ML prints for its data guardrails."""
    yield ""
    yield RULE
    yield "DATA GUARDRAILS: "
    for rail in guardrails:
        yield ""
        yield f"{'TYPE:':<14}{rail.name}"
        yield f"{'STATUS:':<14}{LABELS[rail.state]}"
        yield f"{'DESCRIPTION:':<14}{rail.description}"
        if rail.details:
            yield f"{'DETAILS:':<14}"
            yield from _grid([dict(row) for row in rail.details])
        yield ""
        yield RULE


def _grid(rows: list[dict[str, object]]) -> Iterable[str]:
    titles = list(rows[0])
    cells = [[str(row.get(title, "")) for title in titles] for row in rows]
    widths = [max(len(title), *(len(row[k]) for row in cells)) for k, title in enumerate(titles)]
    yield "+" + "+".join("-" * (w + 2) for w in widths) + "+"
    yield "|" + "|".join(f" {title:<{w}} " for title, w in zip(titles, widths, strict=True)) + "|"
    yield "+" + "+".join("=" * (w + 2) for w in widths) + "+"
    for row in cells:
        yield "|" + "|".join(f" {cell:<{w}} " for cell, w in zip(row, widths, strict=True)) + "|"
        yield "+" + "+".join("-" * (w + 2) for w in widths) + "+"
