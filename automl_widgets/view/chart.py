"""The scores of a run as one inline SVG: points, the best so far as steps. Pure; no script, no colour of its own.

It must read on white and on black, so lines and text take the surrounding text's colour.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from automl_widgets.view import standings, wording

WIDTH, HEIGHT = 640, 170
LEFT, RIGHT, TOP, BOTTOM = 64, 12, 14, 24
MAX_POINTS = 300
MAX_STEPS = 100
ACCENT = "#1e88e5"

Point = tuple[int, float]


def chart(patch: dict[str, Any]) -> str:
    """Return the chart of the primary metric by iteration; empty before the first score.

    Parameters
    ----------
    patch : dict
        A whole patch.
    """
    points = [(row["i"], row["score"]) for row in patch["rows"] if row["score"] is not None]
    if not points:
        return ""
    goal, metric = standings.goal(patch), patch["facts"]["primary_metric"]
    best = standings.best_so_far([score for _, score in points], goal)
    steps = [(i, score) for (i, _), score in zip(points, best, strict=True) if score is not None]
    scale = _Scale(points, goal)
    last = points[-1][0]
    drawn = [_axes(scale, last, standings.is_bounded(patch)), _step_line(_corners(steps), scale, last)]
    drawn += [_point(point, scale, goal) for point in thinned(points, steps)]
    label = html.escape(f"{metric} of {len(points):,} iterations, the best {steps[-1][1]:.5g}", quote=True)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{label}" '
        f'style="max-width:100%;height:auto" font-size="11" fill="currentColor">{"".join(drawn)}</svg>'
    )


def thinned(points: Sequence[Point], steps: Sequence[Point]) -> list[Point]:
    """Return at most 300 of the points, in order: those that were the best when they came, and others evenly."""
    if len(points) <= MAX_POINTS:
        return list(points)
    record = [k for k in range(len(points)) if k == 0 or steps[k][1] != steps[k - 1][1]][-MAX_STEPS:]
    n_even = MAX_POINTS - len(record)
    even = {round(k * (len(points) - 1) / (n_even - 1)) for k in range(n_even)}
    return [points[k] for k in sorted({*record, *even})]


class _Scale:
    """Where a score lies: from the worst that is not an outlier to the best."""

    def __init__(self, points: Sequence[Point], goal: str) -> None:
        scores = sorted(score for _, score in points)
        q1, q3 = scores[len(scores) // 4], scores[(3 * len(scores)) // 4]
        low, high = scores[0], scores[-1]
        if goal == "max":
            low = max(low, q1 - 1.5 * (q3 - q1)) if q3 > q1 else low
        else:
            high = min(high, q3 + 1.5 * (q3 - q1)) if q3 > q1 else high
        margin = 0.06 * (high - low) or abs(high) * 0.05 or 1.0
        self.low, self.high = low, high
        self._bottom, self._top = low - margin, high + margin
        self._last = max(points[-1][0], 1)

    def x(self, i: float) -> float:
        return LEFT + i / self._last * (WIDTH - LEFT - RIGHT)

    def y(self, score: float) -> float:
        share = (score - self._bottom) / (self._top - self._bottom)
        return HEIGHT - BOTTOM - min(1.0, max(0.0, share)) * (HEIGHT - TOP - BOTTOM)

    def holds(self, score: float) -> bool:
        return self.low <= score <= self.high


def _axes(scale: _Scale, last: int, bounded: bool) -> str:
    lines = ""
    for score in dict.fromkeys((scale.high, (scale.low + scale.high) / 2, scale.low)):
        y = scale.y(score)
        lines += f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="currentColor" opacity=".15"/>'
        text = wording.score_text(score, bounded)
        lines += f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" opacity=".7">{text}</text>'
    for i, anchor in ((0, "start"), (last, "end")) if last else ((0, "start"),):
        x = scale.x(i)
        lines += f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="{anchor}" opacity=".7">{i:,}</text>'
    middle = f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 6}" text-anchor="middle" opacity=".7">iteration</text>'
    return lines + middle


def _corners(steps: Sequence[Point]) -> list[Point]:
    """Return the points where the best changed; the last hundred of them if there are more."""
    found = [steps[k] for k in range(len(steps)) if k == 0 or steps[k][1] != steps[k - 1][1]]
    return found[-MAX_STEPS:]


def _step_line(corners: Sequence[Point], scale: _Scale, last: int) -> str:
    first, score = corners[0]
    path = f"M{scale.x(first):.1f} {scale.y(score):.1f}"
    path += "".join(f"H{scale.x(i):.1f}V{scale.y(score):.1f}" for i, score in corners[1:])
    path += f"H{scale.x(last):.1f}"
    return f'<path d="{path}" fill="none" stroke="{ACCENT}" stroke-width="2"/>'


def _point(point: Point, scale: _Scale, goal: str) -> str:
    i, score = point
    x, y = scale.x(i), scale.y(score)
    if scale.holds(score):
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" opacity=".55"/>'
    tip = 4 if goal == "max" else -4
    return f'<path d="M{x - 4:.1f} {y - tip:.1f}h8l-4 {2 * tip}z" opacity=".55"/>'
