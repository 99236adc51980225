"""The quick start: one call for a table and the name of its target. Nothing here that the long way does not do."""

from __future__ import annotations

import re
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from automl_widgets.errors import ConfigError
from automl_widgets.sdk.console import say

if TYPE_CHECKING:
    import pandas as pd

    from automl_widgets.sdk.run import AutoMLRun

MAX_CLASSES = 20
"""Whole numbers with at most so many different values are classes."""


def automl(
    data: pd.DataFrame | str | PathLike[str],
    target: str,
    minutes: float = 5,
    task: Literal["classification", "regression"] | None = None,
    **settings: Any,
) -> AutoMLRun:
    """Start a run on a table, show it, and return it at once.

    Parameters
    ----------
    data : DataFrame or path of a CSV or Parquet file
        Features and target, a row for each case.
    target : str
        The column to predict.
    minutes : float, default 5
        When the run ends, at the latest.
    task : {"classification", "regression"}, optional
        By default regression for a target of fractions, or of whole numbers with more than 20 different values;
        classification for everything else. The cell says which.
    **settings
        Any parameter of `AutoMLConfig`, e.g. ``primary_metric="accuracy"`` or ``iterations=20``.

    Returns
    -------
    AutoMLRun
        It belongs to an experiment named after the target, in the workspace that `Workspace.from_config` finds.

    Raises
    ------
    ConfigError
        If there is no such column, or a setting is not allowed.
    DataError
        If the data cannot be trained on.

    Examples
    --------
    >>> import pandas as pd
    >>> automl(pd.DataFrame({"age": [1, 2]}), target="churn")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.ConfigError: 1 problem with automl: ...
    """
    from automl_widgets.sdk.config import AutoMLConfig
    from automl_widgets.sdk.display import show_here
    from automl_widgets.sdk.experiment import Experiment
    from automl_widgets.sdk.workspace import Workspace

    column = _target(data, target)
    found = task or task_of(column)
    timeout = {} if {"experiment_timeout_hours", "experiment_timeout_minutes"} & set(settings) else _hours(minutes)
    config = AutoMLConfig(
        found, training_data=data, label_column_name=target, **{"name": f"{target}", **timeout, **settings}
    )
    if task is None:
        say(f"{found.capitalize()} of {target!r}; task={_other(found)!r} would make it a {_other(found)}.")
    run = Experiment(Workspace.from_config(), _experiment_name(target)).submit(config)
    show_here(run)
    return run


def _target(data: Any, target: str) -> Any:
    from automl_widgets.data.reading import read_matrix

    table: Any = read_matrix(data, "data")
    columns = [str(name) for name in getattr(table, "columns", ())]
    if target not in columns:
        named = ", ".join(columns[:10]) + (", …" if len(columns) > 10 else "")
        raise ConfigError(
            [f"`target` must be a column of `data`: {named or 'it has none'}, but got {target!r}."], "automl"
        )
    return table[target] if target in table.columns else table.iloc[:, columns.index(target)]


def task_of(column: Any) -> Literal["classification", "regression"]:
    """Return the task that a target suggests.

    >>> import pandas as pd
    >>> task_of(pd.Series(["yes", "no"])), task_of(pd.Series([0.5, 1.25])), task_of(pd.Series(range(100)))
    ('classification', 'regression', 'regression')
    >>> task_of(pd.Series([0, 1, 1, 0, None])), task_of(pd.Series([True, False]))
    ('classification', 'classification')
    """
    import pandas as pd

    present = column.dropna()
    if pd.api.types.is_bool_dtype(present) or not pd.api.types.is_numeric_dtype(present):
        return "classification"
    if (present % 1 != 0).any() or present.nunique() > MAX_CLASSES:
        return "regression"
    return "classification"


def _hours(minutes: float) -> dict[str, float]:
    if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or not minutes > 0:
        raise ConfigError([f"`minutes` must be a number above 0, but got minutes={minutes!r:.100}."], "automl")
    return {"experiment_timeout_hours": minutes / 60}


def _other(task: str) -> str:
    return "regression" if task == "classification" else "classification"


def _experiment_name(target: str) -> str:
    """Return the target as the name of an experiment: only the characters that one may have.

    >>> _experiment_name("Monthly churn (%)")
    'Monthly_churn'
    """
    return re.sub(r"[^A-Za-z0-9_-]+", "_", target).strip("_-")[:200] or "automl"
