"""Small charts as inline SVG: lines, bars, points and cells between two axes. Pure; the page's style colours them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from automl_widgets.view.readings import Line, Numbers
from automl_widgets.view.report.html import shown

WIDTH, HEIGHT = 340, 250
LEFT, RIGHT, TOP, BOTTOM = 52, 10, 8, 38
N_TICKS = 5
BAR_HEIGHT, BAR_ROOM = 20, 70
WIDE_BARS, NARROW_BARS = (190, 330), (150, 120)
"""Places for the names and for the bars themselves."""

Span = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where a value lies in the picture."""

    x: Span
    y: Span
    x_title: str
    y_title: str

    def at_x(self, value: float) -> float:
        """Return the place from the left."""
        low, high = self.x
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def at_y(self, value: float) -> float:
        """Return the place from above."""
        low, high = self.y
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def span_of(values: Iterable[float | None], room: float = 0.04) -> Span:
    """Return a range with all the values and some room; never empty.

    >>> span_of([1.0, None, 3.0], 0), span_of([2.0], 0), span_of([])
    ((1.0, 3.0), (1.0, 3.0), (0.0, 1.0))
    """
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return 0.0, 1.0
    low, high = min(known), max(known)
    if low == high:
        half = abs(low) / 2 or 0.5
        return low - half, high + half
    return low - room * (high - low), high + room * (high - low)


def ticks(span: Span, n: int = N_TICKS) -> list[float]:
    """Return round numbers inside a range, about `n` of them.

    >>> ticks((0, 1)), ticks((-3, 12))
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 5.0, 10.0])
    """
    low, high = span
    rough = (high - low) / n
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next((unit * k for k in (1, 2, 5) if unit * k >= rough * 0.999), unit * 10)
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def plot(frame: Frame, marks: Iterable[str], label: str, lines: Sequence[Line] = ()) -> str:
    """Return a chart: marks below, lines above; with a legend if there is more than one line."""
    drawn = [_axes(frame), *marks, *(path(frame, line) for line in lines)]
    picture = _svg(WIDTH, HEIGHT, label, "".join(drawn))
    named = [line for line in lines if line.words]
    keys = "".join(f'<li class="{line.look}"><i></i><bdi>{shown(line.words, 60)}</bdi></li>' for line in named)
    return (f'<ul class="legend">{keys}</ul>' if len(named) > 1 else "") + picture


def path(frame: Frame, line: Line) -> str:
    """Return a line; where a value is missing it has a gap."""
    text, pen_up = "", True
    for x, y in zip(line.x, line.y, strict=True):
        if x is None or y is None:
            pen_up = True
            continue
        text += f"{'M' if pen_up else 'L'}{frame.at_x(x):.1f} {frame.at_y(y):.1f}"
        pen_up = False
    return f'<path class="line {line.look}" d="{text}"/>' if text else ""


def dots(frame: Frame, x: Numbers, y: Numbers) -> str:
    """Return a point for each pair."""
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    return "".join(f'<circle class="dot" cx="{frame.at_x(a):.1f}" cy="{frame.at_y(b):.1f}" r="2.5"/>' for a, b in pairs)


def box(frame: Frame, low: tuple[float, float], high: tuple[float, float], strength: float = 1.0) -> str:
    """Return a filled rectangle between two corners."""
    x, y = frame.at_x(low[0]), frame.at_y(high[1])
    width, height = frame.at_x(high[0]) - x, frame.at_y(low[1]) - y
    opacity = "" if strength == 1.0 else f' opacity="{max(0.08, strength):.2f}"'
    size = f'width="{max(width, 0.5):.1f}" height="{max(height, 0):.1f}"'
    return f'<rect class="fill" x="{x:.1f}" y="{y:.1f}" {size}{opacity}/>'


def bars(rows: Sequence[tuple[str, float, str]], label: str, widths: tuple[int, int] = WIDE_BARS) -> str:
    """Return lying bars: name, length, and the number as text."""
    left, width = widths
    most = max((abs(value) for _, value, _ in rows), default=0.0) or 1.0
    drawn = ""
    for k, (words, value, number) in enumerate(rows):
        y = k * BAR_HEIGHT
        length = max(0.0, abs(value) / most * width)
        drawn += (
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{shown(words, left // 7)}'
            f"<title>{shown(words)}</title></text>"
            f'<rect class="fill" x="{left}" y="{y + 3}" width="{length:.1f}" height="{BAR_HEIGHT - 6}" rx="1"/>'
            f'<text x="{left + length + 6:.1f}" y="{y + 14}">{shown(number, 20)}</text>'
        )
    return _svg(left + width + BAR_ROOM, max(1, len(rows)) * BAR_HEIGHT, label, drawn)


def _axes(frame: Frame) -> str:
    right, floor = WIDTH - RIGHT, HEIGHT - BOTTOM
    drawn = f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{right}"/>'
    for value in ticks(frame.y):
        y = frame.at_y(value)
        drawn += f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>'
        drawn += f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    for value in ticks(frame.x):
        drawn += f'<text x="{frame.at_x(value):.1f}" y="{floor + 15}" text-anchor="middle">{value:g}</text>'
    middle, center = (LEFT + right) / 2, (TOP + floor) / 2
    drawn += f'<text class="title" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{shown(frame.x_title, 50)}</text>'
    turn = f'transform="rotate(-90 11 {center})"'
    return (
        drawn + f'<text class="title" x="11" y="{center}" text-anchor="middle" {turn}>{shown(frame.y_title, 40)}</text>'
    )


def _svg(width: float, height: float, label: str, drawn: str) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg {size} role="img" aria-label="{shown(label, 300)}">{drawn}</svg>'
