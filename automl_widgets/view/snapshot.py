"""The store's changes of one run as a patch: the only shape that widget, picture and tests know (js/src/types.ts).

Values in, values out. Not here: when it is made (``publisher``), how it travels (``live``) or looks (``picture``).
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from automl_widgets.records import Changes, Explanation, Guardrail, IterationRecord, RunRecord, Validation, encode
from automl_widgets.view import wording
from automl_widgets.view.brought import setup_of

if TYPE_CHECKING:
    from automl_widgets.store import Store

Patch: TypeAlias = dict[str, Any]

FACTS_UNTIL_SEQ = 32
"""A reader that has seen fewer changes than this gets the facts again: the plan may have come since."""
MAX_FEATURES = 200
MAX_DETAILS = 100
MAX_WARNINGS = 20
MAX_TEXT = 500
MAX_ERROR = 8_000


def patch(store: Store, run_id: str, after: int, *, facts: bool = False) -> Patch:
    """Return what of a run changed after the sequence number `after`, as `Patch` of js/src/types.ts.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    after : int
        The last sequence number that the reader has seen; 0 for everything.
    facts : bool, default False
        Send the facts in any case: to a reader that may have missed them.

    Returns
    -------
    dict
        JSON without NaN or infinity.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    changes = store.changes(run_id, after)
    run = changes.run or store.run(run_id)
    return render(changes, run, folder=str(store.run_folder(run_id)), now=time.time(), facts=facts)


def render(changes: Changes, run: RunRecord, *, folder: str, now: float, facts: bool = False) -> Patch:
    """Return the patch for `changes` of `run`, at the clock time `now`."""
    whole = changes.after == 0
    made: Patch = {"v": 1, "run": run.run_id, "after": changes.after, "seq": changes.seq}
    if whole or facts or (changes.run is not None and _may_change_facts(run, changes.after)):
        made["facts"] = _facts(run, folder)
    if whole or facts or changes.run is not None:
        made["status"] = _status(run, now)
    if whole or changes.iterations:
        n_folds = run.plan.validation.n_folds if run.plan else 0
        made["rows"] = [_row(record, n_folds) for record in changes.iterations]
    if whole or changes.guardrails is not None:
        made["guardrails"] = [_guardrail(rail) for rail in changes.guardrails or ()]
    if whole or changes.explanations:
        made["importance"] = [_importance(explanation) for explanation in changes.explanations]
    return encode(made)


def _may_change_facts(run: RunRecord, after: int) -> bool:
    return after < FACTS_UNTIL_SEQ or run.state == "preparing" or run.best_iteration is None


def _facts(run: RunRecord, folder: str) -> dict[str, Any]:
    settings, profile, validation = run.settings, run.profile, run.plan.validation if run.plan else None
    return {
        "id": run.run_id,
        "name": settings.name,
        "experiment": run.experiment,
        "task": settings.task,
        "primary_metric": settings.primary_metric,
        "metrics": metric_infos(run.properties.get("metrics", "")),
        "created_at": run.created_at,
        "n_rows": profile.n_rows if profile else None,
        "n_columns": profile.n_columns if profile else None,
        "n_classes": len(profile.classes) if profile and profile.task == "classification" else None,
        "validation": describe(validation) if validation else None,
        "n_folds": validation.n_folds if validation else None,
        "n_slots": run.n_slots,
        "random_state": settings.random_state,
        "seconds_asked": settings.experiment_timeout_s,
        "iteration_seconds": settings.iteration_timeout_s,
        "folder": folder,
        "versions": dict(run.versions),
    }


def metric_infos(stored: str) -> list[dict[str, Any]]:
    """Return name, goal and bounds of the run's metrics, as they were written at submit; none if they were not."""
    try:
        infos = json.loads(stored)
    except ValueError:
        return []
    return [
        {"name": str(info["name"]), "goal": info["goal"], "bounds": _bounds(info.get("bounds"))}
        for info in (infos if isinstance(infos, list) else [])
        if isinstance(info, dict) and info.get("goal") in ("max", "min") and "name" in info
    ]


def _bounds(bounds: object) -> list[float] | None:
    if not isinstance(bounds, list) or len(bounds) != 2:
        return None
    return list(bounds) if all(isinstance(b, (int, float)) and math.isfinite(b) for b in bounds) else None


def describe(validation: Validation) -> str:
    """Return how rows are held back, in words.

    >>> describe(Validation(kind="k_fold", n_folds=5, stratified=True))
    '5-fold cross-validation, stratified'
    """
    share = "" if validation.share is None else f"{validation.share:.0%} of the rows"
    words = {
        "k_fold": f"{validation.n_folds}-fold cross-validation",
        "monte_carlo": f"{validation.n_folds} random splits, {share or 'some rows'} held out",
        "hold_out": f"{share or 'some rows'} held out",
        "train_valid": "validation data as given",
        "custom": f"{validation.n_folds} splits as given",
    }[validation.kind]
    return words + (", stratified" if validation.stratified else "")


def _status(run: RunRecord, now: float) -> dict[str, Any]:
    return {
        "state": run.state,
        "reason": run.reason,
        "stage": run.stage,
        "error": _tail(run.error),
        "n_iterations": run.n_iterations,
        "n_slots": run.n_slots,
        "best": run.best_iteration,
        "seconds_asked": run.settings.experiment_timeout_s,
        "started_at": run.started_at,
        "resumed_at": run.resumed_at,
        "used_s": run.used_s,
        "ended_at": run.ended_at,
        "setup": setup_of(run),
        "now": now,
    }


def _row(record: IterationRecord, n_folds: int) -> dict[str, Any]:
    recipe, result = record.recipe, record.result
    parameters = result.parameters if result else recipe.parameters if recipe else {}
    row = {
        "i": record.iteration,
        "state": record.state,
        "attempt": record.attempt,
        "pre": recipe.preprocessor if recipe else "",
        "alg": recipe.algorithm if recipe else "",
        "origin": recipe.origin if recipe else "portfolio",
        "stage": record.stage,
        "folds": [score for score in record.fold_scores if math.isfinite(score)],
        "n_folds": n_folds,
        "params": {str(name): _parameter(value) for name, value in parameters.items()},
        "reason": record.reason,
        "error": _tail(record.error),
        "started_at": record.started_at,
        "ended_at": record.ended_at,
        "memory_mb": record.peak_memory_mb,
        "pid": record.pid,
        "node": record.node,
        "retried": wording.retried_text(record.earlier, record.node) or None,
    }
    return {**row, **_outcome(record)}


def _outcome(record: IterationRecord) -> dict[str, Any]:
    """Return the fields of a row that only an iteration with a result has."""
    result = record.result
    if result is None:
        nothing = dict.fromkeys(("score", "spread", "fit_s", "refit_s", "predict_ms", "model_mb"))
        return {**nothing, "metrics": {}, "changed": [], "members": [], "warnings": []}
    return {
        "score": result.score,
        "spread": result.spread,
        "folds": [score for score in result.fold_scores or record.fold_scores if math.isfinite(score)],
        "metrics": dict(result.metrics),
        "changed": list(result.changed_parameters),
        "members": [{"i": i, "weight": w} for i, w in zip(result.members, result.weights, strict=False)],
        "fit_s": result.fit_s,
        "refit_s": result.refit_s,
        "predict_ms": result.predict_ms_per_1000,
        "model_mb": result.model_mb,
        "warnings": [warning[:MAX_TEXT] for warning in result.warnings[:MAX_WARNINGS]],
    }


def _parameter(value: Any) -> Any:
    """Return a hyper-parameter as a scalar, a list of scalars or a flat mapping; anything deeper as text."""
    if isinstance(value, Mapping):
        return {str(key): _scalar(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scalar(item) for item in value]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:MAX_TEXT]


def _tail(text: str | None) -> str | None:
    """Return the end of a traceback, where the cause is; the whole of it is in the log."""
    return text if text is None or len(text) <= MAX_ERROR else "…" + text[-MAX_ERROR:]


def _guardrail(rail: Guardrail) -> dict[str, Any]:
    details = [{str(key): _scalar(value) for key, value in detail.items()} for detail in rail.details[:MAX_DETAILS]]
    return {"name": rail.name, "state": rail.state, "description": rail.description, "details": details}


def _importance(explanation: Explanation) -> dict[str, Any]:
    overall = [value if math.isfinite(value) else 0.0 for value in explanation.overall]
    order = sorted(range(len(overall)), key=lambda j: -overall[j])
    top, others = order[:MAX_FEATURES], order[MAX_FEATURES:]
    return {
        "i": explanation.iteration,
        "state": explanation.state,
        "reason": explanation.reason,
        "features": [explanation.features[j] for j in top],
        "overall": _short(overall, top),
        "classes": list(explanation.classes),
        "per_class": [_short(values, top) for values in explanation.per_class],
        "rest": math.fsum(overall[j] for j in others),
        "n_features": len(explanation.features),
        "method": explanation.method,
        "unit": explanation.unit,
        "n_rows": explanation.n_rows,
        "n_background": explanation.n_background,
        "seconds": explanation.seconds,
    }


def _short(values: Sequence[float], order: Sequence[int]) -> list[float]:
    """Return values in `order` with seven digits: enough to draw, and half the bytes."""
    return [float(f"{values[j]:.7g}") if math.isfinite(values[j]) else 0.0 for j in order]


class Replica:
    """A run as a reader of its patches knows it: the page keeps the same one, in JavaScript.

    Parameters
    ----------
    first : dict
        A whole patch, ``after == 0``.
    """

    def __init__(self, first: Patch) -> None:
        self._parts = dict(first)
        self._rows = {row["i"]: row for row in first["rows"]}
        self._importance = {item["i"]: item for item in first["importance"]}

    @property
    def seq(self) -> int:
        """The last sequence number seen."""
        return int(self._parts["seq"])

    @property
    def state(self) -> str:
        """The run's state."""
        return str(self._parts["status"]["state"])

    @property
    def is_explaining(self) -> bool:
        """True while an explanation is being computed."""
        return any(item["state"] == "running" for item in self._importance.values())

    def apply(self, new: Patch) -> None:
        """Take in what changed; a second time does no harm."""
        self._parts.update({key: new[key] for key in ("seq", "facts", "status", "guardrails") if key in new})
        self._rows.update({row["i"]: row for row in new.get("rows", ())})
        self._importance.update({item["i"]: item for item in new.get("importance", ())})

    def whole(self, now: float) -> Patch:
        """Return everything known as one patch, at the clock time `now`."""
        rows = [self._rows[i] for i in sorted(self._rows)]
        importance = [self._importance[i] for i in sorted(self._importance)]
        status = {**self._parts["status"], "now": now}
        return {**self._parts, "after": 0, "status": status, "rows": rows, "importance": importance}
