from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from automl_widgets import AutoMLConfig, AutoMLRun, Experiment, Workspace


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> AutoMLRun:
    """A real run of six iterations, ensembles and explanation included."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = np.where(X[:, 0] + X[:, 1] > 0, "yes", "no")
    ws = Workspace.create(path=tmp_path_factory.mktemp("sdk"))
    config = AutoMLConfig(task="classification", X=X, y=y, X_valid=X[:20], iterations=6, n_cross_validations=3)
    run = Experiment(ws, "tests").submit(config, tags={"who": "me"})
    run.wait_for_completion()
    return run


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
