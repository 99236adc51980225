"""What comes from outside of an iteration: the run goes on or ends with a reason, and the kernel is as before."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.outside import SURVIVED
from tests.faults.scene import Scene


@pytest.mark.parametrize("what", SURVIVED, ids=lambda what: what.__name__)
def test_a_run_is_in_a_true_state_though(what: Callable[[Scene], None], scene: Scene) -> None:
    what(scene)
