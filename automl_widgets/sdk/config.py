"""What the user asks for, in Azure ML's keywords, checked. Not here: the keywords (``parameters``), what data hold.

Everything wrong is found before anything is raised, so that a configuration is mended in one go.
"""

from __future__ import annotations

import difflib
import reprlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

from automl_widgets.data.inputs import Inputs, describe
from automl_widgets.errors import ConfigError, NotSupportedError
from automl_widgets.records import Settings
from automl_widgets.sdk import combinations, own
from automl_widgets.sdk.featurization import FeaturizationConfig
from automl_widgets.sdk.keywords import Parameter
from automl_widgets.sdk.parameters import ALIASES, DEFAULT_METRIC, PARAMETERS
from automl_widgets.sdk.reference import numpydoc


class AutoMLConfig:
    """What to learn, from which data, and how long to search.

    Every parameter but `task` is given by its name. None stands for the default.
    Names of older versions of Azure ML's SDK work too; docs/configuration.md lists them.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    settings : Settings
        The checked settings with every default filled in.
    inputs : Inputs
        The data as it was given; it is read when the run is submitted.
    user_settings : dict
        The settings in the words of these parameters, without the data.
    path : str or None
        As given.

    Raises
    ------
    ConfigError
        With all problems at once: unknown names, values that may not be, combinations that cannot work.
    NotSupportedError
        If nothing is wrong but that Azure ML knows a value which is not built yet.

    Examples
    --------
    >>> config = AutoMLConfig("classification", X=[[1], [2]], y=["a", "b"], iterations=20)
    >>> config
    AutoMLConfig(task='classification', X=list of length 2, y=list of length 2, iterations=20)
    >>> config.settings.iterations
    20
    >>> AutoMLConfig("classification", X=[[1], [2]], y=["a", "b"], iteration=20, n_cross_validations=1)
    Traceback (most recent call last):
        ...
    automl_widgets.errors.ConfigError: 2 problems with AutoMLConfig:
      1. `n_cross_validations` must be a whole number from 2 to 1000, or 'auto', but got n_cross_validations=1.
      2. `iteration` is not a parameter. Did you mean `iterations`?
    """

    def __init__(
        self,
        task: str,
        *,
        primary_metric: str | Callable[..., float] | None = None,
        positive_label: object = None,
        name: str | None = None,
        random_state: int | None = None,
        X: object = None,
        y: object = None,
        sample_weight: object = None,
        X_valid: object = None,
        y_valid: object = None,
        sample_weight_valid: object = None,
        training_data: object = None,
        validation_data: object = None,
        label_column_name: str | int | None = None,
        weight_column_name: str | int | None = None,
        featurization: str | FeaturizationConfig | None = None,
        drop_column_names: list[str] | None = None,
        keep_data_mb: int | None = None,
        preprocess: bool | None = None,
        exclude_nan_labels: bool | None = None,
        n_cross_validations: int | str | None = None,
        validation_size: float | None = None,
        cv_splits_indices: object = None,
        cv_split_column_names: list[str] | None = None,
        iterations: int | None = None,
        allowed_models: list[str] | None = None,
        blocked_models: list[str] | None = None,
        own_models: Mapping[str, object] | None = None,
        auto_blacklist: bool | None = None,
        enable_early_stopping: bool | None = None,
        early_stopping_n_iters: int | None = None,
        experiment_exit_score: float | None = None,
        experiment_timeout_hours: float | None = None,
        iteration_timeout_minutes: float | None = None,
        mem_in_mb: int | None = None,
        max_concurrent_iterations: int | None = None,
        max_cores_per_iteration: int | None = None,
        enable_voting_ensemble: bool | None = None,
        enable_stack_ensemble: bool | None = None,
        ensemble_iterations: int | None = None,
        stack_meta_learner_type: str | None = None,
        stack_meta_learner_kwargs: Mapping[str, object] | None = None,
        model_explainability: bool | None = None,
        path: str | PathLike[str] | None = None,
        debug_log: str | PathLike[str] | None = None,
        verbosity: int | None = None,
        compute_target: object = None,
        run_configuration: object = None,
        data_script: str | PathLike[str] | None = None,
        **older_names: object,
    ) -> None:
        keywords = {key: value for key, value in locals().items() if key not in ("self", "older_names")}
        checked = _check({**keywords, **older_names})
        for text, category in checked.remarks:
            warnings.warn(text, category, stacklevel=2)
        self._given = checked.values
        self._settings = _settings(checked.values)
        self._inputs = Inputs(**{p.name: checked.values.get(p.name) for p in PARAMETERS.values() if p.is_input})

    @property
    def settings(self) -> Settings:
        """The checked settings with every default filled in."""
        return self._settings

    @property
    def inputs(self) -> Inputs:
        """The data as it was given."""
        return self._inputs

    @property
    def path(self) -> str | None:
        """Folder of the user's project, as given."""
        return self._given.get("path")

    @property
    def compute_target(self) -> Any:
        """A ComputeTarget, `"local"`, or None where nothing was given."""
        return self._given.get("compute_target")

    @property
    def run_configuration(self) -> Any:
        """A RunConfiguration, or None."""
        return self._given.get("run_configuration")

    @property
    def data_script(self) -> str | None:
        """A Python file with `get_data()`, as given."""
        return self._given.get("data_script")

    @property
    def user_settings(self) -> dict[str, Any]:
        """The settings in the words of the parameters, without the data; `task_type` is the task."""
        values = {p.name: _in_users_unit(p, self._settings) for p in PARAMETERS.values() if p.setting}
        others = {name: self._given.get(name) for name in ("path", "data_script", "preprocess")}
        others["compute_target"] = getattr(self.compute_target, "name", self.compute_target)
        names = [model.name for model in self._settings.own.models]
        return {"task_type": self._settings.task, **values, **others, "own_models": names}

    def __repr__(self) -> str:
        return f"AutoMLConfig({', '.join(f'{name}={_shown(name, value)}' for name, value in self._given.items())})"


AutoMLConfig.__doc__ = (AutoMLConfig.__doc__ or "").replace("{parameters}", numpydoc())


def _shown(name: str, value: Any) -> str:
    if name == "own_models":
        return repr(list(value))
    return describe(value) if PARAMETERS[name].is_input else getattr(value, "__name__", repr(value))


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60


@dataclass(slots=True)
class _Checked:
    """The values by current names, and what is to be said about them."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    remarks: list[tuple[str, type[Warning]]] = field(default_factory=list)


def _check(keywords: Mapping[str, object]) -> _Checked:
    checked = _Checked()
    asked = {name: value for name, value in keywords.items() if value is not None or name == "task"}
    for name, value in asked.items():
        if name in PARAMETERS:
            _check_one(PARAMETERS[name], value, (name, value), checked)
        elif name in ALIASES:
            _check_alias(name, value, asked, checked)
        else:
            checked.problems.append(_unknown(name))
    checked.problems += combinations.problems(checked.values, frozenset(asked))
    checked.remarks += [(text, UserWarning) for text in _overlap(checked.values)]
    if checked.problems:
        raise ConfigError([*checked.problems, *checked.unsupported])
    if checked.unsupported:
        raise NotSupportedError(" ".join(checked.unsupported))
    checked.values = {name: checked.values[name] for name in PARAMETERS if name in checked.values}
    return checked


def _check_one(parameter: Parameter, value: Any, given: tuple[str, Any], checked: _Checked) -> None:
    if parameter.is_later(value):
        checked.unsupported.append(f"{_brief(*given)} is not supported yet. {parameter.meaning}")
        return
    if parameter.status == "no effect":
        checked.remarks.append((f"`{parameter.name}` has no effect. {parameter.meaning}", DeprecationWarning))
    if parameter.status != "built":
        return
    try:
        checked.values[parameter.name] = parameter.kind.clean(value)
    except (TypeError, ValueError, OverflowError):
        checked.problems.append(f"`{parameter.name}` must be {parameter.kind.must}, but got {_brief(*given)}.")


def _check_alias(name: str, value: Any, asked: Mapping[str, object], checked: _Checked) -> None:
    parameter, alias = ALIASES[name]
    if parameter.name in asked or parameter.name in checked.values:
        checked.problems.append(f"`{name}` is an older name of `{parameter.name}`: give one of them.")
        return
    if not alias.is_current:
        checked.remarks.append((f"`{name}` is an older name of `{parameter.name}`: use that.", DeprecationWarning))
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    converted = value / alias.divide_by if alias.divide_by != 1 and is_number else value
    _check_one(parameter, converted, (name, value), checked)


def _unknown(name: str) -> str:
    known = {n.lower(): n for n in (*PARAMETERS, *ALIASES)}
    near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    hint = f"Did you mean `{known[near[0]]}`?" if near else "docs/configuration.md lists all of them."
    return f"`{name}` is not a parameter. {hint}"


def _overlap(values: Mapping[str, Any]) -> Iterator[str]:
    both = sorted({*values.get("allowed_models", ())} & {*values.get("blocked_models", ())})
    if both:
        yield f"{', '.join(both)}: allowed and blocked at once, so blocked."


def _brief(name: str, value: object) -> str:
    is_plain = isinstance(value, (str, bytes, int, float, list, tuple, dict))
    return f"{name}={_SHORT.repr(value) if is_plain else describe(value)}"


def _settings(values: Mapping[str, Any]) -> Settings:
    task, iterations = values["task"], values.get("iterations", 1000)
    named = {p.setting: _to_unit(p, values[p.name]) for p in PARAMETERS.values() if p.setting and p.name in values}
    for parameter in ("allowed_models", "blocked_models"):
        if parameter in values:
            names = (combinations.resolved(values, name) for name in values[parameter])
            named[PARAMETERS[parameter].setting] = tuple(dict.fromkeys(names))
    if "preprocess" in values:
        named["featurization"] = "auto" if values["preprocess"] else "off"
    if isinstance(values.get("featurization"), FeaturizationConfig):
        wishes = values["featurization"]
        named |= {"featurization": "auto", "column_purposes": wishes.purposes, "transformers": wishes.transformers}
    if "drop_column_names" in values:
        dropped = dict.fromkeys(values["drop_column_names"], "ignore")
        named["column_purposes"] = {**named.get("column_purposes", {}), **dropped}
    found = own.own_of(task, values.get("own_models"), values.get("primary_metric"))
    if found.metric is not None:
        named["primary_metric"] = found.metric.name
    defaults: dict[str, Any] = {
        "own": found,
        "primary_metric": DEFAULT_METRIC[task],
        "voting_ensemble": iterations >= 3,
        "stack_ensemble": iterations >= 4,
        "ensemble_candidates": min(15, iterations),
    }
    return Settings(**{**defaults, **named})


def _to_unit(parameter: Parameter, value: Any) -> Any:
    return value if parameter.scale == 1 else value * parameter.scale


def _in_users_unit(parameter: Parameter, settings: Settings) -> Any:
    value = getattr(settings, parameter.setting)
    return value if parameter.scale == 1 or value is None else value / parameter.scale
