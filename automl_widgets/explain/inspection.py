"""What scikit-learn and shap see in a fitted model beside SHAP values: shuffled columns, fixed columns, interactions.

Not here: SHAP values themselves (``explainer``), nor how any of it is drawn (``view``).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from automl_widgets.errors import DataError, NotSupportedError
from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table, take

MAX_ROWS = 500
"""Rows that columns are shuffled in, or fixed in."""
MAX_CURVES = 100
N_GRID = 30
MAX_LEVELS = 50

Score = Callable[..., float]
"""(model, X, y, sample_weight=None) to a number, the higher the better."""


def permuted(
    model: Any, X: Table, y: NDArray[Any], score: Score, *, n_repeats: int = 5, random_state: int = 0
) -> tuple[Floats, Floats]:
    """Return by how much a score falls when each column is shuffled: scikit-learn's ``permutation_importance``.

    Parameters
    ----------
    model : Pipeline
        Fitted.
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,)
        As `score` takes it.
    score : callable
    n_repeats : int, default 5
    random_state : int, default 0

    Returns
    -------
    mean, std : ndarray of shape (n_features,)
    """
    from sklearn.inspection import permutation_importance

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = permutation_importance(
            model, _whole(X), y, scoring=score, n_repeats=n_repeats, random_state=random_state
        )
    return np.asarray(found.importances_mean), np.asarray(found.importances_std)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """What a model predicts when a column has one value in every row."""

    grid: list[Any]
    average: Floats
    """(n_outputs, n_grid); for two classes and for values one output: the second class."""
    individual: Floats
    """(n_outputs, n_rows, n_grid)."""
    is_category: bool


def fixed(model: Any, X: Table, j: int, purpose: str) -> Fixed:
    """Return the partial dependence on a column and the curves of rows: scikit-learn's ``partial_dependence``.

    Rows in which the column is missing are left out.

    Parameters
    ----------
    model : Pipeline
        Fitted.
    X : DataFrame, ndarray or sparse matrix of shape (n_rows, n_features)
    j : int
        The column.
    purpose : str
        What the column is: numeric, boolean, categorical, ...

    Raises
    ------
    NotSupportedError
        If it is a date or a text, or has more than 50 levels.
    DataError
        If it has fewer than two values.
    """
    from sklearn.inspection import partial_dependence

    is_category = purpose in ("categorical", "categorical_hash", "boolean")
    if not is_category and purpose != "numeric":
        raise NotSupportedError(
            f"Partial dependence is for numbers and categories, but this column is {purpose}. "
            'figure("dependence") shows its SHAP values.'
        )
    rows = _known(_whole(X), j)
    values = rows.iloc[:, j] if hasattr(rows, "iloc") else rows[:, j]
    n_values = len(set(values.tolist()))
    if n_values < 2:
        raise DataError(["the column has fewer than two values in the rows that are looked at"])
    if is_category and n_values > MAX_LEVELS:
        raise NotSupportedError(f"Partial dependence is for up to {MAX_LEVELS} levels, but this column has {n_values}.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = partial_dependence(
            model,
            rows if is_category else _as_float(rows, j),
            [j],
            kind="both",
            categorical_features=[j] if is_category else None,
            grid_resolution=max(N_GRID, n_values) if is_category else N_GRID,
        )
    return Fixed(
        grid=np.asarray(found["grid_values"][0]).tolist(),
        average=np.asarray(found["average"]),
        individual=np.asarray(found["individual"])[:, :MAX_CURVES],
        is_category=is_category,
    )


def strongest_interaction(values: Floats, cells: Table, j: int) -> int | None:
    """Return the feature that goes most with what is left of a feature's SHAP values: shap's own heuristic.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_features)
        SHAP values.
    cells : DataFrame of shape (n_rows, n_features)
        The rows.
    j : int
        The feature.
    """
    if values.shape[1] < 2 or len(values) < 2:
        return None
    from shap import approximate_interactions

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        order = approximate_interactions(j, values, codes(cells))
    return next((int(k) for k in order if k != j), None)


def codes(cells: Table) -> Floats:
    """Return a table as numbers: categories become codes, missing values the column's median."""
    import pandas as pd

    columns = []
    for k in range(cells.shape[1]):
        column = cells.iloc[:, k]
        if getattr(column.dtype, "kind", "O") in "iufb":
            numbers = np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        else:
            numbers = pd.factorize(column.astype(str), sort=True)[0].astype(np.float64)
        known = numbers[np.isfinite(numbers)]
        columns.append(np.where(np.isfinite(numbers), numbers, np.median(known) if len(known) else 0.0))
    return np.column_stack(columns)


def _whole(X: Table) -> Table:
    return X.toarray() if hasattr(X, "toarray") else X


def _known(X: Table, j: int) -> Table:
    import pandas as pd

    column = X.iloc[:, j] if hasattr(X, "iloc") else X[:, j]
    return take(X, np.flatnonzero(~np.asarray(pd.isna(column))))


def _as_float(X: Table, j: int) -> Table:
    """Return the rows with a column of whole numbers as floats: values between them would be cut off."""
    if not hasattr(X, "iloc"):
        return X.astype(np.float64) if X.dtype.kind in "iub" else X
    if X.dtypes.iloc[j].kind == "f":
        return X
    made = X.copy()
    made.isetitem(j, X.iloc[:, j].astype(np.float64))
    return made
