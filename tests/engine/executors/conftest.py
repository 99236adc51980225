from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_widgets.engine.executors.local import LocalExecutor

from .driving import Driver


@pytest.fixture(scope="session")
def forking() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(2, "fork")
    yield executor
    executor.close()


@pytest.fixture(scope="session")
def spawning() -> Iterator[LocalExecutor]:
    executor = LocalExecutor(2, "spawn")
    yield executor
    executor.close()


@pytest.fixture
def driver(forking: LocalExecutor, tmp_path: Path) -> Driver:
    return Driver(forking, tmp_path)
