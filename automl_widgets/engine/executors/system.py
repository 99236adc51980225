"""What differs between operating systems in starting and stopping processes. Not here: looking at them.

Linux has everything. macOS has no parent-death signal, no sub-reaper and no autogroup: there the
warden finds a trial's processes by their parents alone. Windows is not supported yet: it needs a
Job Object in the place of the warden.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from automl_widgets.engine.executors.policy import StartMethod
from automl_widgets.errors import NotSupportedError

_IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def require_supported() -> None:
    """Raise NotSupportedError where worker processes cannot be run yet."""
    if os.name != "posix":
        raise NotSupportedError("Worker processes need Linux or macOS (or WSL on Windows); Windows itself is not done.")


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends, so that none escapes."""
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int) -> None:
    """End this process when `parent` ends, which must be a process of one thread: the signal goes by thread."""
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def lower_priority(nice: int) -> None:
    """Let the user's own work go first, and be the first to be taken when the system runs out of memory."""
    with suppress(OSError):
        os.nice(nice)
    if _IS_LINUX:
        _tell_system("/proc/self/oom_score_adj", 1000)


def forbid_core_dumps() -> None:
    """Let a crash leave a traceback in the log and not gigabytes in the working directory."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def lower_session_priority(nice: int) -> None:
    """Lower the whole session: under Linux's autogroups `nice` counts only within one (measured).

    Warden and workers share a session. The system takes one such change in 0.1 s from a user who
    is not root, so that a session for each worker could not be lowered reliably.
    """
    if _IS_LINUX:
        _tell_system("/proc/self/autogroup", nice)


def is_single_threaded() -> bool:
    """Whether this process may fork: a thread that some library has started would be missing in the child."""
    return not _IS_LINUX or len(os.listdir("/proc/self/task")) == 1


def watch_exit(pid: int) -> int | None:
    """Return a descriptor that becomes readable when the process ends, where the system has such a thing."""
    if not hasattr(os, "pidfd_open"):
        return None
    with suppress(OSError):
        return os.pidfd_open(pid)
    return None


@contextmanager
def ending_on_hangup(descriptor: int) -> Iterator[None]:
    """End this process at once when the socket's other end is closed, or anything comes from there.

    For a time in which nothing can be watched, as when libraries are loaded: the system sends
    SIGIO, which nobody handles.
    """
    import fcntl

    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
    if select.select([descriptor], [], [], 0)[0]:
        os._exit(0)
    try:
        yield
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def start_method(wanted: StartMethod) -> StartMethod:
    """Return how workers can be started from this process, now that the libraries are loaded."""
    return wanted if is_single_threaded() else "spawn"


def flush_c_output() -> None:
    """Write out what C code has printed and the C library still holds."""
    ctypes.CDLL(None).fflush(None)


def _tell_system(path: str, number: int) -> None:
    with suppress(OSError), open(path, "w") as file:  # a kernel without it, or a container that forbids it
        file.write(str(number))
