"""What iterations do wrong in these tests, beyond what the executors' tests have; called in a worker, amid a fit."""

from __future__ import annotations

import ctypes
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Data = Mapping[str, Any]
Report = Callable[..., None]
HOSTILE = "\x00\ud800\x1b[2J<script>alert(1)</script>\u202e'); DROP TABLE runs;-- {0} %s\r\n"


class UnpicklableError(Exception):
    """Carries what cannot be pickled, and needs arguments that a copy would not be given."""

    def __init__(self, one: object, *, two: object) -> None:
        super().__init__("cannot travel", lambda: one, two)


def raise_unpicklable(data: Data, report: Report) -> None:
    raise UnpicklableError(1, two=open(os.devnull))  # noqa: SIM115


def raise_hostile(data: Data, report: Report) -> None:
    print(HOSTILE)
    os.write(1, b"\xff\xfe\x00 no text\n")
    raise ValueError(HOSTILE)


def raise_long(data: Data, report: Report) -> None:
    raise ValueError("x" * 30_000_000)


def raise_interrupt(data: Data, report: Report) -> None:
    raise KeyboardInterrupt


def raise_group(data: Data, report: Report) -> None:
    raise BaseExceptionGroup("several", [ValueError("one"), GeneratorExit()])


def recurse(data: Data, report: Report) -> None:
    recurse(data, report)


def abort(data: Data, report: Report) -> None:
    os.abort()


def stop(data: Data, report: Report) -> None:
    """Halts the process, as ^Z does."""
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(60)


def read_input(data: Data, report: Report) -> None:
    input("your name? ")


def close_output(data: Data, report: Report) -> None:
    sys.stdout.close()
    sys.stderr.close()


def remove_folder(data: Data, report: Report) -> None:
    shutil.rmtree(data["spec"].folder)


def remove_log(data: Data, report: Report) -> None:
    Path(data["spec"].folder, "log.txt").unlink()


def tear_model(data: Data, report: Report) -> None:
    """Is killed when half of the model is written."""

    def dump(model: Any, file: Any, protocol: int) -> None:
        file.write(b"half a model")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    pickle.dump = dump  # type: ignore[assignment]


def move_away(data: Data, report: Report, *, folder: str) -> None:
    """Leaves for a folder that is then removed, and takes the environment along."""
    folder = os.path.abspath(folder)
    os.makedirs(folder)
    os.chdir(folder)
    os.rmdir(folder)
    os.environ.clear()
    sys.path.clear()


def speak(data: Data, report: Report) -> None:
    """Says something in every way that there is, each many times."""
    libc = ctypes.CDLL(None)
    for number in range(1000):
        warnings.warn(f"the same thing, {number % 3}", UserWarning, stacklevel=1)
        print(f"printed {number}")
    libc.printf(b"printed by C\n")
    logging.getLogger("some.library").warning("logged")
    subprocess.run(["/bin/echo", "printed by a child"], check=True)
    warnings.warn("nothing for users", DeprecationWarning, stacklevel=1)


def speak_long(data: Data, report: Report, *, n_lines: int) -> None:
    for number in range(n_lines):
        print(f"line {number} of a long log")
