"""Who leads: the order of a patch's rows, and the best score so far. Pure; not here: how it is written or drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from automl_widgets.records import TRIAL_ENDED

Row = dict[str, Any]


def goal(patch: dict[str, Any], metric: str | None = None) -> str:
    """Return `max` or `min`: where a metric, by default the primary one, is better; `max` if nothing is known."""
    facts = patch["facts"]
    name = metric or facts["primary_metric"]
    return next((str(info["goal"]) for info in facts["metrics"] if info["name"] == name), "max")


def is_bounded(patch: dict[str, Any]) -> bool:
    """Return whether the primary metric has a best and a worst value."""
    facts = patch["facts"]
    return any(info["name"] == facts["primary_metric"] and info["bounds"] for info in facts["metrics"])


def ranked(patch: dict[str, Any]) -> list[Row]:
    """Return rows as people read them: what runs, then by score, then without a score, then what waits."""
    sign = -1.0 if goal(patch) == "max" else 1.0

    def place(row: Row) -> tuple[int, float, int]:
        if row["state"] in ("running", "canceling"):
            return (0, 0.0, row["i"])
        if row["score"] is not None:
            return (1, sign * row["score"], row["i"])
        return (2 if row["state"] in TRIAL_ENDED else 3, 0.0, row["i"])

    return sorted(patch["rows"], key=place)


def ranks(patch: dict[str, Any]) -> dict[int, int]:
    """Return the rank of each iteration that has a score; equal scores share one."""
    scored = [row for row in ranked(patch) if row["score"] is not None]
    found: dict[int, int] = {}
    for place, row in enumerate(scored, 1):
        before = scored[place - 2] if place > 1 else None
        found[row["i"]] = found[before["i"]] if before and before["score"] == row["score"] else place
    return found


def best_row(patch: dict[str, Any]) -> Row | None:
    """Return the row that the engine calls the best, or None."""
    best = patch["status"]["best"]
    return next((row for row in patch["rows"] if row["i"] == best and row["score"] is not None), None)


def best_so_far(scores: Sequence[float | None], goal: str) -> list[float | None]:
    """Return the best score up to each place.

    >>> best_so_far([None, 0.5, 0.4, 0.9], "max")
    [None, 0.5, 0.5, 0.9]
    """
    better = max if goal == "max" else min
    found: list[float | None] = []
    best: float | None = None
    for score in scores:
        if score is not None:
            best = score if best is None else better(best, score)
        found.append(best)
    return found


def counts(patch: dict[str, Any]) -> dict[str, int]:
    """Return how many iterations are done, running and without a score although they have ended."""
    ended = [row for row in patch["rows"] if row["state"] in TRIAL_ENDED]
    return {
        "done": len(ended),
        "running": sum(row["state"] in ("running", "canceling") for row in patch["rows"]),
        "without_score": sum(row["score"] is None for row in ended),
        "planned": max(patch["status"]["n_iterations"], len(patch["rows"])),
    }
