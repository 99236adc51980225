"""The explanation of one iteration's model, in a worker: rows, SHAP values, file. Not here: how SHAP is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from automl_widgets.engine import artifacts, fitting
from automl_widgets.engine.held import Rows
from automl_widgets.records import Explanation, TrialSpec

SAMPLED_ROWS = 200
"""Rows of the training data that are explained if the user has given none to explain."""
MOST_S = 30.0
"""An explanation may take so long if the run has no time limit."""


def explained(spec: TrialSpec, data: Mapping[str, Any], time_limit_s: float | None) -> Explanation:
    """Explain the stored model of an iteration, write the SHAP values, return the figures."""
    from automl_widgets.explain import explain, sampled, summarise

    names = tuple(str(name) for name in data["feature_names"])
    classes = () if data.get("labels") is None else tuple(str(label) for label in np.asarray(data["labels"]).tolist())
    source, rows = _to_explain(data, np.random.default_rng(spec.random_state))
    table = data[source] if rows is None else fitting.take(data[source], rows)
    result = explain(
        artifacts.load_model(spec.folder),
        data["X"],
        table,
        task=spec.task,
        feature_names=names,
        time_limit_s=MOST_S if time_limit_s is None else time_limit_s,
        random_state=spec.random_state,
    )
    arrays: dict[str, Any] = {
        "values": result.values,
        "expected": result.expected,
        "rows": result.rows if rows is None else rows[result.rows],
        "source": np.array(source),
        "features": np.array(names, dtype=np.str_),
        "classes": np.array(classes, dtype=np.str_),
    }
    artifacts.save_arrays(Path(spec.folder) / "explanation.npz", arrays)
    sample = sampled(replace(result, rows=arrays["rows"]), fitting.take(table, result.rows), names, classes)
    artifacts.save_json(spec.folder, "explanation.json", sample)
    figures = Explanation(iteration=spec.iteration, state="completed")
    return replace(figures, **summarise(result, names, classes))


def _to_explain(data: Mapping[str, Any], rng: np.random.Generator) -> tuple[str, Rows | None]:
    """Return which table is explained, and which of its rows; None for all."""
    for given in ("X_explain", "X_valid"):
        if data.get(given) is not None:
            return given, None
    n_rows = data["X"].shape[0]
    return "X", np.sort(rng.choice(n_rows, min(SAMPLED_ROWS, n_rows), replace=False))
