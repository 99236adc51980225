"""A process that submits a run and dies in the midst of it: ``python resumable.py FOLDER``. No test."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from automl_widgets import AutoMLConfig, Experiment, Workspace

N_BEFORE = 2


def main(folder: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 6))
    y = np.where(X[:, 0] + X[:, 1] ** 2 + rng.normal(size=len(X)) > 1, "yes", "no")
    config = AutoMLConfig(
        task="classification",
        X=X,
        y=y,
        iterations=8,
        n_cross_validations=2,
        allowed_models=["LogisticRegression", "DecisionTree", "SGD", "KNN"],
        enable_voting_ensemble=False,
        enable_stack_ensemble=False,
        model_explainability=False,
    )
    run = Experiment(Workspace.create("left", folder), "left_alone").submit(config)
    while sum(one.state == "completed" for one in run.store.iterations(run.id)) < N_BEFORE:
        time.sleep(0.02)
    print(run.id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1])
