"""`RunDetails`: a run shown where the user is: live in a notebook, as a picture, or as text in a terminal.

Not here: the live widget itself (``live``), the thread that feeds it (``publisher``), the picture (``picture``).
Whatever the front end lacks, `RunDetails.show` shows the best that it can, and does not raise.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

from automl_widgets.view import screen, snapshot
from automl_widgets.view.answers import Attend, nobody
from automl_widgets.view.picture import picture
from automl_widgets.view.publisher import Publisher, publishers
from automl_widgets.view.text import text_table
from automl_widgets.view.widget_data import widget_data

if TYPE_CHECKING:
    from automl_widgets.store import Store
    from automl_widgets.view.live import LiveWidget

Mode: TypeAlias = Literal["auto", "widget", "html", "text"]

SETTLE_S = 3.0
NO_BUNDLE_NOTE = "The live view was not built: run `make build` and restart the kernel."
FRONT_END_ERRORS = (ImportError, LookupError, RuntimeError, OSError, TypeError, ValueError, AttributeError)
"""What creating a comm is known to raise where widgets do not work."""

logger = logging.getLogger(__name__)


class Run(Protocol):
    """What `RunDetails` must know of a run."""

    @property
    def store(self) -> Store:
        """Where it is kept."""

    @property
    def run_id(self) -> str:
        """Its id."""


class RunDetails:
    """Shows a run: its progress, its iterations with their scores, logs, charts, explanations and code.

    The last line of a cell may be a `RunDetails`: it shows itself.

    Parameters
    ----------
    run : AutoMLRun
        A run, going on or ended, of this kernel or of any other.

    Examples
    --------
    >>> RunDetails("AutoML_1")
    Traceback (most recent call last):
    ...
    TypeError: `run` must be a run, as `experiment.submit(...)` returns it, but got str.
    """

    def __init__(self, run: Run) -> None:
        if not hasattr(run, "store") or not hasattr(run, "run_id"):
            given = type(run).__name__
            raise TypeError(f"`run` must be a run, as `experiment.submit(...)` returns it, but got {given}.")
        self._store, self._run_id = run.store, run.run_id
        self._attend: Attend = getattr(run, "attend", nobody)
        self._widget_settings: dict[str, Any] = {}
        self._text: str | None = None

    def __repr__(self) -> str:
        return f"RunDetails({self._run_id})"

    def show(
        self,
        render_lib: Callable[[str], object] | None = None,
        widget_settings: Mapping[str, Any] | None = None,
        mode: Mode = "auto",
    ) -> None:
        """Show the run and return at once.

        Parameters
        ----------
        render_lib : callable, optional
            Displays HTML where nothing else does, e.g. Databricks' ``displayHTML``; it gets the static picture.
        widget_settings : mapping, optional
            Kept for `get_widget_data`; changes nothing.
        mode : {"auto", "widget", "html", "text"}, default "auto"
            `widget` is the live view, `html` the static picture, kept up to date, `text` a table of text. `auto` shows
            the first two in a notebook, the picture hidden behind the live view and saved with the notebook, and text
            in a terminal.
        """
        if mode not in get_args(Mode):
            raise ValueError(f"`mode` must be one of {', '.join(get_args(Mode))}, but got mode={mode!r}.")
        self._widget_settings = dict(widget_settings or {})
        if render_lib is not None:
            render_lib(picture(self._whole()))
        elif mode == "text" or not screen.is_kernel():
            print(text_table(self._whole()), end="")
        elif mode == "html":
            self._show_picture()
        else:
            self._show_live(with_picture=mode == "auto")

    def get_widget_data(self) -> dict[str, Any]:
        """Return what is shown as a dictionary, with the keys of azureml-widgets.

        Returns
        -------
        dict
            `status`, `run_id`, `run_properties`, `child_runs`, `children_metrics`, `run_metrics` and others.
        """
        properties = {k: v for k, v in self._store.run(self._run_id).properties.items() if k != "metrics"}
        return widget_data(self._whole(), properties, self._widget_settings)

    @property
    def widget(self) -> LiveWidget:
        """The live widget, for hosts that want to place it themselves, e.g. ``mo.ui.anywidget`` of marimo."""
        from automl_widgets.view.live import live_widget

        widget = live_widget(self._store, self._run_id, self._attend)
        widget.publisher.wake(0.0)
        return widget

    def _whole(self) -> snapshot.Patch:
        return snapshot.patch(self._store, self._run_id, 0)

    def _show_live(self, with_picture: bool) -> None:
        """Display the live widget, then the picture as an output of its own: a saved notebook shows that one."""
        try:
            from automl_widgets.view.live import HAS_BUNDLE

            if not HAS_BUNDLE:
                self._show_picture(NO_BUNDLE_NOTE)
                return
            widget = self.widget
            _display(*widget.mime_bundle(self._text or repr(self)))
        except FRONT_END_ERRORS as error:
            logger.info("The live view of %s could not be made.", self._run_id, exc_info=True)
            self._show_picture(f"The live view is not possible here: {type(error).__name__}: {error}")
            return
        if with_picture:
            widget.publisher.add_picture(screen.display_picture(screen.picture_bundle(self._whole())))

    def _show_picture(self, note: str = "") -> None:
        whole = self._whole()
        publisher = Publisher(self._store, whole, screen.NoPage, note)
        publisher.add_picture(screen.display_picture(screen.picture_bundle(whole, note)))
        publisher.wake(0.0)

    def _ipython_display_(self) -> None:
        self.show()

    def _repr_html_(self) -> str:
        return picture(self._whole())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return screen.picture_bundle(self._whole())


def show_as(run: Run, text: str) -> None:
    """Show a run whose plain text, for front ends without widgets, is `text`."""
    details = RunDetails(run)
    details._text = text
    details.show()


def settle(run_id: str, timeout_s: float = SETTLE_S) -> bool:
    """Wait until every view of a run in this process shows what is stored now; return whether they all do.

    To be called from a cell that has waited for a run, before it ends: what is displayed later does not reach a
    notebook that nbclient or papermill runs.
    """
    deadline = time.monotonic() + timeout_s
    shown = [publisher.settle(max(0.1, deadline - time.monotonic())) for publisher in publishers(run_id)]
    return all(shown)


def _display(data: dict[str, Any], metadata: dict[str, Any]) -> None:
    from IPython.display import publish_display_data

    publish_display_data(data, metadata)
