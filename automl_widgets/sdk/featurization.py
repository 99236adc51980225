"""What a user knows better of the columns, in Azure ML's words. Not here: what is done with it (``data``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from automl_widgets.data.purposes import BY_FEATURE_TYPE
from automl_widgets.errors import ConfigError, NotSupportedError


class FeaturizationConfig:
    """How columns are to be taken, where it is not as they look.

    Parameters
    ----------
    column_purposes : mapping of str to str, optional
        Feature types by column: Numeric, Boolean, Categorical, CategoricalHash, DateTime, Text or Ignore, in any case.
    drop_columns : iterable of str, optional
        Columns that are not used.
    blocked_transformers, transformer_params : optional
        Not supported yet.
    dataset_language : str, optional
        Accepted for Azure ML's sake: texts of any language are taken apart in the same way.

    Raises
    ------
    ConfigError
        If a feature type is not known.

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
        transformer_params: Mapping[str, object] | None = None,
        drop_columns: Iterable[str] | None = None,
        dataset_language: str | None = None,
    ) -> None:
        for name, value in (("blocked_transformers", blocked_transformers), ("transformer_params", transformer_params)):
            if value:
                raise NotSupportedError(
                    f"`{name}` is not supported yet: give column purposes, or prepare `X` yourself."
                )
        self.column_purposes: dict[str, str] = {}
        self.drop_columns: list[str] = list(drop_columns or ())
        self.dataset_language = dataset_language
        for name, kind in (column_purposes or {}).items():
            self.add_column_purpose(name, kind)

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

    @property
    def purposes(self) -> dict[str, str]:
        """Purposes by column, as the featurizer knows them; a dropped column is ignored."""
        given = {name: BY_FEATURE_TYPE[kind] for name, kind in self.column_purposes.items()}
        return {**given, **dict.fromkeys(self.drop_columns, "ignore")}

    def __repr__(self) -> str:
        return f"FeaturizationConfig(column_purposes={self.column_purposes!r}, drop_columns={self.drop_columns!r})"
