"""Keeps a log within its limit: the beginning and the end stay, the middle goes. Not here: who writes it.

The limit is 10 MB unless a `Policy` says otherwise: the first 5 MB, a line that tells how much is
missing, and the last 5 MB. It holds when a trial has ended. While it runs the file may be a quarter
longer, and for moments by as much as the trial writes between two looks of the warden (0.1 s), so
that a flood costs at most some hundred megabytes of disk for a tenth of a second.
"""

from __future__ import annotations

import os
import re

_NOTE = "\n[... {left_out:>20} bytes were left out here: of a log the beginning and the end are kept ...]\n"
_NOTE_SIZE = len(_NOTE.format(left_out=0))
_NOTE_START = re.compile(rb"\n\[\.\.\. +(\d+) bytes were left out here: ")
_SLACK = 1.25
_MB = 1_000_000


def is_overlong(path: str, limit_mb: float) -> bool:
    """Whether the log of a running trial has outgrown its limit by so much that shortening it pays."""
    try:
        return os.stat(path).st_size > limit_mb * _MB * _SLACK
    except OSError:
        return False


def shorten(path: str, limit_mb: float) -> None:
    """Bring a file of more than `limit_mb` down to that, in place, so that open descriptors stay good.

    The writers should be halted meanwhile (what they append during the call may be lost); they
    must have opened the file for appending. A path that is no regular file is left alone.
    """
    limit = int(limit_mb * _MB)
    try:
        file = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError:
        return  # deleted, or a place that cannot be shortened: nothing to keep within a limit
    try:
        size = os.fstat(file).st_size
        if size > limit:
            _cut(file, size, head=limit // 2, tail=limit - limit // 2 - _NOTE_SIZE)
    finally:
        os.close(file)


def _cut(file: int, size: int, *, head: int, tail: int) -> None:
    """Replace all but the first `head` and the last `tail` bytes by a note."""
    found = _NOTE_START.match(_read(file, _NOTE_SIZE, head))
    before = int(found[1]) if found else 0
    kept = _read(file, tail, size - tail)
    kept = kept[kept.find(b"\n", 0, 4096) + 1 :]  # from the beginning of a line, if there is one near
    left_out = size - head - len(kept) + before - (_NOTE_SIZE if found else 0)
    rest = _NOTE.format(left_out=left_out).encode() + kept
    os.lseek(file, head, os.SEEK_SET)
    os.write(file, rest)
    os.ftruncate(file, head + len(rest))


def _read(file: int, size: int, position: int) -> bytes:
    os.lseek(file, position, os.SEEK_SET)
    return os.read(file, size)
