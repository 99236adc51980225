from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.engine.executors.policy import Policy
from automl_widgets.engine.executors.protocol import Executor

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


@pytest.fixture(scope="session")
def starting() -> Iterator[LocalExecutor]:
    """With nothing that only POSIX has: what runs on Windows."""
    executor = LocalExecutor(2, "portable", Policy(nice=0, preload=("numpy", "threadpoolctl")))
    yield executor
    executor.close()


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[None]:
    """A cluster of one node with four cores, whatever the machine has."""
    ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
    ray.init(
        address="local",
        num_cpus=4,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=100_000_000,
        namespace="tests",
    )
    yield
    ray.shutdown()


@pytest.fixture(scope="session")
def on_ray(ray_cluster: None) -> Iterator[Executor]:
    yield from ray_executor(sees_disk=True)


@pytest.fixture(scope="session")
def on_far_ray(ray_cluster: None) -> Iterator[Executor]:
    """Nodes that do not see this disk: everything is sent there and back."""
    yield from ray_executor(sees_disk=False)


def ray_executor(*, sees_disk: bool) -> Iterator[Executor]:
    from automl_widgets.engine.executors.ray import RayExecutor

    executor = RayExecutor(2, sees_disk=sees_disk, preload=())
    yield executor
    executor.close()


@pytest.fixture
def driver(forking: LocalExecutor, tmp_path: Path) -> Driver:
    return Driver(forking, tmp_path)
