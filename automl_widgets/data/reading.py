"""Whatever the user gave becomes a frame, a two-dimensional array, a CSR matrix, or a column. Not here: what is in it.

A function raises DataError with what was given, what must hold and what to do.
"""

from __future__ import annotations

import difflib
from os import PathLike
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from automl_widgets.data.inputs import describe
from automl_widgets.errors import DataError

Matrix: TypeAlias = "pd.DataFrame | np.ndarray[Any, Any] | sparse.csr_matrix"
Column: TypeAlias = "pd.Series[Any]"

PACKED = (".gz", ".bz2", ".zip", ".xz", ".zst")
PARQUET = (".parquet", ".pq")


def read_matrix(value: Any, name: str) -> Matrix:
    """Return two-dimensional data as a frame, an array of numbers or a CSR matrix.

    An array or list that holds anything but numbers becomes a frame with the columns ``x0``, ``x1``, ...
    """
    if isinstance(value, (str, PathLike)):
        return read_file(value, name)
    if isinstance(value, pd.Series):
        return value.to_frame()
    if sparse.issparse(value):
        return _two_dimensional(value, name).tocsr()
    if isinstance(value, pd.DataFrame):
        return _dense_or_csr(value)
    if _is_of_others(value):
        return read_matrix(_to_pandas(value, name), name)
    if isinstance(value, (list, tuple)):
        return _from_rows(list(value), name)
    if isinstance(value, dict) or not hasattr(value, "__array__"):
        raise DataError([f"`{name}` must be a frame, an array or a sparse matrix, but got {_kind_of(value)}."])
    return _from_array(np.asarray(value) if not np.ma.isMaskedArray(value) else _unmasked(value), name)


def read_column(value: Any, name: str) -> Column:
    """Return one-dimensional data as a series with row numbers as its index."""
    if isinstance(value, (str, PathLike)):
        value = _one_column_file(value, name)
    if not isinstance(value, (pd.DataFrame, pd.Series, pd.Index)) and _is_of_others(value):
        value = _to_pandas(value, name)
    if sparse.issparse(value):
        value = value.toarray()
    if isinstance(value, pd.DataFrame):
        if value.shape[1] != 1:
            raise DataError([_too_wide(name, value.shape[1])])
        value = value.iloc[:, 0]
    if isinstance(value, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        return pd.Series(value).reset_index(drop=True)
    if isinstance(value, (list, tuple, range)) or hasattr(value, "__array__"):
        return _series(value, name)
    raise DataError([f"`{name}` must be an array, a list or a series, but got {_kind_of(value)}."])


def read_file(path: str | PathLike[str], name: str) -> pd.DataFrame:
    """Return the table in a CSV or Parquet file, packed or not."""
    file = Path(path)
    if not file.is_file():
        raise DataError([_no_file(file, name)])
    plain = Path(file.stem) if file.suffix.lower() in PACKED else file
    try:
        if plain.suffix.lower() in PARQUET:
            return pd.read_parquet(file)
        return _read_csv(file, plain.suffix.lower())
    except pd.errors.EmptyDataError as error:
        raise DataError([f"`{name}`: {file} is empty; it must hold a line of column names and rows."]) from error
    except UnicodeDecodeError as error:
        raise DataError(
            [f"`{name}`: {file} is not UTF-8 text. Read it with pandas.read_csv(..., encoding=...) and give the frame."]
        ) from error
    except ImportError as error:
        raise DataError([f"`{name}`: reading {file} needs pyarrow. Install it: pip install pyarrow."]) from error
    except (ValueError, OSError) as error:
        what = str(error).strip().splitlines()[0]
        raise DataError([f"`{name}`: {file} cannot be read: {what}. It must be a CSV or Parquet file."]) from error


def _read_csv(file: Path, suffix: str) -> pd.DataFrame:
    frame = pd.read_csv(file, sep="\t" if suffix == ".tsv" else ",", low_memory=False)
    if frame.shape[1] == 1 and ";" in str(frame.columns[0]):
        frame = pd.read_csv(file, sep=";", low_memory=False)
    return frame


def _no_file(file: Path, name: str) -> str:
    if not file.suffix and name.startswith(("y", "sample_weight")):
        return (
            f"`{name}` must be data or the path of a file, but there is no file {str(file)!r}. "
            "For a column of a table, give `training_data` and `label_column_name`."
        )
    near = difflib.get_close_matches(file.name, [f.name for f in file.parent.glob("*")] if file.parent.is_dir() else [])
    hint = f"Did you mean {near[0]!r}?" if near else "Check the path."
    return f"`{name}`: there is no file {str(file)!r} in {Path.cwd()}. {hint}"


def _one_column_file(path: str | PathLike[str], name: str) -> pd.DataFrame:
    frame = read_file(path, name)
    if frame.shape[1] != 1:
        raise DataError([f"`{name}`: {path} must have one column, but it has {frame.shape[1]}. {_table_hint(name)}"])
    return frame


def _too_wide(name: str, width: int) -> str:
    return f"`{name}` must be one column, but it has {width}. {_table_hint(name)}"


def _table_hint(name: str) -> str:
    if not name.startswith("y"):
        return "Give the one that is meant."
    return "Give one target; for indicator columns, give y.idxmax(axis=1)."


_PROTOCOLS = ("to_pandas", "__arrow_c_stream__", "collect", "__narwhals_lazyframe__")
"""What frames and columns of other libraries have, one or another: polars, pyarrow, duckdb, modin, ibis."""


def _is_of_others(value: Any) -> bool:
    return not isinstance(value, np.ndarray) and any(hasattr(value, name) for name in _PROTOCOLS)


def _to_pandas(value: Any, name: str) -> Any:
    try:
        return _converted(value)
    except ImportError as error:
        what = f"reading {describe(value)} needs a package: {error}"
        raise DataError([f"`{name}`: {what}. Install it, most likely by pip install pyarrow."]) from error
    except (TypeError, ValueError) as error:
        raise DataError([f"`{name}`: {describe(value)} cannot become a pandas frame: {error}. Convert it."]) from error


def _converted(value: Any) -> Any:
    """Return a frame or column in pandas' form, once it is computed."""
    if hasattr(value, "to_pandas"):
        return value.to_pandas()
    import narwhals

    lazy = narwhals.from_native(value, pass_through=True, allow_series=True)
    if isinstance(lazy, narwhals.LazyFrame):
        return lazy.collect().to_pandas()
    if hasattr(value, "__arrow_c_stream__"):
        import pyarrow

        return pyarrow.table(value).to_pandas()
    raise TypeError("it knows none of the ways to exchange a frame")


def _kind_of(value: Any) -> str:
    if isinstance(value, dict):
        return (
            f"{describe(value)}. Give one of its entries, such as {name!r}"
            if (name := _array_key(value))
            else (f"{describe(value)}. Make it a frame: pandas.DataFrame(...)")
        )
    return describe(value)


def _array_key(value: dict[Any, Any]) -> str:
    return next((key for key in ("data", "X", "target", "y") if key in value and hasattr(value[key], "shape")), "")


def _unmasked(value: Any) -> Any:
    return value.astype(object).filled(None) if value.dtype.kind in "OUS" else value.astype(float).filled(np.nan)


def _dense_or_csr(frame: pd.DataFrame) -> pd.DataFrame | sparse.csr_matrix:
    is_sparse = [isinstance(dtype, pd.SparseDtype) for dtype in frame.dtypes]
    if is_sparse and all(is_sparse):
        coo: Any = frame.sparse
        return coo.to_coo().tocsr()
    if any(is_sparse):
        dense = {c: dtype.subtype for c, dtype in frame.dtypes.items() if isinstance(dtype, pd.SparseDtype)}
        return frame.astype(dense)
    return frame


def _two_dimensional(value: Any, name: str) -> Any:
    if value.ndim != 2:
        advice = (
            "y belongs into `y`; a single feature into X.reshape(-1, 1)" if value.ndim < 2 else "X.reshape(len(X), -1)"
        )
        raise DataError(
            [
                f"`{name}` must have two dimensions (n_rows, n_columns), but it has the shape {tuple(value.shape)}. "
                f"Use {advice}."
            ]
        )
    return value


def _from_array(array: np.ndarray[Any, Any], name: str) -> Matrix:
    if array.dtype.names:
        return pd.DataFrame.from_records(array)
    if array.dtype.kind == "c":
        raise DataError(
            [f"`{name}` holds complex numbers; it must hold real ones. Give real and imaginary parts apart."]
        )
    _two_dimensional(array, name)
    if array.dtype.kind not in "biuf":
        frame = pd.DataFrame(array.astype(object) if array.dtype.kind in "US" else array)
        return frame.set_axis([f"x{k}" for k in range(array.shape[1])], axis=1)
    return _plain_numbers(array)


def _plain_numbers(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array in a type that every learner takes: no half or extended precision, native byte order."""
    if array.dtype == np.float16:
        return array.astype(np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _from_rows(rows: list[Any], name: str) -> Matrix:
    if rows and all(isinstance(row, dict) for row in rows):
        return pd.DataFrame(rows)
    lengths = {len(row) if hasattr(row, "__len__") and not isinstance(row, (str, bytes)) else -1 for row in rows}
    if len(lengths) > 1:
        raise DataError(
            [f"`{name}`: the rows of the list must be equally long, but they have {sorted(lengths)} values."]
        )
    try:
        array = np.array(rows)
    except ValueError as error:
        raise DataError([f"`{name}`: the cells of the list must be single values, but some are lists."]) from error
    if array.ndim != 2 or array.dtype.kind in "biuf":
        return _from_array(array, name)
    frame = pd.DataFrame(np.array(rows, dtype=object)).infer_objects()
    if all(isinstance(dtype, np.dtype) and dtype.kind in "biuf" for dtype in frame.dtypes):
        return frame.to_numpy()
    return frame.set_axis([f"x{k}" for k in range(array.shape[1])], axis=1)


def _series(value: Any, name: str) -> Column:
    if np.ma.isMaskedArray(value):
        value = _unmasked(value)
    array = np.asarray(value) if hasattr(value, "__array__") else None
    if array is None:
        series = pd.Series(list(value), dtype=object).infer_objects() if value else pd.Series(dtype=float)
        if any(hasattr(v, "__len__") and not isinstance(v, (str, bytes)) for v in series[:1000]):
            return _series(np.array(value, dtype=object), name)
        return series
    if array.ndim == 2 and array.shape[1] != 1:
        raise DataError([_too_wide(name, array.shape[1])])
    if array.ndim not in (1, 2):
        raise DataError([f"`{name}` must have one dimension (n_rows,), but it has the shape {array.shape}."])
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float64)
    if array.dtype.kind in "SU":
        array = array.astype(object)
    native = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    return pd.Series(native.ravel(), copy=False)
