"""The noun Parameter: what is known of one keyword of AutoMLConfig. Not here: the keywords (``parameters``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from automl_widgets.sdk.kinds import Kind

Group: TypeAlias = Literal["task", "data", "validation", "search", "limits", "ensembles", "output", ""]
Status: TypeAlias = Literal["built", "not supported yet", "no effect"]


def is_never(value: object) -> bool:
    """Return False: all values of the parameter are built."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """An older name of a parameter, or the same in another unit."""

    name: str
    divide_by: float = 1
    """More than 1 if the older name counts in a smaller unit."""
    is_current: bool = False
    """It says the same in another unit and is no worse than the parameter's own name: no warning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One keyword of AutoMLConfig."""

    name: str
    kind: Kind
    default: str
    """As the documentation says it."""
    meaning: str
    group: Group = ""
    status: Status = "built"
    is_later: Callable[[Any], bool] = is_never
    """True for a value that Azure ML knows and that is not built yet."""
    setting: str = ""
    """Field of `records.Settings` that takes the value."""
    scale: float = 1
    """Factor from the parameter's unit to the setting's."""
    is_input: bool = False
    """It is a field of `data.inputs.Inputs`."""
    aliases: tuple[Alias, ...] = ()
