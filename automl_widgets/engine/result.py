"""What becomes of an iteration that went well: its files and its result. Not here: how it was fitted."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_widgets.engine import artifacts
from automl_widgets.engine.diagnosing import diagnosed
from automl_widgets.engine.held import Held, Truth, mean_scores, spread
from automl_widgets.engine.notes import Notes
from automl_widgets.records import Json, TrialResult, TrialSpec

Data = Mapping[str, Any]

SELECTION_ROWS = 20_000
"""Members of an ensemble are chosen on so many rows at most..."""
SCORES_A_MEMBER = 30
"""... for which some thirty scores for each of them are computed."""

_SECOND = {
    "classification": ("accuracy", "AUC_weighted"),
    "regression": ("r2_score", "normalized_root_mean_squared_error"),
}
"""What a fold's line tells besides the primary metric: the first of these that is another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How an iteration did on rows held back."""

    held: Held
    scores: list[dict[str, float]]
    fit_s: float
    predict_ms: float
    """For 1,000 rows."""
    rounds: Mapping[str, Json] | None = None
    """The learning curve of a booster's rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A model of all rows, and what is to be told of it."""

    model: Any
    refit_s: float
    parameters: Mapping[str, Json]
    changed: tuple[str, ...] = ()
    n_rows: int | None = None
    """Rows that it was fitted to; None for all."""
    nodes: Mapping[str, Any]
    code: str
    members: tuple[int, ...] = ()
    weights: tuple[float, ...] = ()


def truth_of(spec: TrialSpec, data: Data) -> Truth:
    """Return what predictions of rows held back are held against."""
    is_given = spec.validation.kind == "train_valid"
    y, weights = ("y_valid", "weights_valid") if is_given else ("y", "weights")
    labels = labels_of(data)
    return Truth(
        task=spec.task,
        y=np.asarray(data[y]),
        weights=None if data.get(weights) is None else np.asarray(data[weights]),
        n_classes=len(labels),
        positive_class=labels.index(spec.positive_label) if spec.positive_label in labels else None,
        labels=np.asarray(data["labels"]) if labels else None,
        own=spec.own.metric,
        y_range=None if labels else (float(np.min(data["y"])), float(np.max(data["y"]))),
    )


def labels_of(data: Data) -> list[Any]:
    """Return the labels of the classes as plain values, none for regression."""
    return [] if data.get("labels") is None else list(np.asarray(data["labels"]).tolist())


def scores_line(spec: TrialSpec, scores: Mapping[str, float]) -> str:
    """Return the primary metric and another one, for the log."""
    second = next(name for name in _SECOND[spec.task] if name != spec.primary_metric)
    return "  ".join(f"{name} {scores[name]:.4f}" for name in (spec.primary_metric, second))


def finished(spec: TrialSpec, data: Data, log: Notes, checked: Checked, built: Built) -> TrialResult:
    """Write an iteration's files and return its result."""
    started_s, truth = time.perf_counter(), truth_of(spec, data)
    model_mb = artifacts.save_model(spec.folder, built.model, has_own_code=bool(spec.own.models))
    artifacts.save_held(spec.folder, checked.held, truth)
    written_s = time.perf_counter() - started_s
    artifacts.save_json(spec.folder, "diagnostics.json", diagnosed(checked.held, truth, data, log, checked.rounds))
    artifacts.save_text(spec.folder, "code.py", built.code)
    artifacts.save_json(spec.folder, "pipeline.json", built.nodes)
    metrics, folds = mean_scores(checked.scores), [scores[spec.primary_metric] for scores in checked.scores]
    scatter = spread(folds)
    about = "" if scatter is None else f" ± {scatter:.4f}"
    log.say(f"mean {spec.primary_metric} {metrics[spec.primary_metric]:.4f}{about}")
    size = f"{model_mb:.1f} MB" if model_mb >= 0.1 else f"{model_mb * 1000:.0f} kB"
    rows = f"all {data['X'].shape[0]:,}" if built.n_rows is None else f"{built.n_rows:,}"
    log.say(f"model of {rows} rows in {built.refit_s:.1f} s, {size}")
    return TrialResult(
        metrics=metrics,
        score=metrics[spec.primary_metric],
        spread=scatter,
        fold_scores=tuple(folds),
        parameters=built.parameters,
        changed_parameters=built.changed,
        fit_s=checked.fit_s,
        refit_s=built.refit_s,
        predict_ms_per_1000=checked.predict_ms,
        model_mb=model_mb,
        members=built.members,
        weights=built.weights,
        warnings=tuple(log.warnings),
        closing_s=0.0
        if spec.ends_at is None
        else 2 * written_s + SCORES_A_MEMBER * _score_s(spec, truth, checked.held),
    )


def _score_s(spec: TrialSpec, truth: Truth, held: Held) -> float:
    """Return how long one score takes of as many rows as an ensemble looks at."""
    started_s = time.perf_counter()
    held.sampled(SELECTION_ROWS, spec.random_state)[0].score_one(truth, spec.primary_metric)
    return time.perf_counter() - started_s
