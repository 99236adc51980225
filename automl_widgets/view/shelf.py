"""The runs of a workspace as a list, in HTML: what a notebook shows for `Workspace` and `Experiment`.

Not here: a run itself (``picture``). Links lead to files beside the notebook; without them the text is enough.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from automl_widgets.errors import NotFoundError
from automl_widgets.records import RunRecord
from automl_widgets.view import wording

if TYPE_CHECKING:
    from automl_widgets.store import Store

MAX_RUNS = 20
FILES = (("code", "iterations/{best}/code.py"), ("log", "iterations/{best}/log.txt"))
HEADS = ("run", "state", "metric", "best", "iterations", "started", "duration", "best iteration")
LEFT = 'style="text-align:left"'


def shelf_html(store: Store, experiments: Sequence[str], title: str) -> str:
    """Return the newest runs of each experiment as HTML.

    Parameters
    ----------
    store : Store
        Where they are kept.
    experiments : sequence of str
        The experiments to show, in order.
    title : str
        What they belong to.
    """
    parts = [f"<p><b>{escape(title)}</b></p>"]
    for name in experiments:
        runs = store.runs(name)
        parts.append(
            f"<details open><summary>{escape(name)}: {_plural(len(runs), 'run')}</summary>{_table(store, runs)}"
        )
        parts.append("</details>")
    if not experiments:
        parts.append("<p>No experiment yet: <code>Experiment(ws, name).submit(config)</code> starts the first run.</p>")
    return f'<div class="automl-shelf">{"".join(parts)}</div>'


def _table(store: Store, runs: Sequence[RunRecord]) -> str:
    if not runs:
        return "<p>No run yet.</p>"
    head = "".join(f"<th {LEFT}>{name}</th>" for name in HEADS)
    body = "".join(_row(store, run) for run in runs[:MAX_RUNS])
    more = f"<p>and {len(runs) - MAX_RUNS:,} older ones</p>" if len(runs) > MAX_RUNS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _row(store: Store, run: RunRecord) -> str:
    folder = store.run_folder(run.run_id)
    score, pipeline = _best(store, run)
    cells = (
        f"<code>{escape(run.run_id)}</code>",
        escape(wording.cut(_state(run), 80)),
        escape(run.settings.primary_metric),
        score,
        f"{run.n_iterations:,}",
        wording.clock_text(run.created_at),
        _duration(run),
        " ".join([escape(pipeline), *_links(folder, run.best_iteration)]),
    )
    return "<tr>" + "".join(f"<td {LEFT}>{cell}</td>" for cell in cells) + "</tr>"


def _best(store: Store, run: RunRecord) -> tuple[str, str]:
    if run.best_iteration is None:
        return wording.MISSING, ""
    try:
        best = store.iteration(run.run_id, run.best_iteration)
    except NotFoundError:
        return wording.MISSING, ""
    score = best.result.score if best.result else None
    recipe = best.recipe
    names = [part for part in (recipe.preprocessor, recipe.algorithm) if part] if recipe else []
    return ("–" if score is None else f"{score:.5g}"), wording.cut(f"{best.iteration} {', '.join(names)}".strip(), 80)


def _state(run: RunRecord) -> str:
    word = "cancelled" if run.state == "canceled" else run.state
    return f"{word}: {run.reason}" if run.reason and run.state in ("failed", "interrupted") else word


def _duration(run: RunRecord) -> str:
    if run.started_at is None or run.ended_at is None:
        return wording.MISSING
    return wording.duration_text(run.used_s + run.ended_at - (run.resumed_at or run.started_at))


def _links(folder: Path, best: int | None) -> list[str]:
    """Return links to the files of the best iteration, relative to the current folder: where the notebook lies."""
    found = []
    for word, place in FILES if best is not None else ():
        path = folder / place.format(best=best)
        if path.is_file():
            found.append(f'<a href="{quote(os.path.relpath(path).replace(os.sep, "/"))}">{word}</a>')
    return found


def _plural(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"
