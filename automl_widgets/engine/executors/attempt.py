"""One call of a trial's function, whatever happens in it, as an answer. Not here: where it is called."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from automl_widgets.engine.executors.protocol import OutcomeState
from automl_widgets.errors import OutOfTimeError, TrialError

_REASON_LIMIT = 300
_ERROR_LIMIT = 100_000

Report = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a call: the fields of an `Outcome` that the function itself decides."""

    state: OutcomeState
    value: Any = None
    reason: str = ""
    error: str = ""


class Attempt(AbstractContextManager["Attempt", bool]):
    """Holds what its block raises, `sys.exit` included: here an exception is a result, too.

    Examples
    --------
    >>> with Attempt() as attempt:
    ...     [].pop()
    >>> attempt.raised
    IndexError('pop from empty list')
    """

    raised: BaseException | None = None

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.raised = raised
        return True


def call(name: str, data: Mapping[str, Any], report: Report, args: Callable[[], Mapping[str, Any]]) -> Answer:
    """Call the function ``package.module:function`` and return what came of it; never raises.

    Parameters
    ----------
    name
        The function's address.
    data, report
        Its first two arguments.
    args
        Returns its keyword arguments; called here, since that may fail like the function itself.
    """
    value = None
    with Attempt() as attempt:
        value = _resolve(name)(data, report, **args())
    return failure(attempt.raised) if attempt.raised else Answer(state="completed", value=value)


def failure(raised: BaseException) -> Answer:
    """Return the answer of a function that has raised: `oom` for a MemoryError, else `failed`.

    One that gave up for want of time has no traceback: nothing went wrong.
    """
    if isinstance(raised, OutOfTimeError):
        return Answer(state="timeout", reason=str(raised))
    state: OutcomeState = "oom" if isinstance(raised, MemoryError) else "failed"
    return Answer(state=state, reason=one_line(raised), error=full_text(raised))


def one_line(raised: BaseException) -> str:
    r"""Return type and message in one line.

    Examples
    --------
    >>> one_line(ValueError("k must be\npositive"))
    'ValueError: k must be positive'
    >>> one_line(MemoryError())
    'MemoryError'
    """
    message = ""
    with Attempt() as attempt:  # __str__ is the user's code, too
        message = " ".join(str(raised)[: 4 * _REASON_LIMIT].split())
    if attempt.raised:
        message = "its message cannot be shown"
    text = f"{type(raised).__name__}: {message}" if message else type(raised).__name__
    return text if len(text) <= _REASON_LIMIT else text[: _REASON_LIMIT - 1] + "…"


def full_text(raised: BaseException) -> str:
    """Return the traceback from the trial's own code on; of a very long one the two ends."""
    trace = raised.__traceback__
    while trace and trace.tb_next and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(raised), raised, trace))
    if len(text) <= _ERROR_LIMIT:
        return text
    half = _ERROR_LIMIT // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters left out ...]\n{text[-half:]}"


def _resolve(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found = getattr(importlib.import_module(module), function, None) if function else None
    if not callable(found):
        raise TrialError(f"`fn` must be the `package.module:function` of a callable, but got fn={name!r}.")
    return found
