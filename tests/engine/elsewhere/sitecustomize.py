"""Shows the package a system without POSIX: every process of a test that has this on its path loads it.

Other libraries see Linux as it is. The package's own modules see what Windows has of `os`, `signal`, `socket`, `sys`
and `ctypes`, cannot import what is not there, and find a job object that does nothing.
"""

from __future__ import annotations

import builtins
import ctypes
import importlib.abc
import importlib.machinery
import os
import signal
import socket
import sys
import types

ABSENT = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "termios"}
HIDDEN = {
    "os": """chown fchmod fchown fork forkpty geteuid getgid getloadavg getpgid getpriority getsid getuid killpg mkfifo
    nice pidfd_open posix_fadvise posix_spawn pread preadv pwrite pwritev register_at_fork sched_getaffinity
    sched_setaffinity sendfile setpgid setpriority setsid statvfs sysconf uname wait wait3 wait4 waitid WNOHANG
    O_ASYNC O_NONBLOCK O_CLOEXEC""",
    "signal": """ITIMER_REAL SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGUSR1
    alarm pause pthread_kill setitimer siginterrupt sigwait""",
    "socket": "AF_UNIX SCM_RIGHTS recv_fds send_fds",
    "sys": "",
    "ctypes": "",
}


def library(name: str | None) -> ctypes.CDLL:
    if name is None:
        raise TypeError("bad argument type for built-in operation")
    return ctypes.CDLL(None if name == "ucrtbase" else name)


def call(*given: object) -> int:
    return 1


class Function:
    restype = argtypes = None
    __call__ = staticmethod(call)


class Kernel32:
    CreateJobObjectW, GetCurrentProcess = Function(), Function()
    SetInformationJobObject, AssignProcessToJobObject = Function(), Function()


GIVEN = {
    "os": {"name": "nt", "O_BINARY": 0},
    "sys": {"platform": "win32"},
    "ctypes": {"CDLL": library, "windll": types.SimpleNamespace(kernel32=Kernel32())},
}


class Veil(types.ModuleType):
    """A module of which some names are hidden and others are different."""

    def __init__(self, name: str) -> None:
        hidden = frozenset(HIDDEN[name].split())
        self.__dict__.update(_real=sys.modules[name], _hidden=hidden, _given=GIVEN.get(name, {}))

    def __getattr__(self, name: str) -> object:
        if name in self._hidden:
            raise AttributeError(f"{self._real.__name__} has no {name} here")
        return self._given[name] if name in self._given else getattr(self._real, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._real, name, value)


VEILS = {module.__name__: Veil(module.__name__) for module in (os, signal, socket, sys, ctypes)}


def import_(name, globals=None, locals=None, fromlist=(), level=0):  # type: ignore[no-untyped-def]  # noqa: A002
    if level == 0 and name in ABSENT:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = builtins.__import__(name, globals, locals, fromlist, level)
    return VEILS.get(name, module) if level == 0 else module


class Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_}
        super().exec_module(module)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name.partition(".")[0] != "automl_widgets":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


sys.meta_path.insert(0, Finder())
