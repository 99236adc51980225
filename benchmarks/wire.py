"""What an iteration costs on the wire, early and late in a long run."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from automl_widgets.records import IterationRecord, Profile, Recipe, RunRecord, Settings, TrialResult
from benchmarks.figures import line

N = 1000


def main() -> None:
    """Bytes of the patch that shows an iteration's end, at the 10th and at the 1,000th."""
    from automl_widgets.metrics import METRICS
    from automl_widgets.share.stranger import metric_table
    from automl_widgets.store import open_store
    from automl_widgets.view.snapshot import patch

    store = open_store(Path(tempfile.mkdtemp()))
    settings = Settings(task="classification", primary_metric="AUC_weighted", iterations=N)
    profile = Profile(task="classification", n_rows=1797, n_columns=64, feature_names=(), column_purposes=())
    properties = {"metrics": metric_table("classification", 10)}
    record = RunRecord(
        run_id="bench",
        experiment="bench",
        settings=settings,
        created_at=time.time(),
        profile=profile,
        properties=properties,
    )
    store.create_run(record)
    store.claim("bench")
    metrics = {m.name: 0.987654321 for m in METRICS.values() if m.task == "classification"}
    sizes = []
    for i in range(N):
        before = store.seq("bench")
        store.put_iteration("bench", ended(i, metrics))
        sizes.append(len(json.dumps(patch(store, "bench", before))))
    whole = len(json.dumps(patch(store, "bench", 0)))
    line("the 10th iteration", f"{sizes[9]:,} bytes")
    line("the 1,000th iteration", f"{sizes[999]:,} bytes")
    line("ratio", f"{sizes[999] / sizes[9]:.3f} (aim: 1)")
    line("the whole run of 1,000, sent once", f"{whole / 1000:,.0f} kB")


def ended(i: int, metrics: dict[str, float]) -> IterationRecord:
    """Return a finished iteration as a real one looks."""
    parameters = {"learning_rate": 0.1, "num_leaves": 31, "n_estimators": 200, "min_child_samples": 20}
    recipe = Recipe(algorithm="LightGBM", preprocessor="MaxAbsScaler", parameters=parameters, origin="tuned")
    result = TrialResult(
        metrics=metrics, score=0.98, spread=0.01, fold_scores=(0.98,) * 5, parameters=parameters, fit_s=3.2, refit_s=0.8
    )
    times = {"started_at": 1.7e9, "ended_at": 1.7e9 + 4}
    return IterationRecord(iteration=i, state="completed", recipe=recipe, result=result, **times)
