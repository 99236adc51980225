"""The diagnostics of an iteration in the report: matrix, curves, residuals, errors by feature, rows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from automl_widgets.view import readings
from automl_widgets.view.readings import CURVES, Bin, Found, Line, bins_of, label_of
from automl_widgets.view.report import svg
from automl_widgets.view.report.html import figure, plural, shown, table

MAX_MATRIX = 20
"""More classes than this: only the most frequent errors."""
N_FEATURES = 6
N_WORST = 10
UNITS: svg.Span = (0.0, 1.0)


def diagnostics_parts(found: Found | None) -> list[str]:
    """Return the charts of an iteration, or why there are none."""
    if found is None:
        return ["<p>No diagnostics were stored with this iteration.</p>"]
    if "reason" in found:
        return [f"<p>{shown(found['reason'], 500)}</p>"]
    charts = [*_classification(found), *_regression(found), *_rounds(found)]
    scope = f"<p>Of {_scope(found)}.</p>"
    return [scope, _matrix(found), f'<div class="charts">{"".join(charts)}</div>', _features(found), _worst(found)]


def _scope(found: Found) -> str:
    of = "validation data" if found.get("rows_of") == "validation" else "training data"
    folds = f", {plural(found['n_folds'], 'fold')} together" if found["n_folds"] > 1 else ""
    return f"predictions for {plural(found['n_rows'], 'row')} of the {of} that the model had not seen{folds}"


# ---------------------------------------------------------------- classes


def _matrix(found: Found) -> str:
    confusion = found.get("confusion")
    if confusion is None:
        return ""
    n_classes, wrong = found["n_classes"], confusion["n_wrong"]
    words = f"{wrong:,} of {found['n_rows']:,} rows wrong. Rows: true. Columns: predicted."
    if n_classes <= MAX_MATRIX:
        return figure("Confusion matrix", _grid(found, confusion), words)
    pairs = (
        (shown(label_of(found, true), 60), shown(label_of(found, read), 60), f"{count:,}")
        for true, read, count in confusion["frequent"]
    )
    heads = ("true", "predicted", "rows")
    return figure(f"Most frequent errors of {n_classes:,} classes", table(heads, pairs, n_words=2), words)


def _grid(found: Found, confusion: Found) -> str:
    names = [f"<bdi>{shown(label_of(found, code), 24)}</bdi>" for code in confusion["classes"]]
    counts = confusion["counts"]
    most = max((count for k, row in enumerate(counts) for j, count in enumerate(row) if j != k), default=0) or 1

    def cell(k: int, j: int, count: int) -> str:
        if k == j or not count:
            return f"<b>{count:,}</b>" if k == j else "·"
        return f'<span class="wrong" style="--p:{16 + 34 * (count / most) ** 0.5:.0f}%">{count:,}</span>'

    rows = ([names[k], *(cell(k, j, count) for j, count in enumerate(row))] for k, row in enumerate(counts))
    return table(["", *names], rows)


def _classification(found: Found) -> Iterator[str]:
    if not found.get("curves", {}).get("classes"):
        return
    for kind, axes in CURVES.items():
        lines = readings.curve_lines(found, kind)
        y = UNITS if kind != "lift" else (0.0, svg.span_of([v for line in lines for v in line.y])[1])
        frame = svg.Frame(x=UNITS, y=y, x_title=axes.x, y_title=axes.y)
        marks = [svg.dots(frame, line.x, line.y) for line in lines if kind == "calibration" and line.look == "main"]
        yield figure(axes.title, svg.plot(frame, marks, _label(axes.title, lines), lines))
    if "thresholds" in found:
        lines = readings.threshold_lines(found)
        frame = svg.Frame(x=UNITS, y=UNITS, x_title="threshold", y_title="")
        positive = shown(label_of(found, found["positive"]), 60)
        title = f"Thresholds for <bdi>{positive}</bdi>"
        yield figure(title, svg.plot(frame, (), _label("By threshold", lines), lines))


def _label(title: str, lines: list[Line]) -> str:
    return f"{title}: {', '.join(line.words for line in lines if line.look != 'chance')}"


# ---------------------------------------------------------------- values


def _regression(found: Found) -> Iterator[str]:
    seen, residuals = found.get("predicted_true"), found.get("residuals")
    if seen is None or residuals is None:
        return
    yield figure("Predicted against true", _predicted(seen), _outside(seen["n_outside"]))
    edges, counts = residuals["edges"], residuals["counts"]
    frame = svg.Frame(
        x=(edges[0], edges[-1]), y=(0.0, max(1, *counts) * 1.05), x_title="predicted − true", y_title="rows"
    )
    boxes = [svg.box(frame, (edges[k], 0.0), (edges[k + 1], float(n))) for k, n in enumerate(counts) if n]
    spread = f"Mean {readings.edge_text(residuals['mean'])}, standard deviation {readings.edge_text(residuals['std'])}."
    yield figure("Residuals", svg.plot(frame, boxes, "Histogram of the residuals"), spread)
    by = residuals["by_prediction"]
    if len(by["x"]) > 1:
        frame = svg.Frame(
            x=svg.span_of(by["x"]),
            y=svg.span_of([*by["low"], *by["high"], 0.0]),
            x_title="predicted",
            y_title="predicted − true",
        )
        lines = [
            Line(words="", x=frame.x, y=(0, 0), look="chance"),
            Line(words="10 and 90 %", x=by["x"], y=by["low"], look="other"),
            Line(words="", x=by["x"], y=by["high"], look="other"),
            Line(words="mean", x=by["x"], y=by["mean"]),
        ]
        yield figure("Residuals by prediction", svg.plot(frame, (), "Residuals by prediction", lines))


def _predicted(seen: Found) -> str:
    low, high = seen["edges"]
    frame = svg.Frame(x=(low, high), y=(low, high), x_title="true", y_title="predicted")
    marks = [svg.dots(frame, *seen["points"])] if "points" in seen else list(_cells(frame, seen))
    by = seen["by_truth"]
    lines = [
        Line(words="perfect", x=(low, high), y=(low, high), look="chance"),
        Line(words="mean prediction", x=by["x"], y=by["mean"]),
    ]
    return svg.plot(frame, marks, "Predicted against true values", lines)


def _cells(frame: svg.Frame, seen: Found) -> Iterator[str]:
    start, size = seen["edges"][0], (seen["edges"][1] - seen["edges"][0]) / seen["n_cells"]
    most = max(seen["cells"][2], default=1)
    for x, y, count in zip(*seen["cells"], strict=True):
        low = (start + x * size, start + y * size)
        yield svg.box(frame, low, (low[0] + size, low[1] + size), 0.8 * (count / most) ** 0.5)


def _outside(n: int) -> str:
    return f"{plural(n, 'row')} outside of the picture." if n else ""


# ---------------------------------------------------------------- both


def _rounds(found: Found) -> Iterator[str]:
    if "rounds" not in found:
        return
    lines = readings.round_lines(found)
    x = svg.span_of([0.0, *found["rounds"]["round"]], 0)
    frame = svg.Frame(
        x=x, y=svg.span_of(v for line in lines for v in line.y), x_title="rounds", y_title=found["rounds"]["metric"]
    )
    yield figure("Boosting rounds", svg.plot(frame, (), "Loss by boosting rounds", lines), "First fold.")


def _features(found: Found) -> str:
    features = found.get("features", {}).get("shown", [])
    told = [one for one in features if one["tells"] > 0][:N_FEATURES]
    if not told:
        return ""
    what = "share of rows wrong" if found["task"] == "classification" else "mean absolute residual"
    parts = [_bins(one, bins_of(one), found["task"] == "classification") for one in told]
    return f"<h3>Where it errs: {what} by feature</h3><div class='charts'>{''.join(parts)}</div>"


def _bins(feature: Found, bins: list[Bin], is_share: bool) -> str:
    rows = [(one.words, one.error, f"{one.error:.1%}" if is_share else f"{one.error:.4g}") for one in bins]
    return figure(
        f"<bdi>{shown(feature['name'], 60)}</bdi>", svg.bars(rows, f"Error by {feature['name']}", svg.NARROW_BARS)
    )


def _worst(found: Found) -> str:
    worst: list[Any] = found.get("worst", [])[:N_WORST]
    if not worst:
        return ""
    if found["task"] == "classification":
        heads, rows = (
            ("row", "true", "predicted", "P(true)", "loss"),
            [
                [
                    f"{one['row']:d}",
                    shown(label_of(found, one["true"]), 60),
                    shown(label_of(found, one["predicted"]), 60),
                    f"{one['p_true']:.4f}",
                    f"{one['loss']:.2f}",
                ]
                for one in worst
            ],
        )
    else:
        heads = ("row", "true", "predicted", "residual", "")
        keys = ("true", "predicted", "residual")
        rows = [[f"{one['row']:d}", *(readings.edge_text(one[key]) for key in keys), ""] for one in worst]
    words = f"Positions in the {found.get('rows_of', 'training')} data, counted from 0."
    return figure(
        "Rows with the largest loss", table(heads, rows, n_words=3 if found["task"] == "classification" else 0), words
    )
