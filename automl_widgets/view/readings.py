"""What ``diagnostics.json`` tells, as lines and bars that any chart can draw. Pure; not here: how they look.

The page has its own in js/src/views/diagnostics-curves.ts: the same curves are shown everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from automl_widgets.errors import NotFoundError

Found: TypeAlias = Mapping[str, Any]
Numbers: TypeAlias = Sequence[float | None]
Look: TypeAlias = Literal["main", "other", "chance"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a chart, with its name in the legend."""

    words: str
    x: Numbers
    y: Numbers
    look: Look = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What a chart is called, and its axes."""

    title: str
    x: str
    y: str


CURVES: dict[str, Axes] = {
    "roc": Axes(title="ROC", x="false positive rate", y="true positive rate"),
    "precision_recall": Axes(title="Precision and recall", x="recall", y="precision"),
    "gain": Axes(title="Gain", x="share of rows, most probable first", y="share of the class found"),
    "lift": Axes(title="Lift", x="share of rows, most probable first", y="times better than chance"),
    "calibration": Axes(title="Calibration", x="predicted probability", y="share that came true"),
}
AVERAGES = ("micro", "macro", "weighted")
CHANCE: dict[str, Line] = {
    "roc": Line(words="chance", x=(0, 1), y=(0, 1), look="chance"),
    "gain": Line(words="chance", x=(0, 1), y=(0, 1), look="chance"),
    "lift": Line(words="chance", x=(0, 1), y=(1, 1), look="chance"),
    "calibration": Line(words="perfect", x=(0, 1), y=(0, 1), look="chance"),
}


def label_of(found: Found, code: object) -> str:
    """Return the label of a class by its code."""
    return str(found.get("labels", {}).get(str(code), code))


def curve_lines(found: Found, kind: str, of: Sequence[str] = ()) -> list[Line]:
    """Return the lines of a chart of probabilities.

    Parameters
    ----------
    found : mapping
        Diagnostics of a classification.
    kind : str
        One of `CURVES`.
    of : sequence of str, optional
        Averages (micro, macro, weighted) or labels of classes; by default the positive class, or the weighted average
        and the class with the lowest area.

    Raises
    ------
    NotFoundError
        If there is no curve of that name, with the names that there are.
    """
    chosen = [_named(found, name) for name in of] or _default(found, kind)
    lines = []
    for place, (words, curves) in enumerate(chosen):
        x, y, number = _points(curves, kind)
        if x:
            words_too = words if number is None else f"{words} {number:.4f}"
            lines.append(Line(words=words_too, x=x, y=y, look="main" if place == 0 else "other"))
    return ([CHANCE[kind]] if kind in CHANCE and lines else []) + lines


def _named(found: Found, name: str) -> tuple[str, Found]:
    curves = found["curves"]
    classes = {label_of(found, one["class"]): one for one in curves["classes"]}
    known = {**curves["averages"], **classes}
    if name not in known:
        raise NotFoundError(f"No curve of {name!r:.80}: there are {', '.join(list(known)[:30]) or 'none'}.")
    return name, known[name]


def _default(found: Found, kind: str) -> list[tuple[str, Found]]:
    curves, positive = found["curves"], found.get("positive")
    mine = [one for one in curves["classes"] if positive is not None and one["class"] == positive]
    if mine:
        return [(label_of(found, positive), mine[0])]
    if not curves["classes"]:
        return []
    if kind == "calibration":
        return [("all classes", curves["averages"]["micro"])]
    area = kind if kind in ("roc", "precision_recall") else "roc"
    lowest = min(curves["classes"], key=lambda one: 1.0 if one[area]["area"] is None else one[area]["area"])
    worst = (f"{label_of(found, lowest['class'])}, the lowest", lowest)
    return [("weighted", curves["averages"]["weighted"]), *([worst] if len(curves["classes"]) > 2 else [])]


def _points(curves: Found, kind: str) -> tuple[Numbers, Numbers, float | None]:
    """Return a curve's points, and the number that sums it up."""
    if kind == "calibration":
        found = curves["calibration"]
        return found.get("predicted", ()), found.get("happened", ()), found["error"]
    line = curves["gain" if kind == "lift" else kind]
    x, y = line["x"], line["y"]
    if kind == "lift":
        pairs = [(a, b / a) for a, b in zip(x, y, strict=True) if a and b is not None]
        return [a for a, _ in pairs], [b for _, b in pairs], None
    return x, y, line.get("area")


def threshold_lines(found: Found) -> list[Line]:
    """Return precision, recall and F1 of the positive class by the threshold of its probability."""
    table = found["thresholds"]
    precision, recall, f1 = [], [], []
    for hits, false_alarms, _, missed in table["counts"]:
        precision.append(hits / (hits + false_alarms) if hits + false_alarms else None)
        recall.append(hits / (hits + missed) if hits + missed else None)
        f1.append(2 * hits / (2 * hits + false_alarms + missed) if hits + false_alarms + missed else None)
    named = (("precision", precision), ("recall", recall), ("F1", f1))
    return [
        Line(words=words, x=table["threshold"], y=y, look="main" if words == "F1" else "other") for words, y in named
    ]


def round_lines(found: Found) -> list[Line]:
    """Return the loss by boosting rounds, on rows learnt from and on rows held back."""
    rounds = found["rounds"]
    return [
        Line(words="rows learnt from", x=rounds["round"], y=rounds["trained"], look="other"),
        Line(words="rows held back", x=rounds["round"], y=rounds["held"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A part of a feature's range, and how wrong the model is there."""

    words: str
    error: float
    bias: float | None
    n_rows: int


def bins_of(feature: Found) -> list[Bin]:
    """Return the bins of a feature that have rows."""
    levels, last = feature.get("levels", []), len(feature["counts"]) - 1
    bias = feature.get("bias") or [None] * (last + 1)

    def words(k: int) -> str:
        if k == last:
            return "missing"
        if feature["kind"] == "category":
            return str(levels[k]) if k < len(levels) else "others"
        low, high = feature["edges"][k], feature["edges"][k + 1]
        return f"{edge_text(low, feature['kind'])} to {edge_text(high, feature['kind'])}"

    rows = enumerate(zip(feature["counts"], feature["error"], bias, strict=True))
    return [
        Bin(words=words(k), error=error, bias=side, n_rows=count)
        for k, (count, error, side) in rows
        if count and error is not None
    ]


def edge_text(value: float | None, kind: str = "number") -> str:
    """Return a number of a feature for people, times as dates.

    >>> edge_text(0.12345678), edge_text(1_700_000_000, "time"), edge_text(None)
    ('0.1235', '2023-11-14', '–')
    """
    if value is None:
        return "–"
    return time.strftime("%Y-%m-%d", time.gmtime(value)) if kind == "time" else f"{value:.4g}"
