"""What all figures share: an empty one with titles, and text from data that plotly must not read as markup."""

from __future__ import annotations

from html import escape
from typing import Any

from automl_widgets.view.readings import Line
from automl_widgets.view.wording import cut, visible

ACCENT, OTHER, GREY = "#1e88e5", "#d95f02", "#8a8f98"
SCALE = [[0.0, "#2166d1"], [1.0, "#d6264c"]]
"""From a low value of a feature to a high one."""
LOOKS: dict[str, dict[str, Any]] = {
    "main": {"color": ACCENT, "width": 2.5},
    "other": {"color": OTHER, "width": 1.5},
    "chance": {"color": GREY, "width": 1, "dash": "dot"},
}
ROW_HEIGHT, ROOM = 24, 130


def plain(text: object, length: int = 60) -> str:
    """Return text from data as plotly shows it: on one line, and never as markup.

    >>> plain("<b>age</b>")
    '&lt;b&gt;age&lt;/b&gt;'
    """
    return escape(visible(cut(str(text), length)), quote=False)


def sheet(title: str, x: str = "", y: str = "", height: int = 400) -> Any:
    """Return an empty figure; the titles are text already made `plain`."""
    from plotly.graph_objects import Figure

    figure = Figure()
    figure.update_layout(
        title=title,
        height=height,
        margin={"l": 60, "r": 20, "t": 70, "b": 50},
        legend={"orientation": "h", "y": 1.01, "yanchor": "bottom"},
    )
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    return figure


def add_lines(figure: Any, lines: list[Line]) -> None:
    """Draw lines; those after the second of one look get colours of plotly's own."""
    seen: dict[str, int] = {}
    for line in lines:
        n = seen[line.look] = seen.get(line.look, 0) + 1
        look = {**LOOKS[line.look]}
        if n > 1:
            look.pop("color", None)
        figure.add_scatter(x=list(line.x), y=list(line.y), mode="lines", name=plain(line.words), line=look)
