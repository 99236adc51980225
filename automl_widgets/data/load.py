"""From what the user gave to a table that a trial can be run on. Not here: what any part of it must be.

All problems are raised as one error; what was repaired is told by the guardrails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_widgets.data.inputs import Inputs
from automl_widgets.records import Guardrail, Profile, Settings

__all__ = ["Inputs", "Table", "fingerprint", "load"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Data that went through every check."""

    data: Mapping[str, Any]
    """What an executor publishes and every trial receives; arrays, frames and matrices."""
    profile: Profile
    notices: tuple[Guardrail, ...] = ()
    """What was repaired on the way."""


def load(settings: Settings, inputs: Inputs) -> Table:
    """Return the data of a run, checked, in plain form.

    Arrays and frames that hold finite numbers are not copied. Rows without a target are left out.

    Parameters
    ----------
    settings : Settings
    inputs : Inputs
        What the user gave.

    Raises
    ------
    DataError
        With every problem that was found.

    Examples
    --------
    >>> settings = Settings(task="classification", primary_metric="accuracy")
    >>> table = load(settings, Inputs(X=[[1.0], [2.0], [3.0], [4.0]], y=["b", "a", "b", "a"]))
    >>> table.data["y"], table.profile.classes
    (array([1, 0, 1, 0]), ('a', 'b'))
    >>> load(settings, Inputs(X=[[1.0], [2.0]], y=["b", "a", "b"]))
    Traceback (most recent call last):
        ...
    automl_widgets.errors.DataError: 1 problem with the data:
      1. `y` must have as many values as `X` has rows (2), but it has 3.
    """
    from automl_widgets.data.assembly import assemble

    data, profile, notices = assemble(settings, inputs)
    return Table(data=data, profile=profile, notices=notices)


def fingerprint(data: Mapping[str, Any]) -> str:
    """Return a text that differs if anything in the data mapping differs.

    Examples
    --------
    >>> fingerprint({"y": np.arange(3)}) == fingerprint({"y": np.arange(3)})
    True
    >>> fingerprint({"y": np.arange(3)}) == fingerprint({"y": np.arange(3.0)})
    False
    """
    digest = hashlib.sha256()
    for key in sorted(data):
        digest.update(f"{key}:".encode())
        _digest(digest, data[key])
    return digest.hexdigest()[:32]


def _digest(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype != object:
        by_rows = value.flags.c_contiguous or not value.flags.f_contiguous  # as it will lie in the file
        digest.update(f"{value.dtype}{value.shape}{by_rows}".encode())
        digest.update(np.ascontiguousarray(value if by_rows else value.T).reshape(-1).view(np.uint8))
    elif isinstance(value, np.ndarray):
        digest.update(repr(value.tolist()).encode())
    elif isinstance(value, (list, tuple)):
        for item in value:
            _digest(digest, item)
    elif hasattr(value, "indptr"):
        _digest(digest, [value.data, value.indices, value.indptr])
    elif hasattr(value, "dtypes"):
        _digest_frame(digest, value)
    else:
        digest.update(repr(value).encode())


def _digest_frame(digest: Any, frame: Any) -> None:
    import pandas as pd

    digest.update(repr([(str(name), str(dtype)) for name, dtype in frame.dtypes.items()]).encode())
    _digest(digest, pd.util.hash_pandas_object(frame, index=False).to_numpy())
