"""The job of the first notebook: twenty iterations on scikit-learn's digits."""

from __future__ import annotations

from typing import Any

ROWS_TO_EXPLAIN = 100


def data() -> tuple[Any, Any, Any]:
    """Return X_train, y_train, X_test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(as_frame=True, return_X_y=True)
    X_train, X_test, y_train, _ = train_test_split(X, y, test_size=ROWS_TO_EXPLAIN, stratify=y, random_state=0)
    return X_train, y_train, X_test


def config(iterations: int = 20) -> Any:
    """Return the notebook's configuration."""
    from automl_widgets import AutoMLConfig

    X_train, y_train, X_test = data()
    return AutoMLConfig(
        task="classification",
        X=X_train,
        y=y_train,
        X_valid=X_test,
        iterations=iterations,
        n_cross_validations=5,
        primary_metric="AUC_weighted",
        preprocess=False,
        max_concurrent_iterations=10,
        model_explainability=True,
    )
