"""The exceptions a user can meet. Not here: how they are shown.

::

    AutoMLError
    ├── UserError                     the call has to change
    │   ├── ConfigError               ValueError     keywords that cannot work; lists every problem at once
    │   ├── DataError                 ValueError     the data cannot be trained on; lists every problem at once
    │   ├── NotSupportedError         NotImplementedError   a known name that is not built yet
    │   ├── NotFoundError             LookupError    no such workspace, run, iteration, file or metric
    │   ├── RunStateError             RuntimeError   the run is not in a state that allows the call
    │   └── WorkspaceError            OSError        the workspace's folder cannot be used
    ├── TrialError                    RuntimeError   an iteration went wrong: its own fault, the run goes on
    │   └── OutOfTimeError            TimeoutError   it foresees that it cannot end in time
    └── EngineError                   RuntimeError   a bug or a broken machine: not the user's fault
"""

from __future__ import annotations

from collections.abc import Sequence


class AutoMLError(Exception):
    """Root of every exception that this package raises on purpose."""


class UserError(AutoMLError):
    """What was given cannot work; the message says what must hold and what to do."""


class _ProblemListError(UserError):
    """A user error that lists all problems found, so that they can be mended in one go."""

    subject = "the call"

    def __init__(self, problems: Sequence[str], subject: str | None = None) -> None:
        self.problems = tuple(problems)
        self.subject = subject or type(self).subject
        lines = [f"{len(self.problems)} problem{'s' * (len(self.problems) > 1)} with {self.subject}:"]
        super().__init__("\n".join(lines + [f"  {k}. {text}" for k, text in enumerate(self.problems, 1)]))

    def __reduce__(self) -> tuple[type, tuple[tuple[str, ...], str]]:
        return type(self), (self.problems, self.subject)


class ConfigError(_ProblemListError, ValueError):
    """Keywords that cannot work, all of them."""

    subject = "AutoMLConfig"


class DataError(_ProblemListError, ValueError):
    """Data that cannot be trained on, with all reasons."""

    subject = "the data"


class NotSupportedError(UserError, NotImplementedError):
    """A name that Azure ML knows and this package accepts, but does not do yet."""


class NotFoundError(UserError, LookupError):
    """A workspace, run, iteration, file or metric that does not exist."""


class RunStateError(UserError, RuntimeError):
    """A call that the run's present state does not allow."""


class WorkspaceError(UserError, OSError):
    """A workspace folder that cannot be created, read or written."""


class TrialError(AutoMLError, RuntimeError):
    """An iteration's own failure."""


class OutOfTimeError(TrialError, TimeoutError):
    """An iteration that foresees that it cannot end in time, and does not go on."""


class EngineError(AutoMLError, RuntimeError):
    """A fault of this package or of the machine it runs on."""
