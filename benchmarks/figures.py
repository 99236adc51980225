"""Medians, percentiles and the lines that show them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def line(name: str, text: str) -> None:
    """Print one figure."""
    print(f"   {name:<52} {text}", flush=True)


def percentiles(samples_s: Sequence[float]) -> tuple[float, float]:
    """Return the 50th and 99th percentile in milliseconds."""
    p50, p99 = np.percentile(np.asarray(samples_s) * 1000, [50, 99])
    return float(p50), float(p99)


def describe(samples_s: Sequence[float]) -> str:
    """Return `p50 4.9 ms, p99 9.7 ms, n 200`."""
    p50, p99 = percentiles(samples_s)
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, n {len(samples_s)}"
