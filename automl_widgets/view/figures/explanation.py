"""Figures of SHAP values: importance, beeswarm, dependence of a feature, one row as a waterfall."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.errors import NotFoundError
from automl_widgets.view.figures.paper import ACCENT, GREY, OTHER, ROOM, ROW_HEIGHT, SCALE, plain, sheet

N_WATERFALL = 10
N_SLICES = 60
MAX_LEVELS = 8

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """SHAP values of some rows, with the rows themselves where they are at hand.

    ``expected + values.sum(axis=-1)`` is the model's output, in `unit`.
    """

    values: Floats
    """(n_outputs, n_rows, n_features)."""
    expected: Floats
    """(n_outputs,)"""
    features: Sequence[str]
    labels: Sequence[str] = ("",)
    """One an output: the classes, or nothing for regression."""
    unit: str = ""
    rows: npt.NDArray[np.int64]
    """(n_rows,): positions in the table that they come from."""
    table: Any = None
    """DataFrame of shape (n_rows, n_features): the rows; None if they are not kept."""

    def output(self, label: object | None) -> int:
        """Return the place of a class; by default the second of two, and of many the one that varies most."""
        if label is None:
            return 1 if len(self.labels) == 2 else int(np.abs(self.values).mean(axis=(1, 2)).argmax())
        return _place([str(one) for one in self.labels], label, "class")

    def feature(self, name: object | None) -> int:
        """Return the place of a feature; by default the most important one."""
        if name is None:
            return int(self.order()[0])
        return _place([str(one) for one in self.features], name, "feature")

    def row(self, position: int | None) -> int:
        """Return the place of a row by its position in the table; by default the first that was explained."""
        if position is None:
            return 0
        found = np.flatnonzero(self.rows == position)
        if not len(found):
            known = ", ".join(str(row) for row in np.sort(self.rows)[:10])
            raise NotFoundError(
                f"Row {position!r:.40} is not among the {len(self.rows):,} that were explained: they are {known}, ... "
                "explain_model(fitted_model, X_train, X_test) explains rows of your own."
            )
        return int(found[0])

    def order(self, output: int | None = None) -> npt.NDArray[np.intp]:
        """Return features by importance, of one output or of all."""
        size = np.abs(self.values).mean(axis=1)
        return np.argsort(-(size.mean(axis=0) if output is None else size[output]), kind="stable")

    def numbers(self, j: int) -> Floats | None:
        """Return a feature's cells as numbers; None if they have no order, or are not at hand."""
        if self.table is None:
            return None
        column = self.table.iloc[:, j]
        kind = getattr(column.dtype, "kind", "O")
        if kind in "iufb":
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        if kind == "M":
            stamps = column.to_numpy(dtype="datetime64[s]")
            return np.where(np.isnat(stamps), np.nan, stamps.astype(np.int64).astype(np.float64))
        return None

    def cell(self, row: int, j: int) -> str:
        """Return a cell as text; nothing if it is not at hand."""
        if self.table is None:
            return ""
        value = self.table.iat[row, j]
        return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)


def _place(names: list[str], name: object, what: str) -> int:
    if str(name) in names:
        return names.index(str(name))
    near = difflib.get_close_matches(str(name), names, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(names[:20])}."
    raise NotFoundError(f"No {what} {name!r:.80} in the explanation. {hint}")


def importance(explained: Explained, *, top: int = 20, label: object | None = None) -> Any:
    """Return the mean absolute SHAP value of each feature as bars: over all classes, or of one."""
    output = None if label is None else explained.output(label)
    size = np.abs(explained.values).mean(axis=1)
    value = size.mean(axis=0) if output is None else size[output]
    order = explained.order(output)[:top]
    of = "" if output is None or not explained.labels[output] else f" for {plain(explained.labels[output])}"
    figure = sheet(f"Importance{of}", _axis("mean |SHAP value|", explained), height=ROOM + ROW_HEIGHT * len(order))
    names = [plain(explained.features[j]) for j in order]
    figure.add_bar(x=value[order], y=list(range(len(order))), orientation="h", marker={"color": ACCENT}, text=names)
    figure.update_traces(textposition="none", hovertemplate="%{text}: %{x:.4g}<extra></extra>")
    name_rows(figure, names)
    return figure


def beeswarm(explained: Explained, *, top: int = 15, label: object | None = None) -> Any:
    """Return each explained row as a point a feature: where it moves the output, coloured by the feature's value."""
    output = explained.output(label)
    order = explained.order(output)[:top]
    values = explained.values[output]
    figure = sheet(
        f"What each feature adds{_of(explained, output)}", _axis("SHAP value", explained), height=ROOM + 32 * len(order)
    )
    for k, j in enumerate(order):
        rank = _ranks(explained.numbers(int(j)))
        look: dict[str, Any] = {"size": 5, "color": GREY if rank is None else rank}
        if rank is not None:
            bar = {"title": "feature", "tickvals": [0, 1], "ticktext": ["low", "high"]}
            look |= {"colorscale": SCALE, "cmin": 0, "cmax": 1, "showscale": k == 0 or not _has_scale(figure)}
            look |= {"colorbar": bar}
        texts = [f"row {row}: {plain(explained.cell(i, int(j)), 40)}" for i, row in enumerate(explained.rows)]
        figure.add_scatter(
            x=values[:, j],
            y=k + _offsets(values[:, j]),
            mode="markers",
            marker=look,
            text=texts,
            name=plain(explained.features[j]),
            showlegend=False,
            hovertemplate="%{text}<br>%{x:.4g}",
        )
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    name_rows(figure, [plain(explained.features[j]) for j in order])
    return figure


def dependence(
    explained: Explained, feature: object | None = None, *, colour_by: int | None = None, label: object | None = None
) -> Any:
    """Return a feature's SHAP values against its cells, coloured by another feature.

    Raises
    ------
    NotFoundError
        If there is no such feature, or the rows are not at hand.
    """
    j, output = explained.feature(feature), explained.output(label)
    if explained.table is None:
        raise NotFoundError(
            "The explained rows are not at hand, so a feature's SHAP values have nothing to stand over."
        )
    name = plain(explained.features[j])
    column, numbers = explained.table.iloc[:, j], explained.numbers(j)
    x = np.asarray([plain(cell, 40) for cell in column], dtype=object) if numbers is None else numbers
    if getattr(column.dtype, "kind", "O") == "M":
        x = column.to_numpy()
    figure = sheet(f"Dependence on {name}", name, _axis(f"SHAP value{_of(explained, output)}", explained))
    for rows, look, words in _coloured(explained, colour_by):
        figure.add_scatter(
            x=x[rows],
            y=explained.values[output, rows, j],
            mode="markers",
            marker={"size": 6, **look},
            text=[f"row {row}" for row in explained.rows[rows]],
            name=words,
            showlegend=bool(words),
            hovertemplate="%{text}<br>%{x}: %{y:.4g}<extra></extra>",
        )
    if numbers is None:
        figure.update_xaxes(type="category")
    return figure


def _coloured(explained: Explained, k: int | None) -> Iterator[tuple[npt.NDArray[np.intp], dict[str, Any], str]]:
    """Yield groups of rows with their colours: one along a scale, or one for each of the most frequent levels."""
    everything = np.arange(len(explained.rows))
    if k is None:
        yield everything, {"color": ACCENT}, ""
        return
    name, numbers = plain(explained.features[k], 30), explained.numbers(k)
    if numbers is not None:
        yield everything, {"color": numbers, "colorscale": SCALE, "colorbar": {"title": name}}, ""
        return
    texts = np.asarray([plain(cell, 30) for cell in explained.table.iloc[:, k]])
    levels, counts = np.unique(texts, return_counts=True)
    frequent = levels[np.argsort(-counts, kind="stable")[:MAX_LEVELS]]
    for level in frequent:
        yield np.flatnonzero(texts == level), {}, f"{name} = {level}"
    others = np.flatnonzero(~np.isin(texts, frequent))
    if len(others):
        yield others, {"color": GREY}, f"{name}: others"


def waterfall(
    explained: Explained, row: int | None = None, *, label: object | None = None, top: int = N_WATERFALL
) -> Any:
    """Return how one row's output comes about: from the expected one, feature by feature, the largest first.

    Of more than two classes it is the one with the highest output, unless `label` is given.
    """
    at = explained.row(row)
    totals = explained.expected + explained.values[:, at].sum(axis=1)
    is_many = label is None and len(explained.labels) > 2
    output = int(totals.argmax()) if is_many else explained.output(label)
    values, expected = explained.values[output, at], float(explained.expected[output])
    order = np.argsort(-np.abs(values), kind="stable")
    shown, others = order[:top], order[top:]
    names, steps = ["expected"], [expected]
    for j in shown:
        cell = explained.cell(at, int(j))
        names.append(plain(f"{explained.features[j]} = {cell}" if cell else explained.features[j]))
        steps.append(float(values[j]))
    if len(others):
        names.append(f"{len(others):,} other feature{'s' * (len(others) > 1)}")
        steps.append(float(values[others].sum()))
    title = f"Row {explained.rows[at]}{_of(explained, output)}: {totals[output]:.4g}"
    figure = sheet(title, _axis("model output", explained), height=ROOM + ROW_HEIGHT * (len(names) + 1))
    figure.add_waterfall(
        orientation="h",
        y=list(range(len(names) + 1)),
        x=[*steps, float(totals[output])],
        measure=["absolute", *["relative"] * (len(names) - 1), "total"],
        text=[f"{step:+.3g}" for step in steps] + [f"{totals[output]:.4g}"],
        increasing={"marker": {"color": OTHER}},
        decreasing={"marker": {"color": ACCENT}},
        totals={"marker": {"color": GREY}},
        textposition="outside",
        cliponaxis=False,
    )
    along = np.cumsum(steps)
    low, high = min(0.0, float(along.min())), max(0.0, float(along.max()))
    room = 0.15 * (high - low) or 1.0
    figure.update_xaxes(range=[low - room, high + room])
    name_rows(figure, [*names, "output"])
    return figure


# ---------------------------------------------------------------- what they share


def _axis(words: str, explained: Explained) -> str:
    return f"{words}, {plain(explained.unit)}" if explained.unit else words


def _of(explained: Explained, output: int) -> str:
    label = explained.labels[output]
    return f" for {plain(label)}" if label else ""


def name_rows(figure: Any, names: list[str]) -> None:
    """Name the rows of lying bars, from above: by place, since two features may have one name."""
    figure.update_yaxes(tickvals=list(range(len(names))), ticktext=names, range=[len(names) - 0.4, -0.6])
    figure.update_yaxes(automargin=True)


def _has_scale(figure: Any) -> bool:
    return any(trace.marker.showscale for trace in figure.data)


def _ranks(numbers: Floats | None) -> Floats | None:
    """Return where each number stands among the others, from 0 to 1; None if all are alike."""
    if numbers is None:
        return None
    known = np.unique(numbers[np.isfinite(numbers)])
    if len(known) < 2:
        return None
    return np.where(np.isfinite(numbers), np.searchsorted(known, numbers) / (len(known) - 1), np.nan)


def _offsets(values: Floats) -> Floats:
    """Return how far above or below its line each point stands: points in one slice lie side by side."""
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    slices = np.zeros(len(values), dtype=np.int64)
    if high > low:
        slices = np.asarray((values - low) / (high - low) * N_SLICES, dtype=np.int64)
    offsets = np.zeros(len(values))
    counts = np.bincount(slices, minlength=1)
    step = 0.8 / max(8, int(counts.max(initial=1)))
    for one in np.flatnonzero(counts > 1):
        mine = np.flatnonzero(slices == one)
        place = np.arange(len(mine))
        offsets[mine] = (place + 1) // 2 * np.where(place % 2, 1.0, -1.0) * step
    return offsets
