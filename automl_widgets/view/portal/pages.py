"""The two pages as HTML, which hold nothing of any run, and what they may load. Pure; the rest is js/src/portal."""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape

from automl_widgets.view.answers import STATIC
from automl_widgets.view.server import PREFIX

SCRIPT, STYLE, WIDGET, CHARTS = "portal.js", "portal.css", "widget.js", "plotly-subset.js"
FILES = {
    SCRIPT: (SCRIPT, "text/javascript; charset=utf-8"),
    STYLE: (STYLE, "text/css; charset=utf-8"),
    WIDGET: (WIDGET, "text/javascript; charset=utf-8"),
    CHARTS: ("plotly-subset.js.gz", "text/javascript; charset=utf-8"),
}
"""What is served, by its name in an address: the file, and its type. Nothing else is."""
NOT_BUILT = "The portal's pages were not built: run `make build`, then start the server again."


def policy(nonce: str) -> str:
    """Return the Content-Security-Policy of a page: its own script and what that loads, its own style, nothing else."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; "
        "connect-src 'self'; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; object-src 'none'"
    )


def html(page: str, base_url: str, nonce: str) -> str:
    """Return a page.

    Parameters
    ----------
    page : {"index", "run", "compare"}
        Which one.
    base_url : str
        Where the Jupyter server lies, with a slash at the end.
    nonce : str
        That of the policy.
    """
    base = f"{base_url}{PREFIX}/"
    places = {name: escape(f"{base}static/{name}?v={version(name)}") for name in FILES}
    data = f'data-page="{page}" data-base="{escape(base)}" data-server="{escape(base_url)}"'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="same-origin">
<title>AutoML runs</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{places[STYLE]}">
</head>
<body {data} data-widget="{places[WIDGET]}" data-charts="{places[CHARTS]}">
<template id="plotly.js-style-global" class="no-inline-styles"></template>
<noscript>This page needs JavaScript.</noscript>
<script type="module" nonce="{nonce}" src="{places[SCRIPT]}"></script>
</body>
</html>
"""


def is_built() -> bool:
    """Whether there is a front end to serve."""
    return all((STATIC / file).is_file() for file, _ in FILES.values())


def content(name: str) -> tuple[bytes, str]:
    """Return one of `FILES` and its type; raise LookupError for all else."""
    file, kind = FILES[name]
    return (STATIC / file).read_bytes(), kind


@cache
def version(name: str) -> str:
    """Return what changes with a file."""
    path = STATIC / FILES[name][0]
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else "0"
