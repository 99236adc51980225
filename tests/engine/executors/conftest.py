from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.policy import Policy

from .driving import Driver


@pytest.fixture(scope="session")
def forking() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(2, "fork", Policy(nice=0))
    yield executor
    executor.close()


@pytest.fixture(scope="session")
def spawning() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(2, "spawn", Policy(nice=0, preload=("numpy", "threadpoolctl")))
    yield executor
    executor.close()


@pytest.fixture
def driver(forking: LocalExecutor, tmp_path: Path) -> Driver:
    return Driver(forking, tmp_path)
