"""The registry of learners and scalers, and how a name finds its place in it. Not here: the table (``catalog``).

A name may be the current one, an enumeration's (``EXTREME_RANDOM_TREES``), a class's (``LGBMClassifier``) or that of
2018 (``extra trees``); case, blanks and underscores do not matter.
"""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from automl_widgets.errors import NotFoundError
from automl_widgets.records import Task
from automl_widgets.search.catalog import CLASSIFIERS, REGRESSORS, SLOW_ABOVE_ROWS, Algorithm
from automl_widgets.search.spaces import Parameters

__all__ = [
    "ALGORITHMS",
    "PREPROCESSORS",
    "SLOW_ABOVE_ROWS",
    "STAND_INS",
    "Algorithm",
    "Preprocessor",
    "StandIn",
    "installed",
    "resolve_algorithm",
    "stand_in",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessor:
    """A scaler or a projection that stands before the learner."""

    name: str
    legacy: str
    """Azure ML's name of 2018."""
    path: str
    defaults: Parameters = field(default_factory=dict)
    sparse: Parameters = field(default_factory=dict)
    """Parameters that differ for sparse input."""
    on_sparse: str
    """The one that takes its place for sparse input, or without columns to cross; itself, if it needs none."""
    supports_missing: bool = True
    has_seed: bool = False
    has_task: bool = False
    """It has a parameter that says what the rows are learnt for."""
    mixes: bool = False
    """Columns become others, of several: seldom good for trees."""
    crosses: bool = False
    """Columns that it adds are made of two; pairs of levels are encoded, too."""
    counts: bool = False
    """The featurizer tells how frequent numbers are."""
    words: bool = False
    """The featurizer makes a column for each word of a text. It is left out where there is no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """An algorithm of Azure ML that is not here, and the one that is tried in its place."""

    task: Task
    name: str
    algorithm: str
    reason: str


ALGORITHMS: Mapping[Task, Mapping[str, Algorithm]] = MappingProxyType(
    {
        "classification": MappingProxyType({a.name: a for a in CLASSIFIERS}),
        "regression": MappingProxyType({a.name: a for a in REGRESSORS}),
    }
)

_CROSSES = Preprocessor(
    name="FeatureCrosses",
    legacy="Feature crosses",
    path="automl_widgets.search.estimators:FeatureCrosses",
    on_sparse="MaxAbsScaler",
    has_seed=True,
    has_task=True,
    crosses=True,
)
_PREPROCESSORS = (
    Preprocessor(
        name="StandardScalerWrapper",
        legacy="Standardize",
        path="sklearn.preprocessing:StandardScaler",
        sparse={"with_mean": False},
        on_sparse="StandardScalerWrapper",
    ),
    Preprocessor(
        name="MinMaxScaler",
        legacy="Scale 0/1",
        path="sklearn.preprocessing:MinMaxScaler",
        defaults={"clip": True},
        on_sparse="MaxAbsScaler",
    ),
    Preprocessor(
        name="MaxAbsScaler",
        legacy="Scale MaxAbs 1",
        path="sklearn.preprocessing:MaxAbsScaler",
        on_sparse="MaxAbsScaler",
    ),
    Preprocessor(
        name="RobustScaler",
        legacy="Robust Scaler",
        path="sklearn.preprocessing:RobustScaler",
        on_sparse="MaxAbsScaler",
    ),
    Preprocessor(
        name="PCA",
        legacy="PCA",
        path="sklearn.decomposition:PCA",
        defaults={"n_components": 0.98},
        on_sparse="TruncatedSVDWrapper",
        supports_missing=False,
        has_seed=True,
        mixes=True,
    ),
    Preprocessor(
        name="TruncatedSVDWrapper",
        legacy="Truncated SVD",
        path="automl_widgets.search.estimators:TruncatedSVDWrapper",
        defaults={"n_components": 32},
        on_sparse="TruncatedSVDWrapper",
        supports_missing=False,
        has_seed=True,
        mixes=True,
    ),
    Preprocessor(
        name="SparseNormalizer",
        legacy="Normalizer",
        path="sklearn.preprocessing:Normalizer",
        on_sparse="SparseNormalizer",
        supports_missing=False,
        mixes=True,
    ),
    _CROSSES,
    Preprocessor(
        name="TfIdf",
        legacy="Words",
        path="sklearn.preprocessing:FunctionTransformer",
        on_sparse="TfIdf",
        supports_missing=False,
        words=True,
    ),
    replace(_CROSSES, name="CountsAndCrosses", legacy="Counts and feature crosses", counts=True),
)
PREPROCESSORS: Mapping[str, Preprocessor] = MappingProxyType({p.name: p for p in _PREPROCESSORS})

_NO_TENSORFLOW = "TensorFlow's learners left Azure ML too"
_NO_NIMBUS = "NimbusML's learners are no longer maintained"
_NO_TABNET = "TabNet needs a deep learning library"
_CLASSIFICATION_STAND_INS = (
    ("TensorFlowDNN", "MLP", _NO_TENSORFLOW),
    ("TensorFlowLinearClassifier", "LogisticRegression", _NO_TENSORFLOW),
    ("AveragedPerceptronClassifier", "SGD", _NO_NIMBUS),
    ("TabnetClassifier", "LightGBM", _NO_TABNET),
)
_REGRESSION_STAND_INS = (
    ("TensorFlowDNN", "MLP", _NO_TENSORFLOW),
    ("TensorFlowLinearRegressor", "ElasticNet", _NO_TENSORFLOW),
    ("FastLinearRegressor", "ElasticNet", _NO_NIMBUS),
    ("OnlineGradientDescentRegressor", "SGD", _NO_NIMBUS),
    ("TabnetRegressor", "LightGBM", _NO_TABNET),
)
_LEGACY_OF_STAND_INS = {
    "tfdnnclassifier": "TensorFlowDNN",
    "tfdnnregressor": "TensorFlowDNN",
    "tflinearclassifier": "TensorFlowLinearClassifier",
    "tflinearregressor": "TensorFlowLinearRegressor",
}


def _stand_ins(task: Task, rows: tuple[tuple[str, str, str], ...]) -> dict[str, StandIn]:
    return {
        name: StandIn(task=task, name=name, algorithm=to, reason=f"{name} is not available, {to} is tried: {why}.")
        for name, to, why in rows
    }


STAND_INS: Mapping[Task, Mapping[str, StandIn]] = MappingProxyType(
    {
        "classification": MappingProxyType(_stand_ins("classification", _CLASSIFICATION_STAND_INS)),
        "regression": MappingProxyType(_stand_ins("regression", _REGRESSION_STAND_INS)),
    }
)


def installed(algorithm: Algorithm) -> bool:
    """Tell whether the learner's library can be imported; it is not imported."""
    return bool(algorithm.packed) or importlib.util.find_spec(algorithm.path.split(":")[0].split(".")[0]) is not None


def resolve_algorithm(task: Task, name: str, own: Collection[str] = ()) -> str:
    """Return the registry's name of an algorithm, or of what stands in for it; `own` are names of the user's models.

    Whoever blocks algorithms should ask `stand_in` first: blocking what is not there must not block its stand-in.

    Raises
    ------
    NotFoundError
        If the task has no such algorithm; the nearest names are suggested.

    Examples
    --------
    >>> resolve_algorithm("classification", "extreme_random_trees")
    'ExtremeRandomTrees'
    >>> resolve_algorithm("classification", "lgbm_classifier")
    'LightGBM'
    >>> resolve_algorithm("regression", "ElasticNets")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.NotFoundError: There is no algorithm 'ElasticNets' for regression. Did you mean ElasticNet?
    """
    if name in own:
        return name
    substitute = stand_in(task, name)
    found = substitute.algorithm if substitute else _NAMES[task].get(_key(name))
    if found is None:
        raise NotFoundError(f"There is no algorithm {name!r} for {task}. {_hint(task, name)}")
    return found


def stand_in(task: Task, name: str) -> StandIn | None:
    """Return what is tried in place of an algorithm of Azure ML that is not here, or None if it is here."""
    key = _key(name)
    known = {_key(other): other for other in STAND_INS[task]}
    return STAND_INS[task].get(known.get(key) or _LEGACY_OF_STAND_INS.get(key, ""))


def _key(name: str) -> str:
    return "".join(character for character in str(name).lower() if character.isalnum())


def _names(task: Task) -> dict[str, str]:
    """Map every way to write a name to the registry's."""
    return {
        _key(word): a.name
        for a in ALGORITHMS[task].values()
        for word in (a.name, a.legacy, a.path.split(":")[1], *a.also)
    }


_NAMES: Mapping[Task, Mapping[str, str]] = {task: _names(task) for task in ALGORITHMS}


def _hint(task: Task, name: str) -> str:
    other: Task = "regression" if task == "classification" else "classification"
    if _key(name) in _NAMES[other]:
        return f"It is one for {other}; choose one of {', '.join(ALGORITHMS[task])}."
    near = difflib.get_close_matches(_key(name), _NAMES[task], n=3)
    suggestions = list(dict.fromkeys(_NAMES[task][key] for key in near))
    return (
        f"Did you mean {' or '.join(suggestions)}?" if suggestions else f"Choose one of {', '.join(ALGORITHMS[task])}."
    )
