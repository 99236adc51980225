"""How numbers, dates and levels become numbers. Not here: texts, many levels; which column is what (``featurize``).

An encoder has ``fit_transform(columns, y)``, ``transform(columns)`` and, once fitted, `made`: for each of its columns
the raw column's number among `columns` and the name of what was made of it. Columns are lists of series in plain form
or close to it: whatever ``columns.tidy_column`` takes. What it is told to do otherwise is a `Wanted`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.data.columns import as_text, kind_of, tidy_column
from automl_widgets.transformers import Wanted

Column: TypeAlias = "pd.Series[Any]"
Array: TypeAlias = "np.ndarray[Any, Any]"
Made: TypeAlias = list[tuple[int, str]]

MISSING, RARE = "(missing)", "(rare)"
RARE_SHARE = 0.01
MOST_LEVELS = 20
PLAIN = Wanted()


class Encoder(Protocol):
    """Turns the columns of one purpose into numbers."""

    made: Made
    steps: tuple[str, ...]
    """What it does, for the summary."""

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:
        """Learn from the rows of training and return their numbers."""

    def transform(self, columns: Sequence[Column]) -> Array:
        """Return the numbers of other rows."""


class NumberEncoder:
    """Fills missing numbers with the median of training and marks them, where some were missing in training."""

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.wanted = wanted
        self.steps = wanted.left(("MedianImputer", "ImputationMarker"))

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102 - as Encoder
        return self.fit_transform_matrix(numbers_of(columns))

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        return self.transform_matrix(numbers_of(columns))

    def fit_transform_matrix(self, numbers: Array) -> Array:
        """Do the same for columns that lie in one matrix, which is returned itself if nothing is missing."""
        missing = _missing(numbers)
        self.medians = self._fills(numbers, missing)
        self.marked = np.empty(0, dtype=np.int64)
        if missing is not None and "ImputationMarker" in self.steps:
            self.marked = np.flatnonzero(missing.any(axis=0))
        self.made = [(k, "") for k in range(numbers.shape[1])] + [(int(k), "_missing") for k in self.marked]
        return self._filled(numbers, missing)

    def transform_matrix(self, numbers: Array) -> Array:
        """Return the filled matrix and its marks."""
        return self._filled(numbers, _missing(numbers))

    def _fills(self, numbers: Array, missing: Array | None) -> Array:
        """Return what stands in for a missing number of each column: the median, unless the user wants another."""
        fills = _medians(numbers, missing)
        for k in range(numbers.shape[1]):
            if given := self.wanted.of("Imputer", k):
                present = numbers[:, k] if missing is None else numbers[~missing[:, k], k]
                fills = fills.astype(np.float64)
                fills[k] = _fill(present, given)
        return fills

    def _filled(self, numbers: Array, missing: Array | None) -> Array:
        numbers = numbers if numbers.dtype.kind == "f" else numbers.astype(np.float64)
        filled = numbers if missing is None else np.where(missing, self.medians, numbers)
        if not len(self.marked):
            return filled
        marks = np.zeros((len(numbers), len(self.marked))) if missing is None else missing[:, self.marked]
        return np.hstack([filled, marks])


def _fill(present: Array, given: Mapping[str, Any]) -> float:
    strategy = given.get("strategy", "median")
    if strategy == "constant":
        return float(given["fill_value"])
    if not len(present):
        return 0.0
    if strategy == "most_frequent":
        values, counts = np.unique(present, return_counts=True)
        return float(values[counts.argmax()])
    return float(np.mean(present) if strategy == "mean" else np.median(present))


def numbers_of(columns: Sequence[Column]) -> Array:
    """Return columns as numbers, (n_rows, n_columns)."""
    return np.column_stack([_numbers(column) for column in columns])


def _numbers(column: Column) -> Array:
    plain = tidy_column(column)
    if kind_of(plain) != "number":
        plain = pd.to_numeric(plain.astype(object), errors="coerce")
    return plain.to_numpy(dtype=np.float64)


def _missing(numbers: Array) -> Array | None:
    """Return where a number is missing or infinite; None if all are finite."""
    with np.errstate(all="ignore"):
        if numbers.dtype.kind != "f" or np.isfinite(numbers.sum()):
            return None
    missing: Array = ~np.isfinite(numbers)
    return missing if missing.any() else None


def _medians(numbers: Array, missing: Array | None) -> Array:
    if missing is None:
        return np.asarray(np.median(numbers.astype(np.uint8) if numbers.dtype == bool else numbers, axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column without a number has no median
        medians = np.nanmedian(np.where(missing, np.nan, numbers), axis=0)
    return np.nan_to_num(medians)


class LevelEncoder:
    """Makes a column of zeros and ones for each frequent level, one for rare levels, one for missing values.

    A level that training did not have is zero everywhere.
    """

    steps: tuple[str, ...] = ("OneHotEncoder",)

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.wanted = wanted
        self.places: list[dict[str, int]] = []

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102
        for k, column in enumerate(columns):
            codes, texts = levels_of(column)
            names = self._learn(np.bincount(codes, minlength=len(texts)), texts, k)
            self.made += [(k, f"_{name}") for name in names]
        return self.transform(columns)

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        return np.hstack([self._one_hot(c, places) for c, places in zip(columns, self.places, strict=True)])

    def _learn(self, counts: Array, texts: list[str], column: int) -> list[str]:
        given, hashed = self.wanted.of("OneHotEncoder", column), self.wanted.of("HashOneHotEncoder", column)
        most = given.get("max_levels", 2 ** hashed["number_of_bits"] if hashed else MOST_LEVELS)
        order = sorted((k for k in range(len(texts)) if counts[k]), key=lambda k: (-counts[k], texts[k]))
        fewest = max(2, given.get("min_share", RARE_SHARE) * counts.sum())
        kept = [k for k in order if counts[k] >= fewest][:most]
        rare = [k for k in order if k not in set(kept)]
        if len(rare) == 1:
            kept, rare = [*kept, *rare], []
        place = {texts[k]: j for j, k in enumerate(kept)}
        self.places.append(place | dict.fromkeys((texts[k] for k in rare), len(kept)))
        return [texts[k] for k in kept] + [RARE] * bool(rare)

    def _one_hot(self, column: Column, places: dict[str, int]) -> Array:
        codes, texts = levels_of(column)
        place = np.array([places.get(text, -1) for text in texts], dtype=np.int64)[codes]
        hot = np.zeros((len(place), max(places.values(), default=-1) + 1))
        rows = np.flatnonzero(place >= 0)
        hot[rows, place[rows]] = 1.0
        return hot


def levels_of(column: Column) -> tuple[Array, list[str]]:
    """Return the code of each row and the text of each code; missing values have the last code."""
    plain = tidy_column(column, may_parse_text=False)
    if isinstance(plain.dtype, pd.CategoricalDtype):
        codes, texts = plain.cat.codes.to_numpy(dtype=np.int64), as_text(plain.cat.categories)
    else:
        found, uniques = pd.factorize(plain)
        codes, texts = found.astype(np.int64), as_text(np.asarray(uniques))
    return np.where(codes < 0, len(texts), codes), [*texts, MISSING]


ELAPSED = "elapsed_days"


class DateEncoder:
    """Takes a date apart into those parts that differ in training, and the days since the first date of training."""

    parts = ("year", "month", "day", "day_of_week", "day_of_year", "quarter", "week", "hour", "minute", "second")

    def __init__(self, wanted: Wanted = PLAIN) -> None:
        self.made: Made = []
        self.steps = wanted.left(("DateTimeParts", "ElapsedDays"))
        self.numbers = NumberEncoder(Wanted(blocked=wanted.blocked))

    def fit_transform(self, columns: Sequence[Column], y: Array | None) -> Array:  # noqa: D102
        self.starts, self.kept = [], []
        for column in columns:
            dates = _dates(column)
            self.starts.append(dates.min())
            parts = {part: _part(dates, part) for part in (self.parts if "DateTimeParts" in self.steps else ())}
            kept = [part for part, values in parts.items() if pd.Series(values).nunique() > 1]
            self.kept.append([*kept, *([ELAPSED] if "ElapsedDays" in self.steps else [])])
        filled = self.numbers.fit_transform_matrix(self._parts(columns))
        names = [(k, f"_{part}") for k, kept in enumerate(self.kept) for part in kept]
        self.made = [(names[j][0], names[j][1] + suffix) for j, suffix in self.numbers.made]
        return filled

    def transform(self, columns: Sequence[Column]) -> Array:  # noqa: D102
        return self.numbers.transform_matrix(self._parts(columns))

    def _parts(self, columns: Sequence[Column]) -> Array:
        found = []
        for column, start, kept in zip(columns, self.starts, self.kept, strict=True):
            dates = _dates(column)
            found += [_elapsed(dates, start) if part == ELAPSED else _part(dates, part) for part in kept]
        return np.column_stack(found) if found else np.empty((len(columns[0]), 0))


def _dates(column: Column) -> Column:
    plain = tidy_column(column)
    kind = kind_of(plain)
    if kind == "date":
        return plain
    texts = plain.astype(object).where(plain.notna(), None) if kind == "text" else plain.map(lambda _: None)
    parsed = pd.to_datetime(texts, errors="coerce", format="mixed", utc=True)
    return parsed.dt.tz_localize(None)


def _elapsed(dates: Column, start: Any) -> Array:
    return ((dates - start) / pd.Timedelta(days=1)).to_numpy(dtype=np.float64)


def _part(dates: Column, part: str) -> Array:
    values = dates.dt.isocalendar()["week"] if part == "week" else getattr(dates.dt, part)
    return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
