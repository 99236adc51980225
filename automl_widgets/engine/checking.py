"""The folds of one iteration: fitted and scored, one after the other, within its time. Not here: the model of all rows.

Boosting is stopped when it gets no better for the rows held back, which are those that the fold is scored on: a little
to its favour. It is also stopped when a fit has had its share of the time; what cannot be stopped does not begin if it
would end too late. Of a single fold the model is kept where it would be that of all rows, or where a second fit would
take more of the run's time than it is worth. An iteration that must leave a model (`TrialSpec.is_lifeline`) makes do
with some of the rows, and if need be with some of the folds; it says so. A tuned recipe that falls behind is not given
its other folds, either.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from automl_widgets.engine import fitting
from automl_widgets.engine.diagnosing import rounds_of
from automl_widgets.engine.held import Floats, Held, Rows, Truth
from automl_widgets.engine.lifeline import rows_in_time, some_rows
from automl_widgets.engine.notes import Notes
from automl_widgets.engine.pace import Pace
from automl_widgets.engine.result import Checked, Data, scores_line, truth_of
from automl_widgets.objective import objective
from automl_widgets.records import Json, TrialSpec

if TYPE_CHECKING:
    from automl_widgets.search.stopping import Enough

Report = Callable[..., None]

CROSSES_TIMES = 2.0
"""Boosting on crosses has so much more time than other boosting: it is the best alone most often."""
MOST_TIMES = 4.0
"""Boosting that needs more than so many times its share for its usual rounds is stopped before them."""
LEAST_HELD = 50
"""Fewer rows held back do not tell when boosting should stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    X: Any
    y: Any
    weights: Floats | None
    X_held: Any
    held: Rows
    """Numbers of the rows held back."""


@dataclass(slots=True, kw_only=True)
class _Done:
    """What the folds have left, one entry each."""

    rows: list[Rows] = field(default_factory=list)
    predictions: list[Floats] = field(default_factory=list)
    scores: list[dict[str, float]] = field(default_factory=list)
    rounds: list[int | None] = field(default_factory=list)
    """Where boosting was stopped, or should have been."""
    has_run_out: bool = False
    """Boosting was stopped because its time was over."""
    rate: float | None = None
    """The learning rate that boosting was given in place of the recipe's."""
    model: Any = None
    """That of the last fold."""
    curve: dict[str, Any] | None = None
    """The learning curve of the first fold's rounds."""
    predict_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What the folds settle of the model of all rows."""

    spec: TrialSpec
    """Of as many rounds as the folds had time for."""
    most_rows: int | None = None
    """The most rows that there is time to fit; None for all."""
    kept: Any = None
    """The model of a fold that does for it."""


def checked(spec: TrialSpec, data: Data, report: Report, log: Notes, pace: Pace) -> tuple[Checked, Settled]:
    """Fit and score each fold.

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
        spec = _with_rate(spec, done, log)
        is_last = k == n or _is_behind(spec, done)
        report(stage="refit" if is_last else f"fold {k + 1} of {n}", fold=k - 1, score=_scores(spec, done)[-1])
        if is_last and k < n:
            log.warn(f"scored on {k} of {n} folds: too far behind the best {spec.recipe.algorithm}")
            break
    is_kept, n_fitted = _is_kept(spec, pace), len(fold.y)
    if not is_kept:
        pace.require(0)
    elif n_fitted < n_rows:
        log.say(f"the model is that of the fold, of {n_fitted:,} of {n_rows:,} rows: time is worth more elsewhere")
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
    settled = _with_rounds(spec, done, log)
    if is_kept:
        return found, Settled(spec=settled, most_rows=n_fitted if n_fitted < n_rows else None, kept=done.model)
    return found, Settled(spec=settled, most_rows=most_rows)


def _scores(spec: TrialSpec, done: _Done) -> list[float]:
    return [fold[spec.primary_metric] for fold in done.scores]


def _is_behind(spec: TrialSpec, done: _Done) -> bool:
    from automl_widgets.search.racing import is_behind

    return is_behind(_scores(spec, done), spec.least_scores, objective(spec).goal)


def _fit_and_score(spec: TrialSpec, fold: _Fold, truth: Truth, done: _Done, pace: Pace, log: Notes) -> None:
    started_s, n = time.perf_counter(), spec.validation.n_folds
    held_back, labels = _held_back(spec, fold, truth), truth.labels if _may_be_kept(spec) else None
    enough = None if held_back is None else _enough(spec)
    n_fits = n - pace.n_done + (not _may_be_kept(spec))
    watch = watch_of(pace, n_fits, enough, may_hurry=not pace.n_done and _rate(spec) is not None)
    model = fitting.fit(spec, fold.X, fold.y, fold.weights, labels, watch, held_back)
    done.model = model if _may_be_kept(spec) else None
    done.rate = watch.rate if watch and watch.rate else done.rate
    if not pace.n_done:
        log.say(_learner_line(model))
    fitted_s = time.perf_counter()
    done.rows.append(fold.held)
    done.predictions.append(fitting.predict(model, fold.X_held, spec, truth.n_classes, labels))
    done.predict_s += time.perf_counter() - fitted_s
    done.scores.append(truth.scores(fold.held, done.predictions[-1]))
    done.rounds.append(None if watch is None else watch.rounds)
    done.has_run_out = done.has_run_out or (watch is not None and watch.has_run_out)
    ended_s = time.perf_counter()
    pace.fold_ended(fitted_s - started_s, ended_s - fitted_s)
    if pace.n_done == 1:
        trained, held = (y if labels is None else labels[y] for y in (fold.y, truth.y[fold.held]))
        done.curve = rounds_of(model, spec.task, (fold.X, trained), (fold.X_held, held), log)
    stopped = "" if done.rounds[-1] is None else f", {done.rounds[-1]} rounds"
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


# ---------------------------------------------------------------- a fold's model that is kept


def _may_be_kept(spec: TrialSpec) -> bool:
    return spec.validation.n_folds == 1 and (spec.boosting_s is not None or spec.validation.kind == "train_valid")


def _is_kept(spec: TrialSpec, pace: Pace) -> bool:
    """Return whether the model of a single fold does for that of all rows."""
    if not _may_be_kept(spec) or spec.validation.kind == "train_valid":
        return _may_be_kept(spec)
    return pace.fits_s[-1] > (spec.boosting_s or 0.0) or not pace.has_time(0)


# ---------------------------------------------------------------- boosting that is stopped


def watch_of(pace: Pace, n_fits: int, enough: Enough | None = None, *, may_hurry: bool = False) -> Any:
    """Return what stops boosting in the next of so many fits; None where nothing has to.

    Parameters
    ----------
    pace : Pace
    n_fits : int
    enough : Enough, optional
        When it is enough where rows held back tell when to stop.
    may_hurry : bool, default False
        Whether another learning rate may be chosen for the time that there is.
    """
    until_s = pace.fit_until_s(n_fits) if pace.boosts else None
    if until_s is None and enough is None:
        return None
    from automl_widgets.search.stopping import NEVER, Stopwatch

    return Stopwatch(math.inf if until_s is None else until_s, enough or NEVER, may_hurry=may_hurry)


def _enough(spec: TrialSpec) -> Enough:
    """Return what is enough for one fit."""
    from automl_widgets.search.algorithms import ALGORITHMS
    from automl_widgets.search.build import crosses
    from automl_widgets.search.stopping import Enough

    times = CROSSES_TIMES if crosses(spec.recipe) else 1.0
    share_s = math.inf if spec.boosting_s is None else spec.boosting_s / (spec.validation.n_folds + 1)
    usual = ALGORITHMS[spec.task][spec.recipe.algorithm].defaults.get(rounds_name(spec))
    rounds = usual if isinstance(usual, int) else 0
    return Enough(share_s=times * share_s, rounds=rounds, most_s=MOST_TIMES * share_s)


def _held_back(spec: TrialSpec, fold: _Fold, truth: Truth) -> Any:
    """Return the rows that tell boosting when to stop; None if there are too few, or nothing listens."""
    if not fitting.stops_early(spec) or len(fold.held) < LEAST_HELD:
        return None
    from automl_widgets.search.stopping import HeldBack

    weights = None if truth.weights is None or not fitting.takes_weights(spec) else truth.weights[fold.held]
    return HeldBack(X=fold.X_held, y=truth.y[fold.held], weights=weights)


def rounds_name(spec: TrialSpec) -> str:
    """Return the name of the recipe's parameter that says how many rounds are boosted; empty if it has none."""
    return next((name for name in ("n_estimators", "iterations") if name in spec.recipe.parameters), "")


def _rate(spec: TrialSpec) -> Json:
    return spec.recipe.parameters.get("learning_rate")


def _with_rate(spec: TrialSpec, done: _Done, log: Notes) -> TrialSpec:
    """Return the spec with the learning rate that suits the rounds that there is time for."""
    recipe, before = spec.recipe, _rate(spec)
    if done.rate is None or done.rate == before:
        return spec
    log.say(f"learning rate {done.rate:g} in place of {before:g}: the time would do for too few rounds")
    return replace(spec, recipe=replace(recipe, parameters={**recipe.parameters, "learning_rate": done.rate}))


def _with_rounds(spec: TrialSpec, done: _Done, log: Notes) -> TrialSpec:
    """Return the spec with as many rounds as the folds had on average, if any of them was stopped."""
    name, rounds = rounds_name(spec), done.rounds
    planned = spec.recipe.parameters.get(name)
    if all(n is None for n in rounds) or not isinstance(planned, int):
        return spec
    n_rounds = max(1, round(sum(planned if n is None else n for n in rounds) / len(rounds)))
    if done.has_run_out:
        log.warn(f"boosting was stopped after {n_rounds} of {planned} rounds: the time would not do for all of them")
    else:
        log.say(f"{n_rounds} of at most {planned} rounds: the mean of those that were best for the rows held back")
    return replace(spec, recipe=replace(spec.recipe, parameters={**spec.recipe.parameters, name: n_rounds}))
