"""What the words of texts say of the target, without a row's own. Not here: the words (``texts``)."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import MultinomialNB

from automl_widgets.data.folds import fold_numbers
from automl_widgets.data.target_mean import INNER_FOLDS, few_classes, is_whole

Array: TypeAlias = "np.ndarray[Any, Any]"

SMOOTHING, PENALTY = 0.3, 1.0


class TextTarget:
    """A linear model of the weights of words: naive Bayes for classes, ridge regression for values.

    In training a row's own target, and that of the other rows of its inner fold, has no part in what is said of it.
    With more than two classes there is a column for each of the ten most frequent ones, and one for the others.
    """

    def fit_transform(self, weights: Any, y: Array) -> Array:
        """Learn from words and targets, and return what words say, (n_rows, 1) or (n_rows, n_classes)."""
        target = few_classes(np.asarray(y))
        self.model = _text_model(weights, target)
        groups = target if target.dtype.kind != "f" else np.zeros(len(target), dtype=np.int64)
        folds = fold_numbers(groups, min(INNER_FOLDS, len(target)), np.random.default_rng(0))
        said = np.tile(self.transform(sparse.csr_matrix((1, weights.shape[1]))), (len(target), 1))
        for k in range(int(folds.max()) + 1):
            inside, outside = folds == k, folds != k
            if is_whole(target, outside):
                said[inside] = _said(_text_model(weights[outside], target[outside]), weights[inside])
        return said

    def transform(self, weights: Any) -> Array:
        """Return what words say of other rows."""
        return _said(self.model, weights)


def _text_model(weights: Any, target: Array) -> MultinomialNB | Ridge:
    learner = Ridge(alpha=PENALTY) if target.dtype.kind == "f" else MultinomialNB(alpha=SMOOTHING)
    return learner.fit(weights, target)


def _said(model: MultinomialNB | Ridge, weights: Any) -> Array:
    if isinstance(model, Ridge):
        return np.asarray(model.predict(weights)).reshape(-1, 1)
    said = np.asarray(model.predict_log_proba(weights))
    is_binary = said.shape[1] == 2
    return said[:, 1:] - said[:, :1] if is_binary else said
