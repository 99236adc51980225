"""AutoMLConfig: its keywords, their older names, and what they become."""

from __future__ import annotations

import dataclasses
import inspect
import logging
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets import AutoMLConfig, ConfigError
from automl_widgets.data.inputs import Inputs
from automl_widgets.metrics import primary_metrics
from automl_widgets.records import Settings
from automl_widgets.sdk.kinds import Kind
from automl_widgets.sdk.parameters import ALIASES, PARAMETERS
from automl_widgets.sdk.reference import configuration_page

DATA: dict[str, Any] = {"X": [[1.0], [2.0]], "y": ["a", "b"]}


def settings(task: str = "classification", **keywords: Any) -> Settings:
    return AutoMLConfig(task, **DATA, **keywords).settings


def taken(name: str, value: Any) -> Settings:
    keywords: dict[str, Any] = {name: value}
    return settings(**keywords)


def test_the_configuration_of_the_documentation_is_taken_without_a_warning() -> None:
    automl_settings: dict[str, Any] = {
        "name": "AutoML_Demo_Experiment_1",
        "iteration_timeout_minutes": 10,
        "iterations": 20,
        "n_cross_validations": 5,
        "primary_metric": "AUC_weighted",
        "preprocess": False,
        "max_concurrent_iterations": 10,
        "verbosity": logging.INFO,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        config = AutoMLConfig(
            task="classification", debug_log="automl_errors.log", path="project", **DATA, **automl_settings,
            model_explainability=True, X_valid=[[3.0]],
        )  # fmt: skip
    assert config.settings.iteration_timeout_s == 600
    assert (config.settings.n_folds, config.settings.featurization) == (5, "off")
    assert (config.path, config.settings.debug_log, config.settings.verbosity) == ("project", "automl_errors.log", 20)


def test_nothing_but_task_and_data_gives_the_defaults() -> None:
    assert settings() == Settings(task="classification", primary_metric="accuracy")
    assert settings("regression").primary_metric == "normalized_root_mean_squared_error"


def test_every_setting_and_every_input_has_a_parameter() -> None:
    by_featurization = {"column_purposes", "transformers"}
    settings = {f.name for f in dataclasses.fields(Settings)} - by_featurization - {"own"}
    assert {p.setting for p in PARAMETERS.values() if p.setting} == settings
    assert {p.name for p in PARAMETERS.values() if p.is_input} == {f.name for f in dataclasses.fields(Inputs)}


def test_the_signature_and_the_docstring_have_all_that_is_built() -> None:
    signature = inspect.signature(AutoMLConfig)
    built = [p for p in PARAMETERS.values() if p.status == "built"]
    assert set(signature.parameters) == {"older_names"} | {p.name for p in built}
    doc = inspect.getdoc(AutoMLConfig) or ""
    for parameter in built:
        assert f"\n{parameter.name} : {parameter.kind.type}" in doc


def test_the_page_of_the_documentation_has_every_name() -> None:
    page = configuration_page()
    for name in (*PARAMETERS, *ALIASES):
        assert f"| `{name}` |" in page
    kept = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    assert kept == page, "write it anew: python -m automl_widgets.sdk.reference > docs/configuration.md"


@pytest.mark.parametrize(
    ("older", "value", "field", "becomes"),
    [
        ("concurrent_iterations", 3, "max_concurrent_iterations", 3),
        ("max_time_sec", 90, "iteration_timeout_s", 90.0),
        ("exit_time_sec", 60, "experiment_timeout_s", 60.0),
        ("exit_score", 0.9, "exit_score", 0.9),
        ("whitelist_models", ["SVM"], "allowed_algorithms", ("SVM",)),
        ("blacklist_models", ["SVM"], "blocked_algorithms", ("SVM",)),
        ("blacklist_algos", ["SVM"], "blocked_algorithms", ("SVM",)),
        ("enable_ensembling", False, "voting_ensemble", False),
        ("enable_stack_ensembling", False, "stack_ensemble", False),
    ],
)
def test_an_older_name_works_and_a_warning_tells_the_current_one(
    older: str, value: Any, field: str, becomes: Any
) -> None:
    current = ALIASES[older][0].name
    with pytest.warns(DeprecationWarning, match=f"`{older}` is an older name of `{current}`: use that"):
        assert getattr(settings(**{older: value}), field) == pytest.approx(becomes)


@pytest.mark.filterwarnings("error")
def test_a_run_may_be_given_minutes_as_well_as_hours() -> None:
    assert settings(experiment_timeout_minutes=1.5) == settings(experiment_timeout_hours=0.025)


def test_the_warning_points_to_the_users_line() -> None:
    with pytest.warns(DeprecationWarning, match="older name") as caught:
        AutoMLConfig("classification", **DATA, exit_score=0.9)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("name", [p.name for p in PARAMETERS.values() if p.status == "no effect"])
def test_a_parameter_without_effect_is_taken_with_a_warning(name: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"`{name}` has no effect"):
        assert taken(name, 1) == settings()


@pytest.mark.parametrize("name", [p.name for p in PARAMETERS.values() if p.status == "not supported yet"])
def test_a_parameter_that_is_not_built_is_fine_while_it_is_off(name: str) -> None:
    assert taken(name, None) == taken(name, False) == settings()


def test_what_is_not_built_is_listed_beside_other_problems() -> None:
    with pytest.raises(ConfigError, match="2 problems") as caught:
        settings(enable_dnn=True, iterations=0)
    assert caught.value.problems[1] == "enable_dnn=True is not supported yet. Deep learners."


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_metric_of_the_task_may_be_optimised(task: Any) -> None:
    for name in primary_metrics(task):
        assert settings(task, primary_metric=name).primary_metric == name


@pytest.mark.parametrize(("iterations", "voting", "stack"), [(1, False, False), (3, True, False), (4, True, True)])
def test_ensembles_are_made_when_the_iterations_allow(iterations: int, voting: bool, stack: bool) -> None:
    made = settings(iterations=iterations)
    assert (made.voting_ensemble, made.stack_ensemble) == (voting, stack)
    assert made.ensemble_candidates == iterations


@pytest.mark.parametrize(
    ("keywords", "featurization"),
    [({}, "auto"), ({"preprocess": True}, "auto"), ({"preprocess": False}, "off"), ({"featurization": "OFF"}, "off")],
)
def test_both_forms_of_featurization_are_taken(keywords: dict[str, Any], featurization: str) -> None:
    assert settings(**keywords).featurization == featurization


def test_numbers_of_numpy_are_taken_as_plain_ones() -> None:
    made = settings(iterations=np.int64(5), experiment_exit_score=np.float32(0.5), positive_label=np.str_("a"))
    assert made.iterations == 5
    assert type(made.iterations) is int
    assert (made.exit_score, made.positive_label) == (0.5, "a")


def test_fractions_of_minutes_and_hours_are_taken() -> None:
    made = settings(iteration_timeout_minutes=0.05, experiment_timeout_hours=0.01)
    assert made.iteration_timeout_s == pytest.approx(3.0)
    assert made.experiment_timeout_s == pytest.approx(36.0)


def test_the_user_settings_speak_the_users_words() -> None:
    user = AutoMLConfig("classification", **DATA, iteration_timeout_minutes=0.5, blocked_models=["SVM"]).user_settings
    assert (user["task_type"], user["iteration_timeout_minutes"], user["iterations"]) == ("classification", 0.5, 1000)
    assert "X" not in user


def test_a_model_that_is_allowed_and_blocked_is_blocked_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="SVM: allowed and blocked at once, so blocked"):
        made = settings(allowed_models=["SVM", "LightGBM"], blocked_models=["SVM"])
    assert made.blocked_algorithms == ("SVM",)


def test_the_representation_shows_what_was_given_and_no_data() -> None:
    config = AutoMLConfig("regression", X=np.ones((5, 2)), y=np.ones(5), iterations=7)
    shown = "AutoMLConfig(task='regression', X=ndarray of shape (5, 2), y=ndarray of shape (5,), iterations=7)"
    assert repr(config) == shown
    assert repr(config.inputs) == "Inputs(X=ndarray of shape (5, 2), y=ndarray of shape (5,))"


@pytest.mark.parametrize("kind", {p.kind.type: p.kind for p in PARAMETERS.values() if p.setting}.values(), ids=str)
def test_every_kind_refuses_a_value_of_no_kind(kind: Kind) -> None:
    with pytest.raises((TypeError, ValueError), match=re.compile("")):
        kind.clean(object())
