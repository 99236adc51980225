"""The user's own estimators as algorithms beside those of the registry. Not here: how they are given (``sdk.own``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from automl_widgets.own import NOTHING, Own, OwnModel, unpacked
from automl_widgets.records import Json, Task
from automl_widgets.search.algorithms import ALGORITHMS, Algorithm
from automl_widgets.search.spaces import Choice, Dimension, Float, Int


def registry(task: Task, own: Own = NOTHING) -> Mapping[str, Algorithm]:
    """Return all algorithms of a task by name, the user's own first."""
    return {**{model.name: _algorithm(model) for model in own.models}, **ALGORITHMS[task]}


def own_learner(algorithm: Algorithm, parameters: Mapping[str, Json], random_state: int, threads: int) -> Any:
    """Return the user's estimator, unfitted, with these parameters.

    Seeds that it leaves open are set, and the number of threads of whatever has one, inside of it too.
    """
    from sklearn.base import clone

    learner = clone(unpacked(algorithm.packed, f"your model {algorithm.name!r}"))
    known = learner.get_params(deep=True)
    seeds = {name: random_state for name, value in known.items() if _ends(name, "random_state") and value is None}
    cores = {name: threads for name in known if _ends(name, "n_jobs")}
    return learner.set_params(**{**seeds, **cores, **parameters})


def dimension(given: Mapping[str, Any]) -> Dimension:
    """Return a dimension of an own model's space.

    >>> dimension({"low": 1, "high": 9, "log": False}), dimension({"values": ["a", "b"]})
    (Int(low=1, high=9, log=False), Choice(values=('a', 'b')))
    """
    if "values" in given:
        return Choice(tuple(given["values"]))
    low, high, log = given["low"], given["high"], bool(given["log"])
    return Int(low, high, log) if isinstance(low, int) and isinstance(high, int) else Float(low, high, log)


def _ends(name: str, word: str) -> bool:
    return name == word or name.endswith(f"__{word}")


def _algorithm(model: OwnModel) -> Algorithm:
    return Algorithm(
        name=model.name,
        legacy=model.name,
        path="",
        packed=model.packed,
        preprocessors=("",),
        space={name: dimension(given) for name, given in model.space.items()},
        seed="",
        fit_s=0.0,
        supports_weights=model.supports_weights,
        supports_sparse=model.supports_sparse,
        supports_missing=model.supports_missing,
    )
