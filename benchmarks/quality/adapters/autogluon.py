"""AutoGluon tabular: https://auto.gluon.ai."""

from __future__ import annotations

from typing import Any

from autogluon.tabular import TabularPredictor  # type: ignore[import-not-found,unused-ignore]

from benchmarks.quality.adapters.job import TARGET, Job, Predict, in_order, main


def fit(job: Job, X: Any, y: Any) -> Predict:
    """Fit with the preset that the options name."""
    predictor = TabularPredictor(
        label=TARGET,
        problem_type=job.task,
        eval_metric=job.by_task("roc_auc", "log_loss", "root_mean_squared_error"),
        path=str(job.folder / "models"),
    )
    predictor.fit(X.assign(**{TARGET: y}), time_limit=job.budget_s, num_cpus=job.cores, num_gpus=0, **job.options)
    if job.task == "regression":
        return predictor.predict  # type: ignore[no-any-return]
    return lambda test: _probabilities(predictor.predict_proba(test), job)


def _probabilities(found: Any, job: Job) -> Any:
    return in_order(found.to_numpy(), list(found.columns), job.n_classes)


if __name__ == "__main__":
    main(fit)
