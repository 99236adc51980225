"""The seam between the engine and the processes: what an executor promises. Not here: any process.

The engine owns queue, retries and resume; an executor runs what it is given, one trial a slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Literal, Protocol, TypeAlias

OutcomeState: TypeAlias = Literal["completed", "failed", "canceled", "timeout", "crashed", "oom", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One call of an importable function in a process of its own.

    The function is called as ``fn(data, report, **args)``: ``data`` is the mapping that was `put`,
    ``report(**fields)`` sends a `Progress`, the return value must be picklable.
    """

    key: str
    """`<run id>/<task>/<attempt>`, unique for the life of the executor."""
    fn: str
    """`package.module:function`."""
    args: Mapping[str, Any] = field(default_factory=dict)
    data: str = ""
    """What `put` returned, or empty: the function then gets an empty mapping."""
    log: str = ""
    """Absolute path; standard output and error of the process go there, C code's too. Empty: nowhere."""
    timeout_s: float | None = None
    """From the moment on that a process takes it up."""
    ends_at: float | None = None
    """When it must be over, however long it has waited: by `time.monotonic`, one clock for a machine's processes."""
    memory_mb: float | None = None
    """Limit of the whole process tree."""
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A process has taken the trial up."""

    key: str
    pid: int
    node: str = ""
    """Which machine of several that is, for people; empty at home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Something that the running function reported."""

    key: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a trial ended: exactly one for each that was submitted, always its last event."""

    key: str
    state: OutcomeState
    value: Any = None
    """What the function returned, if `completed`."""
    reason: str = ""
    """One line for people, if not `completed`: `ValueError: k must be positive`, `killed by signal 11 (SIGSEGV)`."""
    error: str = ""
    """Traceback, if the function raised."""
    peak_memory_mb: float | None = None
    gave_up: bool = False
    """A `timeout` that the function foresaw by itself."""


Event: TypeAlias = Started | Progress | Outcome


class Executor(Protocol):
    """Runs trials in slots. Every method returns at once and may be called from any thread."""

    @property
    def capacity(self) -> int:
        """Number of slots: trials that run at the same time."""

    @property
    def is_open(self) -> bool:
        """Whether it runs what it is given: not once it was closed, or what it runs trials on has gone for good."""

    @property
    def cores(self) -> tuple[int, int]:
        """Cores of all its machines together, and of one of them."""

    def put(self, folder: str, data: Mapping[str, Any]) -> str:
        """Publish `data` once for all workers as a file in `folder`; return its path. May take seconds."""

    def submit(self, trial: Trial, events: SimpleQueue[Event]) -> None:
        """Run the trial as soon as a slot is free; its events go to `events`."""

    def cancel(self, key: str) -> None:
        """End the trial, its process tree included; its outcome follows. Unknown and ended keys are ignored."""

    def resize(self, capacity: int) -> None:
        """Change the number of slots; what runs goes on."""

    def close(self) -> None:
        """Cancel everything and end every process; wait for that at most five seconds."""
