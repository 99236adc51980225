"""What surrounds one trial in a worker, and how the worker gets back to where it was. Not here: the trial.

Around a trial: its log under descriptors 1 and 2, warnings and `logging` in it, its number of
numeric threads. After it: working directory, environment, import path, signals and loggers as
before.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, TextIO

from automl_widgets.engine.executors import logfile, system
from automl_widgets.engine.executors.policy import THREAD_VARIABLES

_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def open_output() -> None:
    """Give Python's standard output and error their own line-wise writers on descriptors 1 and 2."""
    sys.stdout, sys.stderr = _writer(1), _writer(2)


def redirect(path: str) -> None:
    """Point descriptors 1 and 2 at the end of this file, made with its folder if need be; empty: at nothing."""
    if path:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
    target = os.open(path or os.devnull, flags, 0o644)
    os.dup2(target, 1)
    os.dup2(target, 2)
    os.close(target)


@contextmanager
def stage(path: str, threads: int, log_limit_mb: float) -> Iterator[None]:
    """Surround a trial: its output goes to the file at `path`, numeric libraries use `threads` threads."""
    redirect(path)
    root = logging.getLogger()
    root.handlers[:] = [_log_handler()]
    root.setLevel(logging.INFO)
    try:
        with _numeric_threads(threads), warnings.catch_warnings():
            warnings.showwarning = _write_warning
            yield
    finally:
        leave_output()
        with suppress(OSError):  # a disk that is full now is not the trial's failure
            logfile.shorten(path, log_limit_mb)


def leave_output() -> None:
    """Write out what is still held, Python's and C's, and turn to nothing."""
    with suppress(OSError, ValueError):  # the trial has closed its output, or the disk is full
        sys.stdout.flush()
        sys.stderr.flush()
    system.flush_c_output()
    redirect("")


def write_error(text: str) -> None:
    """Write into the log, if the trial has left it open."""
    with suppress(OSError, ValueError):
        sys.stderr.write(text)


@dataclass(frozen=True, slots=True)
class Home:
    """How a worker is when it is free."""

    folder: str
    environment: Mapping[str, str]
    path: tuple[str, ...]
    umask: int
    outputs: tuple[TextIO, TextIO]
    threads: frozenset[threading.Thread]

    @classmethod
    def of_this_process(cls) -> Home:
        """Remember the present state."""
        os.umask(umask := os.umask(0o22))
        return cls(
            folder=os.getcwd(),
            environment=dict(os.environ),
            path=tuple(sys.path),
            umask=umask,
            outputs=(sys.stdout, sys.stderr),
            threads=frozenset(threading.enumerate()),
        )

    def restore(self) -> str:
        """Go back to it; return what stands in the way of another trial in this process, empty if nothing does."""
        sys.stdout, sys.stderr = self.outputs
        sys.path[:] = self.path
        os.umask(self.umask)
        if dict(os.environ) != self.environment:
            os.environ.clear()
            os.environ.update(self.environment)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if hasattr(signal, "SIGALRM"):
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        logging.disable(logging.NOTSET)
        try:
            os.chdir(self.folder)
        except OSError as error:
            return f"the working directory is gone: {error}"
        if any(output.closed for output in self.outputs):
            return "its output was closed"
        extra = [thread.name for thread in threading.enumerate() if thread not in self.threads]
        return f"threads were left running: {extra}" if extra else ""


def _writer(descriptor: int) -> TextIO:
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", newline="\n", closefd=False)


def _log_handler() -> logging.Handler:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(_LINE))
    return handler


def _write_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Write a warning as one line."""
    with suppress(OSError, ValueError):
        (file or sys.stderr).write(f"{category.__name__}: {' '.join(str(message).split())} ({filename}:{lineno})\n")


def _numeric_threads(threads: int) -> AbstractContextManager[Any]:
    """Let libraries loaded so far, and through the environment those loaded later, use `threads` threads."""
    if threads == 1:  # what every worker starts with
        return nullcontext()
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    try:
        import threadpoolctl  # type: ignore[import-untyped]
    except ImportError:
        return nullcontext()
    return threadpoolctl.threadpool_limits(limits=threads)
