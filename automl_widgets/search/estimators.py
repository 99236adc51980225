"""The few estimators that scikit-learn lacks, each around one that it has. Worker side; not here: which one is used.

A fitted model is a pickle of these classes: their names and attributes stay.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import TruncatedSVD

CALIBRATION_FOLDS = 3


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

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LabelEncoded:
        """Fit the estimator to the codes of the labels."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        self.estimator_ = clone(self.estimator).fit(X, codes, sample_weight=sample_weight)
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_rows, n_classes)."""
        return np.asarray(self.estimator_.predict_proba(X), dtype=np.float64)

    def predict(self, X: Any) -> Any:
        """Return the most probable label of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class Calibrated(ClassifierMixin, BaseEstimator):
    """A classifier with margins alone, such as an SVM, and probabilities made of them.

    The margins of rows held back are turned into probabilities by a sigmoid for each class (Platt), since
    ``SVC(probability=True)`` ends with scikit-learn 1.11. Where a class has a single row none can be held back:
    the probabilities are then the softmax of the margins.

    Parameters
    ----------
    estimator : estimator
        With a `decision_function`.
    folds : int
        At most; never more than the smallest class has rows.

    Attributes
    ----------
    estimator_ : estimator
        The fitted one.
    classes_ : array of shape (n_classes,)
    """

    def __init__(self, estimator: Any = None, folds: int = CALIBRATION_FOLDS) -> None:
        self.estimator = estimator
        self.folds = folds

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Calibrated:
        """Fit the estimator to all rows, and the sigmoids to margins of rows that were held back."""
        self.classes_, counts = np.unique(y, return_counts=True)
        folds = min(self.folds, int(counts.min()))
        if folds < 2:
            self.calibration_ = None
            self.estimator_ = clone(self.estimator).fit(X, y, sample_weight=sample_weight)
            return self
        calibration = CalibratedClassifierCV(self.estimator, cv=folds, ensemble=False)
        self.calibration_ = calibration.fit(X, y, sample_weight=sample_weight)
        self.estimator_ = self.calibration_.calibrated_classifiers_[0].estimator
        return self

    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_rows, n_classes)."""
        if self.calibration_ is not None:
            return self.calibration_.predict_proba(X)
        margins = self.estimator_.decision_function(X)
        return _softmax(np.column_stack([-margins, margins]) if margins.ndim == 1 else margins)

    def predict(self, X: Any) -> Any:
        """Return the most probable label of each row."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


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


def _softmax(margins: Any) -> Any:
    exponentials = np.exp(margins - margins.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
