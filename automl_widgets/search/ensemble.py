"""Finished iterations as one model, in scikit-learn's manner: a vote, and a stack. Worker side.

Their members are fitted already. A model that a user keeps is a pickle of these classes: names and attributes stay.
How members and weights are chosen is in ``selection``, the second model in ``stacking``; both are at hand here too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.utils.metaestimators import available_if

from automl_widgets.search.selection import select_weights
from automl_widgets.search.stacking import Stack, fit_stack, make_meta_learner, meta_features, meta_predict

__all__ = [
    "PreFittedSoftVoting",
    "Stack",
    "StackEnsemble",
    "aligned_proba",
    "fit_stack",
    "make_meta_learner",
    "select_weights",
]

REFIT_FOLDS = 5


def aligned_proba(model: Any, X: Any, classes: Any) -> Any:
    """Return a model's probabilities of all `classes` in their order, 0 for those that it has not seen.

    Parameters
    ----------
    model : classifier
        Fitted.
    X : table of shape (n_rows, n_columns)
    classes : array of shape (n_classes,)
        Sorted.
    """
    found = np.asarray(model.predict_proba(X), dtype=np.float64)
    if len(model.classes_) == len(classes):
        return found
    aligned = np.zeros((len(found), len(classes)))
    aligned[:, np.searchsorted(classes, model.classes_)] = found
    return aligned


def _classifies(ensemble: Any) -> bool:
    return ensemble.classes is not None


_for_classes: Callable[[Callable[..., Any]], Any] = available_if(_classifies)


class _Ensemble(BaseEstimator):
    """What a vote and a stack share: members, and what they predict."""

    classes: Any

    def predict(self, X: Any) -> Any:
        """Return the most probable label of each row, or its value."""
        combined = self._combined(X)
        return combined if self.classes is None else self.classes_[combined.argmax(axis=1)]

    @_for_classes
    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_rows, n_classes)."""
        return self._combined(X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the share of right labels, or R², as scikit-learn's estimators do."""
        from sklearn.metrics import accuracy_score, r2_score

        metric = r2_score if self.classes is None else accuracy_score
        return float(metric(y, self.predict(X), sample_weight=sample_weight))

    @property
    def classes_(self) -> Any:
        """Labels in sorted order, as they are in the columns of `predict_proba`."""
        if self.classes is None:
            raise AttributeError("Regression has no classes.")
        return np.asarray(self.classes)

    def _predictions(self, X: Any, members: Sequence[tuple[str, Any]]) -> Any:
        if self.classes is None:
            return np.array([np.asarray(model.predict(X), dtype=np.float64).reshape(-1) for _, model in members])
        return np.array([aligned_proba(model, X, self.classes_) for _, model in members])

    def _combined(self, X: Any) -> Any:
        raise NotImplementedError

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, RegressorTags

        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        if self.classes is None:
            tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        else:
            tags.estimator_type, tags.classifier_tags = "classifier", ClassifierTags()
        return tags


class PreFittedSoftVoting(_Ensemble):
    """The weighted mean of what fitted models predict: probabilities, or values.

    Parameters
    ----------
    estimators : list of (str, estimator)
        Fitted.
    weights : sequence of float, optional
        All alike by default.
    classes : array of shape (n_classes,), optional
        Labels in sorted order; None for regression.
    """

    def __init__(self, estimators: Any, weights: Any = None, classes: Any = None) -> None:
        self.estimators = estimators
        self.weights = weights
        self.classes = classes

    def fit(self, X: Any, y: Any) -> PreFittedSoftVoting:
        """Fit the members anew, and keep their weights."""
        self.estimators = [(name, clone(model).fit(X, y)) for name, model in self.estimators]
        return self

    def _combined(self, X: Any) -> Any:
        return np.average(self._predictions(X, self.estimators), axis=0, weights=self.weights)


class StackEnsemble(_Ensemble):
    """A second model over what fitted models predict.

    Parameters
    ----------
    base_learners : list of (str, estimator)
        Fitted.
    meta_learner : estimator
        Fitted by `fit_stack`; knows classes by their codes.
    classes : array of shape (n_classes,), optional
        Labels in sorted order; None for regression.
    """

    def __init__(self, base_learners: Any, meta_learner: Any, classes: Any = None) -> None:
        self.base_learners = base_learners
        self.meta_learner = meta_learner
        self.classes = classes

    @property
    def _base_learners(self) -> Any:
        return self.base_learners

    @property
    def _meta_learner(self) -> Any:
        return self.meta_learner

    def fit(self, X: Any, y: Any) -> StackEnsemble:
        """Fit the members anew, and the second model to what copies of them predict for rows held back."""
        y = np.asarray(y)
        rows = X.iloc if hasattr(X, "iloc") else X
        codes = y if self.classes is None else np.searchsorted(self.classes_, y)
        splitter = (KFold if self.classes is None else StratifiedKFold)(REFIT_FOLDS, shuffle=True, random_state=0)
        held, folds = [], np.empty(len(y), dtype=int)
        for k, (train, test) in enumerate(splitter.split(np.zeros(len(y)), codes)):
            copies = [(name, clone(model).fit(rows[train], y[train])) for name, model in self.base_learners]
            folds[test] = k
            held.append(self._predictions(rows[test], copies))
        predictions = np.empty((len(self.base_learners), len(y), *held[0].shape[2:]))
        for k, part in enumerate(held):
            predictions[:, folds == k] = part
        self.meta_learner = fit_stack(predictions, codes, folds, self.meta_learner).meta_learner
        self.base_learners = [(name, clone(model).fit(X, y)) for name, model in self.base_learners]
        return self

    def _combined(self, X: Any) -> Any:
        predictions = self._predictions(X, self.base_learners)
        return meta_predict(self.meta_learner, meta_features(predictions), predictions.shape[2:])
