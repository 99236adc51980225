"""One iteration in a worker: folds, scores, the model on all rows, files. Not here: processes, limits, retries.

Each function is called as ``fn(data, report, spec=...)``, returns an encoded noun and raises whatever goes wrong: that
is a result, too. The same spec and the same data give the same scores.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from automl_widgets.engine import fitting
from automl_widgets.engine.checking import Report, Settled, checked, rounds_name, watch_of
from automl_widgets.engine.diagram import pipeline_nodes
from automl_widgets.engine.ensembling import combined
from automl_widgets.engine.explanation import explained
from automl_widgets.engine.lifeline import some_rows
from automl_widgets.engine.notes import Notes, notes
from automl_widgets.engine.pace import Pace
from automl_widgets.engine.result import Built, Data, finished, labels_of
from automl_widgets.records import TrialSpec, decode, encode


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
        pace = Pace.of(what, boosts=fitting.boosts(what))
        found, settled = checked(what, data, report, log, pace)
        return encode(finished(what, data, log, found, _built(settled, data, pace)))


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


# ---------------------------------------------------------------- the model of all rows


def _built(settled: Settled, data: Data, pace: Pace) -> Built:
    """Return the pipeline fitted to all rows of the training data, with the labels as the user gave them."""
    from automl_widgets.search.build import changed_parameters
    from automl_widgets.search.code import model_to_code

    spec, started_s = settled.spec, time.perf_counter()
    model, rounds = _kept(settled) if settled.kept else _refitted(settled, data, pace)
    refit_s = time.perf_counter() - started_s
    shown = _as_stopped(spec, model, rounds)
    parameters, changed = changed_parameters(shown.steps[-1][1])
    inner = {name: value for name, value in spec.recipe.parameters.items() if "__" in name}
    return Built(
        model=model,
        refit_s=refit_s,
        parameters={**parameters, **inner},
        changed=(*changed, *inner),
        n_rows=settled.most_rows,
        nodes=pipeline_nodes(spec, n_features=_width(model, data), n_classes=len(labels_of(data))),
        code=model_to_code(shown, f"Iteration {spec.iteration}: {spec.recipe.name}"),
    )


def _refitted(settled: Settled, data: Data, pace: Pace) -> tuple[Any, int | None]:
    """Return the pipeline of all rows, or of as many as there is time for, and the rounds if boosting was stopped."""
    spec, watch = settled.spec, watch_of(pace, 1)
    X, y, weights = data["X"], data["y"], data.get("weights")
    labels = None if data.get("labels") is None else np.asarray(data["labels"])
    if settled.most_rows is not None:
        rows = some_rows(spec, y, np.arange(len(y)), settled.most_rows)
        X, y, weights = fitting.take(X, rows), y[rows], None if weights is None else weights[rows]
    model = fitting.fit(spec, X, y, weights, labels, watch)
    return model, None if watch is None else watch.rounds


def _kept(settled: Settled) -> tuple[Any, int | None]:
    """Return a fold's pipeline without the rounds that made it worse, and how many it has if it was stopped."""
    from automl_widgets.search.stopping import shorten

    rounds = settled.spec.recipe.parameters.get(rounds_name(settled.spec))
    shorten(settled.kept.steps[-1][1], rounds if isinstance(rounds, int) else None)
    return settled.kept, rounds if isinstance(rounds, int) else None


def _as_stopped(spec: TrialSpec, model: Any, rounds: int | None) -> Any:
    """Return a model to tell of: with as many rounds as boosting had, if it was stopped."""
    if rounds is None:
        return model
    from sklearn.base import clone

    from automl_widgets.search.build import learner_of

    shown = clone(model)
    learner_of(shown.steps[-1][1]).set_params(**{rounds_name(spec): rounds})
    return shown


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
