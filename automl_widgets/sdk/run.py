"""A run of automated machine learning, under Azure ML's names: take its results.

Not here: what can only be read (``reading``), what steers it (``steering``), what tells of it (``insight``),
one iteration (``child``), and how anything is computed (``engine``).
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import ConfigError, NotFoundError, NotSupportedError, RunStateError
from automl_widgets.sdk import console, files, words
from automl_widgets.sdk.child import IterationRun
from automl_widgets.sdk.insight import TellingRun
from automl_widgets.share.unpack import check_trusted

if TYPE_CHECKING:
    from automl_widgets.sdk.model import Model


class AutoMLRun(TellingRun):
    """Waits for, steers and reads a run, in the kernel that started it or in any other.

    Parameters
    ----------
    experiment : Experiment
        The experiment that the run belongs to.
    run_id : str
        Its id, ``AutoML_<guid>``.

    Raises
    ------
    NotFoundError
        If the workspace has no such run, or it belongs to another experiment.
    """

    def get_output(
        self,
        iteration: int | None = None,
        metric: str | None = None,
        return_onnx_model: bool = False,
        return_split_onnx_model: bool | None = None,
    ) -> tuple[IterationRun, Any]:
        """Return an iteration and its fitted model: the best by the primary metric, unless told otherwise.

        Parameters
        ----------
        iteration : int, optional
            This one.
        metric : str, optional
            The best by this metric, e.g. ``"accuracy"``.
        return_onnx_model : bool, default False
            Return the model as an ``onnx.ModelProto``; ``docs/sharing.md`` says which have one. Needs the extra `onnx`.
        return_split_onnx_model : bool, optional
            Not supported.

        Returns
        -------
        run : IterationRun
        fitted_model : sklearn.pipeline.Pipeline
            Predicts the labels that were given.

        Raises
        ------
        ConfigError
            If both `iteration` and `metric` are given.
        NotFoundError
            If nothing has a score yet, or there is no such iteration or metric.
        RunStateError
            If that iteration is not completed.
        NotSupportedError
            If an ONNX model is wanted and this model has no ONNX form.
        """
        if return_split_onnx_model:
            raise NotSupportedError("ONNX models come in one piece. Use return_onnx_model=True.")
        if iteration is not None and metric is not None:
            raise ConfigError(["Give `iteration` or `metric`, not both."], "the call")
        child = self.get_best_child(metric) if iteration is None else self._completed(iteration)
        model = child.load_model()
        return child, _to_onnx(model) if return_onnx_model else model

    def get_best_child(self, metric: str | None = None) -> IterationRun:
        """Return the best iteration so far by `metric`, the primary one by default."""
        from automl_widgets.objective import metric_of

        settings = self.record.settings
        name = metric or settings.primary_metric
        known = metric_of(name, settings)
        scored = [
            (record.result.metrics.get(name, float("nan")), record.iteration)
            for record in self.store.iterations(self.run_id)
            if record.result and record.state == "completed"
        ]
        usable = [(score if known.goal == "min" else -score, i) for score, i in scored if not math.isnan(score)]
        if not usable:
            raise NotFoundError(
                f"No iteration of this run has a score for {name} yet: it is {self.get_status()}. "
                "Wait for it with wait_for_completion(), or see get_children() for what failed."
            )
        return IterationRun(self, min(usable)[1])

    def _completed(self, iteration: int) -> IterationRun:
        record = self._iteration(iteration)
        if record is None:
            raise RunStateError(f"Run {iteration} has not started yet.")
        if record.state != "completed":
            status = words.ITERATION_STATUS[record.state]
            raise RunStateError(f"Run {iteration} is in {status} state. {record.reason or ''}".strip())
        return IterationRun(self, iteration)

    def register_model(
        self,
        model_name: str | None = None,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        iteration: int | None = None,
        metric: str | None = None,
    ) -> Model:
        """Copy a fitted model into the workspace's models under a name; its version counts from 1.

        Parameters
        ----------
        model_name : str, optional
            Made from the run's id and the iteration by default.
        description, tags : optional
            Kept with the model.
        iteration, metric : optional
            Which one, as in `get_output`.

        Returns
        -------
        Model
            `run.model_id` is set to its name.
        """
        from automl_widgets.sdk.model import from_record

        if iteration is not None and metric is not None:
            raise ConfigError(["Give `iteration` or `metric`, not both."], "the call")
        child = self.get_best_child(metric) if iteration is None else self._completed(iteration)
        check_trusted(self.record, "register_model")
        source = files.path_of(child.folder, "outputs/model.pkl")
        suffix = "best" if iteration is None else str(iteration)
        name = model_name or f"AutoML{self.run_id.removeprefix('AutoML_').replace('-', '')[:12]}{suffix}"
        store = self.store
        version = store.add_model(name, self.run_id, child.iteration, description or "", tags or {})
        folder = store.folder / "models" / name / str(version)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / "model.pkl")
        self.model_id = name
        found = next(record for record in store.models(name) if record.version == version)
        return from_record(self.experiment.workspace, found)

    def get_guardrails(self, to_console: bool = True) -> dict[str, Any]:
        """Return the verdicts on the data, and print them.

        Returns
        -------
        dict
            ``{"faults": [...]}``, each with `type`, `status` (Passed, Done, Alerted), `description` and `details`.
        """
        rails = self.store.guardrails(self.run_id)
        if to_console:
            for line in console.guardrail_lines(rails):
                console.say(line)
        described = [
            {
                "type": rail.name,
                "status": rail.state.capitalize(),
                "description": rail.description,
                "details": [dict(row) for row in rail.details],
            }
            for rail in rails
        ]
        return {"faults": described}

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values."""
        self.store.set_tags(self.run_id, {str(key): str(value) for key, value in tags.items()})

    def tag(self, key: str, value: str | None = None) -> None:
        """Set one tag."""
        self.set_tags({key: str(value)})

    def summary(self) -> list[list[object]]:
        """Return ``[algorithm, count, best score]`` for each algorithm tried, best first."""
        return words.summary(self.store.iterations(self.run_id), self.goal)

    def get_run_sdk_dependencies(self, iteration: int | None = None, check_versions: bool = True) -> dict[str, str]:
        """Return package versions that the run used; warn where those installed differ.

        Parameters
        ----------
        iteration : int, optional
            Accepted for Azure ML's sake: all iterations of a run use the same packages.
        check_versions : bool, default True
            Compare with what is installed.
        """
        from automl_widgets.sdk.versions import warn_of_differences

        used = dict(self.record.versions)
        if check_versions:
            warn_of_differences(used)
        return used


def _to_onnx(model: Any) -> Any:
    from automl_widgets.share.onnx_model import to_onnx

    text = to_onnx(model)
    import onnx

    return onnx.load_model_from_string(text)
