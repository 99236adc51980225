"""A vote or a stack of finished iterations, in a worker: from their stored predictions and models. Nothing is refitted.

Weights and second model are chosen on the same held-back rows that the score is reported on: it flatters, a little for
a vote and less for a stack, whose second model predicts each fold by the others. The log says so.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.engine import artifacts, fitting
from automl_widgets.engine.diagram import ensemble_nodes
from automl_widgets.engine.held import Floats, Held, Truth
from automl_widgets.engine.notes import Notes
from automl_widgets.engine.result import SELECTION_ROWS, Built, Checked, scores_line, truth_of
from automl_widgets.errors import TrialError
from automl_widgets.objective import objective
from automl_widgets.records import Member, TrialSpec

LEAST_STACKED = 3
"""A stack has at least so many members, if there are as many: the best ones."""
CHOICE_SHARE = 0.6
"""Of the time that is left, the choice of members takes at most this share; the rest is for their models."""
MODEL_MB_S = 150.0
"""At this pace at least a model is read and written once more; forests of many rows have hundreds of MB."""
TIMED_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What may be combined: members, and what they predict for the same held-back rows."""

    members: tuple[Member, ...]
    held: Held
    """The first member's; its rows and folds are those of all."""
    predictions: Floats
    """(n_members, n_rows, n_classes) or (n_members, n_rows)."""
    y: npt.NDArray[Any]
    fold: npt.NDArray[np.int16]
    weights: Floats | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """Members that were chosen, with what they predict together."""

    members: tuple[Member, ...]
    weights: tuple[float, ...]
    prediction: Floats
    meta_learner: Any = None


def combined(spec: TrialSpec, data: Mapping[str, Any], log: Notes) -> tuple[Checked, Built]:
    """Return how the ensemble does, and its model.

    Raises
    ------
    TrialError
        If no member has predictions to choose by.
    """
    truth, started_s = truth_of(spec, data), time.perf_counter()
    pool = _pool(_readable(spec, log), truth)
    found = _stack(spec, pool, truth) if spec.recipe.algorithm == "StackEnsemble" else _vote(spec, pool, truth)
    for member, weight in zip(found.members, found.weights, strict=True):
        share = f", weight {weight:.2f}" if found.meta_learner is None else ""
        log.say(f"member: iteration {member.iteration}, {member.name}, {member.score:.4f}{share}")
    held = pool.held.with_pooled(found.prediction)
    scores, fit_s = held.scores(truth), time.perf_counter() - started_s
    for k, fold in enumerate(scores, 1):
        log.say(f"fold {k}/{len(scores)}  {scores_line(spec, fold)}")
    log.say("the members were chosen on the rows that these scores are of")
    built = _built(spec, data, found)
    return Checked(held=held, scores=scores, fit_s=fit_s, predict_ms=_predict_ms(built.model, data["X"])), built


def _readable(spec: TrialSpec, log: Notes) -> tuple[Member, ...]:
    """Return the members whose models can be read and written again in the time that is left, the best ones first.

    Raises
    ------
    TrialError
        If there are none.
    """
    if not spec.members:
        raise TrialError("No iteration has a score: there is nothing to combine.")
    if spec.ends_at is None:
        return spec.members
    left_mb = MODEL_MB_S * (spec.ends_at - time.monotonic())
    sign, kept = -1 if objective(spec).goal == "max" else 1, set()
    for member in sorted(spec.members, key=lambda member: (sign * member.score, member.iteration)):
        size_mb = artifacts.model_mb(member.folder)
        if size_mb <= left_mb:
            kept.add(member)
            left_mb -= size_mb
        else:
            log.warn(f"without iteration {member.iteration}, {member.name}: no time to read its {size_mb:,.1f} MB")
    if not kept:
        raise TrialError("There is no time to read the model of any iteration: there is nothing to combine.")
    return tuple(member for member in spec.members if member in kept)


def _pool(members: tuple[Member, ...], truth: Truth) -> Pool:
    helds = [artifacts.load_held(member.folder) for member in members]
    rows = np.concatenate(helds[0].rows)
    return Pool(
        members=members,
        held=helds[0],
        predictions=np.array([held.pooled() for held in helds]),
        y=truth.y[rows],
        fold=np.repeat(np.arange(len(helds[0].rows), dtype=np.int16), [len(r) for r in helds[0].rows]),
        weights=None if truth.weights is None else truth.weights[rows],
    )


def _vote(spec: TrialSpec, pool: Pool, truth: Truth) -> Combination:
    from automl_widgets.search.ensemble import select_weights

    sample, places = pool.held.sampled(SELECTION_ROWS, spec.random_state)

    now = time.monotonic()
    until = None if spec.ends_at is None else now + CHOICE_SHARE * (spec.ends_at - now)

    def score(_: npt.NDArray[Any], prediction: Floats) -> float:
        if until is not None and time.monotonic() > until:
            return float("nan")  # no member is better than what there is: the choice ends
        return sample.with_pooled(prediction).score_one(truth, spec.primary_metric)

    goal, few = objective(spec).goal, pool.predictions[:, places]
    weights = select_weights(few, pool.y[places], score, goal, n_candidates=spec.ensemble_candidates)
    chosen = np.flatnonzero(weights)
    if not len(chosen):
        raise TrialError("No iteration has predictions to choose by: there is nothing to combine.")
    return Combination(
        members=tuple(pool.members[k] for k in chosen),
        weights=tuple(weights[chosen].tolist()),
        prediction=np.average(pool.predictions[chosen], axis=0, weights=weights[chosen]),
    )


def _stack(spec: TrialSpec, pool: Pool, truth: Truth) -> Combination:
    """Stack the members of the vote, which are few and different, and the best ones if those are too few."""
    from automl_widgets.search.ensemble import fit_stack, make_meta_learner

    sign = -1 if objective(spec).goal == "max" else 1
    best = sorted(pool.members, key=lambda member: (sign * member.score, member.iteration))
    voted = _vote(spec, pool, truth).members
    wanted = {*voted, *best[: LEAST_STACKED if len(voted) < LEAST_STACKED else 0]}
    chosen = [k for k, member in enumerate(pool.members) if member in wanted]
    learner = make_meta_learner(
        spec.task, spec.stack_meta_learner, spec.stack_meta_parameters, random_state=spec.random_state
    )
    stack = fit_stack(pool.predictions[chosen], pool.y, pool.fold, learner, pool.weights)
    return Combination(
        members=tuple(pool.members[k] for k in chosen),
        weights=(1 / len(chosen),) * len(chosen),
        prediction=stack.prediction,
        meta_learner=stack.meta_learner,
    )


def _built(spec: TrialSpec, data: Mapping[str, Any], found: Combination) -> Built:
    """Return the ensemble of the members' models of all rows."""
    from sklearn.pipeline import Pipeline

    from automl_widgets.search.code import model_to_code
    from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble

    started_s = time.perf_counter()
    models = [(str(member.iteration), artifacts.load_model(member.folder)) for member in found.members]
    classes = None if data.get("labels") is None else np.asarray(data["labels"])
    if found.meta_learner is None:
        ensemble: Any = PreFittedSoftVoting(models, list(found.weights), classes)
    else:
        ensemble = StackEnsemble(models, found.meta_learner, classes)
    return Built(
        model=Pipeline([(spec.recipe.algorithm, ensemble)]),
        refit_s=time.perf_counter() - started_s,
        parameters={},
        nodes=ensemble_nodes(spec, found.members, found.weights),
        code=model_to_code(ensemble, f"Iteration {spec.iteration}: {spec.recipe.name}"),
        members=tuple(member.iteration for member in found.members),
        weights=found.weights,
    )


def _predict_ms(model: Any, X: Any) -> float:
    """Return how long a prediction of 1,000 rows takes."""
    rows = fitting.take(X, np.arange(min(TIMED_ROWS, X.shape[0])))
    started_s = time.perf_counter()
    model.predict(rows)
    return (time.perf_counter() - started_s) * 1e6 / int(rows.shape[0])
