"""Runs as tables for a terminal, drawn by rich. Not here: which runs, or when (``cli``).

Names and messages come from data and users: they are shown as they are, without markup, control characters as pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from automl_widgets.records import RunRecord
from automl_widgets.view import standings, text, wording

_COLOURS = {
    "completed": "green",
    "running": "blue",
    "failed": "red",
    "crashed": "red",
    "oom": "red",
    "lost": "red",
    "timeout": "yellow",
    "interrupted": "yellow",
}
_NUMBERS = ("rank", "iter.", "iterations", "best", "spread", "duration")
_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {127: "\u2421"}


def plain(value: object, style: str = "") -> Text:
    """Return a text on one line, nothing in it obeyed.

    >>> plain("[red]a" + chr(27) + "[31m").plain
    '[red]a␛[31m'
    """
    return Text(str(value).translate(_PICTURES), style=style)


def short_id(run_id: str) -> str:
    """Return the beginning of a run's id, enough to name it.

    >>> short_id("AutoML_7f3c21e4-90ab-4d11-8a6e-0123456789ab")
    '7f3c21e4'
    """
    return run_id.removeprefix("AutoML_")[:8]


def runs_table(runs: Sequence[RunRecord]) -> Table:
    """Return runs, one a line."""
    rows = []
    for run in runs:
        best = wording.MISSING if run.best_iteration is None else f"{run.best_iteration}"
        started = wording.MISSING if run.started_at is None else wording.clock_text(run.started_at)
        state, planned = plain(run.state, _COLOURS.get(run.state, "")), f"{run.n_iterations:,}"
        names = (plain(run.experiment), plain(run.settings.name))
        rows.append((plain(short_id(run.run_id)), *names, state, Text(planned), Text(best), Text(started)))
    return _table(("run", "experiment", "name", "state", "iterations", "best", "started"), rows)


def run_group(patch: dict[str, Any], max_rows: int | None = None) -> Group:
    """Return a run: how far it is, its best score, its iterations as they rank.

    Parameters
    ----------
    patch : dict
        A whole patch.
    max_rows : int, optional
        Iterations shown; the others are counted.
    """
    rows, places = standings.ranked(patch), standings.ranks(patch)
    bounded, now, metric = standings.is_bounded(patch), patch["status"]["now"], patch["facts"]["primary_metric"]
    lines = []
    for row in rows[:max_rows]:
        spread = wording.score_text(row["spread"], bounded)
        lines.append(
            (
                Text(str(places.get(row["i"], ""))),
                Text(str(row["i"])),
                plain(wording.pipeline_text(row)),
                Text(wording.score_text(row["score"], bounded)),
                Text(spread if spread == wording.MISSING else f"± {spread}"),
                Text(wording.row_duration(row, now)),
                plain(wording.cut(wording.state_text(row), 100), _COLOURS.get(row["state"], "dim")),
            )
        )
    table = _table(("rank", "iter.", "pipeline", metric, "spread", "duration", "state"), lines)
    rest = len(rows) - len(rows[:max_rows])
    head = [plain(text.title(patch), "bold"), plain(text.progress(patch)), plain(text.best_line(patch))]
    return Group(*head, _alerts(patch), table, *([plain(f"and {rest:,} more", "dim")] if rest else []))


def _alerts(patch: dict[str, Any]) -> Text:
    alerts = [rail for rail in patch["guardrails"] if rail["state"] == "alerted"]
    if not alerts:
        return plain(f"guardrails: {len(patch['guardrails'])}, no alert", "dim")
    return plain("guardrails: " + "; ".join(f"{rail['name']}: {rail['description']}" for rail in alerts), "yellow")


def _table(columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    """Return a table in which names take a second line where the terminal is narrow; numbers never do."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for k, column in enumerate(columns):
        gives_way = column in ("experiment", "name", "pipeline", "state")
        widest = max([len(column), *(row[k].cell_len for row in rows)])
        table.add_column(
            plain(column),
            justify="right" if column in _NUMBERS else "left",
            no_wrap=not gives_way,
            overflow="fold",
            min_width=min(widest, 11 if column == "state" else 9) if gives_way else widest,  # `interrupted` is whole
        )
    for row in rows:
        table.add_row(*row)
    return table
