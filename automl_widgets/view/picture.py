"""A run as static, self-contained HTML: what a saved notebook shows without a kernel, a script or this package.

Pure. Nothing in it is needed that GitHub, nbviewer or an untrusted notebook strips: the text stands in plain tables
and paragraphs, the style is decoration.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from automl_widgets.view import standings, text, wording
from automl_widgets.view.chart import chart

MAX_ROWS = 50
MAX_NAME = 80
N_FEATURES = 5
SAFE_ID = re.compile(r"[\w.-]+")


def picture(patch: dict[str, Any], note: str = "") -> str:
    """Return the run as HTML of less than 60 kB.

    Parameters
    ----------
    patch : dict
        A whole patch.
    note : str, optional
        One line for the reader, e.g. why there is no live view.

    Returns
    -------
    str
        One ``<div class="automl-picture" data-run="...">``: the live view finds it by these and hides it.
    """
    run = escape(patch["run"], quote=True)
    parts = [
        _quiet_error(patch["run"]),
        f"<p><b>{_name(text.title(patch))}</b><br>{_name(text.progress(patch), 300)}</p>",
        f"<p>{_name(text.best_line(patch), 300)}</p>",
        _setup(patch),
        chart(patch),
        _table(patch),
        _alerts(patch),
        _features(patch),
        f"<p><small>As of {wording.clock_text(patch['status']['now'])}.</small></p>",
        f"<p><small>{_name(note, 300)}</small></p>" if note else "",
    ]
    return f'<div class="automl-picture" data-run="{run}">{"".join(parts)}</div>'


def _name(value: str, length: int = 200) -> str:
    return escape(wording.cut(value, length))


def _setup(patch: dict[str, Any]) -> str:
    """Return how the data script stands, if the run has one."""
    setup, now = patch["status"].get("setup"), patch["status"]["now"]
    if not setup:
        return ""
    words = f"Setup, {setup['script']}: {wording.row_duration(setup, now)}, {wording.setup_text(setup)}"
    return f"<p>{_name(words, 400)}</p>"


def _quiet_error(run_id: str) -> str:
    """Return a style that hides `Error displaying widget: model not found` right above this picture in JupyterLab."""
    if not SAFE_ID.fullmatch(run_id):
        return ""
    sibling = f'.jp-OutputArea-child:has(+ .jp-OutputArea-child .automl-picture[data-run="{run_id}"])'
    return f"<style>{sibling} > .jp-OutputArea-output:not(:has(*)){{display:none}}</style>"


def _table(patch: dict[str, Any]) -> str:
    rows = standings.ranked(patch)
    if not rows:
        return ""
    places, bounded, now = standings.ranks(patch), standings.is_bounded(patch), patch["status"]["now"]
    names = ("", "#", "pipeline", patch["facts"]["primary_metric"], "±", "duration", "state")
    head = "".join(f"<th>{_name(name, 40)}</th>" for name in names)
    body = "".join(_row(row, places.get(row["i"]), bounded, now) for row in rows[:MAX_ROWS])
    more = f"<p>and {len(rows) - MAX_ROWS:,} more</p>" if len(rows) > MAX_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _row(row: dict[str, Any], place: int | None, bounded: bool, now: float) -> str:
    cells = (
        "" if place is None else str(place),
        str(row["i"]),
        _name(wording.pipeline_text(row), MAX_NAME),
        wording.score_text(row["score"], bounded),
        wording.score_text(row["spread"], bounded),
        wording.row_duration(row, now),
        _name(wording.state_text(row), MAX_NAME),
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _alerts(patch: dict[str, Any]) -> str:
    alerts = [rail for rail in patch["guardrails"] if rail["state"] == "alerted"][:10]
    lines = "".join(f"<li>{_name(rail['name'])}: {_name(rail['description'], 300)}</li>" for rail in alerts)
    return f"<p>Look at the data:</p><ul>{lines}</ul>" if lines else ""


def _features(patch: dict[str, Any]) -> str:
    """Return the most important features of the best iteration that has been explained, or of any."""
    done = [item for item in patch["importance"] if item["state"] == "completed" and item["features"]]
    if not done:
        return ""
    item = next((item for item in done if item["i"] == patch["status"]["best"]), done[-1])
    pairs = zip(item["features"][:N_FEATURES], item["overall"], strict=False)
    names = ", ".join(f"{_name(feature, 60)} {value:.3g}" for feature, value in pairs)
    return (
        f"<p>Most important features of iteration {item['i']} (mean |SHAP value|, {_name(item['unit'])}): {names}</p>"
    )
