"""H2O AutoML: https://docs.h2o.ai/h2o/latest-stable/h2o-docs/automl.html. Needs Java."""

from __future__ import annotations

import socket
from typing import Any

import h2o  # type: ignore[import-not-found,unused-ignore]
from h2o.automl import H2OAutoML  # type: ignore[import-not-found,unused-ignore]

from benchmarks.quality.adapters.job import TARGET, Job, Predict, in_order, main

MEMORY = "6G"


def fit(job: Job, X: Any, y: Any) -> Predict:
    """Load the rows into the running server and search."""
    types = column_types(X)
    frame = h2o.H2OFrame(X.assign(**{TARGET: y}), column_types={**types, TARGET: "enum" if job.n_classes else "real"})
    search = H2OAutoML(
        max_runtime_secs=int(job.budget_s),
        sort_metric=job.by_task("AUC", "logloss", "RMSE"),
        seed=job.seed,
        **job.options,
    )
    search.train(y=TARGET, training_frame=frame)
    if search.leader is None:
        raise RuntimeError("H2O ended without a model.")
    return lambda test: _predict(search.leader, h2o.H2OFrame(test, column_types=types), job)


def column_types(X: Any) -> dict[str, str]:
    """Return H2O's types by column; it would take a text column for free text."""
    return {name: "real" if dtype.kind in "fiu" else "enum" for name, dtype in X.dtypes.items()}


def _predict(model: Any, test: Any, job: Job) -> Any:
    found = model.predict(test).as_data_frame()
    if job.task == "regression":
        return found["predict"]
    classes = [name for name in found.columns if name != "predict"]
    return in_order(found[classes].to_numpy(), [name.removeprefix("p") for name in classes], job.n_classes)


def serve(cores: int) -> None:
    """Start the server, before the clock of the fit runs."""
    # A port of its own: by default it joins whatever server another program has started.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    h2o.init(nthreads=cores, max_mem_size=MEMORY, port=port)


if __name__ == "__main__":
    main(fit, before=serve)
