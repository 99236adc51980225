"""The faults of iterations: what happens in one of them, and what is to be seen of it afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.faults.scene import Scene

LIMITED = {"iteration_timeout_minutes": 5 / 60}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A fault of an iteration, and how the iteration must then stand."""

    body: str
    state: str = "completed"
    reason: str = ""
    """A pattern that the whole reason matches, if it did not complete."""
    args: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    attempts: int = 9
    """So many attempts go wrong."""
    attempt: int = 0
    """The number of the attempt that the end is of."""

    @property
    def needs_ending(self) -> bool:
        """Whether it goes on until the user cancels it."""
        return self.state == "canceled"


CANCELED: dict[str, Any] = {"state": "canceled", "reason": "canceled by you"}

ITERATIONS = {
    "segfaults": Wrong(body="segfault", state="crashed", reason=r"killed by signal 11 \(SIGSEGV\)", attempt=1),
    "segfaults once": Wrong(body="segfault", attempts=1, attempt=1),
    "aborts": Wrong(body="abort", state="crashed", reason=r"killed by signal 6 \(SIGABRT\)", attempt=1),
    "leaves by os._exit": Wrong(
        body="vanish", state="crashed", reason="the process ended with exit code 3.*", attempt=1
    ),
    "raises SystemExit": Wrong(body="leave", state="failed", reason="SystemExit: 3"),
    "raises KeyboardInterrupt": Wrong(body="raise_interrupt", state="failed", reason="KeyboardInterrupt"),
    "raises a group": Wrong(body="raise_group", state="failed", reason="BaseExceptionGroup: several.*"),
    "raises what cannot be pickled": Wrong(body="raise_unpicklable", state="failed", reason="UnpicklableError: .*"),
    "raises what cannot be shown": Wrong(
        body="fail_with_unprintable", state="failed", reason="MuteError: its message cannot be shown"
    ),
    "raises hostile text": Wrong(body="raise_hostile", state="failed", reason="ValueError: .*<script>.*DROP TABLE.*"),
    "raises 30 MB of text": Wrong(body="raise_long", state="failed", reason="ValueError: x{280,}…"),
    "recurses without end": Wrong(body="recurse", state="failed", reason="RecursionError: .*"),
    "raises MemoryError": Wrong(body="run_out_of_memory", state="oom", reason="MemoryError: no room for 8 GB"),
    "leaks memory": Wrong(
        body="eat", settings={"mem_in_mb": 500}, state="oom", reason="held .* MB of memory, more than its limit.*"
    ),
    "leaks memory in a child": Wrong(
        body="eat_in_child", settings={"mem_in_mb": 500}, state="oom", reason="held .* MB of memory.*"
    ),
    "leaves children and daemons": Wrong(body="leave_processes"),
    "leaves a thread": Wrong(body="leave_thread"),
    "forks like a script": Wrong(body="fork_and_return"),
    "closes its descriptors": Wrong(
        body="close_everything", state="crashed", reason="the process closed its connection", attempt=1
    ),
    "closes its descriptors and stays": Wrong(
        body="close_and_stay", state="crashed", reason="the process closed its connection", attempt=1
    ),
    "closes its output": Wrong(body="close_output"),
    "writes into its connection": Wrong(
        body="write_rubbish", state="crashed", reason="the process wrote what is no message.*", attempt=1
    ),
    "changes its surroundings": Wrong(body="change_surroundings", args={"folder": "/"}),
    "moves away and takes everything along": Wrong(body="move_away", args={"folder": "gone"}),
    "removes its folder": Wrong(body="remove_folder", state="failed", reason="FileNotFoundError: .*"),
    "removes its log": Wrong(body="remove_log"),
    "reads input": Wrong(body="read_input", state="failed", reason="EOFError: .*"),
    "is killed while it writes its model": Wrong(
        body="tear_model", state="crashed", reason=r"killed by signal 9 \(SIGKILL\).*", attempt=1
    ),
    "halts": Wrong(body="stop", **CANCELED),
    "ignores SIGTERM": Wrong(body="ignore_sigterm", **CANCELED),
    "never returns from C": Wrong(body="hold_gil", **CANCELED),
    "sleeps with children": Wrong(body="nest_and_stay", **CANCELED),
    "floods its log from C": Wrong(body="flood_in_c", **CANCELED),
    "floods its log": Wrong(body="flood", args={"megabytes": 200}),
    "takes longer than it may": Wrong(body="sleep", settings=LIMITED, state="timeout", reason="took more than 5 s"),
}
"""By what the iteration does."""


def play(scene: Scene, wrong: Wrong) -> None:
    """Let it happen to a random iteration of a run, at a random fit; see that it stands as it must, and the others."""
    number, call = scene.rng.randrange(4), scene.rng.randrange(1, 5)
    scene.plan(wrong.body, args=wrong.args, iteration=number, call=call, attempts=wrong.attempts)
    run = scene.submit(**wrong.settings)
    if wrong.needs_ending:
        scene.until(run, lambda _: scene.has_begun)
        scene.pause(0.3)
        run.cancel_iteration(number)
    rows = scene.ended(run)
    found = rows[number]
    assert (found.state, found.attempt) == (wrong.state, wrong.attempt), found
    assert re.fullmatch(wrong.reason, found.reason or "", re.DOTALL), found.reason
    assert [r.iteration for r in rows] == list(range(4))
    others = {r.state for r in rows if r.iteration != number}
    assert others <= {"completed", *(["timeout"] if wrong.settings == LIMITED else [])}, rows
    assert (run.record.state, run.record.reason) == ("completed", "all 4 iterations done")
