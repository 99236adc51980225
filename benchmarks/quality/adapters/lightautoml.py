"""LightAutoML: https://lightautoml.readthedocs.io."""

from __future__ import annotations

from typing import Any

from lightautoml.automl.presets.tabular_presets import TabularAutoML  # type: ignore[import-not-found,unused-ignore]
from lightautoml.tasks import Task  # type: ignore[import-not-found,unused-ignore]

from benchmarks.quality.adapters.job import TARGET, Job, Predict, in_order, main


def fit(job: Job, X: Any, y: Any) -> Predict:
    """Fit the tabular preset."""
    model = TabularAutoML(
        task=Task(job.by_task("binary", "multiclass", "reg"), metric=job.by_task("auc", "crossentropy", "mse")),
        timeout=job.budget_s,
        cpu_limit=job.cores,
        reader_params={"n_jobs": job.cores, "random_state": job.seed},
        **job.options,
    )
    model.fit_predict(X.assign(**{TARGET: y}), roles={"target": TARGET}, verbose=1)
    if job.task == "regression":
        return lambda test: model.predict(test).data[:, 0]
    return lambda test: _probabilities(model, model.predict(test).data, job)


def _probabilities(model: Any, found: Any, job: Job) -> Any:
    if job.task == "binary":
        found = _both(found[:, 0])
    # The reader renumbers the classes by how frequent they are, unless they are 0..K-1 already.
    numbers = model.reader.class_mapping
    classes = range(found.shape[1]) if numbers is None else sorted(numbers, key=numbers.__getitem__)
    return in_order(found, list(classes), job.n_classes)


def _both(positive: Any) -> Any:
    import numpy as np

    return np.column_stack([1 - positive, positive])


if __name__ == "__main__":
    main(fit)
