"""What a local executor holds its processes to, and how a process is told. Not here: any process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias, cast, get_args

StartMethod: TypeAlias = Literal["fork", "spawn", "portable"]
Role: TypeAlias = Literal["warden", "worker"]

MARKER = "AUTOML_WIDGETS_WARDEN"
"""Environment variable with an id of the warden: whatever descends from it can be found by it."""
WORKER_MARKER = "AUTOML_WIDGETS_WORKER"
"""The same for one worker, where the system does not tell whose child an orphan was."""
START = "AUTOML_WIDGETS_START"
"""Environment variable that chooses how workers are started."""

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",  # the only one that LightGBM's scikit-learn classes obey
)

PRELOAD = (
    "threadpoolctl",
    "numpy",
    "pandas",
    "scipy.sparse",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neighbors",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "lightgbm",
    "automl_widgets.search.estimators",
    "automl_widgets.engine.trial",
)

# Set before the path is, and -P keeps the working directory out: a user's json.py must not be ours.
_BOOT = """\
import json, sys
role, number, policy = sys.argv[1:4]
sys.path[:] = json.loads(policy)["path"]
from automl_widgets.engine.executors import {role}
{role}.boot(int(number), policy)
"""


def _import_path() -> tuple[str, ...]:
    """Return where this process imports from, with the working directory by its name."""
    return tuple(dict.fromkeys(os.path.abspath(entry) for entry in sys.path))


def _start_method() -> StartMethod:
    """Return what the environment wants, else what the system is good for.

    `fork` on Linux alone: elsewhere frameworks do not survive it (CPython's issue 77906).
    """
    for method in get_args(StartMethod):
        if os.environ.get(START) == method:
            return cast(StartMethod, method)
    if os.name != "posix":
        return "portable"
    return "fork" if sys.platform == "linux" else "spawn"


def _patrol_s() -> float:
    """Return a tenth of a second where to look at a tree takes microseconds: elsewhere psutil lists all processes."""
    return 0.1 if sys.platform == "linux" else 0.5


def _python() -> str:
    """Return the interpreter itself: in an environment on Windows `sys.executable` is a process that starts it."""
    return str(getattr(sys, "_base_executable", sys.executable)) if sys.platform == "win32" else sys.executable


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a local executor holds its processes to."""

    start: StartMethod = field(default_factory=_start_method)
    """Workers are forked from the warden, warm, or are processes started afresh, by POSIX or by what is everywhere."""
    python: str = field(default_factory=_python)
    path: tuple[str, ...] = field(default_factory=_import_path)
    """`sys.path` of every process."""
    preload: tuple[str, ...] = PRELOAD
    """Modules loaded ahead of the first trial; one that cannot be imported is left to the trial that needs it."""
    patrol_s: float = field(default_factory=_patrol_s)
    """How often memory and logs are looked at."""
    grace_s: float = 1.0
    """From SIGTERM to SIGKILL."""
    nice: int = 10
    """By how much the priority of trials is lower than the kernel's.

    On two cores a cell of 43 ms took 80 ms beside two busy trials of its own priority, 55 ms beside
    two at 5, 46 ms beside two at 10. The price: where others keep all cores busy, a trial at 10 gets
    4 to 7 % of one, at 5 10 to 20 %.
    """
    trials_per_worker: int = 100
    growth_mb: float = 300.0
    """A worker that holds so much more memory than when it was new is replaced."""
    log_limit_mb: float = 10.0
    """Length of a log after its trial: the first half and the last half of it are kept (see `logfile`)."""
    keep_free_mb: float | None = None
    """Free memory below which the largest trial is ended; None: 5 % of the memory, at least 300 MB."""
    idle_s: float = 120.0
    """Workers are let go when no trial has come for so long."""
    start_limit_s: float = 300.0
    """A warden or worker that is not up by then has failed to start."""


def to_text(policy: Policy) -> str:
    """Return the policy as one command line argument."""
    return json.dumps(asdict(policy))


def from_text(text: str) -> Policy:
    """Return the policy that `to_text` wrote.

    Examples
    --------
    >>> policy = Policy(idle_s=5.0)
    >>> from_text(to_text(policy)) == policy
    True
    """
    fields: dict[str, Any] = json.loads(text)
    fields |= {name: tuple(fields[name]) for name in ("path", "preload")}
    return Policy(**fields)


def command(policy: Policy, role: Role, number: int) -> list[str]:
    """Return the command line of a process; `number` is the descriptor of its socket, or -1."""
    return [policy.python, "-P", "-c", _BOOT.format(role=role), role, str(number), to_text(policy)]


def environment(base: Mapping[str, str], marker: str) -> dict[str, str]:
    """Return the environment of warden and workers.

    Parameters
    ----------
    base
        Environment of the kernel.
    marker
        Id of the warden, by which its descendants are found should it be killed.

    Notes
    -----
    One numeric thread a process: two slots with two threads each on two cores took five times as
    long as with one; PASSIVE makes waiting OpenMP threads sleep instead of spin. PYTHONUNBUFFERED
    also takes the buffer from C's stdout, so that a log is live. Arrow's allocator must not start
    its background thread: the warden forks, and has to be single-threaded for it. The hash seed
    is fixed so that the same seed gives the same table.
    """
    fixed = dict.fromkeys(THREAD_VARIABLES, "1")
    fixed |= {
        MARKER: marker,
        "OMP_WAIT_POLICY": "PASSIVE",
        "PYTHONUNBUFFERED": "1",
        "MPLBACKEND": "Agg",  # a kernel's own value names a module that draws into its cells
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
        "MALLOC_CONF": "background_thread:false",
        "PYTHONHASHSEED": base.get("PYTHONHASHSEED", "0"),
    }
    if _python() != sys.executable:
        fixed["__PYVENV_LAUNCHER__"] = sys.executable  # as multiprocessing does: see `_python`
    return {**base, **fixed}
