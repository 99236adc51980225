"""Numbers, durations and states in words, for what is static. Pure; the page has its own in js/src/format."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from automl_widgets.records import EarlierAttempt

MISSING = "–"
BIG = 1e6
STATES = {"canceling": "cancelling", "canceled": "cancelled", "timeout": "timed out", "oom": "out of memory"}
JOINERS = "\u200c\u200d"
"""Invisible, yet parts of words in some scripts."""


def score_text(value: float | None, bounded: bool) -> str:
    """Return a score: four decimals if the metric is bounded, else five digits.

    >>> score_text(0.98765, True), score_text(1284.31, False), score_text(3.2e-7, False), score_text(None, True)
    ('0.9877', '1,284.3', '3.2e-07', '–')
    """
    if value is None:
        return MISSING
    if bounded:
        return f"{value:.4f}"
    size = abs(value)
    if size < 1 or size >= BIG:
        return f"{value:.5g}"
    return f"{value:,.{max(0, 5 - len(str(int(size))))}f}"


def duration_text(seconds: float | None) -> str:
    """Return a duration for people.

    >>> duration_text(0.42), duration_text(52.31), duration_text(112), duration_text(7500)
    ('0.4 s', '52.3 s', '1 m 52 s', '2 h 05 m')
    """
    if seconds is None:
        return MISSING
    if seconds < 60:
        return f"{max(0.0, seconds):.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} m {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} m"


def row_duration(row: dict[str, Any], now: float) -> str:
    """Return how long an iteration has taken, until now if it has not ended."""
    if row["started_at"] is None:
        return MISSING
    return duration_text((row["ended_at"] or now) - row["started_at"])


def run_duration(status: dict[str, Any]) -> str:
    """Return how long the run has taken."""
    if status["started_at"] is None:
        return MISSING
    return duration_text((status["ended_at"] or status["now"]) - status["started_at"])


def retried_text(earlier: Sequence[EarlierAttempt], node: str | None) -> str:
    """Return what became of the attempts before the present one; empty if it is the first.

    >>> retried_text([EarlierAttempt(attempt=0, state="lost", reason="its node has died", node="10.0.0.7")], "10.0.0.8")
    'attempt 1 lost on 10.0.0.7: its node has died; tried again on 10.0.0.8'
    """
    told = [
        f"attempt {one.attempt + 1} {STATES.get(one.state, one.state)}"
        + (f" on {one.node}" if one.node else "")
        + (f": {one.reason}" if one.reason else "")
        for one in earlier
    ]
    return "; ".join([*told, "tried again" + (f" on {node}" if node else "")]) if told else ""


def state_text(row: dict[str, Any]) -> str:
    """Return an iteration's state in words; for one without a score, the cause."""
    if row["state"] == "running":
        folds = f"fold {min(len(row['folds']) + 1, row['n_folds'])}/{row['n_folds']}" if row["n_folds"] else "running"
        return row["stage"] or folds
    word = STATES.get(row["state"], row["state"])
    if row["attempt"] and row["state"] in ("completed", "queued"):
        word = f"{word}, try {row['attempt'] + 1}"
    return f"{word}: {row['reason']}" if row["reason"] and row["score"] is None and row["state"] != "queued" else word


def setup_text(setup: dict[str, Any]) -> str:
    """Return the state of the data script in words, with the cause if it failed."""
    word = STATES.get(setup["state"], setup["state"])
    return f"{word}: {setup['reason']}" if setup["reason"] and setup["state"] != "completed" else word


def pipeline_text(row: dict[str, Any]) -> str:
    """Return `StandardScalerWrapper, LightGBM`."""
    return ", ".join(part for part in (row["pre"], row["alg"]) if part) or "not chosen yet"


def clock_text(seconds: float) -> str:
    """Return an instant in local time, `2026-01-31 17:42:08`."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def cut(text: str, length: int) -> str:
    """Return `text`, on one line, cut at the end if it is longer than `length`."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def visible(text: str, keep: str = "") -> str:
    r"""Return text with a dot for each character that is invisible or turns the direction of writing.

    >>> visible("a\u202eb\n")
    'a·b·'
    """
    return "".join(c if c.isprintable() or c in JOINERS or c in keep else "·" for c in text)
