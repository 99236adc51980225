"""A table of features in its plain form: columns of numbers, dates and levels. Not here: one of them (``columns``).

Numbers stay where they are: an array or a frame of finite numbers is never copied.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from automl_widgets.data.columns import as_text, is_plain, kind_of, tidy_column
from automl_widgets.data.findings import Findings, counted, listed
from automl_widgets.data.reading import Matrix
from automl_widgets.errors import DataError

Featurization = Literal["auto", "off"]
WORDS = {"number": "numbers", "date": "dates", "text": "text"}


def tidy(X: Matrix, name: str, featurization: Featurization, found: Findings) -> Matrix:
    """Return features in their plain form.

    Columns of a frame get texts as names: 0 becomes ``'0'``, ``('a', 1)`` becomes ``'a_1'``. Infinite values become
    missing ones with featurization; without, the table must hold finite numbers only.

    Raises
    ------
    DataError
        With everything that is wrong with the table.
    """
    _not_empty(X, name)
    if sparse.issparse(X):
        return _tidy_sparse(X, name)
    if isinstance(X, pd.DataFrame):
        X = _tidy_frame(X, name, featurization, found)
    if featurization == "off":
        return _only_finite(X, name)
    return _without_infinity(X, name, found)


def names_of(X: Matrix) -> tuple[str, ...]:
    """Return the names of the columns; ``x0``, ``x1``, ... for an array."""
    if isinstance(X, pd.DataFrame):
        return tuple(X.columns)
    return tuple(f"x{k}" for k in range(X.shape[1]))


def aligned(X: Matrix, like: Matrix, name: str, found: Findings) -> Matrix:
    """Return the table with the columns, their order and their kinds of another one."""
    if not (isinstance(X, pd.DataFrame) and isinstance(like, pd.DataFrame)):
        if X.shape[1] != like.shape[1]:
            raise DataError(
                [f"`{name}` must have {counted(like.shape[1], 'column')} as in training, but it has {X.shape[1]}."]
            )
        return X.set_axis(names_of(like), axis=1) if isinstance(X, pd.DataFrame) else _in_form(X, like)
    missing = [c for c in like.columns if c not in X.columns]
    if missing:
        raise DataError(
            [f"`{name}` lacks {counted(len(missing), 'column')} of the training data: {_near(missing, X)}."]
        )
    extra = [c for c in X.columns if c not in like.columns]
    if extra:
        found.notice("Columns of validation data", "done", f"`{name}` has more columns; left out: {listed(extra)}.")
    X = X[list(like.columns)] if list(X.columns) != list(like.columns) else X
    return _with_kinds(X, like, name)


def missing_cells(X: Matrix) -> int:
    """Return the number of missing values."""
    if sparse.issparse(X):
        return 0
    n = sum(int(np.isnan(block).sum()) for block in _float_blocks(X) if not _is_finite(block))
    if isinstance(X, pd.DataFrame):
        n += sum(int(X[c].isna().sum()) for c, dtype in X.dtypes.items() if not is_plain(dtype))
    return n


def _not_empty(X: Matrix, name: str) -> None:
    if X.shape[0] == 0:
        raise DataError([f"`{name}` has no rows: it must have at least one."])
    if X.shape[1] == 0:
        raise DataError([f"`{name}` has no columns: it must have at least one feature."])


def _tidy_sparse(X: Any, name: str) -> Any:
    if X.dtype.kind not in "biuf":
        raise DataError([f"`{name}` is sparse and holds {X.dtype}: it must hold real numbers. Use X.astype(float)."])
    matrix = sparse.csr_matrix(X)
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float64)
    if not np.isfinite(matrix.data).all():
        raise DataError([f"`{name}` is sparse and holds NaN or infinite values: fill them before, for example with 0."])
    if not matrix.has_canonical_format:
        matrix = matrix.copy()  # the user's matrix shares its arrays
        matrix.sum_duplicates()
    return matrix


def _tidy_frame(X: pd.DataFrame, name: str, featurization: Featurization, found: Findings) -> pd.DataFrame:
    frame = X.copy(deep=False)
    frame.index = pd.RangeIndex(len(frame))
    frame.columns = pd.Index(_names(X, name), dtype=object)
    problems, numbers = [], []
    for column in [c for c, dtype in frame.dtypes.items() if not is_plain(dtype)]:
        before = frame[column]
        try:
            frame[column] = tidy_column(before, may_parse_text=featurization == "auto")
        except DataError as error:
            problems.append(f"Column {column!r} of `{name}` {error.problems[0]}.")
        else:
            numbers += [column] * (_is_text(before) and kind_of(frame[column]) != "text")
    if problems:
        raise DataError(problems)
    if numbers:
        found.notice("Text that holds numbers or dates", "done", f"Read as such in `{name}`: {listed(numbers)}.")
    return frame


def _is_text(column: pd.Series[Any]) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) in ("string", "bytes")


def _names(X: pd.DataFrame, name: str) -> list[str]:
    if isinstance(X.columns, pd.MultiIndex):
        names = ["_".join(as_text(np.array(c, dtype=object))) for c in X.columns]
    else:
        names = as_text(X.columns)
    seen, twice = set(), []
    for text in names:
        if text in seen:
            twice.append(text)
        seen.add(text)
    if twice:
        raise DataError([f"`{name}` has several columns of one name: {listed(twice)}. Each needs a name of its own."])
    return names


def _is_homogeneous(X: pd.DataFrame) -> bool:
    return is_plain(X.dtypes.iloc[0]) and X.dtypes.nunique() == 1


def _float_blocks(X: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the numbers that may be NaN or infinite, without a copy: all at once where they lie together."""
    if isinstance(X, pd.DataFrame) and not _is_homogeneous(X):
        yield from (X[c].to_numpy() for c, dtype in X.dtypes.items() if is_plain(dtype) and dtype.kind == "f")
        return
    block = X.to_numpy() if isinstance(X, pd.DataFrame) else X
    if block.dtype.kind == "f":
        yield block


def _is_finite(block: np.ndarray[Any, Any]) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.isfinite(block.sum()))


def _without_infinity(X: Any, name: str, found: Findings) -> Any:
    n = sum(int(np.isinf(block).sum()) for block in _float_blocks(X) if not _is_finite(block))
    if not n:
        return X
    found.notice("Infinite values", "done", f"{counted(n, 'infinite value')} in `{name}` treated as missing.")
    if isinstance(X, pd.DataFrame):
        return X.replace([np.inf, -np.inf], np.nan)
    return np.where(np.isinf(X), X.dtype.type(np.nan), X)


def _only_finite(X: Any, name: str) -> Any:
    problems = []
    if isinstance(X, pd.DataFrame):
        kinds = {c: kind_of(X[c]) for c, dtype in X.dtypes.items() if not is_plain(dtype)}
        for kind, word in WORDS.items():
            columns = [c for c, k in kinds.items() if k == kind != "number"]
            if columns:
                verb = "holds" if len(columns) == 1 else "hold"
                problems.append(_must_be_numbers(name, f"{listed(columns)} {verb} {word}"))
    blocks = [block for block in _float_blocks(X) if not _is_finite(block)]
    for test, word in ((np.isnan, "missing"), (np.isinf, "infinite")):
        n = sum(int(test(block).sum()) for block in blocks)
        if n:
            problems.append(_must_be_numbers(name, f"there {'is' if n == 1 else 'are'} {counted(n, f'{word} value')}"))
    if problems:
        raise DataError(problems)
    return X


def _must_be_numbers(name: str, what: str) -> str:
    return (
        f"With featurization off, `{name}` must hold finite numbers only, but {what}. "
        "Use preprocess=True (featurization='auto'), or convert them yourself."
    )


def _in_form(X: Any, like: Any) -> Any:
    if sparse.issparse(like) and not sparse.issparse(X):
        return sparse.csr_matrix(X)
    if sparse.issparse(X) and not sparse.issparse(like):
        X = X.toarray()
    return pd.DataFrame(X, columns=list(names_of(like))) if isinstance(like, pd.DataFrame) else X


def _near(missing: list[str], X: pd.DataFrame) -> str:
    near = difflib.get_close_matches(missing[0], list(X.columns), n=1)
    hint = f" (there is {near[0]!r})" if near else ""
    return f"{listed(missing)}{hint}"


def _with_kinds(X: pd.DataFrame, like: pd.DataFrame, name: str) -> pd.DataFrame:
    frame, problems = X.copy(deep=False), []
    for column in like.columns:
        is_plain_pair = is_plain(like[column].dtype) and is_plain(X[column].dtype)
        have, want = kind_of(X[column]), kind_of(like[column])
        if is_plain_pair or have == want or bool(X[column].isna().all()):
            continue
        if want != "text":
            problems.append(f"Column {column!r} holds {WORDS[want]} in training, but {WORDS[have]} in `{name}`.")
        else:
            frame[column] = X[column].map(lambda value: as_text(np.array([value]))[0], na_action="ignore")
    if problems:
        raise DataError(problems)
    return frame
