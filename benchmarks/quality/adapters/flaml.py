"""FLAML: https://microsoft.github.io/FLAML."""

from __future__ import annotations

from typing import Any

from flaml import AutoML  # type: ignore[import-not-found,unused-ignore]

from benchmarks.quality.adapters.job import Job, Predict, in_order, main


def fit(job: Job, X: Any, y: Any) -> Predict:
    """Search with its defaults."""
    model = AutoML()
    model.fit(
        X_train=X,
        y_train=y,
        task=job.by_task("binary", "multiclass", "regression"),
        metric=job.by_task("roc_auc", "log_loss", "rmse"),
        time_budget=job.budget_s,
        n_jobs=job.cores,
        seed=job.seed,
        log_file_name=str(job.folder / "flaml.log"),
        **job.options,
    )
    if model.best_estimator is None or model.model is None:
        raise RuntimeError("FLAML ended without a model.")
    if job.task == "regression":
        return model.predict  # type: ignore[no-any-return]
    return lambda test: in_order(model.predict_proba(test), model.classes_, job.n_classes)


if __name__ == "__main__":
    main(fit)
