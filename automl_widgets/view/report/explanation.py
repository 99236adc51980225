"""What the features of a model add, in the report: bars of their importance, and each row as a point. Pure."""

from __future__ import annotations

from typing import Any

from automl_widgets.view.readings import Found
from automl_widgets.view.report import svg
from automl_widgets.view.report.html import figure, plural, shown

N_BARS = 20
N_SWARMS = 12
SWARM_ROW, SWARM_LEFT, SWARM_WIDTH, SWARM_ROOM = 24, 190, 400, 20
SWARM_POINTS = 200
N_SLICES = 60
"""Points of a swarm that fall into the same slice are put above and below each other."""


def explanation_parts(importance: Found | None, sample: Found | None) -> list[str]:
    """Return the charts of an explanation, or how to get one.

    Parameters
    ----------
    importance : mapping or None
        `importance` of a patch.
    sample : mapping or None
        ``explanation.json``.
    """
    if importance is None:
        return ["<p>This iteration was not explained. <code>run.explain(iteration)</code> has it done.</p>"]
    if importance["state"] != "completed":
        why = shown(importance["reason"] or "It was still being computed when this was written.", 500)
        return [f"<p>There is no explanation: {why}</p>"]
    parts = [_bars(importance)]
    if sample and sample["rows"]:
        parts += [_swarm(sample, output) for output in _most_telling(sample)]
    return parts


def _bars(importance: Found) -> str:
    pairs = list(zip(importance["features"], importance["overall"], strict=True))
    rows = [(name, value, f"{value:.3g}") for name, value in pairs[:N_BARS]]
    n_more = importance["n_features"] - len(rows)
    more = f" {plural(n_more, 'more feature')} not shown." if n_more > 0 else ""
    unit = f" in {shown(importance['unit'])}" if importance["unit"] else ""
    how = shown(", ".join(filter(None, (importance["method"], plural(importance["n_rows"], "row")))))
    return figure("Importance", svg.bars(rows, "Importance of features"), f"Mean |SHAP value|{unit}; {how}.{more}")


def _most_telling(sample: Found) -> list[Found]:
    """Return the output that is shown, or of many the three that vary most."""
    outputs: list[Any] = list(sample["outputs"])
    size = {id(one): sum(abs(v or 0.0) for values in one["values"] for v in values) for one in outputs}
    return sorted(outputs, key=lambda one: -size[id(one)])[:3]


def _swarm(sample: Found, output: Found) -> str:
    values = [row[:SWARM_POINTS] for row in output["values"][:N_SWARMS]]
    low, high = svg.span_of([0.0, *(v for row in values for v in row)])

    def at(value: float) -> float:
        return SWARM_LEFT + (value - low) / (high - low) * SWARM_WIDTH

    floor = len(values) * SWARM_ROW
    drawn = f'<path class="axis" d="M{at(0.0):.1f} 0V{floor}"/>'
    for k, row in enumerate(values):
        name, middle = sample["features"][k], (k + 0.5) * SWARM_ROW
        drawn += f'<text x="{SWARM_LEFT - 8}" y="{middle + 4}" text-anchor="end">{shown(name, 30)}</text>'
        for value, offset, rank in zip(row, _offsets(row, low, high), _ranks(sample, k), strict=False):
            if value is not None:
                look = f'style="--r:{rank:.0f}%"' if rank is not None else 'class="none"'
                drawn += f'<circle {look} cx="{at(value):.1f}" cy="{middle + offset:.1f}" r="2"/>'
    for value in svg.ticks((low, high)):
        drawn += f'<text x="{at(value):.1f}" y="{floor + 14}" text-anchor="middle">{value:g}</text>'
    size = f"0 0 {SWARM_LEFT + SWARM_WIDTH + SWARM_ROOM} {floor + 18}"
    label = f'aria-label="SHAP values of {plural(len(values[0]), "row")} by feature" role="img"'
    of = f" for <bdi>{shown(output['label'], 60)}</bdi>" if output["label"] else ""
    return figure(
        f"What each feature adds{of}",
        f'<svg class="swarm" viewBox="{size}" {label}>{drawn}</svg>',
        f"A point is a row: right of the line the feature raises the output, in {shown(sample['unit'])}. "
        "Colour: the feature's value, from low (blue) to high (red); grey for categories.",
    )


def _offsets(row: list[float | None], low: float, high: float) -> list[float]:
    """Return how far above or below its line each point stands: those in one slice are spread evenly."""
    seen: dict[int, int] = {}
    offsets = []
    for value in row:
        at = 0 if value is None else int((value - low) / (high - low) * N_SLICES)
        n = seen[at] = seen.get(at, 0) + 1
        step = (n // 2) * 1.3
        offsets.append(max(-SWARM_ROW / 2 + 3, min(SWARM_ROW / 2 - 3, step if n % 2 else -step)))
    return offsets


def _ranks(sample: Found, k: int) -> list[float | None]:
    """Return where the value of each row stands among all of them, in per cent; None for what has no order."""
    cells = sample["cells"][k]
    known = sorted({x for x in cells["x"] if x is not None})
    if cells["kind"] == "category" or len(known) < 2:
        return [None] * len(cells["x"])
    place = {x: 100.0 * at / (len(known) - 1) for at, x in enumerate(known)}
    return [None if x is None else place[x] for x in cells["x"]]
