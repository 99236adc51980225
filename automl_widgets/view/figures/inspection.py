"""Figures of what a model does when a column is shuffled, or set to one value in every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.view.figures.explanation import name_rows
from automl_widgets.view.figures.paper import ACCENT, GREY, OTHER, ROOM, ROW_HEIGHT, plain, sheet

Floats = npt.NDArray[np.float64]


def permutation_importance(
    features: Sequence[str], mean: Floats, std: Floats, *, metric: str, about: str = "", top: int = 20
) -> Any:
    """Return how much worse a metric gets when a column is shuffled, with the deviation over the shuffles.

    Parameters
    ----------
    features : sequence of str
    mean, std : ndarray of shape (n_features,)
    metric : str
        Its name.
    about : str, optional
        Which rows these are.
    top : int, default 20
        Features shown.
    """
    order = np.argsort(-mean, kind="stable")[:top]
    names = [plain(features[j]) for j in order]
    title = f"Permutation importance{f', {plain(about, 80)}' if about else ''}"
    figure = sheet(title, f"loss of {plain(metric)} when shuffled", height=ROOM + ROW_HEIGHT * len(order))
    figure.add_bar(
        x=mean[order],
        y=list(range(len(order))),
        error_x={"array": std[order]},
        orientation="h",
        marker={"color": ACCENT},
        text=names,
        textposition="none",
        hovertemplate="%{text}: %{x:.4g}<extra></extra>",
    )
    name_rows(figure, names)
    return figure


def partial_dependence(
    feature: str, grid: Sequence[Any], average: Floats, individual: Floats, *, output: str, is_category: bool = False
) -> Any:
    """Return what a model predicts when a column has one value in every row: for some rows, and on average.

    Parameters
    ----------
    feature : str
        The column.
    grid : sequence
        The values, n of them.
    average : ndarray of shape (n,)
    individual : ndarray of shape (n_rows, n)
        The curves of single rows (ICE).
    output : str
        What is predicted.
    is_category : bool, default False
        The values have no order.
    """
    x = [plain(value, 40) for value in grid] if is_category else list(grid)
    figure = sheet(f"Partial dependence on {plain(feature)}", plain(feature), plain(output))
    thin = {"color": GREY, "width": 0.7}
    for k, curve in enumerate(individual):
        figure.add_scatter(
            x=x, y=curve, mode="lines", line=thin, opacity=0.4, hoverinfo="skip", name="rows", legendgroup="rows",
            showlegend=k == 0,
        )  # fmt: skip
    mode = "markers+lines" if is_category else "lines"
    figure.add_scatter(x=x, y=average, mode=mode, line={"color": OTHER, "width": 3}, name="average")
    if is_category:
        figure.update_xaxes(type="category")
    return figure
