"""What can be read of a run, under Azure ML's names: state, children, metrics, properties. Nothing here changes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import NotFoundError
from automl_widgets.records import RUN_ENDED, Goal, RunRecord
from automl_widgets.sdk import files, words
from automl_widgets.sdk.child import IterationRun
from automl_widgets.sdk.display import ShownInNotebooks

if TYPE_CHECKING:
    from automl_widgets.sdk.experiment import Experiment
    from automl_widgets.store import Store

HIDDEN_PROPERTIES = {"metrics"}


class ReadableRun(files.FilesOfRun, ShownInNotebooks):
    """The reading half of `AutoMLRun`."""

    type = "automl"

    def __init__(self, experiment: Experiment, run_id: str) -> None:
        self.experiment = experiment
        self.store: Store = experiment.workspace.store
        self.id = self.run_id = run_id
        self.in_portal = self.store.folder, run_id, None
        self.model_id: str | None = None
        found = self.record.experiment
        if found != experiment.name:
            raise NotFoundError(
                f"No run {run_id!r} in experiment {experiment.name!r}: it belongs to {found!r}. "
                f"Use AutoMLRun(Experiment(ws, {found!r}), run_id)."
            )

    @property
    def record(self) -> RunRecord:
        """What the store holds of it at this moment."""
        return self.store.run(self.run_id)

    @property
    def folder(self) -> Path:
        """Folder with everything that is kept of the run."""
        return self.store.run_folder(self.run_id)

    @property
    def goal(self) -> Goal:
        """`max` or `min`: where the primary metric is better."""
        from automl_widgets.objective import objective

        return objective(self.record.settings).goal

    @property
    def status(self) -> str:
        """Same as `get_status()`."""
        return self.get_status()

    @property
    def properties(self) -> dict[str, str]:
        """Same as `get_properties()`."""
        return self.get_properties()

    @property
    def tags(self) -> dict[str, str]:
        """Same as `get_tags()`."""
        return self.get_tags()

    def get_status(self) -> str:
        """Return Preparing, Running, Paused, CancelRequested, Finalizing, Completed, Failed or Canceled."""
        return words.RUN_STATUS[self.record.state]

    def get_children(
        self,
        recursive: bool = False,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        type: str | None = None,  # noqa: A002 - Azure ML's name
        status: str | None = None,
    ) -> Iterator[IterationRun]:
        """Yield the iterations that have been created, in order of their number.

        Parameters
        ----------
        recursive : bool, default False
            Accepted for Azure ML's sake: iterations have no children.
        tags : mapping, optional
            Iterations have no tags of their own: any tag given leaves none.
        properties : mapping, optional
            Only those with all these properties.
        type : str, optional
            Accepted for Azure ML's sake: every child is an iteration.
        status : str, optional
            Only those in this state, e.g. ``"Completed"``.
        """
        if tags:
            return
        for record in self.store.iterations(self.run_id):
            child = IterationRun(self, record.iteration)  # type: ignore[arg-type]
            if status is not None and words.ITERATION_STATUS[record.state] != status:
                continue
            known = child.get_properties() if properties else {}
            if all(known.get(key) == value for key, value in (properties or {}).items()):
                yield child

    def get_metrics(self, name: str | None = None, recursive: bool = False) -> dict[str, Any]:
        """Return the metrics of the best iteration so far; with `recursive` those of all, by run id."""
        if recursive:
            return {child.id: child.get_metrics(name) for child in self.get_children(status="Completed")}
        best = self.record.best_iteration
        return {} if best is None else IterationRun(self, best).get_metrics(name)  # type: ignore[arg-type]

    def get_properties(self) -> dict[str, str]:
        """Return what Azure ML's notebooks read of a parent run, all strings: `AMLSettingsJsonString`, ..."""
        found = words.run_properties(self.record)
        return {key: value for key, value in found.items() if key not in HIDDEN_PROPERTIES}

    def get_tags(self) -> dict[str, str]:
        """Return the tags, with `best_score` and `automl_best_child_run_id` as soon as there is a score."""
        record = self.record
        best = record.best_iteration
        result = None if best is None else self.store.iteration(self.run_id, best).result
        return words.run_tags(record, result.score if result else None)

    def get_details(self) -> dict[str, Any]:
        """Return state, times, properties, log files and error, as Azure ML's dictionary."""
        record = self.record
        identity = {
            "runId": self.run_id,
            "target": record.properties.get("target", "local"),
            "status": words.RUN_STATUS[record.state],
        }
        logs = {
            f"logs/{child.iteration}.txt": str(child.folder / "log.txt")
            for child in self.get_children()
            if child.has_log()
        }
        if self._setup_log.exists():
            logs = {"logs/setup.txt": str(self._setup_log), **logs}
        failed = record.state in RUN_ENDED and record.state in ("failed", "interrupted")
        error = (record.error or record.reason) if failed else None
        return words.details(identity, (record.started_at, record.ended_at), self.get_properties(), logs, error)

    def get_detailed_status(self) -> dict[str, Any]:
        """Return status, reason and what the engine does at this moment."""
        record = self.record
        return {"status": words.RUN_STATUS[record.state], "reason": record.reason, "stage": record.stage}

    def get_all_logs(self, destination: str | Path | None = None) -> list[str]:
        """Copy every log into the folder `destination` and return the paths; without one, where they are."""
        paths = [path for child in self.get_children() if child.has_log() for path in child.get_all_logs(destination)]
        if not self._setup_log.exists():
            return paths
        first = self._setup_log
        return [str(shutil.copy(first, destination) if destination else first), *paths]

    @property
    def _setup_log(self) -> Path:
        """What the script that brought the data has printed."""
        return self.folder / "setup_log.txt"

    def __repr__(self) -> str:
        facts = {"Experiment": self.experiment.name, "Id": self.run_id, "Type": self.type, "Status": self.get_status()}
        return "Run(" + ", ".join(f"{key}: {value}" for key, value in facts.items()) + ")"
