"""Who owns a run, and whether that process still lives. Not here: where leases are kept.

A process is known by its pid, by the time it started (pids are used again) and by the place where the pid means
something: one boot of one machine and, in containers, one pid namespace. For an owner at another place (a second
machine on a shared home, a pod that was replaced, the time before a reboot) only its heartbeat can tell.

At the owner's own place the heartbeat is not looked at: a cell that holds the interpreter's lock, or a closed lid,
would make a living run look dead, and a second engine could take it.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from automl_widgets.errors import RunStateError
from automl_widgets.records import RUN_ENDED
from automl_widgets.store.protocol import GRACE_S

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, told apart from every other one."""

    pid: int
    started: str
    place: str


@dataclass(frozen=True, slots=True)
class Lease:
    """An owner and the time of its last sign of life."""

    owner: Owner
    beat_at: float


def this_process() -> Owner:
    """Return the owner that this process would be."""
    return Owner(os.getpid(), _started(os.getpid()) or "", _place())


def is_held(lease: Lease | None, now: float) -> bool:
    """Whether a living process holds the lease."""
    if lease is None:
        return False
    if lease.owner.place == _place():
        return _started(lease.owner.pid) == lease.owner.started
    return abs(now - lease.beat_at) < GRACE_S


def may_take(run_id: str, lease: Lease | None, heir_of: Owner | None, now: float) -> None:
    """Raise RunStateError if a process may not become the owner: another one lives, or was its heir before."""
    if heir_of is not None and (lease is None or lease.owner != heir_of):
        raise RunStateError(f"Run {run_id} is not held any more by the process that has sent it: it went on otherwise.")
    if heir_of is None and lease is not None and is_held(lease, now):
        raise RunStateError(f"Run {run_id} is being run by process {lease.owner.pid} already.")


def held(run_id: str, lease: Lease) -> RunStateError:
    """Return the error for a run that a living process holds."""
    return RunStateError(
        f"Run {run_id} goes on in process {lease.owner.pid}. Stop it first: only a run that has ended can be deleted."
    )


def interruption(state: str, created_at: float, lease: Lease | None, now: float) -> str | None:
    """Return why a run in this state goes on no more, in one line; None if it has ended or is in hand."""
    if state in RUN_ENDED or is_held(lease, now):
        return None
    if lease is not None:
        return f"its process ({lease.owner.pid}) has ended"
    return "no process runs it" if now - created_at > GRACE_S else None


def _started(pid: int) -> str | None:
    """Return a mark of the process's start, None if it has ended.

    In clock ticks since boot where the kernel says so: psutil's time moves with every adjustment of the clock.
    """
    if (_PROC / "self" / "stat").exists():
        try:
            fields = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else fields[19]
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.NoSuchProcess:
        return None


@cache
def _place() -> str:
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink(_PROC / 'self/ns/pid')}"
    except OSError:
        return f"{platform.node()} {round(psutil.boot_time() / 60)}"
