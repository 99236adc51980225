"""Pieces of HTML from text that is not trusted: names of columns, labels, reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from automl_widgets.view import wording


def shown(text: object, length: int = 200) -> str:
    r"""Return text on one line, escaped, without what is invisible or turns the direction of writing.

    >>> shown("<b>\u202e x")
    '&lt;b&gt;· x'
    """
    return escape(wording.visible(wording.cut(str(text), length)))


def code(text: str, length: int) -> str:
    """Return text of many lines, escaped, for a ``pre``."""
    body = text if len(text) <= length else f"{text[:length]}\n… {len(text) - length:,} characters more"
    return escape(wording.visible(body, keep="\n\t"))


def section(title: str, *parts: str) -> str:
    """Return a section of the page; its anchor is the title."""
    anchor = anchor_of(title)
    head = f'<section id="{anchor}" aria-labelledby="{anchor}-h"><h2 id="{anchor}-h">{title}</h2>'
    return f"{head}{''.join(parts)}</section>"


def anchor_of(title: str) -> str:
    """Return the anchor of a section: its title in small letters."""
    return title.lower().replace(" ", "-").replace(",", "")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, n_words: int = 1, caption: str = "") -> str:
    """Return a table; cells and heads are HTML already, columns after the first `n_words` are numbers."""
    looks = ["" if k < n_words else ' class="n"' for k in range(len(heads))]
    head = "".join(f'<th scope="col"{look}>{text}</th>' for text, look in zip(heads, looks, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{look}>{cell}</td>" for cell, look in zip(row, looks, strict=True)) + "</tr>"
        for row in rows
    )
    title = f"<caption>{caption}</caption>" if caption else ""
    return f'<div class="wide"><table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names and what they are, as a list of definitions; both are HTML already."""
    return "<dl>" + "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in pairs) + "</dl>"


def figure(title: str, picture: str, caption: str = "") -> str:
    """Return a picture under its title; all are HTML already."""
    below = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f"<figure><h3>{title}</h3>{picture}{below}</figure>"


def plural(n: int, word: str) -> str:
    """Return `1 row`, `1,797 rows`."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"
