"""This package."""

from __future__ import annotations

import os
from typing import Any

from benchmarks.quality.adapters.job import TARGET, Job, Predict, in_order, main


def fit(job: Job, X: Any, y: Any) -> Predict:
    """Submit one run and wait for its best model."""
    from automl_widgets import AutoMLConfig, Experiment, Workspace

    os.chdir(job.folder)
    keywords = {
        "primary_metric": job.by_task("AUC_weighted", "log_loss", "normalized_root_mean_squared_error"),
        "preprocess": True,
        "experiment_timeout_hours": job.budget_s / 3600,
        "max_concurrent_iterations": job.cores,
        "model_explainability": False,
        "random_state": job.seed,
        **job.options,
    }
    task = job.by_task("classification", "classification", "regression")
    config = AutoMLConfig(task, training_data=X.assign(**{TARGET: y}), label_column_name=TARGET, **keywords)
    run = Experiment(Workspace.create(), "quality").submit(config)
    run.wait_for_completion()
    model = run.get_output()[1]
    return predictor(model, job)


def predictor(model: Any, job: Job) -> Predict:
    """Return the prediction function of a scikit-learn estimator."""
    if job.task == "regression":
        return model.predict  # type: ignore[no-any-return]
    return lambda X: in_order(model.predict_proba(X), model.classes_, job.n_classes)


if __name__ == "__main__":
    import automl_widgets  # noqa: F401 - imports are not part of the budget

    main(fit)
