"""Figures of an iteration, of what is stored with it and of its fitted model. Not here: how they look (``view``)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_widgets.errors import NotFoundError, RunStateError
from automl_widgets.records import IterationRecord, RunRecord
from automl_widgets.sdk import words
from automl_widgets.share.unpack import check_trusted

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from automl_widgets.sdk.run import AutoMLRun
    from automl_widgets.view.figures import Explained

OF_EXPLANATION = ("importance", "beeswarm", "dependence", "waterfall")
OF_MODEL = ("permutation_importance", "partial_dependence")


class FiguresOfIteration:
    """The part of `IterationRun` that draws."""

    parent: AutoMLRun
    iteration: int

    @property
    def folder(self) -> Path:
        """Folder with its files."""
        raise NotImplementedError

    @property
    def record(self) -> IterationRecord:
        """What the store holds of it."""
        raise NotImplementedError

    def load_model(self) -> Any:
        """Load its fitted model."""
        raise NotImplementedError

    def figure_names(self) -> list[str]:
        """Return the names of the figures that it has; those of SHAP values only once it has been explained."""
        from automl_widgets.view.figures import available

        explanation = self.parent.store.explanation(self.parent.run_id, self.iteration)
        is_explained = explanation is not None and explanation.state == "completed"
        return [*available(self.diagnostics()), *(OF_EXPLANATION if is_explained else ()), *OF_MODEL]

    def figure(
        self,
        name: str,
        *,
        feature: str | None = None,
        label: object | None = None,
        row: int | None = None,
        of: Sequence[str] = (),
        colour_by: str | None = None,
        top: int | None = None,
    ) -> go.Figure:
        """Return a chart of it as a plotly figure.

        Parameters
        ----------
        name : str
            - from predictions of rows held back: `confusion`, `roc`, `precision_recall`, `gain`, `lift`, `calibration`,
              `thresholds`, `predicted_true`, `residuals`, `residuals_by_prediction`, `errors` (by a feature), `rounds`;
            - from its explanation: `importance`, `beeswarm`, `dependence` (on a feature), `waterfall` (of a row);
            - from its fitted model and the run's data, computed now: `permutation_importance`, `partial_dependence`
              (on a feature, with curves of single rows).
        feature : str, optional
            The feature, by default the one that tells most.
        label : object, optional
            The class whose output is explained.
        row : int, optional
            The explained row, by its position in the data.
        of : sequence of str, optional
            For curves: averages (`micro`, `macro`, `weighted`) and labels of classes.
        colour_by : str, optional
            For dependence: another feature, by default the one that interacts most.
        top : int, optional
            Features shown.

        Returns
        -------
        plotly.graph_objects.Figure

        Raises
        ------
        NotFoundError
            If there is no such figure, feature, class or row, or the iteration was not explained.
        RunStateError
            If the iteration has no model, or the run's data are needed and not kept.
        NotSupportedError
            For the partial dependence on a date, a text or a column of many levels.
        """
        self._check_completed()
        most = {} if top is None else {"top": top}
        if name in OF_EXPLANATION:
            made = self._of_explanation(name, feature, label, row, colour_by, most)
        elif name == "permutation_importance":
            made = self._permutation(most)
        elif name == "partial_dependence":
            made = self._partial_dependence(feature, label)
        else:
            made = self._of_diagnostics(name, of, feature)
        made.update_layout(title_text=f"{made.layout.title.text}, iteration {self.iteration}")
        return made

    def _check_completed(self) -> None:
        record = self.record
        if record.state != "completed":
            status = words.ITERATION_STATUS[record.state]
            raise RunStateError(
                f"Iteration {self.iteration} is in {status} state: only one that completed has figures. "
                f"{record.reason or ''}".strip()
            )

    # ---------------------------------------------------------------- diagnostics

    def diagnostics(self) -> dict[str, Any]:
        """Return what its predictions of rows held back have shown, as stored; empty if there is nothing."""
        try:
            text = self.parent.store.read_file(self.parent.run_id, self.iteration, "diagnostics.json")
            return dict(json.loads(text))
        except (NotFoundError, ValueError):
            return {}

    def _of_diagnostics(self, name: str, of: Sequence[str], feature: str | None) -> Any:
        from automl_widgets.view.figures import DIAGNOSTICS, diagnostics_figure

        found = self.diagnostics()
        if name in DIAGNOSTICS and "reason" in found:
            raise RunStateError(f"Iteration {self.iteration} has no diagnostics: {found['reason']}")
        if name not in DIAGNOSTICS:
            raise NotFoundError(
                f"No figure {name!r:.80} of this iteration: there are {', '.join(self.figure_names())}."
            )
        return diagnostics_figure(found, name, of=of, feature=feature)

    # ---------------------------------------------------------------- explanation

    def _of_explanation(
        self,
        name: str,
        feature: str | None,
        label: object,
        row: int | None,
        colour_by: str | None,
        most: dict[str, int],
    ) -> Any:
        from automl_widgets.view import figures

        explained = self._explained(with_rows=name != "importance")
        if name == "importance":
            return figures.importance(explained, label=label, **most)
        if name == "beeswarm":
            return figures.beeswarm(explained, label=label, **most)
        if name == "waterfall":
            return figures.waterfall(explained, row, label=label, **most)
        return figures.dependence(
            explained, feature, label=label, colour_by=_partner(explained, feature, label, colour_by)
        )

    def _explained(self, with_rows: bool) -> Explained:
        """Return the stored explanation, with the rows that it is of if the run's data are kept."""
        from automl_widgets.sdk.explanation import finished_explanation
        from automl_widgets.view.figures import Explained

        explanation = finished_explanation(self)  # type: ignore[arg-type]
        with np.load(self.folder / "explanation.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        values = arrays["values"] if arrays["values"].ndim == 3 else arrays["values"][None]
        table = _rows_of(self.parent, str(arrays["source"]), arrays["rows"]) if with_rows else None
        return Explained(
            values=values,
            expected=np.atleast_1d(arrays["expected"]),
            features=explanation.features,
            labels=explanation.classes or ("",),
            unit=explanation.unit,
            rows=arrays["rows"],
            table=table,
        )

    # ---------------------------------------------------------------- model

    def _permutation(self, most: dict[str, int]) -> Any:
        from automl_widgets.explain.inspection import MAX_ROWS, permuted
        from automl_widgets.view import figures

        run, model = self.parent.record, self.load_model()
        data = _needed(self.parent)
        is_valid = data.get("y_valid") is not None
        X, y = (data["X_valid"], data["y_valid"]) if is_valid else (data["X"], data["y"])
        rows = _drawn(len(y), MAX_ROWS, run.settings.random_state)
        sample, truth = X.iloc[rows] if hasattr(X, "iloc") else X[rows], np.asarray(y)[rows]
        mean, std = permuted(model, sample, truth, _scorer(run, data), random_state=run.settings.random_state)
        about = f"{len(rows):,} {'validation rows' if is_valid else 'rows that the model was fitted to'}"
        names = [str(name) for name in data["feature_names"]]
        return figures.permutation_importance(names, mean, std, metric=run.settings.primary_metric, about=about, **most)

    def _partial_dependence(self, feature: str | None, label: object) -> Any:
        from automl_widgets.explain.inspection import MAX_ROWS, fixed
        from automl_widgets.view import figures

        run, model = self.parent.record, self.load_model()
        data = _needed(self.parent)
        names = [str(name) for name in data["feature_names"]]
        if feature is None or str(feature) not in names:
            raise NotFoundError(f"Give `feature`, one of {', '.join(names[:30])}; got feature={feature!r:.80}.")
        j = names.index(str(feature))
        rows = _drawn(int(data["X"].shape[0]), MAX_ROWS, run.settings.random_state)
        X = data["X"].iloc[rows] if hasattr(data["X"], "iloc") else data["X"][rows]
        found = fixed(model, X, j, run.profile.column_purposes[j] if run.profile else "numeric")
        labels = [] if data.get("labels") is None else [str(one) for one in np.asarray(data["labels"]).tolist()]
        k, output, is_mirrored = _output(labels, label)
        average, individual = found.average[k], found.individual[k]
        return figures.partial_dependence(
            names[j],
            found.grid,
            1 - average if is_mirrored else average,
            1 - individual if is_mirrored else individual,
            output=output,
            is_category=found.is_category,
        )


def _partner(explained: Explained, feature: str | None, label: object, colour_by: str | None) -> int | None:
    """Return the feature that colours a dependence: the one that was asked for, or the one that interacts most."""
    from automl_widgets.explain.inspection import strongest_interaction

    if colour_by is not None:
        return explained.feature(colour_by)
    if explained.table is None:
        return None
    j, values = explained.feature(feature), explained.values[explained.output(label)]
    return strongest_interaction(values, explained.table, j)


def _output(labels: list[str], label: object) -> tuple[int, str, bool]:
    """Return which of scikit-learn's outputs shows a class, what it is called, and whether it is one minus that."""
    if not labels:
        return 0, "prediction", False
    if label is not None and str(label) not in labels:
        raise NotFoundError(f"No class {label!r:.80}: there are {', '.join(labels[:30])}.")
    k = len(labels) - 1 if label is None else labels.index(str(label))
    words_of = f"probability of {labels[k]}"
    return (0, words_of, k == 0) if len(labels) == 2 else (k, words_of, False)


def _drawn(n: int, n_most: int, seed: int) -> Any:
    if n <= n_most:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, n_most, replace=False))


def _scorer(run: RunRecord, data: Mapping[str, Any]) -> Any:
    """Return the primary metric as scikit-learn wants a scorer: the higher, the better."""
    from automl_widgets.metrics import metric, score_one

    name, labels = run.settings.primary_metric, data.get("labels")
    sign = 1.0 if metric(name).goal == "max" else -1.0
    known = [] if labels is None else list(np.asarray(labels).tolist())
    positive = run.settings.positive_label
    options: dict[str, Any] = {
        "positive_class": known.index(positive) if positive in known else None,
        "y_range": None if known else (float(np.min(data["y"])), float(np.max(data["y"]))),
    }

    def score(model: Any, X: Any, y: Any) -> float:
        prediction = model.predict_proba(X) if known else model.predict(X)
        return sign * score_one(name, y, np.asarray(prediction), **options)

    return score


# ---------------------------------------------------------------- data


def _stored(run: AutoMLRun) -> dict[str, Any] | None:
    """Return the run's data, None if they are not kept."""
    from automl_widgets.engine.executors import dataset
    from automl_widgets.engine.past import stored_data

    check_trusted(run.record, "Reading its data")
    path = stored_data(run.folder, "")
    return None if path is None else dataset.read(path)


def _needed(run: AutoMLRun) -> dict[str, Any]:
    data = _stored(run)
    if data is None:
        raise RunStateError(
            f"The data of the run are not in its folder {run.folder}: this figure needs them. They are kept up to "
            f"keep_data_mb={run.record.settings.keep_data_mb:g}; give AutoMLConfig a larger one."
        )
    return data


def _rows_of(run: AutoMLRun, source: str, rows: Any) -> Any:
    """Return some rows as a frame, None if the data are not kept or the run is a stranger's."""
    import pandas as pd

    try:
        data = _stored(run)
    except RunStateError:
        return None
    table = None if data is None else data.get(source)
    if data is None or table is None:
        return None
    part = table.iloc[rows] if hasattr(table, "iloc") else table[rows]
    if hasattr(part, "iloc"):
        return part
    frame = pd.DataFrame(part.toarray() if hasattr(part, "toarray") else part, columns=list(data["feature_names"]))
    return frame.infer_objects()
