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


class FeatureCrosses(TransformerMixin, BaseEstimator):
    """Adds products, ratios, sums and differences of pairs of columns, which trees would need many splits to draw.

    A few rounds of boosting say which columns to pair, and a few more which of what is made of them to keep. Columns of
    two values are not paired: there trees need no help.

    Parameters
    ----------
    task : {"classification", "regression"}
        What the rows are learnt for.
    n_columns : int
        Columns that are paired, the most useful ones.
    n_crosses : int
        Crosses that are kept, the most useful ones.
    random_state : int, optional

    Attributes
    ----------
    pairs_ : array of shape (2, n_kept)
        The first and the second column of each cross.
    signs_ : array of shape (n_kept,)
        What is made of them, in the characters ``*/+-``.
    n_features_in_ : int
    """

    def __init__(
        self, task: str = "classification", n_columns: int = 8, n_crosses: int = 24, random_state: int | None = None
    ) -> None:
        self.task = task
        self.n_columns = n_columns
        self.n_crosses = n_crosses
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> FeatureCrosses:
        """Choose the crosses, by 5,000 rows at most."""
        X, y = np.asarray(X), np.asarray(y)
        self.n_features_in_ = X.shape[1]
        rows = np.random.default_rng(self.random_state).permutation(len(X))[:5000]
        X, y = X[rows], y[rows]
        gains = self._gains(X, y)
        useful = [k for k in np.argsort(-gains, kind="stable") if gains[k] > 0 and len(np.unique(X[:, k])) > 2]
        columns = np.array(sorted(useful[: self.n_columns]), dtype=np.int64)
        pairs = columns[np.stack(np.triu_indices(len(columns), 1))]
        self.pairs_, self.signs_ = np.tile(pairs, 4), np.repeat(list("*/+-"), pairs.shape[1])
        if len(self.signs_):
            gains = self._gains(self.transform(X), y)[self.n_features_in_ :]
            best = np.argsort(-gains, kind="stable")[: self.n_crosses]
            kept = np.sort(best[gains[best] > 0])
            self.pairs_, self.signs_ = self.pairs_[:, kept], self.signs_[kept]
        return self

    def transform(self, X: Any) -> Any:
        """Return the columns, and the crosses behind them; 0 where there is none, as of 0 / 0."""
        X = np.asarray(X, dtype=np.float64)
        made = np.empty((len(X), len(self.signs_)))
        with np.errstate(all="ignore"):
            for sign, cross in zip("*/+-", (np.multiply, np.divide, np.add, np.subtract), strict=True):
                of_sign = self.signs_ == sign
                made[:, of_sign] = cross(*X[:, self.pairs_[:, of_sign]].transpose(1, 0, 2))
        return np.hstack([X, np.clip(np.nan_to_num(made, nan=0.0), -1e12, 1e12)])

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the columns, and of the crosses."""
        names = [f"x{k}" for k in range(self.n_features_in_)] if input_features is None else list(input_features)
        pairs = zip(*self.pairs_, self.signs_, strict=True)
        return np.array([*names, *(f"{names[a]} {sign} {names[b]}" for a, b, sign in pairs)], dtype=object)

    def _gains(self, X: Any, y: Any) -> Any:
        """Return how much each column helps a few rounds of boosting."""
        from lightgbm import LGBMClassifier, LGBMRegressor

        kind, n_classes = LGBMRegressor, 1
        if self.task == "classification":
            y = np.unique(y, return_inverse=True)[1]
            kind, n_classes = LGBMClassifier, int(y.max()) + 1
        booster = kind(
            n_estimators=max(5, 50 // n_classes),
            colsample_bytree=0.6,
            importance_type="gain",
            random_state=self.random_state,
            deterministic=True,
            force_col_wise=True,
            n_jobs=1,
            verbosity=-1,
        )
        return booster.fit(X, y).feature_importances_
