"""What a notebook shows where a run is the last line of a cell. Not here: the view itself (``view``)."""

from __future__ import annotations

import sys
from typing import Any

from automl_widgets.sdk.console import say
from automl_widgets.view import screen
from automl_widgets.view.widget import Run, RunDetails, show_as


def show_here(run: Run) -> None:
    """Show a run in the cell that runs, and remember that it is shown there."""
    show_as(run, repr(run))
    vars(run)["_shown_in"] = _cell()


class ShownInNotebooks:
    """A run whose display in a notebook is its live view; everywhere else it is its ``repr``."""

    _shown_in: int | None = None

    def _ipython_display_(self: Any) -> None:
        """Show the live view, unless the cell shows it already; print the ``repr`` in a terminal."""
        if not screen.is_kernel():
            say(repr(self))
        elif self._shown_in is None or self._shown_in != _cell():
            show_as(self, repr(self))

    def _repr_html_(self: Any) -> str:
        """Return the static picture, for hosts that know no widgets."""
        return RunDetails(self)._repr_html_()


def _cell() -> int | None:
    """Return the number of the cell that runs, None outside of IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    number = getattr(shell, "execution_count", None)
    return number if isinstance(number, int) else None
