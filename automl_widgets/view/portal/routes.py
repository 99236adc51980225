"""The addresses under ``/automl-widgets/``, and the note by which kernels find them. Not here: an answer."""

from __future__ import annotations

import atexit
import json
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join

from automl_widgets.view.portal import handlers
from automl_widgets.view.portal.carriers import Carriers
from automl_widgets.view.portal.places import Places
from automl_widgets.view.portal.watch import Watch
from automl_widgets.view.server import PREFIX, portal_note

ROUTES = (
    (r"/?", handlers.IndexPage),
    (r"/run", handlers.RunPage),
    (r"/compare", handlers.ComparePage),
    (r"/static/([a-z.-]{1,40})", handlers.StaticFile),
    (r"/api/runs", handlers.Runs),
    (r"/api/run", handlers.Run),
    (r"/api/log", handlers.Log),
    (r"/api/file", handlers.File),
    (r"/api/command", handlers.Command),
    (r"/api/compare", handlers.Beside),
    (r"/api/tags", handlers.Tags),
    (r"/.*", handlers.Nothing),
)


def add_routes(server: Any) -> None:
    """Put the portal on a Jupyter server.

    Parameters
    ----------
    server : jupyter_server.serverapp.ServerApp
        The server.
    """
    watch = Watch()
    portal = {"places": Places(Path(server.root_dir)), "watch": watch, "carriers": Carriers(watch)}
    base = server.web_app.settings["base_url"]
    rules = [(url_path_join(base, PREFIX) + path, handler, portal) for path, handler in ROUTES]
    server.web_app.add_handlers(".*$", rules)
    _leave_note(Path(server.runtime_dir))
    server.log.info("automl_widgets | the portal is at %s%s/", base, PREFIX)


def _leave_note(folder: Path) -> None:
    """Tell kernels that this server has a portal, until it ends."""
    note = portal_note(folder)
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"prefix": PREFIX}))
    except OSError:
        return  # kernels will name folders instead of addresses
    atexit.register(note.unlink, missing_ok=True)
