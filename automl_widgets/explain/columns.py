"""The way from the columns that the user gave to those that a learner gets, and back. Not here: any contribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table


class Front:
    """The steps of a pipeline before its learner.

    Parameters
    ----------
    steps : sequence of transformers
        Fitted. The first may be a `Featurizer`, which knows the column that each of its features came from; the last
        may be a projection, which mixes columns.
    n_columns : int
        Of the rows that the user gave.
    """

    def __init__(self, steps: Sequence[Any], n_columns: int) -> None:
        self._steps = [step for step in steps if step is not None and step != "passthrough"]
        self.projection = _projection(self._steps[-1]) if self._steps else None
        """The last step, if it is a linear mixture of columns: a fitted PCA or TruncatedSVD."""
        if self.projection is not None:
            self._steps.pop()
        self._n_columns = n_columns
        self._column_of: Any = None
        self.is_traceable = True
        """Whether every feature that comes out belongs to one column that went in."""
        for k, step in enumerate(self._steps):
            if k == 0 and hasattr(step, "get_featurization_summary"):
                self._column_of = _column_of(step)
            elif not _is_columnwise(step):
                self.is_traceable = False

    def transform(self, X: Table) -> Table:
        """Return rows as the learner gets them, or the projection if there is one."""
        for step in self._steps:
            X = step.transform(X)
        return X

    def fold(self, values: Floats) -> Floats:
        """Sum values of features, (..., n_features), over the columns that they came from, (..., n_columns)."""
        if self._column_of is None:
            return values
        from scipy.sparse import csr_matrix

        n_features = len(self._column_of)
        ones = np.ones(n_features)
        folding = csr_matrix((ones, (self._column_of, np.arange(n_features))), (self._n_columns, n_features))
        folded = folding @ values.reshape(-1, n_features).T
        return np.asarray(folded.T).reshape(*values.shape[:-1], self._n_columns)


def _column_of(featurizer: Any) -> Any:
    """Return the column of each feature, shape (n_features,); None if features are columns, as of a sparse matrix."""
    columns = [members[k] for members, encoder in featurizer.groups_ for k, _ in encoder.made]
    return np.asarray(columns, dtype=np.int64) if featurizer.groups_ else None


def _projection(step: Any) -> Any:
    from sklearn.decomposition import PCA, TruncatedSVD

    inner = getattr(step, "svd_", step)
    return inner if isinstance(inner, (PCA, TruncatedSVD)) else None


def _is_columnwise(step: Any) -> bool:
    from sklearn import preprocessing as p

    scalers = (p.StandardScaler, p.MinMaxScaler, p.MaxAbsScaler, p.RobustScaler, p.QuantileTransformer)
    return isinstance(step, (*scalers, p.PowerTransformer))
