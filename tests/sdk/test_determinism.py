"""The same seed and number of iterations give the same table, whatever runs beside what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from automl_widgets import AutoMLConfig, Experiment, Workspace


def table(folder: Path, concurrency: int, seed: int = 7) -> list[tuple[Any, ...]]:
    """Return what a run's table shows, times and processes apart."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(200, 4)), columns=list("abcd"))
    X["kind"] = rng.choice(["red", "green", "blue"], 200)
    X.loc[::17, "b"] = np.nan
    y = np.where(X["a"] + (X["kind"] == "red") + rng.normal(size=200) > 0.5, "yes", "no")
    config = AutoMLConfig(
        task="classification",
        X=X,
        y=y,
        iterations=20,
        n_cross_validations=2,
        max_concurrent_iterations=concurrency,
        allowed_models=["LightGBM", "LogisticRegression", "DecisionTree", "ExtremeRandomTrees"],
        enable_early_stopping=False,
        model_explainability=False,
        random_state=seed,
    )
    run = Experiment(Workspace.create(path=folder), "same").submit(config)
    run.wait_for_completion()
    records = run.store.iterations(run.run_id)
    return [(r.iteration, r.recipe, r.state, r.result and (r.result.metrics, r.result.weights)) for r in records]


def test_one_at_a_time_or_two_the_table_is_the_same_bit_for_bit(tmp_path: Path) -> None:
    alone, beside = table(tmp_path / "one", 1), table(tmp_path / "two", 2)
    assert [row[0] for row in alone] == list(range(20))
    assert {row[1].origin for row in alone} == {"portfolio", "tuned", "ensemble"}
    assert repr(alone) == repr(beside)


def test_another_seed_gives_another_table(tmp_path: Path) -> None:
    assert repr(table(tmp_path / "7", 2)) != repr(table(tmp_path / "8", 2, seed=8))
