"""A small part of an explanation as JSON, for charts of single rows: top features, some rows, their cells and values.

Bounded however many rows, features and classes there are. Not here: SHAP itself, nor how a chart looks (``view``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_widgets.explain.result import Floats, ShapResult, importance_of
from automl_widgets.explain.table import Table

VERSION = 1
MAX_FEATURES = 20
MAX_CLASSES = 20
MAX_ROWS = 300
MIN_ROWS = 20
MAX_NUMBERS = 24_000
"""SHAP values in one sample: some 170 kB."""
MAX_TEXT = 60


def sampled(
    result: ShapResult, explained: Table, feature_names: Sequence[str], classes: Sequence[Any] = ()
) -> dict[str, Any]:
    """Return a part of an explanation for charts.

    Parameters
    ----------
    result : ShapResult
        The explanation.
    explained : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
        The rows that `result.values` are of, in that order.
    feature_names : sequence of str
        Names of the columns.
    classes : sequence
        Labels of the classes, in their order; empty for regression.

    Returns
    -------
    dict
        ``features``, the most important ones first; ``outputs``, each with its ``label``, what was ``expected`` and
        ``values`` by feature and row, ``rest`` being the sum over all other features; ``cells`` by feature. Of two
        classes the second is the only output: the other one's values are its mirror. Expected, values of a row and
        rest add up to the model's output, to the four digits that are kept.
    """
    values = result.values if result.values.ndim == 3 else result.values[None]
    expected = np.atleast_1d(result.expected)
    importance = importance_of(values)
    top = np.argsort(-importance.mean(axis=0), kind="stable")[:MAX_FEATURES]
    shown = _outputs(importance)
    n_rows = int(np.clip(MAX_NUMBERS // max(1, len(top) * len(shown)), MIN_ROWS, MAX_ROWS))
    n_rows = min(n_rows, values.shape[1])
    return {
        "v": VERSION,
        "unit": result.unit,
        "n_features": len(feature_names),
        "features": [_cut(feature_names[j]) for j in top],
        "rows": result.rows[:n_rows].tolist(),
        "outputs": [
            {
                "label": _cut(classes[k]) if len(classes) else "",
                "expected": _digits([expected[k]])[0],
                "values": [_digits(values[k, :n_rows, j]) for j in top],
                "rest": _digits(np.delete(values[k, :n_rows], top, axis=1).sum(axis=1)),
            }
            for k in shown
        ],
        "cells": [_cells(_column(explained, int(j), n_rows)) for j in top],
    }


def _outputs(importance: Floats) -> list[int]:
    """Return the outputs that are shown: the second of two, and of many those that say most."""
    if len(importance) == 2:
        return [1]
    most = np.argsort(-importance.sum(axis=1), kind="stable")[:MAX_CLASSES]
    return sorted(int(k) for k in most)


def _column(table: Table, j: int, n_rows: int) -> Any:
    import pandas as pd

    if hasattr(table, "iloc"):
        return table.iloc[:n_rows, j]
    part = table[:n_rows, [j]]
    return pd.Series(np.asarray(part.toarray() if hasattr(part, "toarray") else part).ravel()).infer_objects()


def _cells(column: Any) -> dict[str, Any]:
    """Return a column's cells: numbers, seconds of times, or codes of categories; None where a value is missing."""
    kind = getattr(column.dtype, "kind", "O")
    if kind in "iufb":
        return {"kind": "number", "x": _digits(column.to_numpy(dtype=np.float64, na_value=np.nan))}
    if kind == "M":
        times = np.asarray(column.to_numpy(dtype="datetime64[s]"))
        return {"kind": "time", "x": [None if np.isnat(t) else int(t.astype(np.int64)) for t in times]}
    texts = [None if missing else _cut(cell) for cell, missing in zip(column, column.isna(), strict=True)]
    levels = sorted({text for text in texts if text is not None})
    code = {text: k for k, text in enumerate(levels)}
    return {"kind": "category", "x": [None if text is None else code[text] for text in texts], "levels": levels}


def _digits(values: NDArray[Any] | Sequence[Any]) -> list[float | None]:
    return [float(f"{value:.4g}") if np.isfinite(value) else None for value in np.asarray(values, dtype=np.float64)]


def _cut(label: object) -> str:
    text = str(label)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
