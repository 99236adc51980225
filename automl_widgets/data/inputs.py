"""The data as the user gave it, before anything looked inside. Not here: what is in it (``load``)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Inputs:
    """The data of a configuration: arrays, frames, sparse matrices or paths; None where nothing was given."""

    X: Any = None
    y: Any = None
    sample_weight: Any = None
    X_valid: Any = None
    y_valid: Any = None
    sample_weight_valid: Any = None
    cv_splits_indices: Any = None
    training_data: Any = None
    validation_data: Any = None
    label_column_name: str | int | None = None
    weight_column_name: str | int | None = None
    cv_split_column_names: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        given = ((f.name, getattr(self, f.name)) for f in fields(self))
        return f"Inputs({', '.join(f'{name}={describe(value)}' for name, value in given if value is not None)})"


def describe(value: object) -> str:
    """Return what a value is in few words: `DataFrame of shape (100, 4)`, `list of length 3`, `'iris.csv'`.

    Examples
    --------
    >>> describe([1, 2, 3])
    'list of length 3'
    >>> describe("iris.csv")
    "'iris.csv'"
    """
    if value is None or isinstance(value, (str, int, float)):
        return repr(value)
    name, shape = type(value).__name__, getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{name} of shape {shape}"
    if isinstance(value, (list, tuple, dict)):
        return f"{name} of length {len(value)}"
    return name
