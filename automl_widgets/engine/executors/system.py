"""What differs between operating systems in starting and stopping processes. Not here: looking at them.

Linux has everything. macOS has no parent-death signal, no sub-reaper and no autogroup: there the
warden finds a trial's processes by their parents alone. Windows has neither groups nor signals: there
processes are found by parents and environment, and a Job Object ends them with the warden.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from automl_widgets.engine.executors.policy import StartMethod

_IS_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_KILL_ON_JOB_CLOSE = 0x2000
_EXTENDED_LIMITS = 9

HAS_SUBREAPER = _IS_LINUX
CREATION_FLAGS: int = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""On Windows: no window, and out of the reach of the console's Ctrl-C."""


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose own parent ends, so that none escapes."""
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int) -> None:
    """End this process when `parent` ends, which must be a process of one thread: the signal goes by thread."""
    if _IS_LINUX:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.name == "posix" and os.getppid() != parent:
        os._exit(1)


def end_with_input() -> None:
    """End this process when its standard input ends, as it does with the process that started it.

    The pipe is moved out of the way: a trial that reads its input finds nothing there.
    """
    pipe, nothing = os.dup(0), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def watch() -> None:
        with suppress(OSError):  # a trial that closes what it does not own has this watch no more
            if not os.read(pipe, 1):
                os._exit(1)

    threading.Thread(target=watch, name="automl parent", daemon=True).start()


def pipe_to(child: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return the pipe to a process that was started with one."""
    if child.stdin is None:
        raise OSError("the process was started without a pipe")
    return child.stdin


def read_end(file: IO[bytes], size: int) -> bytes:
    """Return the last bytes of a file that other processes write to, without moving the place where they write."""
    end = os.fstat(file.fileno()).st_size
    if hasattr(os, "pread"):
        return os.pread(file.fileno(), size, max(0, end - size))
    file.seek(max(0, end - size))  # the place is one with theirs, and is the end again after this
    return file.read()


def tie_descendants() -> None:
    """On Windows, let what descends from this process end with it: the job's last handle goes, and all in it."""
    if not hasattr(ctypes, "windll"):
        return
    kernel32 = ctypes.windll.kernel32
    kernel32.CreateJobObjectW.restype = kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    kernel32.SetInformationJobObject.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32]
    kernel32.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    limits = _JobLimits(flags=_KILL_ON_JOB_CLOSE)
    job = kernel32.CreateJobObjectW(None, None)
    kernel32.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
    kernel32.AssignProcessToJobObject(job, kernel32.GetCurrentProcess())


class _JobLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION, in which nothing but the flags is set."""

    _fields_ = (
        ("times", ctypes.c_int64 * 2),
        ("flags", ctypes.c_uint32),
        ("working_set", ctypes.c_size_t * 2),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("classes", ctypes.c_uint32 * 2),
        ("counters", ctypes.c_uint64 * 6),
        ("memory", ctypes.c_size_t * 4),
    )


def lower_priority(nice: int) -> None:
    """Let the user's own work go first, and be the first to be taken when the system runs out of memory."""
    if not hasattr(os, "nice"):
        _lower_class(nice)
        return
    with suppress(OSError):
        os.nice(nice)
    if _IS_LINUX:
        _tell_system("/proc/self/oom_score_adj", 1000)


def forbid_core_dumps() -> None:
    """Let a crash leave a traceback in the log and not gigabytes in the working directory."""
    try:
        import resource
    except ImportError:  # Windows writes none
        return
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


def watched(parent: int) -> Callable[[], bool]:
    """Return what tells whether the process that has started this one still lives."""
    if os.name == "posix":
        return lambda: os.getppid() == parent
    import psutil

    process = psutil.Process(parent)
    return process.is_running  # its number alone says nothing: on Windows a child keeps its parent's


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
    return wanted if wanted != "fork" or is_single_threaded() else "spawn"


def flush_c_output() -> None:
    """Write out what C code has printed and the C library still holds."""
    (ctypes.CDLL(None) if os.name == "posix" else ctypes.CDLL("ucrtbase")).fflush(None)


def _lower_class(nice: int) -> None:
    """Lower the priority on Windows, where it has classes."""
    import psutil

    with suppress(psutil.Error, OSError):
        if nice and hasattr(psutil, "BELOW_NORMAL_PRIORITY_CLASS"):
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)


def _tell_system(path: str, number: int) -> None:
    with suppress(OSError), open(path, "w") as file:  # a kernel without it, or a container that forbids it
        file.write(str(number))
