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
        may be a projection, which mixes columns, or crosses, each of which belongs to two columns by half.
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
        self._shares: Any = None
        """(n_columns, n_features): how much of a feature belongs to a column; None if features are columns."""
        self.is_traceable = True
        """Whether it is known to which columns every feature that comes out belongs."""
        for k, step in enumerate(self._steps):
            if k == 0 and hasattr(step, "get_featurization_summary"):
                self._shares = _shares_of_columns(step, n_columns)
            elif hasattr(step, "pairs_"):
                shares = _shares_of_pairs(step)
                self._shares = shares if self._shares is None else self._shares @ shares
            elif not _is_columnwise(step):
                self.is_traceable = False

    def transform(self, X: Table) -> Table:
        """Return rows as the learner gets them, or the projection if there is one."""
        for step in self._steps:
            X = step.transform(X)
        return X

    def fold(self, values: Floats) -> Floats:
        """Sum values of features, (..., n_features), over the columns that they came from, (..., n_columns)."""
        if self._shares is None:
            return values
        folded = self._shares @ values.reshape(-1, self._shares.shape[1]).T
        return np.asarray(folded.T).reshape(*values.shape[:-1], self._n_columns)


def _shares_of_columns(featurizer: Any, n_columns: int) -> Any:
    """Return the shares of columns in what a featurizer makes; None if it leaves them as they are, if sparse."""
    from scipy.sparse import csr_matrix

    if not featurizer.groups_:
        return None
    columns: list[int] = []
    features: list[int] = []
    shares: list[float] = []
    n_features = 0
    for members, encoder in featurizer.groups_:
        partners = getattr(encoder, "partners", ())  # a pair of levels belongs to two columns by half
        for of in ([k for k, _ in encoder.made], partners):
            columns += [members[k] for k in of]
            features += range(n_features, n_features + len(of))
            shares += [0.5 if partners else 1.0] * len(of)
        n_features += len(encoder.made)
    return csr_matrix((shares, (columns, features)), (n_columns, n_features))


def _shares_of_pairs(crosses: Any) -> Any:
    """Return the shares of columns in what crosses make: a column is its own, a cross that of two by half."""
    from scipy.sparse import csr_matrix, hstack, identity

    n_columns, (first, second) = crosses.n_features_in_, crosses.pairs_
    halves, places = np.full(2 * len(first), 0.5), np.tile(np.arange(len(first)), 2)
    paired = csr_matrix((halves, (np.concatenate([first, second]), places)), (n_columns, len(first)))
    return hstack([identity(n_columns, format="csr"), paired], format="csr")


def _projection(step: Any) -> Any:
    from sklearn.decomposition import PCA, TruncatedSVD

    inner = getattr(step, "svd_", step)
    return inner if isinstance(inner, (PCA, TruncatedSVD)) else None


def _is_columnwise(step: Any) -> bool:
    from sklearn import preprocessing as p

    scalers = (p.StandardScaler, p.MinMaxScaler, p.MaxAbsScaler, p.RobustScaler, p.QuantileTransformer)
    return isinstance(step, (*scalers, p.PowerTransformer))
