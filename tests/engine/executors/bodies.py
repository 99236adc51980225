"""What the trials of these tests do: importable, so that a worker finds it."""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Data = Mapping[str, Any]
Report = Callable[..., None]


def add(data: Data, report: Report, *, a: int = 1, b: int = 2) -> int:
    return a + b


def count(data: Data, report: Report, *, until: int) -> str:
    for number in range(until):
        report(number=number)
    return "done"


def fail(data: Data, report: Report, *, message: str = "k must be\npositive") -> None:
    raise ValueError(message)


def fail_with_unprintable(data: Data, report: Report) -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    raise MuteError


def leave(data: Data, report: Report) -> None:
    sys.exit(3)


def run_out_of_memory(data: Data, report: Report) -> None:
    raise MemoryError("no room for 8 GB")


def sum_up(data: Data, report: Report) -> float:
    return float(data["X"].sum())


def write_into_data(data: Data, report: Report) -> None:
    data["X"][0] = 1.0


def add_column(data: Data, report: Report) -> list[str]:
    data["frame"]["new"] = 1
    return list(data["frame"].columns)


def columns(data: Data, report: Report) -> list[str]:
    return list(data["frame"].columns)


def speak(data: Data, report: Report) -> None:
    print("printed")
    sys.stderr.write("to stderr\n")
    logging.getLogger("some.library").info("logged %d", 1)
    warnings.warn("two\nlines", UserWarning, stacklevel=1)


def speak_c(data: Data, report: Report) -> None:
    libc = ctypes.CDLL(None)
    print("first")
    libc.printf(b"by C\n")
    os.write(1, b"by write\n")
    subprocess.run(["/bin/echo", "by a child"], check=True)
    report(spoken=True)
    time.sleep(1)


def flood(data: Data, report: Report, *, megabytes: int) -> None:
    print("the beginning")
    block = b"x" * 99_999 + b"\n"
    for _ in range(megabytes * 10):
        os.write(1, block)
    print("the end")


def flood_in_c(data: Data, report: Report) -> None:
    """Writes as fast as C can, without Python, until ended."""
    print("the beginning")
    subprocess.run(["/usr/bin/env", "yes", "x" * 1000], check=True)


def sleep(data: Data, report: Report, *, seconds: float = 60) -> float:
    report(pid=os.getpid())
    time.sleep(seconds)
    return seconds


def beat(data: Data, report: Report, *, path: str) -> None:
    """Touches a file until ended: its time tells when the process was last alive."""
    report(pid=os.getpid())
    while True:
        Path(path).touch()
        time.sleep(0.01)


def hold_gil(data: Data, report: Report) -> int:
    report(pid=os.getpid())
    return sum(range(10**11))


def ignore_sigterm(data: Data, report: Report) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    report(pid=os.getpid())
    time.sleep(60)


def segfault(data: Data, report: Report) -> None:
    print("about to fall")
    ctypes.string_at(0)


def vanish(data: Data, report: Report) -> None:
    os._exit(3)


def close_everything(data: Data, report: Report) -> int:
    os.closerange(0, 256)
    return 1


def close_and_stay(data: Data, report: Report) -> None:
    os.closerange(0, 256)
    time.sleep(60)


def take_descriptors(data: Data, report: Report, *, path: str) -> None:
    """Puts a file under every number: no answer may end up in it."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    for number in range(3, 64):
        os.dup2(file, number)


def write_rubbish(data: Data, report: Report) -> None:
    for descriptor in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:"):
                os.write(descriptor, b"Segmentation fault (core dumped)\n" * 3)
        except OSError:
            continue
    time.sleep(60)


def eat(data: Data, report: Report, *, megabytes: int = 2000) -> int:
    """Takes memory step by step, then holds it."""
    report(pid=os.getpid())
    held = []
    for _ in range(megabytes // 20):
        held.append(b"x" * 20_000_000)
        time.sleep(0.01)
    time.sleep(20)
    return len(held)


def eat_in_child(data: Data, report: Report) -> None:
    child = multiprocessing.get_context("fork").Process(target=eat, args=(data, lambda **_: None))
    child.start()
    child.join()


def change_surroundings(data: Data, report: Report, *, folder: str) -> None:
    os.chdir(folder)
    os.environ["AUTOML_TEST_LEFT"] = "1"
    os.environ.pop("HOME", None)
    sys.path.insert(0, folder)
    os.umask(0)
    logging.disable(logging.CRITICAL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdout = sys.stderr


def surroundings(data: Data, report: Report) -> dict[str, Any]:
    os.umask(mask := os.umask(0o22))
    return {
        "folder": os.getcwd(),
        "left": os.environ.get("AUTOML_TEST_LEFT"),
        "home": os.environ.get("HOME"),
        "path": sys.path[0],
        "umask": mask,
        "logging": logging.root.manager.disable,
        "sigterm": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        "pid": os.getpid(),
    }


def leave_thread(data: Data, report: Report) -> int:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return os.getpid()


def leave_processes(data: Data, report: Report) -> list[int]:
    """Leaves a child, a grandchild, and one that has taken a session of its own and lost its parent."""
    start = multiprocessing.get_context("fork").Process
    child = start(target=time.sleep, args=(60,))
    child.start()
    reading, writing = os.pipe()
    middle = os.fork()
    if middle == 0:
        os.setsid()
        daemon = os.fork()
        if daemon:
            os.write(writing, str(daemon).encode())
            os._exit(0)
        time.sleep(60)
        os._exit(0)
    os.waitpid(middle, 0)
    assert child.pid
    return [child.pid, int(os.read(reading, 20))]


def fork_and_return(data: Data, report: Report) -> str:
    """Forks as if it were a script: the child returns, too."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return "parent" if child else "child"


def square(number: int) -> int:
    return number * number


def nest(data: Data, report: Report, *, method: str) -> list[int]:
    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(square, range(5))


def nest_and_stay(data: Data, report: Report) -> None:
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=time.sleep, args=(60,)) for _ in range(2)]
    for child in children:
        child.start()
    left = leave_processes(data, report)
    report(pids=[*[child.pid for child in children], *left])
    time.sleep(60)


def nest_loky(data: Data, report: Report) -> None:
    from joblib import Parallel, delayed

    threading.Timer(0.5, lambda: report(pid=os.getpid())).start()
    Parallel(n_jobs=2)(delayed(time.sleep)(60) for _ in range(2))


def give_large(data: Data, report: Report, *, size: int) -> bytes:
    return b"\x07" * size


def give_unpicklable(data: Data, report: Report) -> Any:
    return (number for number in range(3))


def give_unreadable(data: Data, report: Report) -> Any:
    return Unreadable()


class Unreadable:
    def __reduce__(self) -> Any:
        return (_refuse, ())


def _refuse() -> None:
    raise LookupError("only in the worker")


def report_unpicklable(data: Data, report: Report) -> None:
    report(callback=lambda: None)


def limits(data: Data, report: Report) -> dict[str, Any]:
    import numpy as np
    import threadpoolctl  # type: ignore[import-untyped]

    np.ones((2, 2)) @ np.ones((2, 2))

    return {
        "nice": os.nice(0),
        "autogroup": Path("/proc/self/autogroup").read_text().strip() if os.path.exists("/proc/self/autogroup") else "",
        "oom": Path("/proc/self/oom_score_adj").read_text().strip(),
        "environment": {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT")},
        "pools": sorted({pool["num_threads"] for pool in threadpoolctl.threadpool_info()}),
        "sockets": sum("socket:" in os.readlink(entry.path) for entry in os.scandir("/proc/self/fd") if _exists(entry)),
        "warden_threads": len(os.listdir(f"/proc/{os.getppid()}/task")),
        "session": os.getsid(0),
    }


def _exists(entry: os.DirEntry[str]) -> bool:
    return os.path.lexists(entry.path)


def pid(data: Data, report: Report) -> int:
    return os.getpid()


def speak_run(data: Data, report: Report, *, run: str) -> None:
    print(run)


def write_files(data: Data, report: Report, *, spec: dict[str, Any]) -> dict[str, Any]:
    """Writes into its folder, after having read what lies there and in another one."""
    folder = Path(spec["folder"])
    seen = {path.name: path.read_text() for path in folder.glob("note*")}
    seen |= {"member": Path(spec["members"][0]["folder"], "model.pkl").read_text()}
    (folder / "model.pkl").write_text("a model")
    (folder / "deep").mkdir(exist_ok=True)
    (folder / "deep" / "part.npz").write_bytes(b"\0" * 1000)
    return {"seen": seen, "left_s": spec["ends_at"] - time.monotonic()}
