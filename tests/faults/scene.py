"""One fault: a kernel, a workspace, runs in it, what is to go wrong, and what an onlooker has seen of them."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import automl_widgets as aw
from automl_widgets.records import RUN_ENDED, TRIAL_ENDED, IterationRecord
from tests.engine.executors import bodies as known
from tests.faults import bodies, invariants
from tests.faults.kernel import Kernel

LIMIT_S = 180.0
"""So long a run may take to get somewhere: what is checked is that it does, on a machine that others load, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What goes wrong in an iteration, and where; see ``site/sitecustomize.py``."""

    body: str
    args: dict[str, Any] = field(default_factory=dict)
    point: str = "fit"
    iteration: int | None = None
    call: int = 1
    attempts: int = 9


class Scene:
    """A workspace of its own in a kernel that may have seen others."""

    def __init__(self, kernel: Kernel, folder: Path, rng: random.Random) -> None:
        self.kernel = kernel
        self.rng = rng
        self.folder = folder
        self.workspace = folder / "automl_workspace"
        self.workspace.mkdir(exist_ok=True)
        self.runs: dict[str, aw.AutoMLRun] = {}
        self.seen: dict[str, dict[int, IterationRecord]] = {}

    # ------------------------------------------------------------ before

    def plan(self, body: str, **fields: Any) -> Fault:
        """Have a function of `bodies` called in an iteration."""
        module = bodies if hasattr(bodies, body) else known
        assert hasattr(module, body), body
        fault = Fault(body=f"{module.__name__}:{body}", **fields)
        (self.workspace / "faults.json").write_text(json.dumps([asdict(fault)]))
        return fault

    def submit(self, **settings: Any) -> aw.AutoMLRun:
        """Submit a run in the kernel; return it as another process sees it."""
        asked = f"run = submit({str(self.folder)!r}, **{settings!r})"
        return self.watched(self.kernel.ask("run.run_id", asked))

    def resume(self, kernel: Kernel, run: aw.AutoMLRun, given: str = "") -> None:
        """Go on with a run in a new kernel; `given` are further arguments, in Python."""
        self.kernel = kernel
        asked = f"run = cells.resumed({str(self.folder)!r}, {run.run_id!r}, {given})"
        assert kernel.ask("run.run_id", asked) == run.run_id

    def watched(self, run_id: str) -> aw.AutoMLRun:
        """Return a run by its id, and look at it from now on."""
        experiment = aw.Experiment(aw.Workspace(self.workspace), "faults")
        run = self.runs[run_id] = aw.AutoMLRun(experiment, run_id)
        self.seen.setdefault(run_id, {})
        return run

    def forget(self) -> None:
        """Begin anew in an empty workspace, which was taken away."""
        self.runs.clear()
        self.seen.clear()
        self.workspace.mkdir(exist_ok=True)

    @property
    def has_begun(self) -> bool:
        """Whether what was planned is under way."""
        return (self.workspace / "begun.txt").exists()

    # ------------------------------------------------------------ meanwhile

    def look(self, run: aw.AutoMLRun) -> tuple[IterationRecord, ...]:
        """Look at a run's iterations and remember those that have ended: they must stay so."""
        rows = run.store.iterations(run.run_id)
        seen = self.seen[run.run_id]
        for record in rows:
            if record.state in TRIAL_ENDED:
                assert seen.setdefault(record.iteration, record) == record
        return rows

    def until(self, run: aw.AutoMLRun, condition: Callable[[tuple[IterationRecord, ...]], object]) -> Any:
        """Look on until something holds of the iterations; return it."""
        deadline = time.monotonic() + LIMIT_S
        while not (found := condition(self.look(run))):
            record = run.record
            assert time.monotonic() < deadline, (record.state, record.reason, self.look(run))
            time.sleep(0.01)
        return found

    def running(self, run: aw.AutoMLRun, iteration: int | None = None) -> IterationRecord:
        """Wait until an iteration is in a process; return it."""

        def found(rows: tuple[IterationRecord, ...]) -> IterationRecord | None:
            these = [r for r in rows if r.state == "running" and r.pid and iteration in (None, r.iteration)]
            return these[0] if these else None

        record: IterationRecord = self.until(run, found)
        return record

    def ended(self, run: aw.AutoMLRun) -> list[IterationRecord]:
        """Wait until the run has ended; return its iterations."""
        self.until(run, lambda _: run.record.state in RUN_ENDED)
        return list(self.look(run))

    def pause(self, most_s: float) -> None:
        """Let a random time pass."""
        time.sleep(self.rng.uniform(0, most_s))

    # ------------------------------------------------------------ afterwards

    def check(self) -> None:
        """Check all that must hold after a fault that the kernel survives."""
        invariants.kernel_is_well(self.kernel)
        invariants.told_processes_are_gone(self.workspace)
        invariants.store_is_sound(self.workspace)
        for run_id, run in self.runs.items():
            invariants.nothing_is_lost(run, self.seen[run_id])
            invariants.run_has_ended_truly(run)

    def check_after_death(self, since: float) -> None:
        """Check all that must hold after the kernel's end, `since` being the monotonic time of it."""
        invariants.nothing_survives(self.kernel, since)
        invariants.told_processes_are_gone(self.workspace)
        invariants.store_is_sound(self.workspace)
        for run_id, run in self.runs.items():
            self.look(run)
            invariants.nothing_is_lost(run, self.seen[run_id])
            invariants.run_is_interrupted(run)
