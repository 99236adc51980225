"""get_data(): a file of the user's that brings the data, run where the run is carried out. Not here: what data hold.

The folder of the project goes along, without what ``.amlignore`` names and within a limit.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from automl_widgets.data.places import Reference, bring
from automl_widgets.errors import DataError

LIMIT_MB = 300.0
IGNORED = (".amlignore", ".git/", "__pycache__/", ".ipynb_checkpoints/", "automl_workspace/", "*.pyc")
KEYS = ("X", "y", "sample_weight", "X_valid", "y_valid", "sample_weight_valid", "cv_splits_indices")
TABLE_KEYS = ("data_train", "label", "columns")


def packed(folder: str | Path) -> dict[str, bytes]:
    """Return the files of a project's folder by relative path.

    Raises
    ------
    DataError
        If it is no folder, or holds more than 300 MB.
    """
    root = Path(folder)
    if not root.is_dir():
        raise DataError([f"`path` must be a folder, but {root} is none."])
    patterns = [*IGNORED, *_lines(root / ".amlignore")]
    files: dict[str, bytes] = {}
    size = 0
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or is_ignored(name, patterns):
            continue
        size += path.stat().st_size
        if size > LIMIT_MB * 1e6:
            raise DataError(
                [
                    f"the project's folder {root} must hold at most {LIMIT_MB:g} MB, but holds more. Name what the "
                    "script does not need in a file .amlignore there, or give a smaller folder as `path`."
                ]
            )
        files[name] = path.read_bytes()
    return files


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Return whether a file is left behind, by the rules of .gitignore in their simple forms.

    Examples
    --------
    >>> patterns = ["data/", "*.csv", "!small.csv"]
    >>> [is_ignored(name, patterns) for name in ("data/a.txt", "b/c.csv", "small.csv", "get_data.py")]
    [True, True, False, False]
    """
    ignored = False
    for pattern in patterns:
        bare = pattern.removeprefix("!")
        if _matches(name, bare):
            ignored = not pattern.startswith("!")
    return ignored


def _matches(name: str, pattern: str) -> bool:
    parts = name.split("/")
    if pattern.endswith("/"):
        folders = ["/".join(parts[:k]) for k in range(1, len(parts))] + parts[:-1]
        return any(fnmatch.fnmatch(folder, pattern.strip("/")) for folder in folders)
    if "/" in pattern:
        return fnmatch.fnmatch(name, pattern.lstrip("/"))
    return any(fnmatch.fnmatch(part, pattern) for part in parts)


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    stripped = (line.strip() for line in path.read_text().splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def run_get_data(
    data: Mapping[str, Any],
    report: Callable[..., None],
    *,
    files: Mapping[str, bytes],
    script: str,
    references: Sequence[Reference] = (),
) -> dict[str, Any]:
    """Unpack the project, call `get_data` of its script in it, and return what that returned.

    Parameters
    ----------
    data, report
        As every function has them that an executor runs; not used.
    files
        What `packed` returned.
    script
        Relative path of the script in it.
    references
        Files of datastores that the script reads.
    """
    folder = tempfile.mkdtemp(prefix="automl-project-")
    bring(references, folder)
    found = _called(files, script, folder)
    shutil.rmtree(folder, ignore_errors=True)  # of one that failed the traceback shows lines
    return found


def _called(files: Mapping[str, bytes], script: str, folder: str) -> dict[str, Any]:
    for name, content in files.items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    os.chdir(folder)
    sys.path.insert(0, str(Path(folder, script).parent))
    spec = importlib.util.spec_from_file_location("get_data", Path(folder, script))
    if spec is None or spec.loader is None:
        raise DataError([f"`data_script` must be a Python file, but got {script!r}."])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "get_data", None)):
        raise DataError([f"{script} must define a function get_data(), but does not."])
    return keywords(module.get_data())


def keywords(returned: Any) -> dict[str, Any]:
    """Return what `get_data` returned, in the keywords of AutoMLConfig.

    Raises
    ------
    DataError
        If it is no mapping, has unknown keys, or mixes the two forms.

    Examples
    --------
    >>> sorted(keywords({"X": [[1.0]], "y": [0]}))
    ['X', 'y']
    >>> keywords({"X": [[1.0]], "label": "a"})
    Traceback (most recent call last):
      ...
    automl_widgets.errors.DataError: 1 problem with the data: ...
    """
    if not isinstance(returned, Mapping):
        raise DataError([f"get_data() must return a dictionary, but returned {type(returned).__name__}."])
    given = {name: value for name, value in returned.items() if value is not None}
    problems = [
        f"get_data() returned `{name}`, but must return some of {', '.join((*KEYS, *TABLE_KEYS))}."
        for name in sorted(set(map(str, given)) - {*KEYS, *TABLE_KEYS})
    ]
    arrays, table = [n for n in KEYS if n in given], [n for n in TABLE_KEYS if n in given]
    if arrays and table and set(arrays) - {"cv_splits_indices"}:
        problems.append(f"get_data() returned {', '.join(arrays)} beside {', '.join(table)}: return one form.")
    problems += [f"get_data() returned no `{n}`." for n in _missing(given, bool(table))]
    if problems:
        raise DataError(problems)
    if not table:
        return given
    frame = given["data_train"]
    if "columns" in given:
        frame = frame[[*given["columns"], *([] if given["label"] in given["columns"] else [given["label"]])]]
    rest = {"cv_splits_indices": given["cv_splits_indices"]} if "cv_splits_indices" in given else {}
    return {"training_data": frame, "label_column_name": given["label"], **rest}


def _missing(given: Mapping[str, Any], is_table: bool) -> list[str]:
    return [name for name in (("data_train", "label") if is_table else ("X", "y")) if name not in given]
