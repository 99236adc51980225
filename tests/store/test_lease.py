from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from automl_widgets.store import lease
from automl_widgets.store.lease import Lease, interruption, is_held, this_process
from automl_widgets.store.protocol import GRACE_S
from tests.store.nouns import NOW


@pytest.fixture(params=["proc", "psutil"])
def _every_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    if request.param == "psutil":
        monkeypatch.setattr(lease, "_PROC", tmp_path)
    elif not Path("/proc/self/stat").exists():
        pytest.skip("needs /proc")
    lease._place.cache_clear()
    yield
    lease._place.cache_clear()


@pytest.mark.usefixtures("_every_system")
def test_this_process_holds_its_lease_however_silent_it_is() -> None:
    assert is_held(Lease(this_process(), NOW), NOW + 1e6)


@pytest.mark.usefixtures("_every_system")
def test_a_process_that_has_ended_holds_nothing_however_fresh_its_beat() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        owner = replace(this_process(), pid=process.pid, started=lease._started(process.pid) or "")
        assert is_held(Lease(owner, NOW), NOW)
        process.kill()
        end = time.monotonic() + 10  # it is a zombie until somebody waits for it
        while is_held(Lease(owner, NOW), NOW) and time.monotonic() < end:
            time.sleep(0.001)
        assert not is_held(Lease(owner, NOW), NOW)
    assert not is_held(Lease(owner, NOW), NOW)


def test_a_pid_that_is_used_again_is_another_process() -> None:
    assert not is_held(Lease(replace(this_process(), started="1"), NOW), NOW)


def test_of_an_owner_elsewhere_only_the_beat_tells() -> None:
    far = Lease(replace(this_process(), place="another machine"), NOW)
    assert is_held(far, NOW + GRACE_S - 1)
    assert not is_held(far, NOW + GRACE_S)


def test_the_reason_names_the_process() -> None:
    dead = Lease(replace(this_process(), started="1"), NOW)
    assert interruption("running", NOW, dead, NOW) == f"its process ({os.getpid()}) has ended"
    assert interruption("completed", NOW, dead, NOW) is None
    assert interruption("paused", NOW, None, NOW + GRACE_S) is None
    assert interruption("paused", NOW, None, NOW + GRACE_S + 1) == "no process runs it"
