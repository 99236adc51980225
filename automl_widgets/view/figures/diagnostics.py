"""Figures of ``diagnostics.json``: matrix, curves, thresholds, residuals, errors by feature, boosting rounds."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automl_widgets.errors import NotFoundError
from automl_widgets.view import readings
from automl_widgets.view.figures.paper import ACCENT, add_lines, plain, sheet
from automl_widgets.view.readings import CURVES, Found, Line, label_of


def available(found: Found) -> list[str]:
    """Return the names of the figures that diagnostics have something for."""
    is_empty = "curves" in found and not found["curves"]["classes"]
    return [name for name, (key, _) in DIAGNOSTICS.items() if key in found and not (name in CURVES and is_empty)]


def diagnostics_figure(found: Found, kind: str, *, of: Sequence[str] = (), feature: str | None = None) -> Any:
    """Return a figure of diagnostics.

    Parameters
    ----------
    found : mapping
        What ``diagnostics.json`` holds.
    kind : str
        One of `DIAGNOSTICS`.
    of : sequence of str, optional
        For curves: averages (micro, macro, weighted) or labels of classes.
    feature : str, optional
        For errors: the feature, by default the one that tells most.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    NotFoundError
        If these diagnostics have no such figure, curve or feature.
    """
    names = available(found)
    if kind not in names:
        raise NotFoundError(f"No figure {kind!r:.80} of this iteration: there are {', '.join(names) or 'none'}.")
    if kind in CURVES:
        return _curves(found, kind, of)
    return _errors(found, feature) if kind == "errors" else DIAGNOSTICS[kind][1](found)


def overlaid(founds: Mapping[str, Found], kind: str) -> Any:
    """Return one figure with the main curve of several iterations, by their names.

    Raises
    ------
    NotFoundError
        If there is no such curve, or an iteration has none.
    """
    if kind not in CURVES:
        raise NotFoundError(f"No curves {kind!r:.80} to compare: there are {', '.join(CURVES)}.")
    axes, lines = CURVES[kind], {}
    for name, found in founds.items():
        if kind not in available(found):
            raise NotFoundError(f"{name} has no {axes.title}: there are {', '.join(available(found)) or 'none'}.")
        for line in readings.curve_lines(found, kind):
            if line.look == "chance":
                lines["chance"] = line
            elif line.look == "main":
                lines[name] = replace(line, words=f"{name}: {line.words}")
    figure = sheet(axes.title, axes.x, axes.y)
    add_lines(figure, list(lines.values()))
    return figure


def _curves(found: Found, kind: str, of: Sequence[str]) -> Any:
    axes = CURVES[kind]
    figure = sheet(axes.title, axes.x, axes.y)
    add_lines(figure, readings.curve_lines(found, kind, of))
    return figure


def _confusion(found: Found) -> Any:
    confusion = found["confusion"]
    names = [plain(label_of(found, code)) for code in confusion["classes"]]
    counts = confusion["counts"]
    shares = [[n / max(1, sum(row)) for n in row] for row in counts]
    figure = sheet(f"Confusion matrix, {confusion['n_wrong']:,} of {found['n_rows']:,} rows wrong", "predicted", "true")
    figure.add_heatmap(
        x=names,
        y=names,
        z=shares,
        text=counts,
        zmin=0,
        zmax=1,
        colorscale="Blues",
        colorbar={"title": "share"},
        texttemplate="%{text}" if len(names) <= 20 else None,
        hovertemplate="true %{y}, predicted %{x}: %{text} rows, %{z:.1%}<extra></extra>",
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(type="category", autorange="reversed")
    return figure


def _thresholds(found: Found) -> Any:
    figure = sheet(f"Thresholds for {plain(label_of(found, found['positive']))}", "threshold", "")
    add_lines(figure, readings.threshold_lines(found))
    return figure


def _predicted_true(found: Found) -> Any:
    seen = found["predicted_true"]
    low, high = seen["edges"]
    figure = sheet("Predicted against true", "true", "predicted")
    if "points" in seen:
        x, y = seen["points"]
        figure.add_scatter(x=x, y=y, mode="markers", name="rows", marker={"color": ACCENT, "size": 5, "opacity": 0.5})
    else:
        n = seen["n_cells"]
        counts: list[list[int | None]] = [[None] * n for _ in range(n)]
        for i, j, count in zip(*seen["cells"], strict=True):
            counts[j][i] = count
        at = [low + (k + 0.5) * (high - low) / n for k in range(n)]
        figure.add_heatmap(x=at, y=at, z=counts, colorscale="Blues", colorbar={"title": "rows"}, hoverongaps=False)
    by = seen["by_truth"]
    perfect = Line(words="perfect", x=(low, high), y=(low, high), look="chance")
    add_lines(figure, [perfect, Line(words="mean prediction", x=by["x"], y=by["mean"], look="other")])
    return figure


def _residuals(found: Found) -> Any:
    residuals = found["residuals"]
    edges = residuals["edges"]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(edges)]
    figure = sheet("Residuals", "predicted − true", "rows")
    figure.add_bar(x=middles, y=residuals["counts"], width=edges[1] - edges[0], marker={"color": ACCENT}, name="rows")
    return figure


def _residuals_by_prediction(found: Found) -> Any:
    by = found["residuals"]["by_prediction"]
    figure = sheet("Residuals by prediction", "predicted", "predicted − true")
    edge = {"x": by["x"], "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    figure.add_scatter(**edge, y=by["low"], showlegend=False)
    figure.add_scatter(**edge, y=by["high"], fill="tonexty", fillcolor="rgba(30,136,229,.2)", name="middle 80 %")
    add_lines(figure, [Line(words="mean", x=by["x"], y=by["mean"])])
    return figure


def _errors(found: Found, feature: str | None = None) -> Any:
    shown = found["features"]["shown"]
    names = [str(one["name"]) for one in shown]
    if feature is not None and str(feature)[:60] not in names:
        near = difflib.get_close_matches(str(feature), names, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise NotFoundError(
            f"No errors by {feature!r:.80} were stored: {hint}There are those of {', '.join(names) or 'no feature'}."
        )
    if not shown:
        raise NotFoundError("No errors by feature were stored: no feature has more than one value.")
    mine = shown[0 if feature is None else names.index(str(feature)[:60])]
    bins = readings.bins_of(mine)
    what = "share of rows wrong" if found["task"] == "classification" else "mean absolute residual"
    figure = sheet(f"Errors by {plain(mine['name'])}", plain(mine["name"]), what)
    rows = [one.n_rows for one in bins]
    figure.add_bar(
        x=[plain(one.words) for one in bins],
        y=[one.error for one in bins],
        customdata=rows,
        marker={"color": ACCENT},
        hovertemplate="%{x}: %{y:.4g}, %{customdata} rows<extra></extra>",
    )
    figure.update_xaxes(type="category")
    return figure


def _rounds(found: Found) -> Any:
    figure = sheet("Boosting rounds", "rounds", plain(found["rounds"]["metric"]))
    add_lines(figure, readings.round_lines(found))
    return figure


DIAGNOSTICS: dict[str, tuple[str, Callable[[Found], Any]]] = {
    "confusion": ("confusion", _confusion),
    **{kind: ("curves", lambda found: None) for kind in CURVES},
    "thresholds": ("thresholds", _thresholds),
    "predicted_true": ("predicted_true", _predicted_true),
    "residuals": ("residuals", _residuals),
    "residuals_by_prediction": ("residuals", _residuals_by_prediction),
    "errors": ("features", _errors),
    "rounds": ("rounds", _rounds),
}
"""Figures by name: the part of the diagnostics that each needs, and what draws it."""
