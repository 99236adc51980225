"""Where a publisher shows a run: the seam between the one thread and a front end. Here too: notebook outputs.

A screen is a live widget (``live``), or no page at all: then only the static pictures are kept up to date.
"""

from __future__ import annotations

import sys
import uuid
from typing import Any, Protocol

from automl_widgets.view.picture import picture
from automl_widgets.view.text import text_table


class Screen(Protocol):
    """What a publisher writes to, always from the same thread."""

    @property
    def is_open(self) -> bool:
        """False once nobody can see it any more."""

    def show_patch(self, patch: dict[str, Any]) -> None:
        """Show what has changed."""

    def keep(self, whole: dict[str, Any]) -> None:
        """Keep the whole run for readers that come later."""

    def push(self, message: dict[str, Any]) -> None:
        """Send a `Push` of js/src/types.ts."""


class NoPage:
    """A screen without a page."""

    is_open = True

    def show_patch(self, patch: dict[str, Any]) -> None:
        """Do nothing: there is no page."""

    def keep(self, whole: dict[str, Any]) -> None:
        """Do nothing: there is no page."""

    def push(self, message: dict[str, Any]) -> None:
        """Do nothing: there is no page."""


def is_kernel() -> bool:
    """Return whether this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None


def picture_bundle(whole: dict[str, Any], note: str = "") -> dict[str, str]:
    """Return the static picture as a MIME bundle."""
    return {"text/html": picture(whole, note), "text/plain": text_table(whole)}


def display_picture(bundle: dict[str, str]) -> str:
    """Display a picture as an output of its own; return the id by which it is brought up to date."""
    from IPython.display import publish_display_data

    display_id = uuid.uuid4().hex
    publish_display_data(bundle, {}, transient={"display_id": display_id})
    return display_id


def update_picture(display_id: str, bundle: dict[str, str]) -> None:
    """Replace a displayed picture, in whatever output it stands."""
    from IPython.display import publish_display_data

    publish_display_data(bundle, {}, transient={"display_id": display_id}, update=True)
