"""What this environment lacks for a run and its widget, each with a remedy. Nothing is changed by looking."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from automl_widgets.errors import WorkspaceError
from automl_widgets.store import open_store

STATIC = Path(__file__).parents[1] / "static"
GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The verdict on one part of the environment."""

    part: str
    state: Literal["fine", "could be better", "broken"]
    found: str
    remedy: str = ""


def findings(workspace: Path | None) -> tuple[Finding, ...]:
    """Return a verdict on each part: Python, packages, front ends, bundle, machine, store."""
    return tuple(finding for check in _CHECKS for finding in check(workspace))


def _python(_: Path | None) -> Iterator[Finding]:
    yield Finding(part="Python", state="fine", found=sys.version.split()[0])


def _packages(_: Path | None) -> Iterator[Finding]:
    for name in ("numpy", "pandas", "scikit-learn", "lightgbm", "optuna", "shap", "ipywidgets", "anywidget"):
        version = _version(name)
        if version is None:
            yield Finding(part=name, state="broken", found="not installed", remedy=f"pip install {name}")
        else:
            yield Finding(part=name, state="fine", found=version)
    kernel = _version("ipykernel") or ""
    if kernel.startswith("7.0."):
        remedy = "pip install -U ipykernel"
        yield Finding(part="ipykernel", state="broken", found=f"{kernel}: its widgets lose messages", remedy=remedy)
    else:
        yield Finding(part="ipykernel", state="fine", found=kernel or "not installed: no notebooks here")


def _boosting(_: Path | None) -> Iterator[Finding]:
    for name, packages in {"CatBoost": ("catboost",), "XGBoost": ("xgboost", "xgboost-cpu")}.items():
        version = next((v for v in map(_version, packages) if v), None)
        remedy = "" if version else "pip install 'automl_widgets[boost]'"
        state: Literal["fine", "could be better"] = "fine" if version else "could be better"
        yield Finding(part=name, state=state, found=version or "not installed: runs do without", remedy=remedy)


def _front_ends(_: Path | None) -> Iterator[Finding]:
    found = {name: v for name in ("jupyterlab", "notebook", "marimo", "voila") if (v := _version(name))}
    if not found:
        remedy = "pip install jupyterlab, unless VS Code or Colab shows your notebooks"
        yield Finding(part="front end", state="could be better", found="none in this environment", remedy=remedy)
    for name, version in found.items():
        is_old = name == "jupyterlab" and int(version.split(".")[0]) < 4
        state: Literal["fine", "broken"] = "broken" if is_old else "fine"
        yield Finding(part=name, state=state, found=version, remedy="pip install -U jupyterlab" if is_old else "")


def _bundle(_: Path | None) -> Iterator[Finding]:
    missing = [name for name in ("widget.js", "plotly-subset.js.gz") if not (STATIC / name).is_file()]
    if missing:
        remedy = "make build in a checkout, or install a wheel"
        yield Finding(part="front-end bundle", state="broken", found=f"no {' and no '.join(missing)}", remedy=remedy)
    else:
        yield Finding(part="front-end bundle", state="fine", found="built")


def _machine(_: Path | None) -> Iterator[Finding]:
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = psutil.virtual_memory().available / GIB
    yield Finding(part="cores", state="fine", found=f"{cores}")
    is_scarce = memory < 1
    remedy = "end other programs, or give `max_concurrent_iterations=1`" if is_scarce else ""
    state: Literal["fine", "could be better"] = "could be better" if is_scarce else "fine"
    yield Finding(part="memory", state=state, found=f"{memory:.1f} GiB available", remedy=remedy)


def _store(workspace: Path | None) -> Iterator[Finding]:
    if workspace is None:
        found = "none here or above; the first run makes one"
        yield Finding(part="workspace", state="fine", found=found)
        return
    try:
        runs = open_store(workspace).runs()
    except WorkspaceError as error:
        yield Finding(part="workspace", state="broken", found=str(error), remedy="see the message")
        return
    states = [run.state for run in runs]
    counted = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    yield Finding(part="workspace", state="fine", found=f"{workspace}: {len(runs):,} runs{counted and ', ' + counted}")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


_CHECKS: tuple[Callable[[Path | None], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _boosting,
    _front_ends,
    _bundle,
    _machine,
    _store,
)
