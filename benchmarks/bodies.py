"""Iterations that do next to nothing, in the place of real ones: what is left is the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from automl_widgets.records import TrialResult, encode

Data = Mapping[str, Any]
Report = Callable[..., None]


def nothing(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Return a result at once."""
    result = TrialResult(metrics={"accuracy": 0.5}, score=0.5, spread=0.0, fold_scores=(0.5,), parameters={})
    return encode(result)


def brief(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Take as long as a small fit, and no processor: what others do meanwhile does not count."""
    time.sleep(0.05)
    return nothing(data, report, spec=spec)


def reads(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Read every value once."""
    float(data["X"].sum())
    time.sleep(0.5)
    return nothing(data, report, spec=spec)


def sleeps(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Take ten minutes, unless somebody minds."""
    time.sleep(600)
    return nothing(data, report, spec=spec)


def naps(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Take a second."""
    time.sleep(1)
    return nothing(data, report, spec=spec)
