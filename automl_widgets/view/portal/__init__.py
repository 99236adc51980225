"""The portal: runs under ``/automl-widgets/`` of the user's own Jupyter server, as an extension of it.

Needs the extra `portal`. It reads workspaces and leaves wishes in them; it never trains, and never loads a model.
Not here: the pages themselves (js/src/portal).
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "automl_widgets.view.portal"}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Put the portal's pages on a Jupyter server."""
    from automl_widgets.view.portal.routes import add_routes

    add_routes(server)
