"""Runs beside each other: scores of their best iterations, how they were asked for and on what data. Pure.

Not here: which is better in what, and what differs (js/src/portal/beside.ts), as the page marks it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from automl_widgets.own import told
from automl_widgets.records import IterationRecord, RunRecord, encode
from automl_widgets.view.portal.listing import MAX_TEXT, Listed, row
from automl_widgets.view.snapshot import describe, metric_infos
from automl_widgets.view.wishes import BadRequestError

LEAST, MOST = 2, 5
_SHOWN_ELSEWHERE = frozenset({"task", "primary_metric", "name"})


def chosen(names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return workspace and run of each name ``<workspace>/<run id>``, each once.

    Raises
    ------
    BadRequestError
        If they are too few or too many.

    Examples
    --------
    >>> chosen(["proj/automl_workspace/AutoML_1", "./AutoML_2"])
    (('proj/automl_workspace', 'AutoML_1'), ('.', 'AutoML_2'))
    >>> chosen(["./AutoML_1", "./AutoML_1"])
    Traceback (most recent call last):
    ...
    BadRequestError: From 2 to 5 different runs are compared, but got 1.
    """
    found = dict.fromkeys(names)
    if not LEAST <= len(found) <= MOST:
        raise BadRequestError(f"From {LEAST} to {MOST} different runs are compared, but got {len(found)}.")
    return tuple((place, run_id) for place, _, run_id in (name.rpartition("/") for name in found))


def column(one: Listed, run: RunRecord, best: IterationRecord | None) -> dict[str, Any]:
    """Return a run as JSON, as `RunColumn` of js/src/portal/types.ts.

    Parameters
    ----------
    one : Listed
        It, as the list shows it.
    run : RunRecord
        It, in full.
    best : IterationRecord or None
        Its best iteration.
    """
    result = best.result if best is not None else None
    return encode(
        {
            **row(one),
            "metrics": metric_infos(run.properties.get("metrics", "")),
            "scores": dict(result.metrics) if result else {},
            "spread": result.spread if result else None,
            "parameters": _texts(result.parameters if result else {}),
            "settings": _texts(_settings(run)),
            "data": _texts(_data(run)),
            "fingerprint": run.profile.fingerprint if run.profile else "",
            "versions": _texts(run.versions),
        }
    )


def _settings(run: RunRecord) -> dict[str, Any]:
    asked = {name: value for name, value in encode(run.settings).items() if name not in _SHOWN_ELSEWHERE}
    return {**asked, "own": told(run.settings.own)}


def _data(run: RunRecord) -> dict[str, Any]:
    profile, plan = run.profile, run.plan
    shape = {"rows": profile.n_rows, "columns": profile.n_columns} if profile else {}
    classes = {"classes": len(profile.classes)} if profile and profile.classes else {}
    return {**shape, **classes, **({"validation": describe(plan.validation)} if plan else {})}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(name)[:MAX_TEXT]: _text(value)[:MAX_TEXT] for name, value in values.items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(one) for one in value) or "none"
    if isinstance(value, Mapping):
        return json.dumps(encode(value), ensure_ascii=False) if value else "none"
    return str(value)
