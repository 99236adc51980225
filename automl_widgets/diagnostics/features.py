"""Where in each feature's range a model errs: its mean error in bins of the feature. Not here: why (``explain``).

The error is the share of wrong rows for classes, and the mean absolute residual for values, with the mean residual
beside. Features are ranked by how much of the error's variance their bins explain, less what chance would.

All columns of numbers are binned at once: one by one they would take longer than everything else in `diagnose`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from automl_widgets.diagnostics.curves import Floats, rounded, significant

if TYPE_CHECKING:
    from automl_widgets.diagnostics.document import Evidence

MAX_CELLS = 250_000
MAX_ROWS = 5_000
MIN_ROWS = 500
MAX_FEATURES = 500
N_KEPT = 20
"""The features whose bins differ most are stored."""
N_BINS = 8
N_EDGES_FROM = 256
"""Rows that the bins' edges are taken from."""

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Binned:
    """A feature in bins. The last two are, for categories, all other values and, for all, missing ones."""

    column: int
    kind: str
    bounds: tuple[Any, ...]
    """Edges, one more than bins; or the names of the categories."""
    place: Places
    """(n_rows,): the bin of each row."""
    n_bins: int


def errors_by_feature(evidence: Evidence) -> dict[str, Any]:
    """Return the features that tell most about where the model errs, with the error in each of their bins."""
    error, bias = _errors(evidence)
    n_features = min(len(evidence.feature_names), MAX_FEATURES)
    places = _places(len(error), n_features)
    error, bias = error[places], None if bias is None else bias[places]
    features = list(_binned(_rows(evidence.X, evidence.row[places], n_features)))
    told = [_tells(feature, error) for feature in features]
    best = sorted(range(len(features)), key=lambda k: (-told[k], features[k].column))[:N_KEPT]
    shown = [
        {
            "name": str(evidence.feature_names[features[k].column])[:60],
            "tells": round(told[k], 4),
            **_described(features[k], error, bias),
        }
        for k in best
    ]
    return {"n_rows": len(places), "n_features": len(evidence.feature_names), "shown": shown}


def _errors(evidence: Evidence) -> tuple[Floats, Floats | None]:
    if evidence.task == "classification":
        return (evidence.prediction.argmax(axis=1) != evidence.y).astype(np.float64), None
    bias = evidence.prediction.reshape(-1) - np.asarray(evidence.y, dtype=np.float64)
    return np.abs(bias), bias


def _places(n_rows: int, n_features: int) -> Places:
    n = max(MIN_ROWS, min(MAX_ROWS, MAX_CELLS // max(1, n_features)))
    if n_rows <= n:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(0).choice(n_rows, n, replace=False))


def _rows(X: Any, rows: Places, n_columns: int) -> Any:
    if hasattr(X, "iloc"):
        return X.iloc[rows, :n_columns]
    found = X[rows][:, :n_columns]
    return found.toarray() if hasattr(found, "toarray") else found


# ---------------------------------------------------------------- bins


def _binned(table: Any) -> Iterator[Binned]:
    """Yield the columns that have more than one value."""
    if not hasattr(table, "iloc"):
        if table.dtype.kind in "iufb":
            yield from _numbers(table.astype(np.float64), list(range(table.shape[1])), "number")
            return
        import pandas as pd

        table = pd.DataFrame(table)
    columns = [table.iloc[:, j] for j in range(table.shape[1])]
    kinds = [_kind(column.dtype) for column in columns]
    for kind in ("number", "time"):
        mine = [j for j, one in enumerate(kinds) if one == kind]
        if mine:
            block = np.column_stack([_floats(columns[j], kind) for j in mine])
            yield from _numbers(block, mine, kind)
    for j, kind in enumerate(kinds):
        if kind == "category" and (found := _categories(columns[j], j)) is not None:
            yield found


def _kind(dtype: Any) -> str:
    return {"i": "number", "u": "number", "f": "number", "M": "time"}.get(getattr(dtype, "kind", "O"), "category")


def _floats(column: Any, kind: str) -> Floats:
    """Return numbers, seconds for times, NaN where a value is missing."""
    if kind == "number":
        return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    times = np.asarray(column.to_numpy(dtype="datetime64[s]"))
    return np.where(np.isnat(times), np.nan, times.astype(np.int64).astype(np.float64))


def _numbers(block: Floats, columns: list[int], kind: str) -> Iterator[Binned]:
    """Bin all columns at once, with about as many rows in each bin."""
    known = np.isfinite(block)
    lowest = np.where(known, block, np.inf).min(axis=0)
    highest = np.where(known, block, -np.inf).max(axis=0)
    sample = np.sort(np.where(known, block, np.nan)[:: max(1, len(block) // N_EDGES_FROM)], axis=0)
    n_known = np.isfinite(sample).sum(axis=0)
    place = np.zeros(block.shape, dtype=np.int64)
    inner = []
    for k in range(1, N_BINS):
        edge = sample[np.minimum((k * n_known) // N_BINS, len(sample) - 1), np.arange(block.shape[1])]
        inner.append(edge)
        with np.errstate(invalid="ignore"):
            place += block >= edge
    place[~known] = N_BINS
    for k, j in enumerate(columns):
        if lowest[k] < highest[k]:
            bounds = (lowest[k], *(edge[k] for edge in inner), highest[k])
            yield Binned(column=j, kind=kind, bounds=bounds, place=place[:, k], n_bins=N_BINS + 1)


def _categories(column: Any, j: int) -> Binned | None:
    """Take the most frequent values as bins; None if there is one value only, or none comes twice."""
    import pandas as pd

    try:
        codes, values = pd.factorize(column)
    except TypeError:
        return None
    counts = np.bincount(codes[codes >= 0], minlength=len(values))
    if len(values) < 2 or counts.max() == 1:
        return None
    top = np.argsort(-counts, kind="stable")[: N_BINS - 1]
    rank = np.full(len(values) + 1, len(top))
    rank[top] = np.arange(len(top))
    rank[-1] = len(top) + 1
    names = tuple(str(values[k])[:60] for k in top)
    return Binned(column=j, kind="category", bounds=names, place=rank[codes], n_bins=len(top) + 2)


# ---------------------------------------------------------------- errors in bins


def _tells(feature: Binned, error: Floats) -> float:
    """Return the share of the error's variance between bins, less what bins of chance would have."""
    counts = np.bincount(feature.place, minlength=feature.n_bins)
    there = counts > 0
    mean = np.bincount(feature.place, error, feature.n_bins)[there] / counts[there]
    total = float(((error - error.mean()) ** 2).sum())
    between = float((counts[there] * (mean - error.mean()) ** 2).sum())
    chance = (int(there.sum()) - 1) / max(1, len(error) - 1)
    return between / total - chance if total > 0 else 0.0


def _described(feature: Binned, error: Floats, bias: Floats | None) -> dict[str, Any]:
    """Return a feature's bins that have rows; bins between equal edges have none."""
    counts = np.bincount(feature.place, minlength=feature.n_bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(feature.place, error, feature.n_bins) / counts
        side = None if bias is None else np.bincount(feature.place, bias, feature.n_bins) / counts
    names: dict[str, Any] = {"levels": list(feature.bounds)}
    if feature.kind != "category":
        names = {"edges": significant(feature.bounds, 10 if feature.kind == "time" else 5)}
    found = {"kind": feature.kind, **names, "counts": counts.tolist()}
    found["error"] = rounded(mean) if side is None else significant(mean, 4)
    return found if side is None else {**found, "bias": significant(side, 4)}
