"""Random faults, one after the other, for as long as is wanted: ``make soak``, or ``SOAK_S=60 make soak``.

Every fault meets a live run in a real kernel, and all invariants are checked after it. A kernel that a fault has ended
is followed by another one, which resumes the run; its table must be that of a run which nothing has happened to.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil

from automl_widgets import AutoMLError
from tests.faults import deaths, disk, outside
from tests.faults.catalogue import ITERATIONS, play
from tests.faults.kernel import Kernel
from tests.faults.scene import Scene
from tests.faults.test_resume import SETTINGS, table

Played = Callable[["Soak"], None]
UNHELD = (AssertionError, ArithmeticError, AutoMLError, LookupError, OSError, RuntimeError, ValueError, psutil.Error)


class Soak:
    """A kernel, in which one fault follows the other."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.n_kernels = self.n_scenes = self.n_processes = 0
        self.straight: list[object] = []
        self.renew()

    def renew(self) -> None:
        """Take a new kernel."""
        self.kernel = Kernel(self.folder)
        self.n_kernels += 1

    def scene(self, folder: Path | None = None) -> Scene:
        """Return an empty workspace."""
        self.n_scenes += 1
        folder = folder or self.folder / str(self.n_scenes)
        folder.mkdir(exist_ok=True)
        return Scene(self.kernel, folder, self.rng)

    # ------------------------------------------------------------ what may happen

    def in_an_iteration(self, what: str) -> None:
        """Let an iteration go wrong."""
        scene = self.scene()
        play(scene, ITERATIONS[what])
        scene.check()

    def from_outside(self, what: Callable[[Scene], None]) -> None:
        """Let something happen that the kernel survives."""
        scene = self.scene()
        what(scene)
        scene.check()

    def two_at_once(self) -> None:
        """Let an iteration go wrong in a run of eight while workers and warden are shot at."""
        scene = self.scene()
        wrong = ITERATIONS[self.rng.choice(sorted(name for name in ITERATIONS if not ITERATIONS[name].needs_ending))]
        scene.plan(wrong.body, args=wrong.args, iteration=self.rng.randrange(8), attempts=wrong.attempts)
        run = scene.submit(**{**wrong.settings, "iterations": 8})
        for _ in range(self.rng.randrange(1, 4)):
            scene.pause(0.5)
            outside.shoot(scene)
        scene.ended(run)
        scene.check()

    def full_disk(self) -> None:
        """Fill a small disk; left out where none can be mounted."""
        small = disk.Disk(self.folder / f"disk{self.n_scenes}")
        try:
            scene = self.scene(small.folder)
            disk.fills_up(scene, small)
            scene.check()
        finally:
            small.close()

    def death(self, phase: Callable[[Scene], None]) -> None:
        """End the kernel amid a phase."""
        scene = self.scene()
        phase(scene)
        self.n_processes += len(self.kernel.processes())
        how = self.rng.choice([deaths.killed, deaths.killed, deaths.terminated])
        scene.check_after_death(how(scene))
        self.renew()

    def deaths_and_resume(self) -> None:
        """Kill the kernel at random moments, up to four times in a row, and resume."""
        if not self.straight:
            scene = self.scene()
            self.straight = table(scene.ended(scene.submit(**SETTINGS)))
        scene = self.scene()
        run = scene.submit(**SETTINGS)
        for _ in range(self.rng.randrange(1, 5)):
            scene.pause(4.0)
            scene.look(run)
            has_ended = run.record.state == "completed"
            self.n_processes += len(self.kernel.processes())
            died = deaths.killed(scene)
            if has_ended:
                self.renew()
                break
            scene.check_after_death(died)
            self.renew()
            scene.resume(self.kernel, run)
        else:
            scene.ended(run)
            scene.check()
        assert table(scene.ended(run)) == self.straight


def repertoire() -> dict[str, Played]:
    """Return all that may happen, by name."""
    found: dict[str, Played] = {"two at once": Soak.two_at_once, "killed and resumed": Soak.deaths_and_resume}
    found |= {f"an iteration {what}": lambda soak, what=what: soak.in_an_iteration(what) for what in ITERATIONS}  # type: ignore[misc]
    found |= {what.__name__: lambda soak, what=what: soak.from_outside(what) for what in outside.SURVIVED}  # type: ignore[misc]
    found |= {f"killed while {p.__name__}": lambda soak, p=p: soak.death(p) for p in deaths.PHASES}  # type: ignore[misc]
    if sys.platform == "linux" and os.geteuid() == 0:
        found["full disk"] = Soak.full_disk
    return found


def main() -> int:
    """Play until the time is up; print what was played, and whether all held."""
    seed = int(os.environ.get("FAULTS_SEED", time.time_ns() % 1_000_000))
    end = time.monotonic() + float(os.environ.get("SOAK_S", "600"))
    print(f"seed {seed} (FAULTS_SEED={seed} plays the same again)", flush=True)
    played, broken, faults = Counter[str](), Counter[str](), repertoire()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(seed, Path(folder))
        weights = [8 if name in ("two at once", "killed and resumed") else 1 for name in faults]
        while time.monotonic() < end:
            name = soak.rng.choices(list(faults), weights)[0]
            played[name] += 1
            try:
                faults[name](soak)
            except UNHELD:
                broken[name] += 1
                print(f"--- {name}\n{traceback.format_exc()}", flush=True)
                soak.kernel.close()
                soak.renew()
        soak.kernel.close()
    for name, n in sorted(played.items(), key=lambda item: (-item[1], item[0])):
        print(f"{n:5}  {name}{f'   {broken[name]} NOT HELD' if broken[name] else ''}")
    n_broken = sum(broken.values())
    print(
        f"{sum(played.values())} faults, {soak.n_kernels} kernels, {soak.n_processes} processes alive at a kernel's end"
    )
    print(f"{n_broken} times an invariant did not hold (seed {seed})")
    return 1 if n_broken else 0


if __name__ == "__main__":
    sys.exit(main())
