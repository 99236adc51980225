"""The folds of one iteration: fitted and scored, one after the other, within its time. Not here: the model of all rows.

Boosting is stopped when a fit has had its share of the time; what cannot be stopped does not begin if it would end too
late. An iteration that must leave a model (`TrialSpec.is_lifeline`) makes do with some of the rows, and if need be with
some of the folds; it says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from automl_widgets.engine import fitting
from automl_widgets.engine.diagnosing import rounds_of
from automl_widgets.engine.held import Floats, Held, Rows, Truth
from automl_widgets.engine.lifeline import rows_in_time, some_rows
from automl_widgets.engine.notes import Notes
from automl_widgets.engine.pace import Pace
from automl_widgets.engine.result import Checked, Data, scores_line, truth_of
from automl_widgets.records import TrialSpec

Report = Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    X: Any
    y: Any
    weights: Floats | None
    X_held: Any
    held: Rows


@dataclass(slots=True, kw_only=True)
class _Done:
    """What the folds have left, one entry each."""

    rows: list[Rows] = field(default_factory=list)
    predictions: list[Floats] = field(default_factory=list)
    scores: list[dict[str, float]] = field(default_factory=list)
    rounds: list[int | None] = field(default_factory=list)
    """Where boosting was stopped."""
    curve: dict[str, Any] | None = None
    """The learning curve of the first fold's rounds."""
    predict_s: float = 0.0


def checked(
    spec: TrialSpec, data: Data, report: Report, log: Notes, pace: Pace
) -> tuple[Checked, TrialSpec, int | None]:
    """Fit and score each fold.

    Returns
    -------
    Checked
    TrialSpec
        For the fit of all rows: of as many rounds as the folds had time for.
    int or None
        The most rows that there is time to fit; None for all.

    Raises
    ------
    OutOfTimeError
        If the folds that are left, and the fit of all rows, would not end in time.
    """
    truth, n, done, started_s = truth_of(spec, data), spec.validation.n_folds, _Done(), time.perf_counter()
    report(stage=f"fold 1 of {n}")
    most_rows, n_rows = rows_in_time(spec, data, pace), data["X"].shape[0]
    if most_rows is not None:
        log.warn(f"fitted to {most_rows:,} of {n_rows:,} rows: the time would not do for all of them")
    for k, fold in enumerate(_folds(spec, data, most_rows), 1):
        if not pace.may_go_on():
            log.warn(f"scored on {k - 1} of {n} folds: the time would not do for all of them")
            break
        pace.require(n - k + 1)
        pace.growth = min(n_rows, most_rows or n_rows) / len(fold.y)
        _fit_and_score(spec, fold, truth, done, pace, log)
        stage = f"fold {k + 1} of {n}" if k < n else "refit"
        report(stage=stage, fold=k - 1, score=done.scores[-1][spec.primary_metric])
    pace.require(0)
    found = Checked(
        held=Held(
            rows=tuple(done.rows),
            predictions=tuple(done.predictions),
            of_validation_data=spec.validation.kind == "train_valid",
        ),
        scores=done.scores,
        fit_s=time.perf_counter() - started_s,
        predict_ms=done.predict_s * 1e6 / sum(map(len, done.rows)),
        rounds=done.curve,
    )
    return found, _with_rounds(spec, done.rounds, log), most_rows


def _fit_and_score(spec: TrialSpec, fold: _Fold, truth: Truth, done: _Done, pace: Pace, log: Notes) -> None:
    started_s, n = time.perf_counter(), spec.validation.n_folds
    watch = watch_of(pace, n - pace.n_done + 1)
    model = fitting.fit(spec, fold.X, fold.y, fold.weights, watch=watch)
    if not pace.n_done:
        log.say(_learner_line(model))
    fitted_s = time.perf_counter()
    done.rows.append(fold.held)
    done.predictions.append(fitting.predict(model, fold.X_held, spec, truth.n_classes))
    done.predict_s += time.perf_counter() - fitted_s
    done.scores.append(truth.scores(fold.held, done.predictions[-1]))
    done.rounds.append(None if watch is None else watch.rounds)
    ended_s = time.perf_counter()
    pace.fold_ended(fitted_s - started_s, ended_s - fitted_s)
    if pace.n_done == 1:
        held = (fold.X_held, truth.y[fold.held])
        done.curve = rounds_of(model, spec.task, (fold.X, fold.y), held, log)
    stopped = "" if done.rounds[-1] is None else f", stopped after {done.rounds[-1]} rounds"
    log.say(f"fold {pace.n_done}/{n}  {scores_line(spec, done.scores[-1])}  {ended_s - started_s:.1f} s{stopped}")


def _folds(spec: TrialSpec, data: Data, most_rows: int | None) -> Iterator[_Fold]:
    from automl_widgets.data.folds import splits

    X, y, weights = data["X"], data["y"], data.get("weights")
    is_given = spec.validation.kind == "train_valid"
    for train, held in splits(spec.validation, data, spec.random_state):
        rows = some_rows(spec, y, train, most_rows)
        is_all = is_given and len(rows) == len(y)
        yield _Fold(
            X=X if is_all else fitting.take(X, rows),
            y=y if is_all else y[rows],
            weights=weights if weights is None or is_all else weights[rows],
            X_held=data["X_valid"] if is_given else fitting.take(X, held),
            held=np.arange(data["X_valid"].shape[0]) if is_given else held,
        )


def _learner_line(model: Any) -> str:
    """Return the learner and the parameters that are not its defaults, as Python writes them."""
    from automl_widgets.search.build import changed_parameters, learner_of

    parameters, changed = changed_parameters(model.steps[-1][1])
    options = ", ".join(f"{name}={parameters[name]!r}" for name in changed)
    return f"{type(learner_of(model.steps[-1][1])).__name__}({options})"


# ---------------------------------------------------------------- boosting that is stopped


def watch_of(pace: Pace, n_fits: int) -> Any:
    """Return what stops boosting in the next of so many fits; None where nothing has to."""
    until_s = pace.fit_until_s(n_fits) if pace.boosts else None
    if until_s is None:
        return None
    from automl_widgets.search.stopping import Stopwatch

    return Stopwatch(until_s)


def rounds_name(spec: TrialSpec) -> str:
    """Return the name of the recipe's parameter that says how many rounds are boosted; empty if it has none."""
    return next((name for name in ("n_estimators", "iterations") if name in spec.recipe.parameters), "")


def _with_rounds(spec: TrialSpec, rounds: list[int | None], log: Notes) -> TrialSpec:
    """Return the spec with as many rounds as the folds had on average, if any of them was stopped."""
    name = rounds_name(spec)
    planned = spec.recipe.parameters.get(name)
    if all(n is None for n in rounds) or not isinstance(planned, int):
        return spec
    n_rounds = max(1, round(sum(planned if n is None else n for n in rounds) / len(rounds)))
    log.warn(f"boosting was stopped after {n_rounds} of {planned} rounds: the time would not do for all of them")
    return replace(spec, recipe=replace(spec.recipe, parameters={**spec.recipe.parameters, name: n_rounds}))
