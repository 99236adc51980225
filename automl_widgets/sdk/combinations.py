"""What keywords of AutoMLConfig cannot be given together. Not here: what each may be on its own (``parameters``).

A rule takes the values by their current names, None where nothing was given, and yields what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from automl_widgets.errors import NotFoundError
from automl_widgets.records import Task
from automl_widgets.sdk.own import problems as own_problems
from automl_widgets.sdk.parameters import DEFAULT_METRIC, STACK_LEARNERS

Values: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[Values], Iterator[str]]

ASKED = "names that were asked for"


def problems(values: Values, asked: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return what is wrong with these values together.

    Parameters
    ----------
    values : mapping
        Values that are right on their own.
    asked : set of str
        Names that were given, those with a wrong value included.
    """
    return tuple(problem for rule in RULES for problem in rule({**values, ASKED: asked}))


def given(values: Values, *names: str) -> tuple[str, ...]:
    """Return those of the names that have a value."""
    return tuple(name for name in names if values.get(name) is not None)


def _ticked(names: tuple[str, ...], joint: str = " and ") -> str:
    return joint.join(f"`{name}`" for name in names)


def _data_is_given_once(values: Values) -> Iterator[str]:
    arrays, table = given(values, "X", "y"), given(values, "training_data")
    if values.get("data_script") is not None:
        beside = (*given(values, "X", "y", "sample_weight"), *table)
        if beside:
            yield f"{_ticked(beside)} cannot be given beside `data_script`: its get_data() returns the data."
        return
    if not arrays and not table:
        yield "There is no data: give `X` and `y`, or `training_data` and `label_column_name`."
    if arrays and table:
        yield f"{_ticked(arrays)} cannot be given beside `training_data`: give one form of the data."
    if len(arrays) == 1 and not table:
        missing = "y" if arrays == ("X",) else "X"
        yield f"`{arrays[0]}` was given without `{missing}`: give both."


def _table_form(values: Values) -> Iterator[str]:
    if values.get("training_data") is None:
        needing = given(values, "validation_data", "label_column_name", "weight_column_name", "cv_split_column_names")
        if needing:
            yield f"{_ticked(needing)} needs `training_data`: give it, or use `X`, `y` and their companions."
        return
    if values.get("label_column_name") is None:
        yield "`training_data` needs `label_column_name`: name the column that holds the target."
    companions = given(values, "sample_weight", "X_valid", "y_valid", "sample_weight_valid")
    if companions:
        yield (
            f"{_ticked(companions)} cannot be given beside `training_data`: "
            "use `weight_column_name` and `validation_data`."
        )


def _column_roles_differ(values: Values) -> Iterator[str]:
    roles = [(name, values[name]) for name in given(values, "label_column_name", "weight_column_name")]
    roles += [("cv_split_column_names", name) for name in values.get("cv_split_column_names") or ()]
    seen: dict[str, str] = {}
    for role, column in roles:
        other = seen.setdefault(str(column).lower(), role)
        if other is not role:
            yield f"`{role}` and `{other}` both name the column {column!r}: each role needs a column of its own."


def _validation_rows(values: Values) -> Iterator[str]:
    if values.get("y_valid") is not None and values.get("X_valid") is None:
        yield "`y_valid` was given without `X_valid`: give both."
    if values.get("sample_weight_valid") is not None and not _validates_on_rows(values):
        yield "`sample_weight_valid` needs `X_valid` and `y_valid`: give them, or leave it out."
    is_weighted = values.get("sample_weight") is not None
    if is_weighted and _validates_on_rows(values) and values.get("sample_weight_valid") is None:
        yield "`sample_weight` beside `X_valid` and `y_valid` needs `sample_weight_valid`: give it."
    is_asked = not _WAYS.isdisjoint(values[ASKED])
    if values.get("X_valid") is not None and values.get("y_valid") is None and not is_asked:
        yield (
            "`X_valid` was given without `y_valid`: give `y_valid` to validate on these rows, "
            "or `n_cross_validations` to explain them."
        )


def _validates_on_rows(values: Values) -> bool:
    return values.get("X_valid") is not None and values.get("y_valid") is not None


_WAYS = frozenset({"n_cross_validations", "validation_size", "cv_splits_indices", "cv_split_column_names"})


def _validation_is_chosen_once(values: Values) -> Iterator[str]:
    ways = given(values, *sorted(_WAYS))
    own = [name for name in ways if name.startswith("cv_split")]
    if len(own) == 2 or (own and len(ways) > len(own)):
        yield f"{_ticked(ways)} cannot be given together: each says how to validate; keep one."
    rows = ("X_valid", "y_valid") if _validates_on_rows(values) else given(values, "validation_data")
    if rows and ways:
        yield f"{_ticked(ways)} cannot be given beside {_ticked(rows)}: validate on folds or on given rows, not both."


def _featurization_is_chosen_once(values: Values) -> Iterator[str]:
    preprocess, featurization = values.get("preprocess"), values.get("featurization")
    if preprocess is not None and featurization is not None and preprocess != (featurization != "off"):
        yield (
            f"preprocess={preprocess} contradicts featurization={featurization!r}: "
            "`preprocess` is the older form of `featurization`; leave it out."
        )


def _columns_are_dropped_by_the_featurizer(values: Values) -> Iterator[str]:
    is_off = values.get("featurization") == "off" or values.get("preprocess") is False
    if is_off and values.get("drop_column_names") is not None:
        yield "`drop_column_names` needs featurization: with featurization='off' leave the columns out of `X`."


def _positive_label(values: Values) -> Iterator[str]:
    if values.get("positive_label") is not None and values.get("task") == "regression":
        yield "`positive_label` is for classification only: leave it out."


def _ensembles_fit(values: Values) -> Iterator[str]:
    iterations = values.get("iterations")
    if iterations is None:
        return
    asked = [n for n in ("enable_voting_ensemble", "enable_stack_ensemble") if values.get(n)]
    needed = 2 + len(asked)
    if asked and iterations < needed:
        yield (
            f"{_ticked(tuple(asked))} needs at least {needed} iterations, but got iterations={iterations}: "
            "allow more, or leave the ensembles out."
        )
    candidates = values.get("ensemble_iterations")
    if candidates is not None and candidates > iterations:
        got = f"but got ensemble_iterations={candidates}."
        yield f"`ensemble_iterations` must be at most `iterations` ({iterations}), {got}"


def _stack_learner(values: Values) -> Iterator[str]:
    learner, task = values.get("stack_meta_learner_type"), values.get("task")
    if learner is not None and task in STACK_LEARNERS and learner not in STACK_LEARNERS[task]:
        yield (
            f"stack_meta_learner_type={learner!r} is not for {task}: choose one of {', '.join(STACK_LEARNERS[task])}."
        )


def _metric(values: Values) -> Iterator[str]:
    from automl_widgets.metrics import metric, primary_metrics

    task = values.get("task")
    if task is None:
        return
    name = values.get("primary_metric") or DEFAULT_METRIC[task]
    if not isinstance(name, str):
        return
    try:
        found = metric(name)
    except NotFoundError as error:
        yield f"`primary_metric` must be a metric of {task}. {error}"
        return
    if found.task != task:
        yield (
            f"`primary_metric` must be a metric of {task}, but {name} is one of {found.task}: "
            f"choose one of {', '.join(primary_metrics(task))}."
        )
        return
    score = values.get("experiment_exit_score")
    if score is not None and found.bounds and not min(found.bounds) <= score <= max(found.bounds):
        yield (
            f"`experiment_exit_score` must be a value that {name} can reach, "
            f"from {min(found.bounds):g} to {max(found.bounds):g}, but got experiment_exit_score={score:g}."
        )


def _own(values: Values) -> Iterator[str]:
    if values.get("task") is not None:
        yield from own_problems(values["task"], values.get("own_models"), values.get("primary_metric"))


_LISTS = ("allowed_models", "blocked_models")


def _models(values: Values) -> Iterator[str]:
    task, own, lists = values.get("task"), set(values.get("own_models") or ()), given(values, *_LISTS)
    if task is None or not lists:
        return
    names: dict[str, set[str]] = {}
    for parameter in lists:
        try:
            names[parameter] = {resolved(values, name) for name in values[parameter]}
        except NotFoundError as error:
            yield f"`{parameter}` must hold names of algorithms. {error}"
    blocked = names.get("blocked_models", set())
    allowed = own | (names.get("allowed_models") or all_algorithms(task))
    if blocked and allowed and allowed <= blocked:
        yield "`blocked_models` blocks every model that is allowed: leave at least one."


def resolved(values: Values, name: str) -> str:
    """Return the registry's name of an algorithm, which may be given by an older one, or that of a user's model."""
    from automl_widgets.search.algorithms import resolve_algorithm

    return resolve_algorithm(values["task"], name, values.get("own_models") or ())


def all_algorithms(task: Task) -> set[str]:
    """Return the registry's names of a task's algorithms."""
    from automl_widgets.search.algorithms import ALGORITHMS

    return set(ALGORITHMS[task])


RULES: tuple[Rule, ...] = (
    _data_is_given_once,
    _table_form,
    _column_roles_differ,
    _validation_rows,
    _validation_is_chosen_once,
    _featurization_is_chosen_once,
    _columns_are_dropped_by_the_featurizer,
    _positive_label,
    _ensembles_fit,
    _stack_learner,
    _metric,
    _own,
    _models,
)
