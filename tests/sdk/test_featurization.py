"""A user's own purposes of columns, from the configuration to the fitted model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from automl_widgets import (
    AutoMLConfig,
    ConfigError,
    DataError,
    Experiment,
    FeaturizationConfig,
    NotSupportedError,
    Workspace,
)


def a_table(n: int = 90) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "zip": rng.integers(1000, 1010, n),
            "age": rng.normal(40, 9, n),
            "note": rng.choice(["a", "b"], n),
            "spare": rng.normal(size=n),
        }
    )
    return X, np.where(X["zip"] % 2 == 0, "even", "odd")


def config(featurization: object, **more: object) -> AutoMLConfig:
    X, y = a_table()
    return AutoMLConfig(
        task="classification",
        X=X,
        y=y,
        featurization=featurization,
        iterations=1,
        n_cross_validations=2,
        model_explainability=False,
        **more,
    )


def test_purposes_reach_the_model(tmp_path: Path) -> None:
    wishes = FeaturizationConfig(column_purposes={"zip": "categorical"}, drop_columns=["spare"])
    run = Experiment(Workspace.create(path=tmp_path), "wishes").submit(config(wishes))
    run.wait_for_completion()
    _, model = run.get_output()
    summary = {row["RawFeatureName"]: row for row in model.steps[0][1].get_featurization_summary()}
    assert {name: row["TypeDetected"] for name, row in summary.items()} == {
        "zip": "Categorical", "age": "Numeric", "note": "Categorical", "spare": "Ignore",
    }  # fmt: skip
    assert summary["spare"]["Dropped"] == "Yes"
    assert summary["zip"]["EngineeredFeatureCount"] == 10
    assert len(model.predict(a_table()[0])) == 90


@pytest.mark.parametrize("kind", ["Categorical", "CategoricalHash", "Text", "Ignore", "Numeric"])
def test_a_column_of_numbers_may_be_anything_but_a_date(kind: str, tmp_path: Path) -> None:
    run = Experiment(Workspace.create(path=tmp_path), "kinds").submit(config(FeaturizationConfig(None, {"zip": kind})))
    run.wait_for_completion()
    assert run.get_status() == "Completed", run.record.reason


def test_what_cannot_be_is_said_before_any_work(tmp_path: Path) -> None:
    experiment = Experiment(Workspace.create(path=tmp_path), "bad")
    wrong = FeaturizationConfig(column_purposes={"note": "Numeric", "nope": "Text", "age": "DateTime"})
    words = "(?s)'nope'.*'note' cannot be numeric.*'age' cannot be datetime"
    with pytest.raises(DataError, match=words):
        experiment.submit(config(wrong))
    with pytest.raises(DataError, match="nothing to learn from"):
        experiment.submit(config(FeaturizationConfig(drop_columns=["zip", "age", "note", "spare"])))
    assert not list(experiment.get_runs())


def test_the_words_are_checked() -> None:
    with pytest.raises(ConfigError, match="must be one of Numeric"):
        FeaturizationConfig(column_purposes={"zip": "Number"})
    with pytest.raises(NotSupportedError, match="blocked_transformers"):
        FeaturizationConfig(blocked_transformers=["TfIdf"])
    with pytest.raises(ConfigError, match="contradicts"):
        config(FeaturizationConfig(), preprocess=False)
    with pytest.raises(ConfigError, match="or a FeaturizationConfig"):
        config(7)


def test_what_was_said_can_be_taken_back() -> None:
    wishes = FeaturizationConfig(column_purposes={"zip": "TEXT"})
    wishes.add_drop_columns(["a", "b"])
    wishes.add_drop_columns(["a"])
    assert wishes.purposes == {"zip": "text", "a": "ignore", "b": "ignore"}
    wishes.remove_column_purpose("zip")
    assert repr(wishes) == "FeaturizationConfig(column_purposes={}, drop_columns=['a', 'b'])"
