"""What was found while data were read: problems that end it, and repairs to tell of. Not here: any check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from automl_widgets.errors import DataError
from automl_widgets.records import Guardrail, GuardrailState

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Findings:
    """Collects problems and notices, so that all problems are raised as one error."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.notices: list[Guardrail] = []

    def attempt(self, step: Callable[Given, Made], *args: Given.args, **kwargs: Given.kwargs) -> Made | None:
        """Return what the step returns; if it raises DataError, keep its problems and return None."""
        try:
            return step(*args, **kwargs)
        except DataError as error:
            self.problems += [text for text in error.problems if text not in self.problems]
            return None

    def notice(self, name: str, state: GuardrailState, description: str) -> None:
        """Keep a repair or a doubt for the guardrails."""
        self.notices.append(Guardrail(name=name, state=state, description=description))

    def stop_if_any(self) -> None:
        """Raise DataError if there was a problem."""
        if self.problems:
            raise DataError(self.problems)


def listed(names: Sequence[object], limit: int = 5) -> str:
    """Return names as prose: `'a', 'b' and 3 more`.

    Examples
    --------
    >>> listed(["a", "b"])
    "'a', 'b'"
    >>> listed(range(8), limit=2)
    '0, 1 and 6 more'
    """
    shown = ", ".join(repr(name) for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def counted(n: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `1 row`, `2,000 rows`."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
