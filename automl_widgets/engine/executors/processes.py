"""Looks at trees of processes and ends them: by /proc on Linux, by psutil elsewhere. Not here: when and why."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

_IS_LINUX = sys.platform == "linux"
_SHARED_MEMORY = "/dev/shm"
KILL = getattr(signal, "SIGKILL", 9)  # on Windows every number but two ends a process, and is its exit code
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6 if hasattr(os, "sysconf") else 0.0


def descendants(pid: int) -> list[int]:
    """Return the processes below `pid`, parents before their children."""
    if not _IS_LINUX:
        return _psutil_children(pid, recursive=True)
    found: list[int] = []
    todo = [pid]
    while todo:
        below = children(todo.pop())
        found += below
        todo += below
    return found


def children(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`, ended ones that nobody has waited for included.

    Reads `children` of every thread: some 20 µs, where a walk over all of /proc takes milliseconds.
    """
    if not _IS_LINUX:
        return _psutil_children(pid, recursive=False)
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):  # the thread has just ended
                found += map(int, _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def anonymous_mb(pids: Iterable[int]) -> float:
    """Return the memory of these processes that is in no file, in MB: mapped data does not count.

    What a forked process still shares with its parent counts for both; see `own_mb`.
    """
    return sum(map(_anonymous_mb, pids))


def own_mb(pids: Iterable[int]) -> float:
    """Return the same with shared memory divided among those who share it: exact, and a thousand times slower."""
    return sum(map(_own_mb, pids))


def kill_group(leader: int, number: int) -> None:
    """Send a signal to the leader's process group and, should it not lead one, to the leader."""
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(leader, number)
            return
    with suppress(OSError):
        os.kill(leader, number)


def kill_all(pids: Iterable[int]) -> None:
    """Send SIGKILL to each."""
    _send(pids, KILL)


@contextmanager
def halted(pids: Sequence[int], limit_s: float = 0.25) -> Iterator[None]:
    """Halt these processes for the length of the block, which begins when they stand still."""
    _set_halted(pids, True)
    deadline = time.monotonic() + limit_s
    while any(map(_is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.0005)
    try:
        yield
    finally:
        _set_halted(pids, False)


def sweep_shared_memory(pids: Iterable[int]) -> None:
    """Delete what joblib and loky keep in shared memory for processes that were killed and could not: it is memory.

    The names carry the process's id. Only the user's own files are touched.
    """
    if not hasattr(os, "getuid"):
        return
    names = [name for pid in pids for name in (f"sem.loky-{pid}-", f"joblib_memmapping_folder_{pid}_")]
    with suppress(OSError):
        for entry in os.scandir(_SHARED_MEMORY):
            if entry.name.startswith(tuple(names)) and entry.stat(follow_symlinks=False).st_uid == os.getuid():
                _delete(entry)


def kill_marked(variable: str, value: str, limit_s: float = 1.0) -> None:
    """Send SIGKILL to all processes of this user that were started with ``variable=value`` in their environment.

    For the case that whoever knew them is gone. A forked process shows the environment of its
    parent. Looks again until there is none, since they may be multiplying.
    """
    deadline = time.monotonic() + limit_s
    while (found := _marked(variable, value)) and time.monotonic() < deadline:
        kill_all(found)
        time.sleep(0.01)


def _send(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(OSError):
            os.kill(pid, number)


def _set_halted(pids: Iterable[int], is_halted: bool) -> None:
    if hasattr(signal, "SIGSTOP"):
        _send(pids, signal.SIGSTOP if is_halted else signal.SIGCONT)
        return
    import psutil

    for pid in pids:
        with suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            process.suspend() if is_halted else process.resume()


def _is_running(pid: int) -> bool:
    """Whether the process neither stands still nor has ended. A system call in progress ends before a halt."""
    with suppress(OSError, IndexError):
        return _IS_LINUX and _read(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] not in b"TtZX"
    return False


def _marked(variable: str, value: str) -> list[int]:
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            is_ours = process.pid != os.getpid() and (not hasattr(os, "getuid") or process.uids().real == os.getuid())
            if is_ours and process.status() != psutil.STATUS_ZOMBIE and process.environ().get(variable) == value:
                found.append(process.pid)
    return found


def _anonymous_mb(pid: int) -> float:
    if not _IS_LINUX:
        return _psutil_resident_mb(pid)
    with suppress(OSError, ValueError, IndexError):
        _, resident, shared = map(int, _read(f"/proc/{pid}/statm").split()[:3])
        return max(resident - shared, 0) * _PAGE_MB
    return 0.0


def _own_mb(pid: int) -> float:
    if not _IS_LINUX:
        return _psutil_resident_mb(pid)
    with suppress(OSError):
        for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
            if line.startswith(b"Pss_Anon:"):
                return int(line.split()[1]) * 1024 / 1e6
    return _anonymous_mb(pid)


def _delete(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
        return
    with suppress(OSError):
        os.unlink(entry.path)


def _read(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY)
    try:
        return os.read(file, 1 << 16)
    finally:
        os.close(file)


def _psutil_children(pid: int, *, recursive: bool) -> list[int]:
    import psutil

    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=recursive)]
    return []


def _psutil_resident_mb(pid: int) -> float:
    import psutil

    with suppress(psutil.Error):
        return float(psutil.Process(pid).memory_info().rss) / 1e6
    return 0.0
