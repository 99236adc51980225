"""The data of an earlier run, found in its folder or given once more and compared. Not here: what is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from automl_widgets.errors import ConfigError, DataError, RunStateError
from automl_widgets.records import Profile, RunRecord
from automl_widgets.sdk.config import AutoMLConfig
from automl_widgets.sdk.parameters import PARAMETERS
from automl_widgets.share.unpack import check_trusted

if TYPE_CHECKING:
    from pathlib import Path

    from automl_widgets.data.load import Table

DATA_KEYWORDS = tuple(name for name, parameter in PARAMETERS.items() if parameter.is_input)


def find_data(run: RunRecord, folder: Path, given: Mapping[str, object], call: str) -> tuple[Table | None, str | None]:
    """Return the data that the user gave, or else the path of those that lie in the run's folder.

    Parameters
    ----------
    run : RunRecord
    folder : Path
        The run's.
    given : mapping
        Data by the keywords of AutoMLConfig; None where nothing was given.
    call : str
        What to call with the data, for the error.

    Raises
    ------
    ConfigError
        If the keywords cannot work.
    DataError
        If the data given are not those of the run.
    RunStateError
        If nothing was given and the folder has no data, or the run was imported and is not trusted.
    """
    from automl_widgets.engine.past import stored_data

    check_trusted(run, call)
    asked = {name: value for name, value in given.items() if value is not None}
    if unknown := sorted(asked.keys() - set(DATA_KEYWORDS)):
        raise ConfigError([f"`{name}` is not the name of data: one of {', '.join(DATA_KEYWORDS)}" for name in unknown])
    if asked:
        return _same(run, asked), None
    fingerprint = run.profile.fingerprint if run.profile else ""
    path = stored_data(folder, fingerprint)
    if path is None:
        raise RunStateError(
            f"The data of the run are not in its folder {folder}: they were not stored yet, were removed, or were "
            f"larger than keep_data_mb={run.settings.keep_data_mb:g} when the run ended. Give them once more: "
            f"{call}(X=..., y=...) or {call}(training_data=..., label_column_name=...)."
        )
    return None, path


def _same(run: RunRecord, asked: Mapping[str, object]) -> Table:
    """Return the data given, if they are those that the run began with."""
    from automl_widgets.data.load import load

    settings = run.settings
    folds = {"n_cross_validations": settings.n_folds} if settings.n_folds else {}
    config = AutoMLConfig(settings.task, featurization=settings.featurization, **folds, **asked)  # type: ignore[arg-type]
    table = load(settings, config.inputs)
    if run.profile is not None and table.profile.fingerprint != run.profile.fingerprint:
        raise DataError(
            [
                f"they are not the data that the run began with, {_described(run.profile)}, but "
                f"{_described(table.profile)}. Values, order of rows, column names and types must be the same."
            ]
        )
    return table


def _described(profile: Profile) -> str:
    return f"{profile.n_rows:,} rows and {profile.n_columns:,} columns, fingerprint {profile.fingerprint[:8]}"
