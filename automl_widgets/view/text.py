"""A run as lines of text, for terminals and for readers that show nothing else. Pure."""

from __future__ import annotations

from typing import Any

from automl_widgets.view import standings, wording

MAX_ROWS = 20
WIDTHS = {"rank": 4, "#": 5, "pipeline": 44, "score": 12, "duration": 10}


def text_table(patch: dict[str, Any], max_rows: int = MAX_ROWS) -> str:
    """Return the run's state, its best score and its first rows as text.

    Parameters
    ----------
    patch : dict
        A whole patch.
    max_rows : int, default 20
        Rows shown; the others are counted.
    """
    rows = standings.ranked(patch)
    places, bounded, now = standings.ranks(patch), standings.is_bounded(patch), patch["status"]["now"]
    head = [title(patch), progress(patch), best_line(patch), ""]
    lines = [_line("", "#", "pipeline", patch["facts"]["primary_metric"], "duration", "state")]
    if setup := patch["status"].get("setup"):
        state = wording.cut(wording.setup_text(setup), 60)
        lines.append(_line("", "", "Setup", "", wording.row_duration(setup, now), state))
    for row in rows[:max_rows]:
        name, score = wording.pipeline_text(row), wording.score_text(row["score"], bounded)
        state = wording.cut(wording.state_text(row), 60)
        place = str(places.get(row["i"], ""))
        lines.append(_line(place, str(row["i"]), name, score, wording.row_duration(row, now), state))
    if len(rows) > max_rows:
        lines.append(f"and {len(rows) - max_rows:,} more")
    return "\n".join([line for line in head if line is not None] + lines).rstrip() + "\n"


def _line(rank: str, number: str, pipeline: str, score: str, duration: str, state: str) -> str:
    name = wording.cut(pipeline, WIDTHS["pipeline"])
    metric = wording.cut(score, WIDTHS["score"] + 8)
    cells = [
        rank.rjust(WIDTHS["rank"]),
        number.rjust(WIDTHS["#"]),
        name.ljust(WIDTHS["pipeline"]),
        metric.rjust(WIDTHS["score"]),
        duration.rjust(WIDTHS["duration"]),
        state,
    ]
    return "  ".join(cells).rstrip()


def title(patch: dict[str, Any]) -> str:
    """Return `digits (AutoML_7f3c): running`."""
    status = patch["status"]
    return f"{patch['facts']['name']} ({patch['run']}): {status['state']}"


def progress(patch: dict[str, Any]) -> str:
    """Return how far the run is: `14 of 20 iterations, 2 running, 1 without a score, 1 m 52 s`."""
    status, count = patch["status"], standings.counts(patch)
    parts = [f"{count['done']:,} of {count['planned']:,} iterations"]
    parts += [f"{count['running']} running"] * bool(count["running"])
    parts += [f"{count['without_score']} without a score"] * bool(count["without_score"])
    parts += [wording.run_duration(status)] * (status["started_at"] is not None)
    why = status["reason"] or status["stage"]
    return ", ".join(parts) + (f"; {wording.cut(why, 200)}" if why else "")


def best_line(patch: dict[str, Any]) -> str:
    """Return the best score with its iteration, or that there is none yet."""
    best, metric = standings.best_row(patch), patch["facts"]["primary_metric"]
    if best is None:
        return f"{metric}: no score yet"
    bounded = standings.is_bounded(patch)
    spread = f" ± {wording.score_text(best['spread'], bounded)}" if best["spread"] is not None else ""
    score = wording.score_text(best["score"], bounded) + spread
    return f"best {metric}: {score}, iteration {best['i']}, {wording.pipeline_text(best)}"
