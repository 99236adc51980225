"""What the cells of a test's notebook do: submit runs through the public names, as a user does."""

from __future__ import annotations

from typing import Any

import numpy as np

import automl_widgets as aw

SETTINGS = {
    "task": "classification",
    "primary_metric": "accuracy",
    "iterations": 4,
    "n_cross_validations": 3,
    "max_concurrent_iterations": 2,
    "allowed_models": ["LogisticRegression", "DecisionTree"],
    "featurization": "off",
    "enable_voting_ensemble": False,
    "enable_stack_ensemble": False,
    "model_explainability": False,
    "debug_log": None,
}
"""A small run: warm, it takes a fifth of a second."""


def data(n: int = 150) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    return X, np.where(X[:, 0] + rng.normal(size=n) > 0, "yes", "no")


def submit(folder: str, **settings: Any) -> aw.AutoMLRun:
    """Submit a run in a workspace below `folder`."""
    X, y = data(settings.pop("rows", 150))
    config = aw.AutoMLConfig(X=X, y=y, **{**SETTINGS, **settings})
    workspace = aw.Workspace.create(path=folder)
    return aw.Experiment(workspace, "faults").submit(config)


def resumed(folder: str, run_id: str, **given: Any) -> aw.AutoMLRun:
    """Go on with a run whose kernel has ended, as a notebook does that was opened again."""
    run = aw.AutoMLRun(aw.Experiment(aw.Workspace.create(path=folder), "faults"), run_id)
    run.resume(**given)
    return run
