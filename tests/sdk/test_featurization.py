"""A user's own purposes of columns, from the configuration to the fitted model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_widgets import (
    AutoMLConfig,
    AutoMLRun,
    ConfigError,
    DataError,
    Experiment,
    FeaturizationConfig,
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
    assert repr(wishes) == "FeaturizationConfig(drop_columns=['a', 'b'])"


def summary(run: AutoMLRun) -> dict[str, tuple[int, list[str]]]:
    rows = run.get_output()[1].steps[0][1].get_featurization_summary()
    return {row["RawFeatureName"]: (row["EngineeredFeatureCount"], row["Tranformations"]) for row in rows}


def test_blocked_steps_and_their_parameters_reach_the_model_and_its_code(tmp_path: Path) -> None:
    wishes = FeaturizationConfig(["CatTargetEncoder", "WordEmbedding"], {"zip": "CategoricalHash"})
    wishes.add_transformer_params("HashOneHotEncoder", ["zip"], {"number_of_bits": 2})
    wishes.add_transformer_params("Imputer", ["age"], {"strategy": "constant", "fill_value": -1})
    settings = config(wishes, drop_column_names=["spare"])
    assert settings.settings.column_purposes == {"zip": "categorical_hash", "spare": "ignore"}
    run = Experiment(Workspace.create(path=tmp_path), "steps").submit(settings)
    run.wait_for_completion()
    found = summary(run)
    assert found["zip"] == (5, ["OneHotEncoder"])
    assert found["spare"] == (0, [])
    space: dict[str, Any] = {}
    exec(compile(run.get_output()[0].to_code(), "code.py", "exec"), space)
    X, y = a_table()
    model = run.get_output()[1]
    X.loc[:3, "age"] = np.nan
    assert model.steps[0][1].transform(X)[0, list(model.steps[0][1].get_engineered_feature_names()).index("age")] == -1
    assert np.allclose(space["build"]().fit(a_table()[0], y).predict_proba(X), model.predict_proba(X))


WRONG = [
    (lambda w: w.add_blocked_transformers("TfIfd"), "there is no transformer 'TfIfd'. Did you mean TfIdf"),
    (lambda w: w.add_blocked_transformers(["Imputer"]), "Imputer cannot be left out: learners need numbers"),
    (lambda w: w.add_transformer_params("Impute", [], {}), "No parameters can be given for 'Impute'. Did you mean"),
    (lambda w: w.add_transformer_params("Imputer", [], {"how": "mean"}), "Imputer has no parameter 'how'"),
    (lambda w: w.add_transformer_params("Imputer", [], {"strategy": "avg"}), "must be one of median, mean"),
    (lambda w: w.add_transformer_params("Imputer", [], {"strategy": "constant"}), "needs `fill_value` with"),
    (lambda w: w.add_transformer_params("Imputer", [], {"strategy": "constant", "fill_value": "x"}), "be a number"),
    (lambda w: w.add_transformer_params("OneHotEncoder", [], {"max_levels": 0}), "whole number from 1 to 1000"),
    (lambda w: w.add_transformer_params("OneHotEncoder", [], {"min_share": 1}), "a number from 0 to 1"),
    (lambda w: w.add_transformer_params("HashOneHotEncoder", [], {"number_of_bits": 40}), "from 1 to 10"),
    (lambda w: w.add_transformer_params("TfIdf", [], {"n_components": 0}), "whole number from 1 to 300"),
    (lambda w: w.add_transformer_params("TfIdf", [], {"max_df": "many"}), "those of scikit-learn's TfidfVectorizer"),
]


@pytest.mark.parametrize(("wish", "words"), WRONG)
def test_a_wrong_wish_is_said_at_once(wish: Callable[[FeaturizationConfig], None], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        wish(FeaturizationConfig())


def test_parameters_are_for_columns_of_the_kind_that_has_the_step(tmp_path: Path) -> None:
    wishes = FeaturizationConfig(transformer_params={"Imputer": [(["note"], {"strategy": "mean"})]})
    wishes.add_transformer_params("TfIdf", ["nope"], {"n_components": 3})
    experiment = Experiment(Workspace.create(path=tmp_path), "bad")
    with pytest.raises(DataError, match=r"(?s)Imputer is for columns that are numeric, but 'note' is.*named 'nope'"):
        experiment.submit(config(wishes))


def test_parameters_are_replaced_read_and_taken_back() -> None:
    wishes = FeaturizationConfig()
    wishes.add_transformer_params("Imputer", ["a"], {"strategy": "mean"})
    wishes.add_transformer_params("Imputer", [], {"strategy": "most_frequent"})
    wishes.add_transformer_params("Imputer", ["a"], {"strategy": "median"})
    assert wishes.get_transformer_params("Imputer", ["a"]) == {"strategy": "median"}
    assert [option.columns for option in wishes.transformers.options] == [(), ("a",)]
    wishes.remove_transformer_params("Imputer", ["a"])
    assert wishes.get_transformer_params("Imputer", ["a"]) == {}
    wishes.remove_transformer_params("Imputer")
    assert wishes.transformers == FeaturizationConfig().transformers


def test_columns_are_not_dropped_where_nothing_is_featurized() -> None:
    with pytest.raises(ConfigError, match="`drop_column_names` needs featurization"):
        config("off", drop_column_names=["spare"])
