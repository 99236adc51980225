"""From a recipe to scikit-learn steps, on the worker's side. Not here: what to try (``plan``), its text (``code``)."""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

from automl_widgets.own import NOTHING, Own
from automl_widgets.records import Json, Recipe, Task
from automl_widgets.search.algorithms import PREPROCESSORS
from automl_widgets.search.own import own_learner, registry

_TECHNICAL = frozenset(
    {"n_jobs", "thread_count", "random_state", "random_seed", "verbose", "verbosity", "allow_writing_files"}
)
"""Parameters that say nothing about the model."""
_UNSET = ("deprecated", "warn")
"""What scikit-learn's parameters hold that nobody should set."""


def build(  # noqa: PLR0913 - what a recipe has to be fitted to
    recipe: Recipe,
    *,
    task: Task,
    random_state: int,
    threads: int = 1,
    n_rows: int,
    n_features: int,
    is_sparse: bool = False,
    own: Own = NOTHING,
) -> list[tuple[str, Any]]:
    """Return the steps of a recipe's pipeline, unfitted: the preprocessor, then the learner, each by its name.

    Parameters
    ----------
    recipe : Recipe
        Of a learner; parameters that it leaves out are those of the registry.
    task : {"classification", "regression"}
    random_state : int
    threads : int
        For the learner; the preprocessors have none.
    n_rows, n_features : int
        Shape of what the steps are fitted to. Parameters that small data does not allow are lowered: neighbours and
        components to half of the rows (a fold may be no larger), rows in a leaf of LightGBM to a twentieth of them.
    is_sparse : bool
        Whether the steps are given a sparse matrix.
    own : Own, optional
        With the user's estimators.

    Returns
    -------
    list of (str, estimator)
        Classifiers have `predict_proba` and take labels of any kind.
    """
    algorithm = registry(task, own)[recipe.algorithm]
    if algorithm.packed:
        return [(algorithm.name, own_learner(algorithm, recipe.parameters, random_state, threads))]
    parameters = {**algorithm.defaults, **algorithm.fixed, **recipe.parameters}
    parameters |= _named(algorithm.seed, random_state) | _named(algorithm.threads, threads)
    most = {"n_neighbors": n_rows // 2, "min_child_samples": n_rows // 20, "n_components": min(n_rows // 2, n_features)}
    learner = _WRAPPERS[algorithm.wrapper](load_class(algorithm.path)(**_lowered(parameters, most)))
    if not recipe.preprocessor:
        return [(algorithm.name, learner)]
    preprocessor = PREPROCESSORS[recipe.preprocessor]
    parameters = {
        **preprocessor.defaults,
        **(preprocessor.sparse if is_sparse else {}),
        **recipe.preprocessor_parameters,
    }
    parameters |= _named("random_state" if preprocessor.has_seed else "", random_state)
    parameters |= _named("task" if preprocessor.has_task else "", task)
    scaler = load_class(preprocessor.path)(**_lowered(parameters, most))
    if algorithm.needs_nonnegative and (is_sparse or preprocessor.words):
        scaler = _nonnegative(scaler)
    return [(preprocessor.name, scaler), (algorithm.name, learner)]


def crosses(recipe: Recipe) -> bool:
    """Return whether a recipe makes features of pairs of columns."""
    return bool(recipe.preprocessor) and PREPROCESSORS[recipe.preprocessor].crosses


def counts(recipe: Recipe) -> bool:
    """Return whether a recipe is told how frequent numbers are."""
    return bool(recipe.preprocessor) and PREPROCESSORS[recipe.preprocessor].counts


def words(recipe: Recipe) -> bool:
    """Return whether a recipe is given the words of texts, each in a column of its own."""
    return bool(recipe.preprocessor) and PREPROCESSORS[recipe.preprocessor].words


def load_class(path: str) -> Any:
    """Import what `module:Class` names."""
    module, name = path.split(":")
    return getattr(importlib.import_module(module), name)


def _named(parameter: str, value: Json) -> dict[str, Json]:
    return {parameter: value} if parameter else {}


def _lowered(parameters: Mapping[str, Json], most: Mapping[str, int]) -> dict[str, Json]:
    """Return the parameters with the whole numbers among them lowered to at most `most`, and to no less than 1."""
    return {
        name: min(value, max(1, most[name])) if name in most and isinstance(value, int) else value
        for name, value in parameters.items()
    }


def _nonnegative(scaler: Any) -> Any:
    """For what cannot be shifted: magnitudes."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    return make_pipeline(scaler, FunctionTransformer(abs, accept_sparse=True))


def _calibrated(learner: Any) -> Any:
    from automl_widgets.search.estimators import Calibrated

    return Calibrated(learner)


def _label_encoded(learner: Any) -> Any:
    from automl_widgets.search.estimators import LabelEncoded

    return LabelEncoded(learner)


def _scaled_target(learner: Any) -> Any:
    """Penalties and steps of a linear model are in the target's unit: without a scale, alpha would mean nothing."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(learner, transformer=StandardScaler(), check_inverse=False)


_WRAPPERS: Mapping[str, Callable[[Any], Any]] = {
    "": lambda learner: learner,
    "calibrated": _calibrated,
    "label_encoded": _label_encoded,
    "scaled_target": _scaled_target,
}


def learner_of(estimator: Any) -> Any:
    """Return the learner itself, out of what stands around it: fitted, if the estimator is fitted.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from automl_widgets.search.estimators import Calibrated
    >>> learner_of(Calibrated(SVC(C=2.0)))
    SVC(C=2.0)
    """
    from sklearn.compose import TransformedTargetRegressor

    from automl_widgets.search.estimators import Calibrated, LabelEncoded

    if isinstance(estimator, Calibrated | LabelEncoded):
        return getattr(estimator, "estimator_", estimator.estimator)
    if isinstance(estimator, TransformedTargetRegressor):
        return getattr(estimator, "regressor_", estimator.regressor)
    return estimator


def changed_parameters(estimator: Any) -> tuple[dict[str, Json], tuple[str, ...]]:
    """Return a learner's parameters, as values that JSON knows, and the names of those that are not its defaults.

    What stands around the learner (see ``estimators``) is looked through. Threads, seed and verbosity are among the
    parameters, but never among the changed ones.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> changed_parameters(Ridge(alpha=2.0))[1]
    ('alpha',)
    """
    learner = learner_of(estimator)
    values = {name: _plain(value) for name, value in learner.get_params(deep=False).items()}
    values = {name: value for name, value in sorted(values.items()) if value not in _UNSET}
    defaults = {name: _plain(value) for name, value in defaults_of(type(learner)).items()}
    changed = (name for name, value in values.items() if name not in defaults or defaults[name] != value)
    return values, tuple(name for name in changed if name not in _TECHNICAL)


def defaults_of(kind: type) -> dict[str, Any]:
    """Return the parameters that a class has if none are given, as far as it can be made without."""
    declared = inspect.signature(kind).parameters
    if any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in declared.values()):
        return {name: p.default for name, p in declared.items() if p.default is not p.empty}
    return dict(kind().get_params(deep=False))


def _plain(value: Any) -> Json:
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "item") and getattr(value, "size", 2) == 1:
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return str(getattr(value, "__name__", value))
