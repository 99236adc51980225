"""One iteration in a worker: folds, scores, the model on all rows, files. Not here: processes, limits, retries.

Each function is called as ``fn(data, report, spec=...)``, returns an encoded noun and raises whatever goes wrong: that
is a result, too. The same spec and the same data give the same scores.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_widgets.engine import fitting
from automl_widgets.engine.diagnosing import rounds_of
from automl_widgets.engine.diagram import pipeline_nodes
from automl_widgets.engine.ensembling import combined
from automl_widgets.engine.explanation import explained
from automl_widgets.engine.held import Floats, Held, Rows
from automl_widgets.engine.notes import Notes, notes
from automl_widgets.engine.result import Built, Checked, Data, finished, labels_of, scores_line, truth_of
from automl_widgets.records import TrialSpec, decode, encode

Report = Callable[..., None]


def run_iteration(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Run one recipe: fit and score each fold, fit all rows, write model, predictions, code and diagram.

    Parameters
    ----------
    data : mapping
        X, y and what belongs to them.
    report : callable
        Is told `stage`, and `fold` and `score` after each fold.
    spec : mapping
        An encoded `TrialSpec`.

    Returns
    -------
    mapping
        An encoded `TrialResult`.
    """
    what = decode(TrialSpec, spec)
    with notes(f"{what.run_id}.{what.iteration}") as log:
        _introduce(what, data, log)
        checked = _checked(what, data, report, log)
        return encode(finished(what, data, log, checked, _built(what, data)))


def run_ensemble(data: Data, report: Report, *, spec: Mapping[str, Any]) -> Any:
    """Combine finished iterations, from what they predicted for rows held back and from their models.

    Parameters
    ----------
    data, report
        As for `run_iteration`.
    spec : mapping
        An encoded `TrialSpec` with `members`.

    Returns
    -------
    mapping
        An encoded `TrialResult`.
    """
    what = decode(TrialSpec, spec)
    with notes(f"{what.run_id}.{what.iteration}") as log:
        log.say(f"iteration {what.iteration}: {what.recipe.name} of {len(what.members)} iterations")
        report(stage="choosing members")
        return encode(finished(what, data, log, *combined(what, data, log)))


def run_explanation(data: Data, report: Report, *, spec: Mapping[str, Any], time_limit_s: float | None = None) -> Any:
    """Explain the model of an iteration that has ended, and write `explanation.npz`.

    Parameters
    ----------
    data, report, spec
        As for `run_iteration`.
    time_limit_s : float, optional
        What is explained by then is returned.

    Returns
    -------
    mapping
        An encoded `Explanation`.
    """
    what = decode(TrialSpec, spec)
    with notes(f"{what.run_id}.{what.iteration}") as log:
        log.say(f"explaining iteration {what.iteration}")
        found = explained(what, data, time_limit_s)
        log.say(f"explained {found.n_rows:,} rows in {found.seconds:.1f} s: {found.method}")
        return encode(found)


# ---------------------------------------------------------------- folds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    X: Any
    y: Any
    weights: Floats | None
    X_held: Any
    held: Rows


def _folds(spec: TrialSpec, data: Data) -> Iterator[_Fold]:
    from automl_widgets.data.folds import splits

    X, y, weights = data["X"], data["y"], data.get("weights")
    for train, held in splits(spec.validation, data, spec.random_state):
        if spec.validation.kind == "train_valid":
            rows = np.arange(data["X_valid"].shape[0])
            yield _Fold(X=X, y=y, weights=weights, X_held=data["X_valid"], held=rows)
            continue
        yield _Fold(
            X=fitting.take(X, train),
            y=y[train],
            weights=None if weights is None else weights[train],
            X_held=fitting.take(X, held),
            held=held,
        )


def _checked(spec: TrialSpec, data: Data, report: Report, log: Notes) -> Checked:
    """Fit and score each fold."""
    truth, n = truth_of(spec, data), spec.validation.n_folds
    rows, predictions, scores, rounds = [], [], [], None
    started_s, predict_s = time.perf_counter(), 0.0
    report(stage=f"fold 1 of {n}")
    for k, fold in enumerate(_folds(spec, data), 1):
        fold_s = time.perf_counter()
        model = fitting.fit(spec, fold.X, fold.y, fold.weights)
        if k == 1:
            log.say(_learner_line(model))
        fitted_s = time.perf_counter()
        rows.append(fold.held)
        predictions.append(fitting.predict(model, fold.X_held, spec, truth.n_classes))
        predict_s += time.perf_counter() - fitted_s
        scores.append(truth.scores(fold.held, predictions[-1]))
        if k == 1:
            held = (fold.X_held, truth.y[fold.held])
            rounds = rounds_of(model, spec.task, (fold.X, fold.y), held, log)
        log.say(f"fold {k}/{n}  {scores_line(spec, scores[-1])}  {time.perf_counter() - fold_s:.1f} s")
        stage = f"fold {k + 1} of {n}" if k < n else "refit"
        report(stage=stage, fold=k - 1, score=scores[-1][spec.primary_metric])
    is_given = spec.validation.kind == "train_valid"
    return Checked(
        held=Held(rows=tuple(rows), predictions=tuple(predictions), of_validation_data=is_given),
        scores=scores,
        fit_s=time.perf_counter() - started_s,
        predict_ms=predict_s * 1e6 / sum(map(len, rows)),
        rounds=rounds,
    )


def _learner_line(model: Any) -> str:
    """Return the learner and the parameters that are not its defaults, as Python writes them."""
    from automl_widgets.search.build import changed_parameters, learner_of

    parameters, changed = changed_parameters(model.steps[-1][1])
    options = ", ".join(f"{name}={parameters[name]!r}" for name in changed)
    return f"{type(learner_of(model.steps[-1][1])).__name__}({options})"


# ---------------------------------------------------------------- the model of all rows


def _built(spec: TrialSpec, data: Data) -> Built:
    """Return the pipeline fitted to all rows of the training data, with the labels as the user gave them."""
    from automl_widgets.search.build import changed_parameters
    from automl_widgets.search.code import model_to_code

    started_s = time.perf_counter()
    labels = None if data.get("labels") is None else np.asarray(data["labels"])
    model = fitting.fit(spec, data["X"], data["y"], data.get("weights"), labels)
    refit_s = time.perf_counter() - started_s
    parameters, changed = changed_parameters(model.steps[-1][1])
    return Built(
        model=model,
        refit_s=refit_s,
        parameters=parameters,
        changed=changed,
        nodes=pipeline_nodes(spec, n_features=_width(model, data), n_classes=len(labels_of(data))),
        code=model_to_code(model, f"Iteration {spec.iteration}: {spec.recipe.name}"),
    )


def _width(model: Any, data: Data) -> int:
    """Return how many columns the preprocessor is given."""
    featurizer = dict(model.steps).get("datatransformer")
    return data["X"].shape[1] if featurizer is None else len(featurizer.get_engineered_feature_names())


def _introduce(spec: TrialSpec, data: Data, log: Notes) -> None:
    X, threads = data["X"], f"{spec.threads} thread{'s' * (spec.threads > 1)}"
    again = f", attempt {spec.attempt + 1}" if spec.attempt else ""
    folds = f"{spec.validation.n_folds} fold{'s' * (spec.validation.n_folds > 1)}"
    log.say(f"iteration {spec.iteration}: {spec.recipe.name}, {folds}, {threads}{again}")
    log.say(f"data: {X.shape[0]:,} rows, {X.shape[1]:,} columns")
    if data.get("weights") is not None and not fitting.takes_weights(spec):
        log.warn(f"{spec.recipe.algorithm} takes no weights of rows: fitted without, scored with them")
