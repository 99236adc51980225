"""A Jupyter server for one workspace, on this machine alone, that has the portal and allows nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.serverapp import ServerApp

from automl_widgets.view.portal.handlers import RESOURCE
from automl_widgets.view.server import PREFIX

EXTENSION = "automl_widgets.view.portal"


class OnlyThePortal(Authorizer):
    """Refuses all that a Jupyter server can do besides: kernels, terminals, files."""

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        """Whether somebody with the token may do it."""
        return resource == RESOURCE


def serve(workspace: Path, port: int, opens_browser: bool, tell: Callable[[str], object], page: str = "") -> None:
    """Serve a workspace until the process is interrupted.

    Parameters
    ----------
    workspace : Path
        Its folder.
    port : int
        Where; a free one near it, if it is taken.
    opens_browser : bool
        Open the page.
    tell : callable
        Is given the address, with the token in it, as soon as it is answered there.
    page : str
        What comes after the portal's own address.
    """
    server = ServerApp.instance(jpserver_extensions={EXTENSION: True})
    server.initialize(_options(workspace, port, opens_browser, page), find_extensions=False)
    token = server.identity_provider.token
    address = f"{server.connection_url}{PREFIX}/{page}"
    server.io_loop.add_callback(tell, f"{address}{'&' if '?' in page else '?'}token={token}")
    server.start()


def _options(workspace: Path, port: int, opens_browser: bool, page: str) -> list[str]:
    options = {
        "ip": "127.0.0.1",
        "port": port,
        "root_dir": workspace.resolve().parent,
        "base_url": "/",
        "default_url": f"/{PREFIX}/{page}",
        "use_redirect_file": False,
        "open_browser": opens_browser,
        "authorizer_class": f"{OnlyThePortal.__module__}.{OnlyThePortal.__name__}",
        "terminals_enabled": False,
        "allow_root": True,
        "allow_unauthenticated_access": False,
        "disable_check_xsrf": False,
        "answer_yes": True,
        "log_level": "WARN",
    }
    named = [f"--ServerApp.{name}={value}" for name, value in options.items()]
    return [*named, f"--IdentityProvider.token={secrets.token_urlsafe(24)}"]
