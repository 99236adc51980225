"""mljar-supervised: https://supervised.mljar.com."""

from __future__ import annotations

from typing import Any

from supervised.automl import AutoML  # type: ignore[import-not-found,unused-ignore]

from benchmarks.quality.adapters.job import Job, Predict, in_order, main


def fit(job: Job, X: Any, y: Any) -> Predict:
    """Fit in the mode that the options name."""
    model = AutoML(
        results_path=str(job.folder / "models"),
        total_time_limit=int(job.budget_s),
        ml_task=job.by_task("binary_classification", "multiclass_classification", "regression"),
        eval_metric=job.by_task("auc", "logloss", "rmse"),
        n_jobs=job.cores,
        random_state=job.seed,
        **job.options,
    )
    model.fit(X, y)
    if job.task == "regression":
        return model.predict  # type: ignore[no-any-return]
    # Its columns follow the sorted labels that it was given.
    return lambda test: in_order(model.predict_proba(test), sorted(y.unique()), job.n_classes)


if __name__ == "__main__":
    main(fit)
