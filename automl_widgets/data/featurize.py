"""The first step of a pipeline: raw columns become numbers, by their purposes. Not here: how (``encoders``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from automl_widgets.data.columns import as_text, is_plain
from automl_widgets.data.encoders import DateEncoder, Encoder, LevelEncoder, NumberEncoder
from automl_widgets.data.findings import counted, listed
from automl_widgets.data.level_pairs import LevelPairEncoder
from automl_widgets.data.reading import read_matrix
from automl_widgets.data.target_mean import TargetMeanEncoder
from automl_widgets.data.text_statistics import TextStatisticsEncoder
from automl_widgets.data.texts import TextEncoder, WordEncoder
from automl_widgets.data.value_counts import ValueCountEncoder
from automl_widgets.errors import DataError
from automl_widgets.transformers import Wanted

Array: TypeAlias = "np.ndarray[Any, Any]"

Kinds: TypeAlias = dict[Callable[[Wanted], Encoder], tuple[str, ...]]

ENCODERS: Kinds = {
    NumberEncoder: ("numeric", "boolean"),
    LevelEncoder: ("categorical",),
    TargetMeanEncoder: ("categorical_hash",),
    DateEncoder: ("datetime",),
    TextStatisticsEncoder: ("text",),
}
TOPICS: Kinds = {TextEncoder: ("text",)}
WORDS: Kinds = {WordEncoder: ("text",)}
PAIRS: Kinds = {LevelPairEncoder: ("categorical", "categorical_hash")}
COUNTS: Kinds = {ValueCountEncoder: ("numeric",)}
TYPES = {
    "numeric": "Numeric",
    "boolean": "Boolean",
    "categorical": "Categorical",
    "categorical_hash": "CategoricalHash",
    "datetime": "DateTime",
    "text": "Text",
    "ignore": "Ignore",
}
SPARSE_ABOVE_MB = 256
"""One-hot columns that need more as a dense array are kept sparse."""


class Featurizer(TransformerMixin, BaseEstimator):
    """Turns raw columns into numbers: fills, marks, encodes and takes apart.

    Fitted on a frame, it finds columns by name, in whatever order; fitted on an array, by position. Fitted on a
    sparse matrix, it lets everything through as it is.

    ``fit_transform`` is not ``fit`` and then ``transform``: in training, columns of many levels are encoded by the
    targets of other rows only. A scikit-learn pipeline does this right.

    Parameters
    ----------
    purposes : sequence of str
        One of numeric, boolean, categorical, categorical_hash, text, datetime, ignore for each column, as
        ``data.purposes.column_purposes`` returns.
    blocked : sequence of str, optional
        Names of steps that are left out, see `automl_widgets.transformers.BLOCKABLE`.
    options : sequence of (str, sequence of str, mapping), optional
        A step, the columns that it is changed for (none for all), and its parameters.
    pairs : bool, default False
        Whether pairs of levels are encoded, too.
    counts : bool, default False
        Whether it is told how frequent numbers are, too.
    words : bool, default False
        Whether texts become a column for each word, sparse, in place of topics. Numbers are standardized then, so
        that a linear model need not scale the columns of words.

    Attributes
    ----------
    n_features_in_ : int
    feature_names_in_ : ndarray of str
        Names of the raw columns; ``x0``, ``x1``, ... for an array.

    Examples
    --------
    >>> X = pd.DataFrame({"age": [20.0, None, 40.0], "city": ["Oslo", "Rome", "Oslo"]})
    >>> featurizer = Featurizer(("numeric", "categorical")).fit(X)
    >>> featurizer.get_engineered_feature_names()
    ['age', 'age_missing', 'city_Oslo', 'city_Rome']
    >>> featurizer.transform(X[["city", "age"]])
    array([[20.,  0.,  1.,  0.],
           [30.,  1.,  0.,  1.],
           [40.,  0.,  1.,  0.]])
    >>> featurizer.transform(X[["age"]])
    Traceback (most recent call last):
        ...
    automl_widgets.errors.DataError: 1 problem with the data:
      1. `X` lacks 1 column that the model was trained on: 'city'.
    """

    def __init__(
        self,
        purposes: Sequence[str] = (),
        blocked: Sequence[str] = (),
        options: Sequence[tuple[str, Sequence[str], Mapping[str, Any]]] = (),
        pairs: bool = False,
        counts: bool = False,
        words: bool = False,
    ) -> None:
        self.purposes = purposes
        self.blocked = blocked
        self.options = options
        self.pairs = pairs
        self.counts = counts
        self.words = words

    def fit(self, X: Any, y: Any = None) -> Featurizer:
        """Learn from the rows of training."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None, **_: object) -> Any:
        """Learn from the rows of training and return their numbers, an array of shape (n_rows, n_made) or CSR."""
        X = self._remembered(X)
        self.is_sparse_ = False
        self.groups_: list[tuple[list[int], Encoder]] = []
        if sparse.issparse(X):
            return X
        parts = []
        taken_as = [self._taken_as(k) for k in range(len(self.purposes))]
        for kind, purposes in _kinds(self).items():
            members = [k for k, purpose in enumerate(taken_as) if purpose in purposes]
            if len(members) > (kind is LevelPairEncoder):
                encoder = kind(self._wanted(members))
                made = _encoded(encoder, X, members, y, is_training=True)
                if encoder.made or kind is not ValueCountEncoder:
                    self.groups_.append((members, encoder))
                    parts.append(made)
        encoders = [encoder for _, encoder in self.groups_]
        if not any(encoder.made for encoder in encoders):
            raise DataError(["Nothing is made of any column: unblock a transformer, or do not ignore all columns."])
        self.scales_ = [_scale_of(e, part) if self.words else None for e, part in zip(encoders, parts, strict=True)]
        self.is_sparse_ = self.words or _is_better_sparse(encoders, len(X))
        return self._joined(parts, len(X))

    def transform(self, X: Any) -> Any:
        """Return the numbers of other rows.

        Raises
        ------
        DataError
            If a column is missing; it is named.
        """
        check_is_fitted(self, "groups_")
        X = self._recognised(X)
        if not self.groups_:
            return X if sparse.issparse(X) else sparse.csr_matrix(X)
        X = X.toarray() if sparse.issparse(X) else X
        parts = [_encoded(encoder, X, members, None, is_training=False) for members, encoder in self.groups_]
        return self._joined(parts, len(X))

    def get_engineered_feature_names(self) -> list[str]:
        """Return the names of the columns that `transform` makes, each once."""
        check_is_fitted(self, "groups_")
        if not self.groups_:
            return [str(name) for name in self.feature_names_in_]
        names = [str(self.feature_names_in_[raw]) + suffix for raw, suffix in self._made()]
        return _each_once(names)

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Return the same names as scikit-learn wants them."""
        return np.array(self.get_engineered_feature_names(), dtype=object)

    def get_featurization_summary(self) -> list[dict[str, Any]]:
        """Return what became of each raw column; the key ``Tranformations`` is spelt as Azure ML spells it."""
        check_is_fitted(self, "groups_")
        made = [raw for raw, _ in self._made()]
        steps: dict[int, tuple[str, ...]] = {}
        for members, encoder in self.groups_:
            steps |= {member: (*steps.get(member, ()), *encoder.steps) for member in members}
        return [
            {
                "RawFeatureName": str(name),
                "TypeDetected": TYPES[self.purposes[k]],
                "Dropped": "Yes" if self.groups_ and k not in made else "No",
                "EngineeredFeatureCount": made.count(k) if self.groups_ else 1,
                "Tranformations": list(steps.get(k, ())),
            }
            for k, name in enumerate(self.feature_names_in_)
        ]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.string = tags.input_tags.categorical = tags.input_tags.sparse = True
        return tags

    def _remembered(self, X: Any) -> Any:
        X = read_matrix(X, "X")
        self.n_features_in_ = int(X.shape[1])
        if len(self.purposes) != self.n_features_in_:
            n = counted(len(self.purposes), "purpose")
            raise DataError([f"`purposes` must have one word for each of {self.n_features_in_} columns, but got {n}."])
        names = as_text(X.columns) if isinstance(X, pd.DataFrame) else _places(self.n_features_in_)
        self.feature_names_in_ = np.array(names, dtype=object)
        return X

    def _recognised(self, X: Any) -> Any:
        """Return the columns of training in their order: a frame, or an array of numbers."""
        X, known = read_matrix(X, "X"), list(self.feature_names_in_)
        is_named = isinstance(X, pd.DataFrame) and as_text(X.columns) != _places(X.shape[1])
        if is_named and known != _places(self.n_features_in_):
            return self._by_name(X)
        if X.shape[1] != self.n_features_in_:
            raise DataError([f"`X` must have {counted(self.n_features_in_, 'column')}, but its shape is {X.shape}."])
        return X

    def _by_name(self, X: pd.DataFrame) -> pd.DataFrame:
        names = as_text(X.columns)
        if names == list(self.feature_names_in_):
            return X
        places = {name: k for k, name in enumerate(names)}
        missing = [name for name in self.feature_names_in_ if name not in places]
        if missing:
            what = counted(len(missing), "column")
            raise DataError([f"`X` lacks {what} that the model was trained on: {listed(missing)}."])
        return X.iloc[:, [places[name] for name in self.feature_names_in_]]

    def _taken_as(self, column: int) -> str:
        """Return the purpose whose encoder takes a column: another one, if the user blocks or prefers a step."""
        purpose, wanted = self.purposes[column], self._wanted([column])
        if purpose == "categorical_hash" and wanted.of("HashOneHotEncoder", 0) and "OneHotEncoder" not in self.blocked:
            return "categorical"
        steps = {"categorical": "OneHotEncoder", "categorical_hash": "TargetEncoder"}
        if steps.get(purpose) not in self.blocked:
            return purpose
        return "categorical_hash" if purpose == "categorical" or "OneHotEncoder" in self.blocked else "categorical"

    def _wanted(self, members: list[int]) -> Wanted:
        names = [str(self.feature_names_in_[k]) for k in members]
        options: list[dict[str, Mapping[str, Any]]] = [{} for _ in members]
        for transformer, columns, values in self.options:
            for found, name in zip(options, names, strict=True):
                if not columns or name in columns:
                    found[transformer] = {**found.get(transformer, {}), **values}
        return Wanted(blocked=frozenset(self.blocked), options=tuple(options) if self.options else ())

    def _made(self) -> list[tuple[int, str]]:
        return [(members[k], suffix) for members, encoder in self.groups_ for k, suffix in encoder.made]

    def _joined(self, parts: list[Array], n_rows: int) -> Any:
        parts = [p if scale is None else scale.transform(p) for p, scale in zip(parts, self.scales_, strict=True)]
        if self.is_sparse_:
            return sparse.hstack([sparse.csr_matrix(part) for part in parts], format="csr")
        if len(parts) == 1:
            return parts[0]
        return np.hstack(parts) if parts else np.empty((n_rows, 0))


def _kinds(featurizer: Featurizer) -> Kinds:
    """Return what encodes columns of which purposes."""
    has_pairs = featurizer.pairs and "TargetEncoder" not in featurizer.blocked
    found = ENCODERS | (WORDS if featurizer.words else TOPICS)
    return found | (PAIRS if has_pairs else {}) | (COUNTS if featurizer.counts else {})


def _places(n_columns: int) -> list[str]:
    """Return the names that columns without names have."""
    return [f"x{k}" for k in range(n_columns)]


def _encoded(encoder: Encoder, X: Any, members: list[int], y: Any, *, is_training: bool) -> Array:
    if isinstance(encoder, NumberEncoder):
        numbers = _matrix_of(X, members)
        if numbers is not None:
            return encoder.fit_transform_matrix(numbers) if is_training else encoder.transform_matrix(numbers)
    columns = [X.iloc[:, k] if isinstance(X, pd.DataFrame) else pd.Series(X[:, k], name=f"x{k}") for k in members]
    return encoder.fit_transform(columns, y) if is_training else encoder.transform(columns)


def _matrix_of(X: Any, members: list[int]) -> Array | None:
    """Return columns of plain numbers as one matrix, without a copy where they are one; None for other columns."""
    is_all = len(members) == X.shape[1]
    if isinstance(X, np.ndarray):
        return X if is_all else X[:, members]
    if not all(is_plain(X.dtypes.iloc[k]) for k in members):
        return None
    columns = X if is_all else X.iloc[:, members]
    return np.asarray(columns.to_numpy() if columns.dtypes.nunique() == 1 else columns.to_numpy(dtype=np.float64))


def _scale_of(encoder: Encoder, part: Array) -> StandardScaler | None:
    is_as_it_should = isinstance(encoder, LevelEncoder | WordEncoder) or not encoder.made
    return None if is_as_it_should else StandardScaler().fit(part)


def _is_better_sparse(encoders: list[Encoder], n_rows: int) -> bool:
    widths = {True: 0, False: 0}
    for encoder in encoders:
        widths[isinstance(encoder, LevelEncoder)] += len(encoder.made)
    return n_rows * sum(widths.values()) * 8 / 2**20 > SPARSE_ABOVE_MB and widths[True] > 4 * widths[False]


def _each_once(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return unique
