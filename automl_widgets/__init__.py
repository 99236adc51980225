"""Automated machine learning that lives in a notebook.

The names below are the whole public interface. Each is loaded when it is first used, so that
``import automl_widgets`` costs nothing and a process that only shows results loads no learner.
"""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from automl_widgets.errors import (
        AutoMLError,
        ConfigError,
        DataError,
        EngineError,
        NotFoundError,
        NotSupportedError,
        RunStateError,
        TrialError,
        UserError,
        WorkspaceError,
    )
    from automl_widgets.sdk.child import IterationRun
    from automl_widgets.sdk.compute import AmlCompute, ComputeTarget, ComputeTargetException
    from automl_widgets.sdk.config import AutoMLConfig
    from automl_widgets.sdk.datastore import DataReferenceConfiguration, Datastore
    from automl_widgets.sdk.estimator import AutoMLClassifier, AutoMLRegressor
    from automl_widgets.sdk.experiment import Experiment
    from automl_widgets.sdk.explanation import explain_model, retrieve_model_explanation
    from automl_widgets.sdk.featurization import FeaturizationConfig
    from automl_widgets.sdk.model import Model
    from automl_widgets.sdk.quick import automl
    from automl_widgets.sdk.run import AutoMLRun
    from automl_widgets.sdk.runconfig import CondaDependencies, RunConfiguration
    from automl_widgets.sdk.workspace import Workspace
    from automl_widgets.view.widget import RunDetails

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())  # what a thread prints would appear under some cell

_HOMES = {
    "AmlCompute": "sdk.compute",
    "AutoMLClassifier": "sdk.estimator",
    "AutoMLConfig": "sdk.config",
    "AutoMLError": "errors",
    "AutoMLRegressor": "sdk.estimator",
    "AutoMLRun": "sdk.run",
    "ComputeTarget": "sdk.compute",
    "ComputeTargetException": "sdk.compute",
    "CondaDependencies": "sdk.runconfig",
    "ConfigError": "errors",
    "DataError": "errors",
    "DataReferenceConfiguration": "sdk.datastore",
    "Datastore": "sdk.datastore",
    "EngineError": "errors",
    "Experiment": "sdk.experiment",
    "FeaturizationConfig": "sdk.featurization",
    "IterationRun": "sdk.child",
    "Model": "sdk.model",
    "NotFoundError": "errors",
    "NotSupportedError": "errors",
    "RunConfiguration": "sdk.runconfig",
    "RunDetails": "view.widget",
    "RunStateError": "errors",
    "TrialError": "errors",
    "UserError": "errors",
    "Workspace": "sdk.workspace",
    "WorkspaceError": "errors",
    "automl": "sdk.quick",
    "explain_model": "sdk.explanation",
    "retrieve_model_explanation": "sdk.explanation",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    found.__module__ = __name__
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
