"""Whether a time limit is kept: seconds from submit to a model in hand, against those asked for."""

from __future__ import annotations

import statistics
import tempfile
import time

import numpy as np

from benchmarks.figures import line

ROWS = (1_000, 20_000, 100_000)
SECONDS = (10, 30, 60)


def main() -> None:
    """Used over asked on three sizes of data and three limits; every run must leave a model that predicts."""
    ratios = []
    for n_rows in ROWS:
        for asked in SECONDS:
            used, n_iterations, score = one(n_rows, asked)
            ratios.append(used / asked)
            line(
                f"{n_rows:,} rows, {asked} s",
                f"{used / asked:.3f}; {n_iterations} iterations, best AUC {score:.4f}",
            )
    line("used/asked", f"median {statistics.median(ratios):.3f}, most {max(ratios):.3f} (aim: 1.00 at most)")


def one(n_rows: int, asked_s: int) -> tuple[float, int, float]:
    """Return the seconds used, the iterations completed and the best score of one run."""
    from sklearn.datasets import make_classification

    from automl_widgets import AutoMLConfig, Experiment, Workspace

    X, y = make_classification(n_rows, 20, n_informative=10, flip_y=0.1, class_sep=0.7, random_state=0)
    X[np.random.default_rng(0).random(X.shape) < 0.02] = np.nan
    config = AutoMLConfig(
        task="classification", X=X, y=y, primary_metric="AUC_weighted", experiment_timeout_minutes=asked_s / 60,
        enable_early_stopping=False, debug_log=None,
    )  # fmt: skip
    experiment = Experiment(Workspace.create(path=tempfile.mkdtemp()), "bench")
    started = time.perf_counter()
    run = experiment.submit(config)
    run.wait_for_completion()
    used = time.perf_counter() - started
    best, model = run.get_output()
    model.predict(X[:10])
    completed = list(run.get_children(status="Completed"))
    return used, len(completed), float(best.get_properties()["score"])
