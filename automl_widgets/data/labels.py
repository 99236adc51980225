"""The target becomes codes of classes or numbers. Not here: the features, and which rows are used (``load``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.findings import counted, listed
from automl_widgets.errors import DataError
from automl_widgets.records import Json, Settings

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"

MANY_CLASSES = 20
LABEL_TYPES = {
    "string": "text", "integer": "numbers", "floating": "numbers", "mixed-integer-float": "numbers",
    "boolean": "True/False", "decimal": "numbers", "categorical": "text", "empty": "nothing",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """A target without its missing rows."""

    values: Array
    """int64 codes into `labels`, or float64."""
    labels: Array | None
    """The K labels in sorted order, of the type that the user gave; None for regression."""
    kept: Array | None
    """Mask of the rows that have a target; None if all have."""

    @property
    def n_missing(self) -> int:
        """Number of rows without a target."""
        return 0 if self.kept is None else int((~self.kept).sum())


def classes_of(labels: Array | None) -> tuple[Json, ...]:
    """Return labels as plain Python values."""
    return () if labels is None else tuple(labels.tolist())


def read_target(y: Column, settings: Settings, name: str = "y") -> Target:
    """Return the target of training, checked against the task.

    Raises
    ------
    DataError
        If it is not of the task's kind, or holds nothing to learn.
    """
    if not len(y):
        raise DataError([f"`{name}` is empty: it must hold one value for each row."])
    kept = _kept(y, settings, name)
    if settings.task == "regression":
        values = _numbers(_present(y, kept), name)
        _varies(values, name)
        return Target(values=values, labels=None, kept=kept)
    codes, labels = _coded(_present(y, kept), name)
    _is_learnable(codes, labels, name)
    return Target(values=codes, labels=labels, kept=kept)


def read_like(y: Column, like: Target, settings: Settings, name: str) -> Target:
    """Return the target of validation rows in the codes of the training target."""
    kept = _kept(y, settings, name)
    if like.labels is None:
        return Target(values=_numbers(_present(y, kept), name), labels=None, kept=kept)
    codes, labels = _coded(_present(y, kept), name)
    known = {label: code for code, label in enumerate(like.labels.tolist())}
    unknown = [label for label in labels.tolist() if label not in known]
    if unknown:
        raise DataError([f"`{name}` holds labels that training lacks: {listed(unknown)}. Leave their rows out."])
    translation = np.array([known[label] for label in labels.tolist()], dtype=np.int64)
    return Target(values=translation[codes], labels=like.labels, kept=kept)


def _kept(y: Column, settings: Settings, name: str) -> Array | None:
    missing = y.isna().to_numpy(dtype=bool)
    n = int(missing.sum())
    if n == len(y):
        raise DataError([f"`{name}` holds missing values only: it must hold the target."])
    if n and not settings.drop_missing_labels:
        raise DataError(
            [f"`{name}` lacks {counted(n, 'value')}. Leave these rows out, or give exclude_nan_labels=True to do so."]
        )
    return ~missing if n else None


def _present(y: Column, kept: Array | None) -> Column:
    """Return the values that are there; bytes, as ARFF files have them, become text."""
    present = y if kept is None else y[kept].reset_index(drop=True)
    if present.dtype == object and pd.api.types.infer_dtype(present) == "bytes":
        return present.str.decode("utf-8", errors="replace")
    return present


def _numbers(y: Column, name: str) -> Array:
    kind = _type_of(y)
    if kind not in ("numbers", "True/False"):
        advice = "Convert it to numbers."
        if kind == "text":
            advice = "Use task='classification', or convert it to numbers."
        if kind == "text" and _are_numbers(y):
            advice = "They look like numbers: convert them with pandas.to_numeric."
        raise DataError([f"`{name}` must hold numbers for regression, but it holds {kind} ({_sample(y)}). {advice}"])
    values = y.astype(np.float64).to_numpy()
    n = int(np.isinf(values).sum())
    if n:
        first = int(np.flatnonzero(np.isinf(values))[0])
        raise DataError([f"`{name}` holds {counted(n, 'infinite value')}, the first in row {first}: make them finite."])
    return values


def _are_numbers(y: Column) -> bool:
    return not bool(pd.to_numeric(y.astype(object), errors="coerce").isna().any())


def _varies(values: Array, name: str) -> None:
    if values.min() == values.max():
        raise DataError([f"`{name}` is {values[0]:g} in every row: there is nothing to learn."])


def _type_of(y: Column) -> str:
    """Return text, numbers, True/False, or what it is that cannot be a target."""
    values = y.cat.categories if isinstance(y.dtype, pd.CategoricalDtype) else y
    if values.dtype.kind in "iuf":
        return "numbers"
    if values.dtype.kind == "c":
        return "complex numbers"
    found = pd.api.types.infer_dtype(values, skipna=True)
    return LABEL_TYPES.get(found, _odd_type(y, found))


def _odd_type(y: Column, found: str) -> str:
    if found.startswith(("date", "time", "period")):
        return "dates or times"
    if found == "complex":
        return "complex numbers"
    names = sorted({type(value).__name__ for value in y[:10_000]})
    return f"values of several types ({', '.join(names)})" if len(names) > 1 else f"values of type {names[0]}"


def _coded(y: Column, name: str) -> tuple[Array, Array]:
    """Return sorted codes and their labels."""
    kind = _type_of(y)
    if kind not in ("text", "numbers", "True/False"):
        raise DataError(
            [
                f"`{name}` must hold labels of one type, but it holds {kind}, for example {_sample(y)}. "
                "Make them texts or whole numbers, for example with y.astype(str)."
            ]
        )
    if kind == "numbers" and not (isinstance(y.dtype, np.dtype) and y.dtype.kind in "iuf"):
        y = y.astype(np.float64)
    values = y.astype(y.cat.categories.dtype) if isinstance(y.dtype, pd.CategoricalDtype) else y
    codes, uniques = pd.factorize(values, sort=True)
    return codes.astype(np.int64), _plain_labels(uniques, kind, name)


def _plain_labels(uniques: Any, kind: str, name: str) -> Array:
    if kind == "text":
        return np.array([str(value) for value in uniques], dtype=object)
    if kind == "True/False":
        return np.array([bool(value) for value in uniques])
    labels = np.asarray(pd.Index(uniques).to_numpy())
    if labels.dtype.kind == "f":
        if not np.isfinite(labels).all():
            raise DataError([f"`{name}` holds infinite values: a label must be a text, a whole number, True or False."])
        if (labels == np.rint(labels)).all() and np.abs(labels).max() < 2**53:
            return labels.astype(np.int64)
    return labels.astype(np.int64) if labels.dtype.kind in "iu" else labels


def _is_learnable(codes: Array, labels: Array, name: str) -> None:
    n_rows, n_classes = len(codes), len(labels)
    if n_classes == 1:
        raise DataError([f"`{name}` holds the one class {labels[0]!r} only: there must be at least two."])
    is_fractional = labels.dtype.kind == "f"
    if n_classes > MANY_CLASSES and (is_fractional or n_classes > n_rows / 2):
        raise DataError([_too_many(n_classes, n_rows, labels, name)])
    counts = np.bincount(codes)
    if (counts >= 2).sum() < 2:
        rare = labels[counts < 2].tolist()
        raise DataError(
            [
                f"`{name}`: at least two classes must have two rows or more, to train and to validate on, "
                f"but {listed(rare)} {'has' if len(rare) == 1 else 'have'} one row."
            ]
        )


def _too_many(n_classes: int, n_rows: int, labels: Array, name: str) -> str:
    what = "fractions" if labels.dtype.kind == "f" else "labels"
    advice = (
        "Use task='regression' to predict numbers."
        if labels.dtype.kind in "iuf"
        else "It looks like an identifier: choose the column that holds the class."
    )
    return f"`{name}` holds {n_classes:,} different {what} in {counted(n_rows, 'row')}: too many classes. {advice}"


def _sample(y: Column) -> str:
    firsts: dict[type, Any] = {}
    for value in y[:10_000]:
        firsts.setdefault(type(value), value)
    return " and ".join(repr(value) for value in list(firsts.values())[:2])
