"""An environment of its own for each peer, with pinned versions. Not here: what runs in it (``systems``).

Their requirements clash with each other and with this package (pandas 2 against 3, XGBoost below 3), hence one
folder a peer. pip resolves the rest; what it chose is written down beside the environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

CACHE_VARIABLE = "AUTOML_BENCH_CACHE"
OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What pip installs, and which programs must be on PATH."""

    name: str
    requirements: tuple[str, ...]
    programs: tuple[str, ...] = ()


# pandas is held at 2.3 in all: with pandas 3 text columns have another dtype, which the peers do not know yet.
ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            name="autogluon",
            requirements=(
                "autogluon.tabular[catboost,fastai,lightgbm,ray,xgboost]==1.6.3",
                "torch==2.13.0",
                "pandas==2.3.3",
            ),
        ),
        Environment(name="flaml", requirements=("flaml[automl]==2.7.0", "catboost==1.2.10", "pandas==2.3.3")),
        Environment(name="lightautoml", requirements=("lightautoml==0.4.2", "torch==2.13.0", "pandas==2.3.3")),
        Environment(name="mljar", requirements=("mljar-supervised==1.3.2", "pandas==2.3.3")),
        Environment(name="h2o", requirements=("h2o==3.46.0.12", "pandas==2.3.3"), programs=("java",)),
    )
}


def cache() -> Path:
    """Return the folder that holds environments, jobs and results."""
    return Path(os.environ.get(CACHE_VARIABLE) or Path.home() / ".cache" / "automl_widgets_bench").expanduser()


def python(name: str) -> Path:
    """Return the interpreter of an environment, which may not exist yet; `own` is the one that runs this."""
    return Path(sys.executable) if name == OWN else _folder(name) / "bin" / "python"


def is_ready(name: str) -> bool:
    """Return whether the environment is there with the versions that are pinned now."""
    if name == OWN:
        return True
    record = _folder(name) / "ready.json"
    return record.is_file() and json.loads(record.read_text())["requirements"] == list(ENVIRONMENTS[name].requirements)


def create(name: str) -> float:
    """Create an environment anew, and return the seconds that took.

    Raises
    ------
    RuntimeError
        If a program is missing, or pip fails; with the last lines of what it said.
    """
    environment, folder = ENVIRONMENTS[name], _folder(name)
    missing = [program for program in environment.programs if shutil.which(program) is None]
    if missing:
        raise RuntimeError(f"{name} needs {', '.join(missing)} on PATH.")
    started = time.perf_counter()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder / "setup.log"
    _call(log, sys.executable, "-m", "venv", str(folder))
    _call(log, str(python(name)), "-m", "pip", "install", *environment.requirements)
    seconds = time.perf_counter() - started
    resolved = subprocess.check_output([python(name), "-m", "pip", "freeze"], text=True).splitlines()
    record = {
        "requirements": environment.requirements,
        "python": sys.version.split()[0],
        "seconds": round(seconds),
        "resolved": resolved,
    }
    (folder / "ready.json").write_text(json.dumps(record, indent=1))
    return seconds


def _folder(name: str) -> Path:
    return cache() / "environments" / name


def _call(log: Path, *command: str) -> None:
    with log.open("ab") as output:
        code = subprocess.run(command, stdout=output, stderr=output, check=False).returncode
    if code:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
        raise RuntimeError(f"`{' '.join(command)}` ended with code {code}:\n{last}\nAll of it: {log}")
