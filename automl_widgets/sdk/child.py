"""One iteration of a run, as Azure ML's child run. Not here: the parent (``run``)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import NotFoundError
from automl_widgets.records import IterationRecord
from automl_widgets.sdk import files, words
from automl_widgets.sdk.figures import FiguresOfIteration
from automl_widgets.share.loading import load_model

if TYPE_CHECKING:
    from automl_widgets.sdk.run import AutoMLRun


class TextsOfIteration(files.FilesOfRun):
    """What an iteration has written for people: its log, and its code."""

    parent: AutoMLRun
    iteration: int

    def get_all_logs(self, destination: str | Path | None = None) -> list[str]:
        """Copy its log into the folder `destination` and return the paths; without one, return where it is."""
        if destination is None:
            return [str(self.folder / "log.txt")]
        target = Path(destination) / f"{self.id}.txt"
        return [str(files.download(self.folder, "logs/log.txt", target))]

    def has_log(self) -> bool:
        """Whether it has written a log yet."""
        return (self.folder / "log.txt").is_file()

    def get_log(self, last: int | None = None) -> str:
        """Return the text of its log so far.

        Parameters
        ----------
        last : int, optional
            Only so many lines from the end: of a long log no more is read than they take.
        """
        return files.log_text(self.parent.store, self.parent.run_id, self.iteration, last)

    def to_code(self, standalone: bool = False) -> str:
        """Return a script that rebuilds its pipeline with scikit-learn and its learner's library.

        The script has a function ``build()``, which returns the pipeline unfitted; fitted to the same rows it predicts
        the same. An ensemble's fits its members anew, and a stack's also what stands above them.

        Parameters
        ----------
        standalone : bool, default False
            Put into the script what makes numbers of raw columns, some hundred lines, if there are other columns than
            of numbers: by default it is imported from this package.

        Raises
        ------
        NotFoundError
            If it has not completed.
        """
        script = files.path_of(self.folder, "outputs/code.py").read_text(encoding="utf-8")
        if not standalone:
            return script
        from automl_widgets.search.code import standalone as made_standalone

        return made_standalone(script)


class IterationRun(FiguresOfIteration, TextsOfIteration):
    """Gives access to one iteration: its state, metrics, properties, files and fitted model.

    Parameters
    ----------
    parent : AutoMLRun
        The run that it belongs to.
    iteration : int
        Its number, from 0.

    Attributes
    ----------
    id : str
        ``<run id>_<iteration>``.
    """

    type = "automl.iteration"

    def __init__(self, parent: AutoMLRun, iteration: int) -> None:
        self.parent = parent
        self.experiment = parent.experiment
        self.iteration = iteration
        self.in_portal = parent.store.folder, parent.run_id, iteration
        self.id = self.run_id = f"{parent.run_id}_{iteration}"

    @property
    def record(self) -> IterationRecord:
        """What the store holds of it at this moment."""
        return self.parent.store.iteration(self.parent.run_id, self.iteration)

    @property
    def status(self) -> str:
        """Same as `get_status()`."""
        return self.get_status()

    @property
    def properties(self) -> dict[str, str]:
        """Same as `get_properties()`."""
        return self.get_properties()

    @property
    def folder(self) -> Path:
        """Folder with its log, model and predictions."""
        return self.parent.store.iteration_folder(self.parent.run_id, self.iteration)

    def get_status(self) -> str:
        """Return Queued, Running, CancelRequested, Completed, Failed or Canceled."""
        return words.ITERATION_STATUS[self.record.state]

    def get_metrics(self, name: str | None = None) -> dict[str, float]:
        """Return every scalar metric, the mean over the folds; empty without a score.

        Parameters
        ----------
        name : str, optional
            Only this one; NotFoundError if there is no such metric.
        """
        result = self.record.result
        metrics = dict(result.metrics) if result else {}
        if name is None:
            return metrics
        if name not in metrics:
            raise NotFoundError(
                f"No metric {name!r} for iteration {self.iteration}: there are {', '.join(metrics) or 'none'}."
            )
        return {name: metrics[name]}

    def get_properties(self) -> dict[str, str]:
        """Return what Azure ML's notebooks read of a child run, all strings: `iteration`, `score`, `run_algorithm`."""
        return words.iteration_properties(self.parent.record, self.record, self.parent.goal)

    def get_tags(self) -> dict[str, str]:
        """Return an empty dictionary: tags belong to the parent run here."""
        return {}

    def get_details(self) -> dict[str, Any]:
        """Return state, times, properties, log files and error, as Azure ML's dictionary."""
        record = self.record
        identity = {"runId": self.id, "target": "local", "status": words.ITERATION_STATUS[record.state]}
        logs = {"logs/log.txt": str(self.folder / "log.txt")}
        return words.details(
            identity, (record.started_at, record.ended_at), self.get_properties(), logs, record.error or record.reason
        )

    def get_output(self) -> tuple[IterationRun, Any]:
        """Return itself and its fitted model, like `AutoMLRun.get_output(iteration=...)`."""
        return self.parent.get_output(iteration=self.iteration)

    def load_model(self) -> Any:
        """Load its fitted model, a scikit-learn pipeline."""
        return load_model(self.parent.experiment.workspace.folder, self.folder / "model.pkl")

    def cancel(self) -> None:
        """Cancel it, like `AutoMLRun.cancel_iteration`."""
        self.parent.cancel_iteration(self.iteration)

    def __repr__(self) -> str:
        record = self.record
        score = record.result.score if record.result else math.nan
        pipeline = record.recipe.name if record.recipe else "not started"
        facts = {"Experiment": self.experiment.name, "Id": self.id, "Pipeline": pipeline, "Score": f"{score:.4f}"}
        return "Run(" + ", ".join(f"{k}: {v}" for k, v in {**facts, "Status": self.get_status()}.items()) + ")"
