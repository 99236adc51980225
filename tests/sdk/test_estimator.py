from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from automl_widgets import AutoMLClassifier, AutoMLRegressor, ConfigError, RunStateError, TrialError, Workspace
from automl_widgets.engine import runner
from automl_widgets.engine.executors.inline import InlineExecutor

TREE = {"allowed_models": ["DecisionTree"]}
"""It uses weights of rows, and needs no scaler that does not."""


@pytest.fixture(scope="module", autouse=True)
def here() -> Iterator[None]:
    """Iterations run in this process: a check fits some hundred times."""
    patch = pytest.MonkeyPatch()
    patch.setattr(runner, "_shared_executor", InlineExecutor)
    yield
    patch.undo()


def quick(kind: type[Any], **more: Any) -> Any:
    return kind(**{"minutes": None, "iterations": 1, "cv": 2, "settings": TREE, **more})


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    city = pd.Series(rng.choice(["Oslo", "Rome", "Bern"], 60))
    age = pd.Series(rng.normal(40, 9, 60)).where(rng.random(60) > 0.1)
    return pd.DataFrame({"age": age, "city": city, "since": pd.date_range("2020-01-01", periods=60)})


def exceptions(estimator: Any) -> dict[str, str]:
    if isinstance(estimator, AutoMLClassifier):
        return {}
    why = "a leaf of a tree has at least five rows, whatever they weigh"
    kinds = ("dense", "sparse")
    return {f"check_sample_weight_equivalence_on_{kind}_data": why for kind in kinds}


@parametrize_with_checks([quick(AutoMLClassifier), quick(AutoMLRegressor)], expected_failed_checks=exceptions)
def test_the_conventions_of_scikit_learn_are_kept(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_raw_columns_are_learned_and_labels_come_back(frame: pd.DataFrame) -> None:
    y = np.where(frame["city"] == "Rome", "yes", "no")
    model = quick(AutoMLClassifier).fit(frame, y)
    assert model.score(frame, y) > 0.9
    assert model.classes_.tolist() == ["no", "yes"]
    assert model.predict_proba(frame[:5]).shape == (5, 2)
    assert model.feature_names_in_.tolist() == ["age", "city", "since"]


def test_a_table_of_arrow_is_learned_too(frame: pd.DataFrame) -> None:
    y = np.arange(60.0)
    model = quick(AutoMLRegressor).fit(pyarrow.Table.from_pandas(frame), pyarrow.array(y), sample_weight=y + 1)
    assert np.array_equal(model.predict(pyarrow.Table.from_pandas(frame)), model.predict(frame))


def test_what_was_tried_is_told(frame: pd.DataFrame) -> None:
    model = quick(AutoMLRegressor, iterations=2, primary_metric="mean_absolute_error").fit(frame, np.arange(60.0))
    assert model.leaderboard_.columns.tolist() == ["iteration", "pipeline", "state", "score", "spread", "seconds"]
    assert model.leaderboard_["score"].is_monotonic_increasing
    assert model.best_score_ == model.leaderboard_["score"][0]
    assert model.best_iteration_ == model.leaderboard_["iteration"][0]


def test_a_fitted_one_is_pickled_without_its_run_and_cloned_without_its_model(frame: pd.DataFrame) -> None:
    model = quick(AutoMLRegressor).fit(frame, np.arange(60.0))
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict(frame), model.predict(frame))
    assert not hasattr(clone(model), "model_")


def test_the_run_stays_in_the_workspace_that_is_given(frame: pd.DataFrame, tmp_path: Path) -> None:
    kept = quick(AutoMLRegressor, workspace=tmp_path).fit(frame, np.arange(60.0))
    assert kept.run_.get_status() == "Completed"
    model = clone(kept).set_params(workspace=Workspace.create(path=tmp_path)).fit(frame, np.arange(60.0))
    assert len(list(model.run_.experiment.get_runs())) == 2
    assert np.array_equal(clone(model).fit(frame, np.arange(60.0)).predict(frame), kept.predict(frame))


def test_without_one_the_run_is_gone(frame: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    model = quick(AutoMLRegressor).fit(frame, np.arange(60.0))
    with pytest.raises(RunStateError, match="give `workspace` to keep runs"):
        model.run_  # noqa: B018
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_it_is_validated_as_any_estimator(frame: pd.DataFrame) -> None:
    scores = cross_val_score(quick(AutoMLRegressor, cv=KFold(2)), frame, np.arange(60.0), cv=3)
    assert scores.shape == (3,)


def test_a_setting_is_given_once(frame: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="but it holds `iterations`: give it there"):
        AutoMLRegressor(iterations=3, settings={"iterations": 4}).fit(frame, np.arange(60.0))


def test_a_search_without_a_score_says_why(frame: pd.DataFrame) -> None:
    settings = {**TREE, "iteration_timeout_minutes": 1e-6}
    with pytest.raises(TrialError, match=r"No iteration came to a score: the run is .*; the first one: "):
        AutoMLRegressor(minutes=None, iterations=1, settings=settings).fit(frame, np.arange(60.0))
