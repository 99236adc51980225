"""How many cores and how much memory this process may use: the machine's, less what its container forbids.

Counts cgroups of version 1 and 2, where Docker, Kubernetes, Slurm and systemd put their limits.
Megabytes are 10⁶ bytes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 60  # version 1 writes a number near 2⁶³ for "none"


def available_cores() -> int:
    """Return the number of cores that this process may use, at least 1.

    The cores it is bound to, and no more than its container's share of processor time, rounded
    down: with 2.5 cores three busy workers would slow the kernel down.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([bound, *map(int, _core_shares(_ROOT))]))


def total_memory_mb() -> float:
    """Return the memory that this process and its like may use together, in MB."""
    return min([_machine_memory_mb()[0], *(limit for limit, _ in _memory_limits_mb(_ROOT))])


def available_memory_mb() -> float:
    """Return the memory that can be had without swapping, in MB: what the file cache holds counts as free."""
    return max(0.0, min([_machine_memory_mb()[1], *(limit - used for limit, used in _memory_limits_mb(_ROOT))]))


def _core_shares(root: Path) -> Iterator[float]:
    """Yield every quota of processor time that applies, in cores."""
    for folder in _folders(root, "cpu"):
        words = _words(folder / "cpu.max")  # "150000 100000", or "max 100000"
        if not words:
            words = _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
        with suppress(ValueError, IndexError, ZeroDivisionError):
            share = int(words[0]) / int(words[1])
            if share > 0:  # -1 means no quota
                yield share


def _memory_limits_mb(root: Path) -> Iterator[tuple[float, float]]:
    """Yield every limit that applies and what of it is used and cannot be given back, in MB."""
    names = {"memory.max": "memory.current", "memory.limit_in_bytes": "memory.usage_in_bytes"}
    for folder in _folders(root, "memory"):
        for limit_name, used_name in names.items():
            with suppress(ValueError, IndexError):
                limit = int(_words(folder / limit_name)[0])
                if limit < _NO_LIMIT:
                    used = int(_words(folder / used_name)[0]) - _reclaimable(folder)
                    yield limit / 1e6, used / 1e6


def _reclaimable(folder: Path) -> int:
    """Return the bytes of the file cache that the system would drop first."""
    words = _words(folder / "memory.stat")
    for name in (b"total_inactive_file", b"inactive_file"):
        if name in words:
            return int(words[words.index(name) + 1])
    return 0


@lru_cache(maxsize=8)
def _folders(root: Path, controller: str) -> tuple[Path, ...]:
    """Return the cgroups of this process, outermost first, that exist here."""
    found: list[Path] = []
    for line in _lines(Path("/proc/self/cgroup")):
        _, controllers, place = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        top = root / controller if controllers else root
        parts = [part for part in place.split("/") if part not in ("", "..")]
        found += [top.joinpath(*parts[:depth]) for depth in range(len(parts) + 1)]
    return tuple(folder for folder in dict.fromkeys(found) if folder.is_dir())


def _machine_memory_mb() -> tuple[float, float]:
    """Return total and available memory of the machine, in MB."""
    if sys.platform == "linux":
        table = dict(line.split(":", 1) for line in _lines(Path("/proc/meminfo")))
        with suppress(KeyError, ValueError, IndexError):
            total, available = (int(table[name].split()[0]) * 1024 / 1e6 for name in ("MemTotal", "MemAvailable"))
            return total, available
    import psutil

    memory = psutil.virtual_memory()
    return memory.total / 1e6, memory.available / 1e6


def _lines(path: Path) -> list[str]:
    with suppress(OSError):
        return path.read_text().splitlines()
    return []


def _words(path: Path) -> list[bytes]:
    with suppress(OSError):
        return path.read_bytes().split()
    return []
