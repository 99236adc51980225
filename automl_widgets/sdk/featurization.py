"""What a user knows better of the columns, in Azure ML's words. Not here: what is done with it (``data``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from automl_widgets.data.purposes import BY_FEATURE_TYPE
from automl_widgets.errors import ConfigError
from automl_widgets.transformers import Option, Transformers, resolved, wrong_option


class FeaturizationConfig:
    """How columns are to be taken, where it is not as they look.

    Parameters
    ----------
    column_purposes : mapping of str to str, optional
        Feature types by column: Numeric, Boolean, Categorical, CategoricalHash, DateTime, Text or Ignore, in any case.
    drop_columns : iterable of str, optional
        Columns that are not used.
    blocked_transformers : iterable of str, optional
        Steps that are left out: ImputationMarker, OneHotEncoder, TargetEncoder, FrequencyEncoder, DateTimeParts,
        ElapsedDays, TfIdf, TextTargetEncoder, TextStatistics, WordCount, or Azure ML's names of such. What can stand
        in for one does.
    transformer_params : mapping, optional
        For each step a list of (columns, parameters), as `add_transformer_params` takes them one by one.
    dataset_language : str, optional
        Accepted for Azure ML's sake: texts of any language are taken apart in the same way.

    Raises
    ------
    ConfigError
        If a feature type, a step or a parameter is not known.

    Examples
    --------
    >>> featurization = FeaturizationConfig(drop_columns=["row"])
    >>> featurization.add_column_purpose("zip", "Categorical")
    >>> featurization.purposes
    {'zip': 'categorical', 'row': 'ignore'}
    >>> featurization.add_column_purpose("zip", "Number")
    Traceback (most recent call last):
    ...
    automl_widgets.errors.ConfigError: 1 problem with FeaturizationConfig:
      1. A feature type must be one of Numeric, Boolean, Categorical, CategoricalHash, DateTime, Text, Ignore, but
         'zip' is given 'Number'.
    """

    def __init__(
        self,
        blocked_transformers: Iterable[str] | None = None,
        column_purposes: Mapping[str, str] | None = None,
        transformer_params: Mapping[str, Iterable[tuple[Iterable[str], Mapping[str, Any]]]] | None = None,
        drop_columns: Iterable[str] | None = None,
        dataset_language: str | None = None,
    ) -> None:
        self.column_purposes: dict[str, str] = {}
        self.drop_columns: list[str] = list(drop_columns or ())
        self.dataset_language = dataset_language
        self.blocked_transformers: list[str] = []
        self.transformer_params: dict[str, list[tuple[list[str], dict[str, Any]]]] = {}
        for name, kind in (column_purposes or {}).items():
            self.add_column_purpose(name, kind)
        self.add_blocked_transformers(blocked_transformers or ())
        for step, given in (transformer_params or {}).items():
            for columns, params in given:
                self.add_transformer_params(step, columns, params)

    def add_column_purpose(self, column_name: str, feature_type: str) -> None:
        """Take a column as of a feature type."""
        known = {name.lower(): name for name in BY_FEATURE_TYPE}
        if str(feature_type).lower() not in known:
            types = ", ".join(BY_FEATURE_TYPE)
            problem = f"A feature type must be one of {types}, but {column_name!r} is given {feature_type!r}."
            raise ConfigError([problem], "FeaturizationConfig")
        self.column_purposes[column_name] = known[str(feature_type).lower()]

    def remove_column_purpose(self, column_name: str) -> None:
        """Take a column as it looks again."""
        self.column_purposes.pop(column_name, None)

    def add_drop_columns(self, drop_columns: Iterable[str]) -> None:
        """Leave columns out."""
        self.drop_columns += [name for name in drop_columns if name not in self.drop_columns]

    def add_blocked_transformers(self, transformers: str | Iterable[str]) -> None:
        """Leave steps out."""
        for name in [transformers] if isinstance(transformers, str) else transformers:
            try:
                step = resolved(name)
            except ValueError as error:
                raise ConfigError([f"`blocked_transformers`: {error}"], "FeaturizationConfig") from error
            if step and step not in self.blocked_transformers:
                self.blocked_transformers.append(step)

    def add_transformer_params(self, transformer: str, cols: Iterable[str], params: Mapping[str, Any]) -> None:
        """Change a step for some columns, or for all with an empty list.

        Parameters
        ----------
        transformer : str
            ``"Imputer"`` for numbers {strategy: median, mean, most_frequent or constant; fill_value},
            ``"OneHotEncoder"`` {max_levels, min_share of the rows that a level needs}, ``"HashOneHotEncoder"``
            {number_of_bits}, or ``"TfIdf"`` {n_components and parameters of scikit-learn's TfidfVectorizer}.
        cols : iterable of str
        params : mapping
        """
        problem = wrong_option(transformer, params)
        if problem:
            raise ConfigError([problem], "FeaturizationConfig")
        columns = [str(name) for name in ([cols] if isinstance(cols, str) else cols)]
        self.remove_transformer_params(transformer, columns)
        self.transformer_params.setdefault(transformer, []).append((columns, dict(params)))

    def get_transformer_params(self, transformer: str, cols: Iterable[str]) -> dict[str, Any]:
        """Return what a step was changed to for just these columns; empty if it was not."""
        given = self.transformer_params.get(transformer, [])
        return next((dict(params) for columns, params in given if columns == list(cols)), {})

    def remove_transformer_params(self, transformer: str, cols: Iterable[str] | None = None) -> None:
        """Take a step as ever for just these columns; without `cols` for all."""
        given = self.transformer_params.pop(transformer, [])
        left = [] if cols is None else [(columns, params) for columns, params in given if columns != list(cols)]
        if left:
            self.transformer_params[transformer] = left

    @property
    def transformers(self) -> Transformers:
        """What is wanted of the steps, as the featurizer knows it; what is said of all columns comes first."""
        options = [
            Option(transformer=step, columns=tuple(columns), values=params)
            for step, given in self.transformer_params.items()
            for columns, params in sorted(given, key=lambda pair: len(pair[0]) > 0)
        ]
        return Transformers(blocked=tuple(self.blocked_transformers), options=tuple(options))

    @property
    def purposes(self) -> dict[str, str]:
        """Purposes by column, as the featurizer knows them; a dropped column is ignored."""
        given = {name: BY_FEATURE_TYPE[kind] for name, kind in self.column_purposes.items()}
        return {**given, **dict.fromkeys(self.drop_columns, "ignore")}

    def __repr__(self) -> str:
        given = {
            "blocked_transformers": self.blocked_transformers,
            "column_purposes": self.column_purposes,
            "transformer_params": self.transformer_params,
            "drop_columns": self.drop_columns,
        }
        return f"FeaturizationConfig({', '.join(f'{name}={value!r}' for name, value in given.items() if value)})"
