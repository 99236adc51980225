"""One job inside a system's environment: read the rows, fit, predict, write both and what they took.

Runs under the pandas of each peer, so it stays with what pandas 2 and 3 have in common.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TARGET = "target__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a system is told: the kind of task, its budget, where it may write, its own options."""

    task: str
    n_classes: int
    budget_s: float
    cores: int
    seed: int
    folder: Path
    options: dict[str, Any]

    def by_task(self, binary: str, multiclass: str, regression: str) -> str:
        """Return the word that a system has for this task."""
        return {"binary": binary, "multiclass": multiclass, "regression": regression}[self.task]


Predict = Callable[[Any], Any]
Fit = Callable[[Job, Any, Any], Predict]


def main(fit: Fit, before: Callable[[int], None] | None = None) -> None:
    """Run the job that the first argument names; `fit` gets DataFrame X and Series y, and returns a predictor.

    The predictor returns the values of a regression, or probabilities of shape (n_rows, n_classes).
    `before` is called with the number of cores before the clock runs, such as to start a server.
    """
    told = json.loads(Path(sys.argv[1]).read_text())
    _keep_to(told["cores"])
    job = Job(
        **{name: told[name] for name in ("task", "n_classes", "budget_s", "cores", "seed", "options")},
        folder=Path(told["folder"]),
    )
    X_train, y_train, X_test = _rows(told)
    if before is not None:
        before(job.cores)
    started = time.perf_counter()
    predict = fit(job, X_train, y_train)
    fitted = time.perf_counter()
    prediction = np.asarray(predict(X_test), dtype=np.float64)
    ended = time.perf_counter()
    np.save(job.folder / "prediction.npy", prediction)
    took = {"fit_s": fitted - started, "predict_s": ended - fitted, "peak_mb": _peak_mb()}
    (job.folder / "took.json").write_text(json.dumps(took))


def in_order(probabilities: Any, classes: Sequence[Any], n_classes: int) -> Any:
    """Return probabilities with one column for each class 0..n_classes-1; a class never seen gets 0."""
    found = np.zeros((len(probabilities), n_classes))
    found[:, [int(label) for label in classes]] = np.asarray(probabilities)
    return found


def _rows(told: dict[str, Any]) -> tuple[Any, Any, Any]:
    # Read as a whole, then cut: so both parts have the same dtypes. Labels become 0..K-1 for all systems alike.
    frame = pd.read_csv(told["data"], float_precision="round_trip")
    split = json.loads(Path(told["split"]).read_text())
    y = frame.pop(told["target"])
    if told["task"] != "regression":
        y = pd.Series(pd.factorize(y, sort=True)[0].astype(np.int64))
    train, test = split["train"], split["test"]
    y_train = y.iloc[train].reset_index(drop=True).rename(TARGET)
    return frame.iloc[train].reset_index(drop=True), y_train, frame.iloc[test].reset_index(drop=True)


def _keep_to(cores: int) -> None:
    # Several peers count the machine's cores whatever they are told.
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
