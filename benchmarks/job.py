"""The notebook's job against the same pipelines in a bare loop on the same cores."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from typing import Any

from automl_widgets.records import IterationRecord, Recipe
from benchmarks import digits
from benchmarks.figures import line

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")


def main() -> None:
    """20 iterations on digits, 5 folds and a refit each; time to submit's return."""
    from automl_widgets import Experiment, Workspace

    os.chdir(tempfile.mkdtemp())
    experiment = Experiment(Workspace.create(), "bench")
    config = digits.config()
    started_at, started = time.time(), time.perf_counter()
    run = experiment.submit(config)
    returned = time.perf_counter() - started
    run.wait_for_completion()
    ended = time.perf_counter() - started
    records = run.store.iterations(run.run_id)
    trained = max(record.ended_at or 0 for record in records) - started_at
    single = [record for record in records if record.recipe and record.recipe.origin != "ensemble"]
    without = max(record.ended_at or 0 for record in single) - started_at
    bare = bare_loop(single)
    line("submit's return", f"{returned * 1000:.0f} ms (data checks included)")
    line("iterations, completed", f"{sum(r.state == 'completed' for r in records)} of {len(records)}")
    line("all iterations, ensembles included", f"{trained:.1f} s")
    line(f"the {len(single)} pipelines", f"{without:.1f} s")
    line(f"bare loop of the {len(single)} pipelines", f"{bare:.1f} s on {multiprocessing.cpu_count()} cores")
    line("ratio", f"{without / bare:.2f} (aim: 1.10 or less); ensembles included {trained / bare:.2f}")
    line("explanation of the best, after it", f"{ended - trained:.1f} s")


def bare_loop(records: list[IterationRecord]) -> float:
    """Return the seconds that a process pool needs for the same folds, scores and refits."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    X, y, _ = digits.data()
    started = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        jobs = [(record.recipe, X.to_numpy(), y.to_numpy()) for record in records]
        pool.map(bare_fit, jobs, chunksize=1)
    return time.perf_counter() - started


def bare_fit(job: tuple[Recipe, Any, Any]) -> float:
    """Fit one pipeline on five folds and on all rows."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold
    from sklearn.pipeline import Pipeline

    from automl_widgets.search.build import build

    recipe, X, y = job

    def pipeline() -> Pipeline:
        shape = {"n_rows": len(X), "n_features": X.shape[1], "is_sparse": False}
        return Pipeline(build(recipe, task="classification", random_state=42, threads=1, **shape))

    scores = []
    for train, valid in StratifiedKFold(5, shuffle=True, random_state=42).split(X, y):
        proba = pipeline().fit(X[train], y[train]).predict_proba(X[valid])
        scores.append(roc_auc_score(y[valid], proba, multi_class="ovr", average="weighted"))
    pipeline().fit(X, y)
    return float(sum(scores) / len(scores))
