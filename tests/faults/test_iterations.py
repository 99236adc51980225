"""Whatever an iteration does, it has a state and a reason, the run goes on, and the kernel notices nothing."""

from __future__ import annotations

import pytest

from tests.faults.catalogue import ITERATIONS, play
from tests.faults.scene import Scene


@pytest.mark.parametrize("what", ITERATIONS)
def test_an_iteration_that(what: str, scene: Scene) -> None:
    play(scene, ITERATIONS[what])
