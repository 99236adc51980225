"""Rows of whatever a model takes: a data frame, an array or a sparse matrix. Not here: what a model makes of them."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Positions: TypeAlias = NDArray[np.int64]
Table: TypeAlias = Any
"""DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns)."""


def take(table: Table, rows: Positions | slice) -> Table:
    """Return some rows, in the kind of table given."""
    return table.iloc[rows] if hasattr(table, "iloc") else table[rows]


def dense(table: Table) -> NDArray[np.float64]:
    """Return numeric rows as an array of floats; meant for a few rows at a time."""
    return np.asarray(table.toarray() if hasattr(table, "toarray") else table, dtype=np.float64)


def stack(above: Table, below: Table) -> Table:
    """Return the rows of both, in the kind of table given."""
    if hasattr(above, "iloc"):
        import pandas as pd

        return pd.concat([above, below], ignore_index=True)
    if hasattr(above, "tocsr"):
        from scipy.sparse import vstack

        return vstack([above, below], format="csr")
    return np.concatenate([above, below])


class Mixer:
    """Makes rows whose cells come from different rows of a table, each in its own column and type.

    A cell is named by a row's position. Equal cells of a column have the same name, so that one can see where two rows
    do not differ; thus text, dates and missing values are handled like numbers.

    Parameters
    ----------
    table : DataFrame, ndarray or sparse matrix of shape (n_rows, n_columns)
        A few hundred rows at most.
    """

    def __init__(self, table: Table) -> None:
        self._is_sparse = hasattr(table, "tocsr")
        self._table = table.toarray() if self._is_sparse else table
        self._is_frame = hasattr(self._table, "iloc")
        n_columns = int(self._table.shape[1])
        columns = (self._table.iloc[:, j] if self._is_frame else self._table[:, j] for j in range(n_columns))
        self.names: Positions = np.stack([_first_positions(column) for column in columns], axis=1)
        """(n_rows, n_columns): the name of each cell."""

    def rows(self, names: Positions) -> Table:
        """Return the rows whose cells have these names, shape (n_new, n_columns)."""
        if self._is_frame:
            return self._frame(names)
        mixed = self._table[names, np.arange(names.shape[1])]
        if not self._is_sparse:
            return mixed
        from scipy.sparse import csr_matrix

        return csr_matrix(mixed)

    def _frame(self, names: Positions) -> Table:
        import pandas as pd

        columns = {j: self._table.iloc[:, j].array.take(names[:, j]) for j in range(names.shape[1])}
        frame = pd.DataFrame(columns, copy=False)
        frame.columns = self._table.columns
        return frame


def _first_positions(column: Any) -> Positions:
    """Return for each cell the first row with an equal cell; its own row where cells cannot be compared."""
    import pandas as pd

    try:
        codes = pd.factorize(column, use_na_sentinel=False)[0]
    except TypeError:
        return np.arange(len(column), dtype=np.int64)
    first = np.unique(codes, return_index=True)[1]
    return np.asarray(first[codes], dtype=np.int64)
