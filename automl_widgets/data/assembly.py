"""The parts of the data put together: checked against each other, without rows that lack a target, and profiled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from automl_widgets.data import features, labels, rows
from automl_widgets.data.findings import Findings, counted, listed
from automl_widgets.data.inputs import Inputs
from automl_widgets.data.labels import Target, classes_of
from automl_widgets.data.load import fingerprint
from automl_widgets.data.parts import Parts, Rows, take_apart
from automl_widgets.data.purposes import column_purposes, with_options, with_wishes
from automl_widgets.data.reading import Matrix
from automl_widgets.errors import DataError
from automl_widgets.records import Guardrail, Profile, Settings

FEWEST_ROWS = 4
"""Two folds of two rows."""


def assemble(settings: Settings, inputs: Inputs) -> tuple[dict[str, Any], Profile, tuple[Guardrail, ...]]:
    """Return the data mapping, its profile, and what was repaired.

    Raises
    ------
    DataError
        With every problem that was found.
    """
    found = Findings()
    parts = take_apart(inputs, found)
    train, target = _train_rows(parts, settings, inputs, found)
    valid = _valid_rows(parts.valid, train, target, settings, found)
    found.stop_if_any()
    if target is None:
        raise DataError(["There is no data: give `X` and `y`, or `training_data` and `label_column_name`."])
    data = {**train, **valid, "feature_names": list(features.names_of(train["X"]))}
    profile = _profile(data, target, settings)
    if set(profile.column_purposes) == {"ignore"}:
        raise DataError(["Every column of `X` has one value only, or none: there is nothing to learn from."])
    if profile.is_sparse and settings.featurization == "auto":
        found.notice("Sparse features", "done", "`X` is sparse: its columns go to the learners as they are.")
    return data, profile, tuple(found.notices)


def _train_rows(
    parts: Parts, settings: Settings, inputs: Inputs, found: Findings
) -> tuple[dict[str, Any], Target | None]:
    given, names = parts.train, _names(inputs)
    X = None if given.X is None else found.attempt(features.tidy, given.X, names["X"], settings.featurization, found)
    target = None if given.y is None else found.attempt(labels.read_target, given.y, settings, names["y"])
    n_rows = _row_count(given, names, found)
    weights = None
    if given.weights is not None and n_rows is not None:
        weights = found.attempt(rows.read_weights, given.weights, n_rows, names["weights"])
    folds = None
    if parts.folds is not None and n_rows is not None:
        folds = found.attempt(rows.read_folds, parts.folds, n_rows)
    if target is None or X is None or n_rows is None:
        return {"X": X}, target
    found.attempt(_fits_settings, target, settings)
    train = {
        "X": rows.kept_of(X, target.kept),
        "y": target.values,
        "labels": target.labels,
        "weights": rows.kept_of(weights, target.kept),
        "splits": None if folds is None else found.attempt(rows.kept_folds, folds, target.kept),
    }
    return train, target


def _names(inputs: Inputs) -> dict[str, str]:
    if inputs.training_data is None:
        return {"X": "X", "y": "y", "weights": "sample_weight"}
    return {
        "X": "training_data",
        "y": f"{inputs.label_column_name}",
        "weights": f"{inputs.weight_column_name}",
    }


def _row_count(given: Rows, names: dict[str, str], found: Findings) -> int | None:
    """Return the number of rows if the parts agree on it and it is enough."""
    if given.X is None or given.y is None:
        return None
    n_rows = int(given.X.shape[0])
    if len(given.y) != n_rows:
        found.problems.append(_uneven(names["y"], len(given.y), names["X"], n_rows))
        return None
    if 0 < n_rows < FEWEST_ROWS:
        found.problems.append(
            f"`{names['X']}` must have at least {FEWEST_ROWS} rows to train and to validate on, but it has {n_rows}."
        )
        return None
    return n_rows


def _uneven(y_name: str, n_values: int, X_name: str, n_rows: int) -> str:
    return f"`{y_name}` must have as many values as `{X_name}` has rows ({n_rows:,}), but it has {n_values:,}."


def _fits_settings(target: Target, settings: Settings) -> None:
    if len(target.values) < FEWEST_ROWS:
        raise DataError([f"Only {counted(len(target.values), 'row')} have a target: at least {FEWEST_ROWS} must."])
    classes = classes_of(target.labels)
    if settings.positive_label is not None and settings.positive_label not in classes:
        raise DataError(
            [f"`positive_label` must be one of the labels ({listed(classes)}), but it is {settings.positive_label!r}."]
        )
    if settings.primary_metric.endswith("_binary") and len(classes) > 2 and settings.own.metric is None:
        raise DataError(
            [
                f"primary_metric='{settings.primary_metric}' is for two classes, but there are {len(classes)}. "
                f"Use '{settings.primary_metric.removesuffix('_binary')}_weighted'."
            ]
        )


def _valid_rows(
    given: Rows, train: dict[str, Any], target: Target | None, settings: Settings, found: Findings
) -> dict[str, Any]:
    valid: dict[str, Any] = dict.fromkeys(("X_valid", "y_valid", "weights_valid", "X_explain"))
    if given.X is None or train.get("X") is None:
        return valid
    X = found.attempt(features.tidy, given.X, "X_valid", settings.featurization, found)
    X = None if X is None else found.attempt(features.aligned, X, train["X"], "X_valid", found)
    if given.y is None:
        return {**valid, "X_explain": X}
    n_rows = _row_count_of_valid(given, found)
    if X is None or n_rows is None or target is None:
        return valid
    like = found.attempt(labels.read_like, given.y, target, settings, "y_valid")
    weights = None
    if given.weights is not None:
        weights = found.attempt(rows.read_weights, given.weights, n_rows, "sample_weight_valid")
    if like is None:
        return valid
    valid["X_valid"], valid["y_valid"] = rows.kept_of(X, like.kept), like.values
    valid["weights_valid"] = rows.kept_of(weights, like.kept)
    return valid


def _row_count_of_valid(given: Rows, found: Findings) -> int | None:
    n_rows = 0 if given.X is None else int(given.X.shape[0])
    if given.y is not None and len(given.y) == n_rows:
        return n_rows
    found.problems.append(_uneven("y_valid", 0 if given.y is None else len(given.y), "X_valid", n_rows))
    return None


def _profile(data: dict[str, Any], target: Target, settings: Settings) -> Profile:
    X, y, classes = data["X"], data["y"], classes_of(target.labels)
    n_columns, is_regression = int(X.shape[1]), settings.task == "regression"
    to_explain = data["X_explain"] if data["X_explain"] is not None else data["X_valid"]
    return Profile(
        task=settings.task,
        n_rows=len(y),
        n_columns=n_columns,
        feature_names=tuple(data["feature_names"]),
        column_purposes=_purposes(X, data["feature_names"], settings),
        classes=classes,
        class_counts=() if is_regression else tuple(np.bincount(y, minlength=len(classes)).tolist()),
        y_min=float(y.min()) if is_regression else None,
        y_max=float(y.max()) if is_regression else None,
        n_missing_cells=features.missing_cells(X),
        n_missing_labels=target.n_missing,
        n_explain_rows=0 if to_explain is None else int(to_explain.shape[0]),
        is_sparse=bool(sparse.issparse(X)),
        has_weights=data["weights"] is not None,
        size_mb=round(_size_mb(X), 3),
        fingerprint=fingerprint(data),
    )


def _purposes(X: Matrix, names: list[str], settings: Settings) -> tuple[str, ...]:
    if settings.featurization == "off":
        return ("numeric",) * int(X.shape[1])
    found = with_wishes(X, names, column_purposes(X), settings.column_purposes)
    return with_options(names, found, settings.transformers.options)


def _size_mb(X: Matrix) -> float:
    if isinstance(X, pd.DataFrame):
        return float(X.memory_usage(index=False, deep=False).sum()) / 2**20
    values: Any = X.data if sparse.issparse(X) else X
    return float(values.nbytes) / 2**20
