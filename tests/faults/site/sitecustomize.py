"""Makes iterations go wrong from outside: every process of a test's kernel loads this, warden and workers act on it.

The product has no hook for it. A workspace that holds a `faults.json` has it obeyed: a list of what is to happen,
each with the `point` (a fit, the choice of an ensemble, an explanation), the `iteration`, the number of the `call`,
the first attempts that are hit, and the `body`, a function ``module:name`` that is called there with its `args`.
Numbers of processes that a body reports are kept in `pids.txt` beside it; `begun.txt` is there once one is called.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import json
import os
import sys
from collections import Counter
from pathlib import Path

POINTS = {
    "automl_widgets.engine.fitting": ("fit", "fit"),
    "automl_widgets.engine.ensembling": ("combined", "combine"),
    "automl_widgets.engine.explanation": ("explained", "explain"),
}
CALLS: Counter[tuple[object, ...]] = Counter()


def misbehave(point: str, spec: object, place: object) -> None:
    workspace = Path(spec.folder).parents[3]
    path = workspace / "faults.json"
    if not path.exists():
        return
    key = (spec.run_id, spec.iteration, spec.attempt, point)
    CALLS[key] += 1
    for fault in json.loads(path.read_text()):
        is_meant = fault["iteration"] in (None, spec.iteration) and spec.attempt < fault["attempts"]
        if fault["point"] == point and is_meant and CALLS[key] == fault["call"]:
            play(fault, workspace, {"spec": spec, "data": place})


def play(fault: dict, workspace: Path, surroundings: dict) -> None:
    def tell(**fields: object) -> None:
        pids = [fields["pid"], *fields.get("pids", [])] if "pid" in fields else fields.get("pids", [])
        with open(workspace / "pids.txt", "a") as file:
            file.writelines(f"{pid}\n" for pid in pids)

    (workspace / "begun.txt").touch()
    module, _, name = fault["body"].partition(":")
    returned = getattr(importlib.import_module(module), name)(surroundings, tell, **fault["args"])
    if isinstance(returned, list):
        tell(pids=returned)


class Patcher(importlib.abc.MetaPathFinder):
    """Wraps the function at each point when its module is loaded."""

    def find_spec(self, name, path, target=None):
        if name not in POINTS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            function, point = POINTS[name]
            real = getattr(module, function)

            def wrapped(spec, *args, **kwargs):
                misbehave(point, spec, args)
                return real(spec, *args, **kwargs)

            setattr(module, function, wrapped)

        spec.loader.exec_module = exec_module
        return spec


def refuse_forks() -> None:
    """Let the warden be refused new processes for as long as the file is there."""
    real, file = os.fork, os.environ["FAULTS_NO_FORK"]

    def fork():
        if os.path.exists(file):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return real()

    os.fork = fork


if "AUTOML_WIDGETS_WARDEN" in os.environ:
    sys.meta_path.insert(0, Patcher())
    if "FAULTS_NO_FORK" in os.environ:
        refuse_forks()
