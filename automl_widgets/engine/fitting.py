"""From a spec and rows to a fitted pipeline, and from that to predictions. Not here: which rows, a score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from automl_widgets.engine.held import Floats
from automl_widgets.records import TrialSpec

if TYPE_CHECKING:
    from automl_widgets.search.stopping import HeldBack, Stopwatch


def fit(  # noqa: PLR0913, PLR0917 - all that a fit is told
    spec: TrialSpec,
    X: Any,
    y: npt.NDArray[Any],
    weights: Floats | None,
    labels: npt.NDArray[Any] | None = None,
    watch: Stopwatch | None = None,
    held: HeldBack | None = None,
) -> Any:
    """Return the recipe's pipeline, fitted to these rows.

    Parameters
    ----------
    spec : TrialSpec
        With the recipe.
    X : DataFrame, ndarray or csr_matrix of shape (n_rows, n_columns)
    y : array of shape (n_rows,)
        Codes of classes, or values.
    weights : array of shape (n_rows,) or None
        Left out where the learner does not take any.
    labels : array of shape (n_classes,) or None
        What the pipeline is to predict in place of the codes.
    watch : Stopwatch, optional
        Stops a learner that boosts.
    held : HeldBack, optional
        Rows as the user gave them, with codes or values: boosting stops when it gets no better for them.

    Returns
    -------
    Pipeline
        Its first step is `datatransformer`, if columns are featurized.
    """
    from scipy.sparse import issparse
    from sklearn.pipeline import Pipeline

    from automl_widgets.search.build import build, counts, crosses, words

    first = []
    if spec.featurization == "auto":
        from automl_widgets.data.featurize import Featurizer

        wanted = spec.transformers
        changed = tuple((option.transformer, option.columns, dict(option.values)) for option in wanted.options)
        extra = {"pairs": crosses(spec.recipe), "counts": counts(spec.recipe), "words": words(spec.recipe)}
        featurizer = Featurizer(spec.column_purposes, wanted.blocked, changed, **extra)
        X = featurizer.fit_transform(X, y)
        first = [("datatransformer", featurizer)]
        held = None if held is None else replace(held, X=featurizer.transform(held.X))
    steps = build(
        spec.recipe,
        task=spec.task,
        random_state=spec.random_state,
        threads=spec.threads,
        n_rows=X.shape[0],
        n_features=X.shape[1],
        is_sparse=issparse(X),
        own=spec.own,
    )
    if labels is not None:
        steps[-1] = (steps[-1][0], _for_labels(spec, steps[-1][1], labels))
        y = labels[y]
        held = None if held is None else replace(held, y=labels[held.y])
    for _, scaler in steps[:-1]:
        X = scaler.fit_transform(X, y)
        held = None if held is None else replace(held, X=scaler.transform(held.X))
    learner = _learnt(steps[-1][1], X, y, weights if takes_weights(spec) else None, watch, held)
    return Pipeline([*first, *steps[:-1], (steps[-1][0], learner)])


def _learnt(
    learner: Any, X: Any, y: Any, weights: Floats | None, watch: Stopwatch | None, held: HeldBack | None
) -> Any:
    """Return the fitted learner; one of another learning rate, where that suits the time that there is."""
    from sklearn.base import clone, is_classifier

    from automl_widgets.search.build import learner_of

    options: dict[str, Any] = {} if weights is None else {"sample_weight": weights}
    if watch is not None:
        options |= watch.options(learner, held, np.unique(y) if is_classifier(learner) else None)
    learner.fit(X, y, **options)
    if watch is None:
        return learner
    watch.release(learner)
    if not watch.begins_again():
        return learner
    faster = clone(learner)
    learner_of(faster).set_params(learning_rate=watch.rate)
    return _learnt(faster, X, y, weights, watch, held)


def _for_labels(spec: TrialSpec, learner: Any, labels: npt.NDArray[Any]) -> Any:
    """Return a learner that takes also labels like 0.5 and 1.5, which scikit-learn holds for a regression's target.

    An estimator of the user's may know the codes 0..K-1 alone, as those of other libraries do.
    """
    is_own = any(model.name == spec.recipe.algorithm for model in spec.own.models)
    is_odd = labels.dtype.kind == "f" and not np.array_equal(labels, labels.astype(np.int64))
    if not is_odd and (not is_own or np.array_equal(labels, np.arange(len(labels)))):
        return learner
    from automl_widgets.search.estimators import LabelEncoded

    return learner if isinstance(learner, LabelEncoded) else LabelEncoded(learner)


def boosts(spec: TrialSpec) -> bool:
    """Return whether the recipe's learner can be stopped between two rounds."""
    from automl_widgets.search.own import registry

    return registry(spec.task, spec.own)[spec.recipe.algorithm].boosts


def stops_early(spec: TrialSpec) -> bool:
    """Return whether rows held back can tell the recipe's learner when to stop."""
    from automl_widgets.search.own import registry

    return registry(spec.task, spec.own)[spec.recipe.algorithm].stops_early


def takes_weights(spec: TrialSpec) -> bool:
    """Return whether the recipe's learner can weigh rows."""
    from automl_widgets.search.own import registry

    return registry(spec.task, spec.own)[spec.recipe.algorithm].supports_weights


def predict(model: Any, X: Any, spec: TrialSpec, n_classes: int, labels: npt.NDArray[Any] | None = None) -> Floats:
    """Return probabilities of all classes, or values.

    Parameters
    ----------
    model : Pipeline
        Fitted to classes; it need not have seen all of them.
    X : table of shape (n_rows, n_columns)
    spec : TrialSpec
    n_classes : int
    labels : array of shape (n_classes,), optional
        The classes that it was fitted to, in order; by default their codes.

    Returns
    -------
    array of shape (n_rows, n_classes) or (n_rows,)
    """
    if spec.task == "regression":
        return np.asarray(model.predict(X), dtype=np.float64).reshape(-1)
    known = np.asarray(model.predict_proba(X), dtype=np.float64)
    classes = np.asarray(model.classes_)
    if len(classes) == n_classes:
        return known
    found = np.zeros((known.shape[0], n_classes))
    found[:, classes if labels is None else np.searchsorted(labels, classes)] = known
    return found


def take(X: Any, rows: npt.NDArray[Any]) -> Any:
    """Return some rows of a frame, an array or a sparse matrix."""
    return X.iloc[rows] if hasattr(X, "iloc") else X[rows]
