"""`write_report`: the whole page, and the file. Not here: what a section says (``sections``) or a chart shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import NotFoundError, RunStateError
from automl_widgets.store.files import make_folder, write_atomic
from automl_widgets.view import snapshot, text
from automl_widgets.view.report import sections
from automl_widgets.view.report.diagnostics import diagnostics_parts
from automl_widgets.view.report.explanation import explanation_parts
from automl_widgets.view.report.html import anchor_of, code, section, shown
from automl_widgets.view.report.style import STYLE

if TYPE_CHECKING:
    from automl_widgets.store import Store

MAX_CODE = 200_000
TITLES = (
    "Model card",
    "Data",
    "Leaderboard",
    "Model",
    "Diagnostics",
    "Explanation",
    "Settings and versions",
    "Code",
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Nothing is fetched and no script runs, whatever a name may hold."""


def write_report(
    store: Store,
    run_id: str,
    path: str | Path,
    iteration: int | None = None,
    notes: Mapping[str, str] | None = None,
) -> Path:
    """Write the report of a run.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    path : str or Path
        A file, which is replaced; or a folder, for a file named after the run.
    iteration : int, optional
        The iteration whose model is shown, by default the best.
    notes : mapping, optional
        What only people can say, for the model card: ``{"intended use": "..."}``.

    Returns
    -------
    Path
        Where it is.

    Raises
    ------
    NotFoundError
        If there is no such run or iteration.
    RunStateError
        If that iteration has no score.
    WorkspaceError
        If the file cannot be written.
    """
    page = report_html(store, run_id, iteration, notes)
    target = Path(path).expanduser()
    if target.is_dir():
        target = target / f"{run_id}.html"
    make_folder(target.parent)
    write_atomic(target, page.encode("utf-8", "replace"))
    return target


def report_html(store: Store, run_id: str, iteration: int | None = None, notes: Mapping[str, str] | None = None) -> str:
    """Return the report of a run as one page; the parameters are those of `write_report`."""
    patch = snapshot.patch(store, run_id, 0)
    story = sections.Story(
        run=store.run(run_id),
        patch=patch,
        guardrails=store.guardrails(run_id),
        row=_row(patch, iteration),
        notes=notes or {},
    )
    written = [
        sections.card_parts(story),
        sections.data_parts(story),
        sections.leaderboard_parts(story),
        sections.model_parts(story),
        *_of_iteration(store, story),
    ]
    written.insert(6, sections.settings_parts(story))
    body = "".join(section(title, *parts) for title, parts in zip(TITLES, written, strict=True))
    return _page(patch, body)


def _row(patch: Mapping[str, Any], iteration: int | None) -> Mapping[str, Any] | None:
    """Return the row that is shown."""
    wanted = patch["status"]["best"] if iteration is None else iteration
    row = next((row for row in patch["rows"] if row["i"] == wanted), None)
    if iteration is None:
        return row if row is not None and row["score"] is not None else None
    if row is None:
        raise NotFoundError(f"This run has no iteration {iteration} yet: there are {len(patch['rows'])}.")
    if row["score"] is None:
        raise RunStateError(
            f"Iteration {iteration} is {row['state']} and has no score: {row['reason'] or 'it has not ended'}. "
            "A report shows a model: leave `iteration` out for the best one."
        )
    return row


def _of_iteration(store: Store, story: sections.Story) -> list[list[str]]:
    """Return diagnostics, explanation and code of the iteration that is shown."""
    if story.row is None:
        return [["<p>No iteration has a score.</p>"]] * 3
    i = int(story.row["i"])
    importance = next((one for one in story.patch["importance"] if one["i"] == i), None)
    diagnostics, sample = (_read(store, story.run.run_id, i, f"{name}.json") for name in ("diagnostics", "explanation"))
    source = _read_text(store, story.run.run_id, i, "code.py")
    script = f"<pre>{code(source, MAX_CODE)}</pre>" if source else "<p>No code was stored with this iteration.</p>"
    words = "<p>This script builds the same pipeline, unfitted; fit it to the same rows to have the model again.</p>"
    return [
        _readable(lambda: diagnostics_parts(diagnostics)),
        _readable(lambda: explanation_parts(importance, sample)),
        [words, script],
    ]


def _readable(write: Callable[[], list[str]]) -> list[str]:
    """Return a section; a file that is damaged, or a stranger's, does not take the others along."""
    try:
        return write()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return [f"<p>What is stored cannot be read: {shown(f'{type(error).__name__}: {error}', 300)}</p>"]


def _read_text(store: Store, run_id: str, i: int, name: str) -> str | None:
    try:
        return store.read_file(run_id, i, name)
    except NotFoundError:
        return None


def _read(store: Store, run_id: str, i: int, name: str) -> dict[str, Any] | None:
    """Return a JSON file of an iteration; None if it is not there, or damaged."""
    found = _read_text(store, run_id, i, name)
    try:
        value = json.loads(found) if found else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _page(patch: dict[str, Any], body: str) -> str:
    title = shown(patch["facts"]["name"], 100)
    links = "".join(f'<a href="#{anchor_of(name)}">{name}</a>' for name in TITLES)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}: report</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{title}</h1><p>{shown(text.best_line(patch), 300)}</p>"
        f'<p class="dim">{shown(text.progress(patch), 300)}</p><nav>{links}</nav></header><main>{body}</main>'
        "</body></html>\n"
    )
