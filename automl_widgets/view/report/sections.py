"""The sections of the report around its charts: model card, data, leaderboard, model, settings. Values to HTML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automl_widgets.own import told
from automl_widgets.records import Guardrail, Profile, RunRecord, encode
from automl_widgets.view import standings, wording
from automl_widgets.view.chart import chart
from automl_widgets.view.report import svg
from automl_widgets.view.report.html import facts, figure, plural, shown, table
from automl_widgets.view.snapshot import describe

MAX_ROWS = 300
MAX_COLUMNS = 200
MAX_CLASSES = 30
MAX_DETAILS = 10
MAX_VERSIONS = 60
NOTES = ("intended use", "not intended for", "ethical considerations", "owner", "licence")
"""What only people can say; others may be given, too."""
MARKS = {"passed": "passed", "done": "repaired", "alerted": "look at it"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that the sections tell of."""

    run: RunRecord
    patch: Mapping[str, Any]
    guardrails: tuple[Guardrail, ...] = ()
    row: Mapping[str, Any] | None = None
    """The iteration that is shown, of the patch; None before there is one with a score."""
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_bounded(self) -> bool:
        """Whether the primary metric has a best and a worst value."""
        return standings.is_bounded(dict(self.patch))

    def score(self, value: float | None) -> str:
        """Return a score of the primary metric as text."""
        return wording.score_text(value, self.is_bounded)


# ---------------------------------------------------------------- card


def card_parts(story: Story) -> list[str]:
    """Return what a reader must know before using the model."""
    run, row = story.run, story.row
    known = [
        ("Task", shown(run.settings.task)),
        ("Trained on", _rows_and_columns(run.profile)),
        ("Judged by", f"{shown(run.settings.primary_metric)}, {_validation(run)}"),
        ("Run", f"<code>{shown(run.run_id)}</code> of {shown(run.experiment)}, {wording.clock_text(run.created_at)}"),
        ("Made with", f"automl_widgets {shown(run.versions.get('automl_widgets', ''))}, random state {_seed(run)}"),
    ]
    model = [("Model", f"<b>{shown(wording.pipeline_text(dict(row)))}</b>, iteration {row['i']}")] if row else []
    best = [("Score", _score_words(story))] if row else [("Model", "none: no iteration has a score")]
    notes = {**dict.fromkeys(NOTES, ""), **story.notes}
    asked = [(shown(key).capitalize(), shown(text, 2000) or _unsaid()) for key, text in notes.items()]
    cautions = "".join(f"<li>{line}</li>" for line in _cautions(story))
    return [facts([*model, *best, *known, *asked]), f"<h3>Cautions</h3><ul>{cautions}</ul>" if cautions else ""]


def _unsaid() -> str:
    return '<span class="dim">not stated</span>'


def _seed(run: RunRecord) -> str:
    return str(run.settings.random_state)


def _rows_and_columns(profile: Profile | None) -> str:
    if profile is None:
        return "data that have not been read"
    return f"{plural(profile.n_rows, 'row')}, {plural(profile.n_columns, 'column')}"


def _validation(run: RunRecord) -> str:
    return shown(describe(run.plan.validation)) if run.plan else "no rows held back yet"


def _score_words(story: Story) -> str:
    row = story.row or {}
    spread = "" if row["spread"] is None else f" ± {story.score(row['spread'])} over {len(row['folds'])} folds"
    return f"{shown(story.run.settings.primary_metric)} <b>{story.score(row['score'])}</b>{spread}"


def _cautions(story: Story) -> list[str]:
    """Return what was found that weakens trust: alerts, warnings of the model, a run that has not ended."""
    found = [f"{shown(r.name)}: {shown(r.description, 400)}" for r in story.guardrails if r.state == "alerted"]
    found += [shown(text, 400) for text in (story.row or {}).get("warnings", ())]
    if story.run.state != "completed":
        found.append(f"The run is {shown(story.run.state)}: {shown(story.run.reason or 'it has not ended', 300)}.")
    n_tried = sum(row["score"] is not None for row in story.patch["rows"])
    if n_tried > 1:
        found.append(
            f"The model is the best of {n_tried:,} by the same rows that its score is of, so the score is a little too "
            "good. Rows that no part of the search has seen tell how good it is."
        )
    return found


# ---------------------------------------------------------------- data


def data_parts(story: Story) -> list[str]:
    """Return the profile of the data and the verdicts on them."""
    profile = story.run.profile
    parts = [_profile(profile), _classes(profile), _columns(profile)] if profile else ["<p>No data were read.</p>"]
    return [*parts, "<h3>Guardrails</h3>", *(_rail(rail) for rail in (*story.run.notices, *story.guardrails))]


def _profile(profile: Profile) -> str:
    purposes = Counter(profile.column_purposes).most_common()
    known = [
        ("Rows and columns", _rows_and_columns(profile)),
        ("Columns by purpose", ", ".join(f"{shown(name)} {n:,}" for name, n in purposes)),
        ("Missing", f"{plural(profile.n_missing_cells, 'cell')}, {plural(profile.n_missing_labels, 'label')}"),
        ("Size", f"{profile.size_mb:.3g} MB{', sparse' if profile.is_sparse else ''}"),
        ("Weights", "yes" if profile.has_weights else "no"),
    ]
    if profile.y_min is not None and profile.y_max is not None:
        known.append(("Target", f"{profile.y_min:.6g} to {profile.y_max:.6g}"))
    if profile.fingerprint:
        known.append(("Fingerprint", f"<code>{shown(profile.fingerprint, 80)}</code>"))
    return facts(known)


def _classes(profile: Profile) -> str:
    if not profile.class_counts:
        return ""
    pairs = sorted(zip(profile.classes, profile.class_counts, strict=True), key=lambda pair: -pair[1])
    rows = [(str(label), float(n), f"{n:,}") for label, n in pairs[:MAX_CLASSES]]
    more = f"and {len(pairs) - MAX_CLASSES:,} more classes" if len(pairs) > MAX_CLASSES else ""
    return figure("Rows of each class", svg.bars(rows, "Rows of each class"), more)


def _columns(profile: Profile) -> str:
    pairs = list(zip(profile.feature_names, profile.column_purposes, strict=False))
    rows = [[f"<bdi>{shown(name, 80)}</bdi>", shown(purpose)] for name, purpose in pairs[:MAX_COLUMNS]]
    more = f"<p>and {plural(len(pairs) - MAX_COLUMNS, 'more column')}</p>" if len(pairs) > MAX_COLUMNS else ""
    return f"<details><summary>Columns</summary>{table(('column', 'purpose'), rows, n_words=2)}{more}</details>"


def _rail(rail: Guardrail) -> str:
    head = f'<p><span class="mark {shown(rail.state)}">{MARKS.get(rail.state, "")}</span> <b>{shown(rail.name)}</b>: '
    text = f"{head}{shown(rail.description, 600)}</p>"
    if not rail.details:
        return text
    heads = list(dict.fromkeys(key for detail in rail.details[:MAX_DETAILS] for key in detail))[:8]
    rows = [[shown(detail.get(key, ""), 120) for key in heads] for detail in rail.details[:MAX_DETAILS]]
    more = len(rail.details) - MAX_DETAILS
    return (
        text + table([shown(head, 40) for head in heads], rows, n_words=9) + (f"<p>and {more:,} more</p>" * (more > 0))
    )


# ---------------------------------------------------------------- iterations


def leaderboard_parts(story: Story) -> list[str]:
    """Return the scores as they came, and the iterations as they rank."""
    whole = dict(story.patch)
    rows, places = standings.ranked(whole), standings.ranks(whole)
    if not rows:
        return ["<p>No iteration has been started.</p>"]
    now, metric = whole["status"]["now"], shown(whole["facts"]["primary_metric"], 40)
    lines = [
        [
            str(places.get(row["i"], "")),
            str(row["i"]),
            shown(wording.pipeline_text(row), 80),
            shown(wording.state_text(row), 120),
            story.score(row["score"]),
            story.score(row["spread"]),
            wording.row_duration(row, now),
        ]
        for row in rows[:MAX_ROWS]
    ]
    more = f"<p>and {len(rows) - MAX_ROWS:,} more</p>" if len(rows) > MAX_ROWS else ""
    heads = ("rank", "#", "pipeline", "state", metric, "±", "duration")
    return [chart(whole), table(heads, lines, n_words=4), more]


def model_parts(story: Story) -> list[str]:
    """Return metrics, hyper-parameters and members of the iteration that is shown."""
    row = story.row
    if row is None:
        return ["<p>No iteration has a score.</p>"]
    metrics = [[shown(name), wording.score_text(value, True)] for name, value in sorted(row["metrics"].items())]
    folds = ", ".join(story.score(score) for score in row["folds"])
    used = [
        ("Folds", folds or wording.MISSING),
        (
            "Time to fit",
            f"{wording.duration_text(row['fit_s'])} in the folds, {wording.duration_text(row['refit_s'])} at the end",
        ),
        ("Time to predict", f"{row['predict_ms']:.3g} ms for 1,000 rows" if row["predict_ms"] else wording.MISSING),
        ("Size", f"{row['model_mb']:.3g} MB" if row["model_mb"] else wording.MISSING),
    ]
    return [facts(used), _members(story, row), table(("metric", "mean over the folds"), metrics), _parameters(row)]


def _members(story: Story, row: Mapping[str, Any]) -> str:
    if not row["members"]:
        return ""
    by = {one["i"]: one for one in story.patch["rows"]}
    rows = [
        [
            str(one["i"]),
            shown(wording.pipeline_text(by[one["i"]]) if one["i"] in by else "", 80),
            f"{one['weight']:.4f}",
        ]
        for one in row["members"]
    ]
    return table(("#", "member", "weight"), rows, n_words=2, caption="The ensemble's members")


def _parameters(row: Mapping[str, Any]) -> str:
    changed = set(row["changed"])
    rows = [
        [f"<b>{shown(name)}</b>" if name in changed else shown(name), shown(_text(value), 200)]
        for name, value in sorted(row["params"].items(), key=lambda pair: (pair[0] not in changed, pair[0]))
    ]
    if not rows:
        return ""
    inner = table(("parameter", "value"), rows, n_words=2)
    return f"<details><summary>Hyper-parameters; bold where they are not the default</summary>{inner}</details>"


def settings_parts(story: Story) -> list[str]:
    """Return what was asked for, and the versions that it was done with."""
    settings = story.run.settings
    asked: Mapping[str, Any] = {**encode(settings), "own": told(settings.own)}
    rows = [[shown(name), shown(_text(value), 300)] for name, value in asked.items() if value is not None]
    versions = [[shown(name), shown(version, 60)] for name, version in sorted(story.run.versions.items())]
    return [
        table(("setting", "value"), rows, n_words=2),
        table(("package", "version"), versions[:MAX_VERSIONS], n_words=2),
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
