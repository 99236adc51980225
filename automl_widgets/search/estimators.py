"""The few estimators that scikit-learn lacks, each around one that it has. Worker side; not here: which one is used.

A fitted model is a pickle of these classes: their names and attributes stay.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold


class LabelEncoded(ClassifierMixin, BaseEstimator):
    """A classifier that wants the labels 0..K-1, for labels of any kind.

    Parameters
    ----------
    estimator : estimator
        Such as XGBClassifier, which refuses strings, or CatBoostClassifier, which predicts a column.

    Attributes
    ----------
    estimator_ : estimator
        The fitted one.
    classes_ : array of shape (n_classes,)
    """

    def __init__(self, estimator: Any = None) -> None:
        self.estimator = estimator

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **options: Any) -> LabelEncoded:
        """Fit the estimator to the codes of the labels; `options` are for its own `fit`."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator_ = clone(self.estimator).fit(X, codes, **weights, **options)
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_rows, n_classes)."""
        return np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)

    def predict(self, X: Any) -> Any:
        """Return the most probable label of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Calibrated(ClassifierMixin, BaseEstimator):
    """A support vector machine, which has margins alone, and probabilities made of them.

    The margins of rows held back are turned into probabilities by one sigmoid for all columns. With columns for pairs
    of classes (``decision_function_shape="ovo"``) these are then coupled (Price et al., 1995), with columns for classes
    they are normalised. Measured on 10 classes this is more accurate than a sigmoid for each class, and as accurate as
    ``SVC(probability=True)``, which scikit-learn 1.11 removes. Classes of fewer rows than folds take no part.

    Parameters
    ----------
    estimator : estimator
        With a `decision_function`.
    folds : int
        Parts in which rows are held back.

    Attributes
    ----------
    estimator_ : estimator
        The one that is fitted to all rows.
    classes_ : array of shape (n_classes,)
    """

    def __init__(self, estimator: Any = None, folds: int = 3) -> None:
        self.estimator = estimator
        self.folds = folds

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Calibrated:
        """Fit the estimator to all rows, and the sigmoid to margins of rows that were held back."""
        self.classes_, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        weights = np.ones(len(codes)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        rows = X.iloc if hasattr(X, "iloc") else X
        self.estimator_ = clone(self.estimator).fit(X, codes, sample_weight=weights)
        self.slope_, self.offset_ = 1.0, 0.0
        often = np.flatnonzero(counts[codes] >= self.folds)
        if len(np.unique(codes[often])) < 2:
            return self
        truth, margins, weight = [], [], []
        for _, part in StratifiedKFold(self.folds).split(often, codes[often]):
            held = often[part]
            kept = np.setdiff1d(np.arange(len(codes)), held)
            model = clone(self.estimator).fit(rows[kept], codes[kept], sample_weight=weights[kept])
            margin = model.decision_function(rows[held]).reshape(len(held), -1)
            yes, counted = self._truth(codes[held])
            truth.append(yes[counted])
            margins.append(margin[counted])
            weight.append(np.broadcast_to(weights[held, None], margin.shape)[counted])
        self._fit_sigmoid(np.concatenate(margins)[:, None], np.concatenate(truth), np.concatenate(weight))
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_rows, n_classes)."""
        margins = self.estimator_.decision_function(X)
        logits = np.clip(self.slope_ * margins + self.offset_, -30, 30)
        yes = 1 / (1 + np.exp(-logits))
        if margins.ndim == 1:
            return np.column_stack([1 - yes, yes])
        if self._is_pairwise:
            yes = self._coupled(logits)
        return yes / yes.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> Any:
        """Return the most probable label of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

    @property
    def _is_pairwise(self) -> bool:
        return len(self.classes_) > 2 and getattr(self.estimator_, "decision_function_shape", "ovr") == "ovo"

    def _truth(self, codes: Any) -> Any:
        """Return what each margin should say (n_rows, n_columns), and which of them say anything."""
        if not self._is_pairwise:
            truth = codes[:, None] == (np.arange(len(self.classes_)) if len(self.classes_) > 2 else [1])
            return truth, np.ones_like(truth)
        first, second = np.triu_indices(len(self.classes_), 1)
        return codes[:, None] == first, (codes[:, None] == first) | (codes[:, None] == second)

    def _fit_sigmoid(self, margins: Any, truth: Any, weights: Any) -> None:
        sigmoid = LogisticRegression(C=10.0, fit_intercept=not self._is_pairwise).fit(margins, truth, weights)
        self.slope_ = max(float(sigmoid.coef_[0, 0]), 1e-3)
        self.offset_ = 0.0 if self._is_pairwise else float(sigmoid.intercept_[0])

    def _coupled(self, logits: Any) -> Any:
        n_classes = len(self.classes_)
        inverse = np.full((len(logits), n_classes), 2.0 - n_classes)
        for column, (one, other) in enumerate(zip(*np.triu_indices(n_classes, 1), strict=True)):
            inverse[:, one] += 1 + np.exp(-logits[:, column])
            inverse[:, other] += 1 + np.exp(logits[:, column])
        return 1 / inverse


class TruncatedSVDWrapper(TransformerMixin, BaseEstimator):
    """A truncated SVD of as many components as the data allows.

    Parameters
    ----------
    n_components : int
        At most; never more than there are rows or columns.
    random_state : int, optional

    Attributes
    ----------
    svd_ : TruncatedSVD
        The fitted one.
    """

    def __init__(self, n_components: int = 32, random_state: int | None = None) -> None:
        self.n_components = n_components
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> TruncatedSVDWrapper:
        """Find the components."""
        self.svd_ = TruncatedSVD(min(self.n_components, *X.shape), random_state=self.random_state).fit(X)
        return self

    def transform(self, X: Any) -> Any:
        """Return the data in the components' coordinates."""
        return self.svd_.transform(X)
