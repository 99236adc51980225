"""The script that brings a run's data, as the page shows it (`Setup` of js/src/types.ts). Pure; not here: who runs it.

It has a row and a log like an iteration's, and is none: nothing counts or ranks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from automl_widgets.records import RUN_ENDED, TRIAL_ENDED, RunRecord
from automl_widgets.store.files import SETUP

MAX_NAME = 200
MAX_REASON = 2_000
LATEST = 1e11
"""Seconds since the epoch; what is beyond is no time."""


def setup_of(run: RunRecord) -> dict[str, Any] | None:
    """Return how the script stands; None if the run has none, or what was noted of it cannot be read.

    Parameters
    ----------
    run : RunRecord
        A run, with what its engine has noted in the property `setup`.
    """
    noted = _noted(run.properties.get("setup", ""))
    if noted is None:
        return None
    state, reason, ended_at = str(noted.get("state")), noted.get("reason"), _time(noted.get("ended_at"))
    if state == "running" and run.state in RUN_ENDED:
        state, reason, ended_at = "lost", run.reason, run.ended_at
    if state != "running" and state not in TRIAL_ENDED:
        return None
    return {
        "script": str(noted.get("script", ""))[:MAX_NAME],
        "state": state,
        "reason": str(reason)[:MAX_REASON] if reason else None,
        "started_at": _time(noted.get("started_at")),
        "ended_at": ended_at,
    }


def _noted(text: str) -> Mapping[str, Any] | None:
    try:
        noted = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return noted if isinstance(noted, dict) else None


def _time(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if -LATEST < value < LATEST else None


def with_logs(patch: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what of a patch has a log to follow: number, state and attempt of its rows, and of the script."""
    setup = patch.get("status", {}).get("setup")
    rows: Sequence[Mapping[str, Any]] = patch.get("rows", ())
    return [{"i": SETUP, "state": setup["state"], "attempt": setup["started_at"]}, *rows] if setup else rows
