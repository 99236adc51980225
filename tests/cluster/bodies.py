"""Iterations that do next to nothing, in the place of real ones: importable, so that a worker finds them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from automl_widgets.records import TrialResult, encode

Data = Mapping[str, Any]
Report = Callable[..., None]


def short(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Take half a second."""
    time.sleep(0.5)
    score = spec["iteration"] / 100
    return encode(TrialResult(metrics={}, score=score, spread=0.0, fold_scores=(score,), parameters={}))


def eats(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Take more memory than a node has, in iteration 1."""
    held = []
    while spec["iteration"] == 1:
        held.append(b"x" * 50_000_000)
        time.sleep(0.005)
    return short(data, report, spec=spec)
