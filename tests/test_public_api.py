"""The names that users may rely on, and what importing them costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import automl_widgets

NAMES = [
    "AmlCompute",
    "AutoMLClassifier",
    "AutoMLConfig",
    "AutoMLError",
    "AutoMLRegressor",
    "AutoMLRun",
    "ComputeTarget",
    "ComputeTargetException",
    "CondaDependencies",
    "ConfigError",
    "DataError",
    "DataReferenceConfiguration",
    "Datastore",
    "EngineError",
    "Experiment",
    "FeaturizationConfig",
    "IterationRun",
    "Model",
    "NotFoundError",
    "NotSupportedError",
    "RunConfiguration",
    "RunDetails",
    "RunStateError",
    "TrialError",
    "UserError",
    "Workspace",
    "WorkspaceError",
    "automl",
    "explain_model",
    "retrieve_model_explanation",
]


def test_the_public_names_are_pinned_and_sorted() -> None:
    assert automl_widgets.__all__ == NAMES == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_lives_in_automl_widgets_as_far_as_a_traceback_tells(name: str) -> None:
    assert getattr(automl_widgets, name).__module__ == "automl_widgets"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'AutoML'"):
        automl_widgets.AutoML  # noqa: B018


def _loaded_by(statement: str) -> set[str]:
    code = f"{statement}; import sys; print(' '.join(m for m in sys.modules if '.' not in m))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not _loaded_by("import automl_widgets") & {"numpy", "pandas", "sklearn", "anywidget"}


def test_the_view_shows_without_loading_a_learner() -> None:
    heavy = {"sklearn", "lightgbm", "optuna", "shap", "scipy"}
    assert not _loaded_by("import automl_widgets.view.snapshot, automl_widgets.view.widget") & heavy
