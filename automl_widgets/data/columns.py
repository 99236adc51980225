"""One column of features becomes numbers, dates, or levels. Not here: the frame around it (``features``).

What a column holds is decided by its values, not by its type, so that pandas 2 and 3, CSV files and lists of
Python objects lead to the same column:

=====================================  =================================================
values                                 become
=====================================  =================================================
numbers, Decimal, numbers as text      float or int; NaN for "?", "n/a" and the like
True and False                         bool; 1.0, 0.0 and NaN if some are missing
dates and times, ISO dates as text     datetime64 without zone, in UTC
durations                              float, in seconds
text, categories, mixed values         category of str; plain text if most values differ
=====================================  =================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from automl_widgets.errors import DataError

Column: TypeAlias = "pd.Series[Any]"
Kind: TypeAlias = Literal["number", "date", "text"]

ISO_DATE = re.compile(r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}.*)?")
NUMBER = re.compile(r"\s*[-+]?(0|[1-9]\d*|0?\.\d+|(0|[1-9]\d*)\.\d*)([eE][-+]?\d+)?\s*")
PLACEHOLDERS = frozenset({"", "?", "-", ".", "na", "n/a", "nan", "null", "none", "missing", "unknown"})
"""Texts that stand for a missing number or date, in any case."""
SCALARS = (str, bytes, bool, int, float, complex, np.generic)


def kind_of(column: Column) -> Kind:
    """Return what a column that went through `tidy_column` holds."""
    if column.dtype.kind in "biuf":
        return "number"
    return "date" if column.dtype.kind == "M" else "text"


def is_plain(dtype: Any) -> bool:
    """Return whether a type needs no tidying: numpy's numbers in the precision that learners take."""
    return isinstance(dtype, np.dtype) and (dtype.kind in "biu" or dtype in (np.float64, np.float32))


def tidy_column(column: Column, may_parse_text: bool = True) -> Column:
    """Return the column in its plain form; see the table at the top of the module.

    Parameters
    ----------
    column : Series
    may_parse_text : bool, default True
        Turn text that holds numbers or ISO dates into these.

    Raises
    ------
    DataError
        If cells hold lists, objects or complex numbers.
    """
    dtype = column.dtype
    if is_plain(dtype):
        return column
    if isinstance(dtype, pd.CategoricalDtype):
        return _from_category(column)
    if isinstance(dtype, pd.PeriodDtype):
        return pd.Series(column.dt.to_timestamp())
    if dtype.kind == "M":
        return _from_dates(column)
    if dtype.kind == "m":
        return column.dt.total_seconds()
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        return _from_numbers(column)
    return _from_objects(column, may_parse_text)


def as_text(values: pd.Index[Any] | np.ndarray[Any, Any]) -> list[str]:
    """Return one text for each value; a whole number reads alike as int and as float."""
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _from_category(column: Column) -> Column:
    texts = as_text(column.cat.categories)
    if len(set(texts)) < len(texts):
        return _levels(column.astype(object))
    return column.cat.rename_categories(texts).cat.as_unordered()


def _from_dates(column: Column) -> Column:
    if isinstance(column.dtype, np.dtype):
        return column
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.tz_localize(None)
    return _from_date_objects(column.astype(object))


def _from_numbers(column: Column) -> Column:
    if column.dtype.kind == "c":
        raise DataError(["holds complex numbers; give real and imaginary parts as columns"])
    if bool(column.isna().any()):
        return pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan), index=column.index, name=column.name)
    target = {"b": np.bool_, "i": np.int64, "u": np.uint64}.get(column.dtype.kind, np.float64)
    if column.dtype == np.float16:
        target = np.float32
    return pd.Series(column.to_numpy(dtype=target), index=column.index, name=column.name)


def _from_objects(column: Column, may_parse_text: bool) -> Column:
    found = pd.api.types.infer_dtype(column, skipna=True)
    if found == "bytes":
        column = column.map(_text, na_action="ignore")
    if found in ("string", "bytes"):
        return _from_text(column, may_parse_text)
    return _CONVERTERS.get(found, _from_mixed)(column)


def _from_text(column: Column, may_parse_text: bool) -> Column:
    codes, uniques = pd.factorize(column.to_numpy(dtype=object))
    if not len(uniques):
        return _all_missing(column)
    parsed = _parsed(list(uniques)) if may_parse_text else None
    if parsed is None:
        return _coded(column, codes, list(uniques))
    return pd.Series(parsed.to_numpy().take(codes), index=column.index, name=column.name).where(codes >= 0)


def _parsed(texts: list[str]) -> Column | None:
    """Return numbers or dates, if each text is one or stands for a missing one; else None."""
    held = [text for text in texts if text.strip().lower() not in PLACEHOLDERS]
    if held and all(NUMBER.fullmatch(text) for text in held):
        return pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    if not held or not all(ISO_DATE.fullmatch(text) for text in held):
        return None
    dates = pd.to_datetime(pd.Series(texts, dtype=object), format="mixed", errors="coerce", utc=True)
    return dates.dt.tz_localize(None) if dates.notna().sum() == len(held) else None


def _levels(column: Column) -> Column:
    codes, uniques = pd.factorize(column.map(_text, na_action="ignore").to_numpy(dtype=object))
    return _coded(column, codes, list(uniques))


def _coded(column: Column, codes: Any, texts: list[str]) -> Column:
    """Return codes and texts as a category, which workers load without touching; as plain text if most differ."""
    if len(texts) > 50 and len(texts) > len(column) / 2:
        values = np.array([*texts, np.nan], dtype=object)[codes]
        return pd.Series(values, index=column.index, name=column.name, dtype=object)
    category = pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype=object))
    return pd.Series(category, index=column.index, name=column.name)


def _from_real_objects(column: Column) -> Column:
    return pd.to_numeric(column.map(float, na_action="ignore").infer_objects(), errors="coerce")


def _from_booleans(column: Column) -> Column:
    flags = column.map({True: 1.0, False: 0.0})
    return flags if bool(column.isna().any()) else flags.astype(bool)


def _from_date_objects(column: Column) -> Column:
    return pd.to_datetime(column, utc=True, errors="coerce").dt.tz_localize(None)


def _from_durations(column: Column) -> Column:
    return pd.to_timedelta(column).dt.total_seconds()


def _from_complex(column: Column) -> Column:
    raise DataError(["holds complex numbers; give real and imaginary parts as columns"])


def _all_missing(column: Column) -> Column:
    return pd.Series(np.full(len(column), np.nan), index=column.index, name=column.name)


def _from_mixed(column: Column) -> Column:
    odd = next((v for v in column if not (isinstance(v, SCALARS) or _is_single(v))), None)
    if odd is not None:
        what = f"holds {type(odd).__name__} values ({_short(odd)})"
        raise DataError([f"{what}; a cell must be a number, a text, a date, True or False"])
    return _levels(column)


def _is_single(value: Any) -> bool:
    if value is None or value is pd.NA or value is pd.NaT or isinstance(value, (pd.Period, pd.Interval)):
        return True
    return hasattr(value, "isoformat") or (hasattr(value, "real") and not isinstance(value, np.ndarray))


def _short(value: object) -> str:
    shown = " ".join(repr(value).split())
    return shown if len(shown) <= 30 else f"{shown[:27]}..."


_CONVERTERS: dict[str, Callable[[Column], Column]] = {
    "floating": _from_real_objects,
    "integer": _from_real_objects,
    "mixed-integer-float": _from_real_objects,
    "decimal": _from_real_objects,
    "complex": _from_complex,
    "boolean": _from_booleans,
    "datetime64": _from_date_objects,
    "datetime": _from_date_objects,
    "date": _from_date_objects,
    "timedelta64": _from_durations,
    "timedelta": _from_durations,
    "empty": _all_missing,
}
