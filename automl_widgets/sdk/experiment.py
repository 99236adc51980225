"""An experiment: a name for runs that belong together, and the way to start one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from automl_widgets.errors import ConfigError
from automl_widgets.records import RunRecord, Settings
from automl_widgets.sdk.run import AutoMLRun
from automl_widgets.sdk.submission import carrier, data_of, place_of
from automl_widgets.share.stranger import EXPERIMENT
from automl_widgets.view.shelf import shelf_html

if TYPE_CHECKING:
    from automl_widgets.data.load import Table
    from automl_widgets.engine.setup import DataScript
    from automl_widgets.sdk.config import AutoMLConfig
    from automl_widgets.sdk.workspace import Workspace


class Experiment:
    """Holds runs under a name and submits new ones.

    Parameters
    ----------
    workspace : Workspace
        Where it lives.
    name : str
        1 to 255 letters, digits, underscores and dashes, the first a letter or digit. Made if it is new.

    Raises
    ------
    ConfigError
        If the name is not allowed.

    Examples
    --------
    >>> import tempfile
    >>> from automl_widgets import Workspace
    >>> experiment = Experiment(Workspace.create(path=tempfile.mkdtemp()), "automl_local")
    >>> list(experiment.get_runs())
    []
    >>> Experiment(experiment.workspace, "a/b")
    Traceback (most recent call last):
        ...
    automl_widgets.errors.ConfigError: 1 problem with Experiment: ...
    """

    def __init__(self, workspace: Workspace, name: str) -> None:
        if not isinstance(name, str) or not EXPERIMENT.fullmatch(name):
            rule = "1 to 255 letters, digits, underscores and dashes, the first a letter or digit"
            raise ConfigError([f"`name` must be {rule}, but got {name!r:.300}."], "Experiment")
        self.workspace = workspace
        self.name = name
        workspace.store.create_experiment(name)

    def submit(
        self, config: AutoMLConfig, tags: Mapping[str, str] | None = None, show_output: bool = False
    ) -> AutoMLRun:
        """Check the data, start a run in the background and return it at once.

        Parameters
        ----------
        config : AutoMLConfig
            What to train on, and how.
        tags : mapping of str to str, optional
            Kept with the run.
        show_output : bool, default False
            Print a line for each iteration and return only when the run has ended. Interrupting the
            cell ends the printing; the run goes on.

        Returns
        -------
        AutoMLRun

        Raises
        ------
        DataError
            If the data cannot be trained on; lists every problem, and no run is left behind.
        """
        called_at = time.time()  # the run's time counts from here
        from automl_widgets.engine.executors import shared_executor

        place = place_of(config, self.workspace)
        if not place:
            shared_executor()  # its processes need some seconds to start: they do it while the data is checked
        table = data_of(config, self.workspace)
        record = _record(self.name, config.settings, table, dict(tags or {}), called_at)
        record = replace(record, properties={**record.properties, **place})
        carry_out = carrier(self.workspace, record)
        self.workspace.store.create_run(record)
        carry_out(table)
        run = AutoMLRun(self, record.run_id)
        if show_output:
            run.wait_for_completion(show_output=True)
        return run

    def get_runs(self, type: str | None = None, tags: Mapping[str, str] | None = None) -> Iterator[AutoMLRun]:  # noqa: A002 - Azure ML's name
        """Yield the runs of this experiment, newest first; only those with all of `tags`, if given."""
        for record in self.workspace.store.runs(self.name):
            if all(record.tags.get(key) == value for key, value in (tags or {}).items()):
                yield AutoMLRun(self, record.run_id)

    def _repr_html_(self) -> str:
        return shelf_html(self.workspace.store, [self.name], f"Experiment in workspace {self.workspace.name}")

    def __repr__(self) -> str:
        return f"Experiment(Name: {self.name}, Workspace: {self.workspace.name})"


def _record(
    experiment: str, settings: Settings, table: Table | DataScript, tags: dict[str, str], called_at: float
) -> RunRecord:
    from automl_widgets.engine.setup import DataScript
    from automl_widgets.objective import metric_table

    record = RunRecord(
        run_id=f"AutoML_{uuid.uuid4()}",
        experiment=experiment,
        settings=settings,
        created_at=called_at,
        n_iterations=settings.iterations,
        tags=tags,
    )
    if isinstance(table, DataScript):  # what is known of the data comes when it has run
        return record
    metrics = metric_table(settings, len(table.profile.classes))
    return replace(record, profile=table.profile, notices=table.notices, properties={"metrics": metrics})
