"""The live widget: traits from the publisher's thread to the page, messages from the page to the store.

Not here: what the messages say (``answers``), when a trait is set (``publisher``), what the page draws (js/src).
Nothing is ever written to a trait from the browser, and only the publisher's thread writes one here: ipywidgets loses
values, or raises, when two threads do.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from automl_widgets.view import snapshot
from automl_widgets.view.answers import STATIC, Attend, answer, nobody
from automl_widgets.view.publisher import LINGER_S, Publisher
from automl_widgets.view.server import portal_query, server_path

if TYPE_CHECKING:
    from automl_widgets.store import Store

BUNDLE = STATIC / "widget.js"
HAS_BUNDLE = BUNDLE.exists()
NO_BUNDLE = "export default { render() {} }"
WIDGET_MIME = "application/vnd.jupyter.widget-view+json"


class LiveWidget(anywidget.AnyWidget):
    """A run on a page. Use `live_widget`: one model of a run serves all of its views.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    """

    _esm = BUNDLE if HAS_BUNDLE else NO_BUNDLE

    run_id = traitlets.Unicode().tag(sync=True)
    snap = traitlets.Dict().tag(sync=True)
    """The whole run, not always the latest: a page that was reloaded starts from it and asks for the rest."""
    patch = traitlets.Dict().tag(sync=True)
    """The latest change."""
    server_path = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    """The run's folder on the Jupyter server; None if it is not served."""

    portal = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    """What names the run to the portal of that server; None if it has none."""

    def __init__(self, store: Store, run_id: str, attend: Attend = nobody) -> None:
        folder = store.run_folder(run_id)
        (folder / "commands").mkdir(parents=True, exist_ok=True)
        first = snapshot.patch(store, run_id, 0)
        portal = portal_query(store.folder, run_id)
        super().__init__(run_id=run_id, snap=first, server_path=server_path(folder), portal=portal)
        self._store, self._attend = store, attend
        self._answering = threading.Lock()
        self.publisher = Publisher(store, first, weakref.ref(self))
        _keep_subshells(self.comm)
        self.on_msg(self._take)

    @property
    def is_open(self) -> bool:
        """False once the widget was closed."""
        return self.comm is not None

    def show_patch(self, patch: dict[str, Any]) -> None:
        """Send what has changed."""
        self.patch = patch

    def keep(self, whole: dict[str, Any]) -> None:
        """Replace the whole state."""
        self.snap = whole

    def push(self, message: dict[str, Any]) -> None:
        """Send a message that nobody asked for."""
        self.send(message)

    def mime_bundle(self, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return data and metadata to display, with a plain `text` that says what it is."""
        bundle = self._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/plain": text}, dict(metadata)

    def _take(self, widget: object, content: object, buffers: object) -> None:
        """Answer a message; it may come in any thread, also while a cell runs."""
        with self._answering:
            found, attached = answer(self._store, self.run_id, content, self._attend)
            self.send(found, buffers=attached)
        if found["op"] == "patch":
            self.publisher.draw_again()
        elif found["op"] == "taken":
            self.publisher.wake(LINGER_S)


def _keep_subshells(comm: Any) -> None:
    """Let messages go to the subshell that the page names.

    ipykernel 7.4 sends them to where the comm was last written from: after one write of the publisher's thread, to the
    main shell, where they wait until the running cell ends. Other versions do not have this method.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = lambda data, default=None: default


_widgets: weakref.WeakValueDictionary[tuple[str, str], LiveWidget] = weakref.WeakValueDictionary()
_making = threading.Lock()


def live_widget(store: Store, run_id: str, attend: Attend = nobody) -> LiveWidget:
    """Return the run's widget in this process, a new one if there is none or it was closed."""
    key = (str(store.folder), run_id)
    with _making:
        widget = _widgets.get(key)
        if widget is None or not widget.is_open:
            widget = _widgets[key] = LiveWidget(store, run_id, attend)
    return widget
