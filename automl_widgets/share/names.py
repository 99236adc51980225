"""Which files of a run are shared, under which names, and which of them are programs. Not here: any archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

RECORDS = "run.json"
TEXTS = ("log.txt", "code.py", "pipeline.json", "diagnostics.json", "explanation.json")
ARRAYS = ("oof.npz", "explanation.npz")
MODEL = "model.pkl"
UNTRUSTED = ".untrusted"
"""What the name of a pickle ends in until the user trusts its maker: nothing looks for a model or data of that name."""

_ITERATION = re.compile(rf"iterations/(0|[1-9][0-9]{{0,5}})/({'|'.join(map(re.escape, (*TEXTS, *ARRAYS, MODEL)))})")
_DATA = re.compile(r"data\.[0-9a-f]{32}\.p5")
_FOLDER = re.compile(r"iterations/((0|[1-9][0-9]{0,5})/)?")


def iteration_of(name: str) -> int | None:
    """Return which iteration a file belongs to, by its name in the archive; None if it is no iteration's.

    Examples
    --------
    >>> iteration_of("iterations/3/model.pkl")
    3
    >>> iteration_of("iterations/../model.pkl") is None
    True
    """
    found = _ITERATION.fullmatch(name)
    return int(found[1]) if found else None


def is_data(name: str) -> bool:
    """Return whether this is the name of the file with the data of a run."""
    return _DATA.fullmatch(name) is not None


def is_known(name: str) -> bool:
    """Return whether a run has a file of this name. No such name leads out of the run's folder."""
    return name == RECORDS or is_data(name) or iteration_of(name) is not None


def is_known_folder(name: str) -> bool:
    """Return whether this is an entry for a folder of iterations, as other programs put into archives."""
    return _FOLDER.fullmatch(name) is not None


def is_program(name: str) -> bool:
    """Return whether the file is a pickle, which runs when it is loaded."""
    return is_data(name) or name.endswith(f"/{MODEL}")


def files_of(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a run's folder that are shared, by their name in the archive; links are none of them."""
    for path in sorted([*folder.glob("data.*"), *folder.glob("iterations/*/*")]):
        name = path.relative_to(folder).as_posix().removesuffix(UNTRUSTED)
        is_linked = any(part.is_symlink() for part in (path, path.parent, path.parent.parent))
        if is_known(name) and path.is_file() and not is_linked:
            yield name, path
