"""Kernels and scenes. The seed of every random choice is FAULTS_SEED, 1 if there is none."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.kernel import Kernel
from tests.faults.scene import Scene


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(f"{os.environ.get('FAULTS_SEED', '1')} {request.node.name}")


@pytest.fixture(scope="session")
def warm_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel that has had a run: what comes next starts at once."""
    folder = tmp_path_factory.mktemp("kernel")
    kernel = Kernel(folder)
    kernel.ask("run.get_status()", f"run = submit({str(folder)!r}); run.wait_for_completion()")
    yield kernel
    kernel.close()


@pytest.fixture
def scene(warm_kernel: Kernel, tmp_path: Path, rng: random.Random) -> Iterator[Scene]:
    """A workspace of its own in the kernel that has seen all earlier faults."""
    scene = Scene(warm_kernel, tmp_path, rng)
    yield scene
    scene.check()


@pytest.fixture
def new_kernel(tmp_path: Path) -> Iterator[Callable[[], Kernel]]:
    """Makes kernels that may be killed."""
    kernels: list[Kernel] = []

    def made() -> Kernel:
        kernels.append(Kernel(tmp_path))
        return kernels[-1]

    yield made
    for kernel in kernels:
        kernel.close()


@pytest.fixture
def own_scene(new_kernel: Callable[[], Kernel], tmp_path: Path, rng: random.Random) -> Scene:
    """A workspace in a kernel that may be killed: the test checks it itself."""
    return Scene(new_kernel(), tmp_path, rng)
