"""Estimators and a metric of the user's, checked and packed. Not here: what a run does with them (``search.own``).

A problem is a sentence; all of them are collected before anything is raised.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import numbers
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from automl_widgets.own import Own, OwnMetric, OwnModel, packed
from automl_widgets.records import Task

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
MOST_MB = 5.0
"""An unfitted estimator has no reason to be larger: it would be sent with every iteration."""
RESERVED = frozenset({"VotingEnsemble", "StackEnsemble", "datatransformer"})


class ProblemError(ValueError):
    """What is wrong with something of the user's, as a sentence."""


def own_of(task: Task, models: Mapping[str, Any] | None, metric: Any) -> Own:
    """Return what the user brings, packed.

    Parameters
    ----------
    task : {"classification", "regression"}
    models : mapping, optional
        For each name an estimator, or an estimator and its space.
    metric : str, scorer or callable

    Raises
    ------
    ProblemError
        For the first thing that is wrong.
    """
    is_own = metric is not None and not isinstance(metric, str)
    return Own(
        models=tuple(_model(task, name, given) for name, given in (models or {}).items()),
        metric=_metric(task, metric) if is_own else None,
    )


def problems(task: Task, models: Mapping[str, Any] | None, metric: Any) -> Iterator[str]:
    """Yield everything that is wrong."""
    for part in [{"models": {name: given}, "metric": None} for name, given in (models or {}).items()]:
        yield from _problem(task, **part)
    yield from _problem(task, models=None, metric=metric)


def _problem(task: Task, models: Mapping[str, Any] | None, metric: Any) -> Iterator[str]:
    try:
        own_of(task, models, metric)
    except ProblemError as error:
        yield str(error)


# ---------------------------------------------------------------- an estimator


def _model(task: Task, name: str, given: Any) -> OwnModel:
    where = f"own_models[{name!r}]"
    _check_name(task, name)
    estimator, space = given if isinstance(given, tuple) and len(given) == 2 else (given, None)
    _check_estimator(task, where, estimator)
    space = {} if space is None else space
    if not isinstance(space, Mapping):
        raise ProblemError(f"The space of `{where}` must be a dictionary by parameters, but got {space!r:.100}.")
    known = estimator.get_params(deep=True)
    for parameter in space:
        if parameter not in known:
            near = difflib.get_close_matches(str(parameter), known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(sorted(known)) or 'none'}."
            raise ProblemError(f"The space of `{where}` names {parameter!r}, which is no parameter of it. {hint}")
    from sklearn.base import clone
    from sklearn.utils import get_tags
    from sklearn.utils.validation import has_fit_parameter

    tags = get_tags(estimator).input_tags
    return OwnModel(
        name=name,
        packed=_packed(clone(estimator), where),
        space={parameter: _dimension(f"{where}, {parameter}", range_) for parameter, range_ in space.items()},
        supports_weights=has_fit_parameter(estimator, "sample_weight"),
        supports_sparse=bool(tags.sparse),
        supports_missing=bool(tags.allow_nan),
    )


def _check_name(task: Task, name: str) -> None:
    from automl_widgets.errors import NotFoundError
    from automl_widgets.search.algorithms import PREPROCESSORS, resolve_algorithm

    if not NAME.fullmatch(name) or "__" in name:
        rule = "a letter and then letters, digits, - or _ (not two of them), 40 at most"
        raise ProblemError(f"A name in `own_models` must be {rule}, but got {name!r:.100}.")
    try:
        taken = resolve_algorithm(task, name)
    except NotFoundError:
        taken = name if name in PREPROCESSORS or name in RESERVED else ""
    if taken:
        raise ProblemError(f"The name {name!r} in `own_models` is that of {taken}, which is here: choose another one.")


def _check_estimator(task: Task, where: str, estimator: Any) -> None:
    from sklearn.base import is_classifier, is_regressor

    if isinstance(estimator, type):
        raise ProblemError(f"`{where}` must be an estimator, but got the class {estimator.__name__}: call it.")
    if not all(hasattr(estimator, method) for method in ("fit", "predict", "get_params", "set_params")):
        must = "a scikit-learn estimator, alone or in a tuple with its space"
        raise ProblemError(f"`{where}` must be {must}, but got {type(estimator).__name__}.")
    if not (is_classifier if task == "classification" else is_regressor)(estimator):
        kind = "classifier" if task == "classification" else "regressor"
        raise ProblemError(f"`{where}` must be a {kind}, but {type(estimator).__name__} says that it is none.")
    if task == "classification" and not hasattr(estimator, "predict_proba"):
        what = f"{type(estimator).__name__} has no `predict_proba`"
        raise ProblemError(f"`{where}` must give probabilities, but {what}: put it into a CalibratedClassifierCV.")


def _dimension(where: str, given: Any) -> dict[str, Any]:
    """Return a range in its stored form: Optuna's distributions, lists of values, tuples of two ends."""
    if hasattr(given, "choices") or isinstance(given, list):
        return {"values": _choices(where, list(getattr(given, "choices", given)))}
    ends = (given.low, given.high) if hasattr(given, "low") and hasattr(given, "high") else given
    is_log = bool(getattr(given, "log", False))
    if isinstance(ends, tuple) and len(ends) == 3 and ends[2] == "log":
        ends, is_log = ends[:2], True
    is_range = isinstance(ends, tuple) and len(ends) == 2 and all(_is_number(end) for end in ends)
    step = getattr(given, "step", None)
    if not is_range or not ends[0] < ends[1] or (is_log and ends[0] <= 0) or step not in (None, 1):
        raise ProblemError(
            f"The range of `{where}` must be a list of values, (low, high), (low, high, 'log') with low above 0, or "
            f"one of Optuna's distributions without a step, but got {given!r:.100}."
        )
    whole = all(isinstance(end, numbers.Integral) for end in ends)
    low, high = (int(end) if whole else float(end) for end in ends)
    return {"low": low, "high": high, "log": is_log}


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _choices(where: str, values: list[Any]) -> list[Any]:
    plain = [value.item() if hasattr(value, "item") else value for value in values]
    if not plain or not all(value is None or isinstance(value, (str, bool, int, float)) for value in plain):
        must = "texts, numbers, True, False or None, at least one"
        raise ProblemError(f"The values of `{where}` must be {must}, but got {values!r:.100}.")
    return plain


def _packed(value: Any, where: str) -> str:
    try:
        text = packed(value)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise ProblemError(
            f"`{where}` must be something that can be pickled, since other processes need it, but: {what:.200}."
        ) from error
    if len(text) > MOST_MB * 1e6:
        size = f"{len(text) / 1e6:.0f} MB"
        raise ProblemError(
            f"`{where}` must be small, since it goes to every iteration, but it is {size}: leave data out."
        )
    return text


# ---------------------------------------------------------------- a metric


def _metric(task: Task, given: Any) -> OwnMetric:
    if not callable(given):
        must = "a name, a function or a scorer of scikit-learn's make_scorer"
        raise ProblemError(f"`primary_metric` must be {must}, but got primary_metric={given!r:.100}.")
    is_scorer = hasattr(given, "_score_func") and hasattr(given, "_sign")
    function, options = (given._score_func, dict(given._kwargs)) if is_scorer else (given, {})
    bound = functools.partial(function, **options) if options else function
    return OwnMetric(
        name=_metric_name(function),
        packed=_packed(bound, "primary_metric"),
        goal=_scorer_goal(given) if is_scorer else _goal(given),
        of_probabilities=task == "classification" and _wants_probabilities(given),
        positive_label=options.get("pos_label"),
        uses_weights=_takes_weights(function),
    )


def _metric_name(function: Any) -> str:
    """Return a name that no metric has."""
    from automl_widgets.metrics import METRICS

    name = getattr(function, "__name__", type(function).__name__)
    name = name if name.isidentifier() else "own_metric"
    return f"own_{name}" if name in METRICS else name


def _scorer_goal(scorer: Any) -> Literal["max", "min"]:
    return "max" if scorer._sign > 0 else "min"


def _goal(function: Any) -> Literal["max", "min"]:
    is_greater = getattr(function, "greater_is_better", None)
    if not isinstance(is_greater, bool):
        name = getattr(function, "__name__", "metric")
        raise ProblemError(
            f"A function as `primary_metric` must say whether more is better: set {name}.greater_is_better = True or "
            f"False, or give sklearn.metrics.make_scorer({name}, greater_is_better=...)."
        )
    return "max" if is_greater else "min"


def _wants_probabilities(given: Any) -> bool:
    wanted: Any = getattr(given, "_response_method", None) or getattr(given, "response_method", "predict")
    ways = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if not {"predict", "predict_proba"} & set(ways):
        raise ProblemError(
            "`primary_metric` must be a scorer of labels or probabilities, but it wants "
            f"{' or '.join(map(str, ways))}: give make_scorer(..., response_method='predict_proba')."
        )
    return "predict_proba" in ways


def _takes_weights(function: Any) -> bool:
    try:
        return "sample_weight" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False
