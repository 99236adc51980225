"""Boosting that is stopped: of every library, and a usable model."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from sklearn.pipeline import Pipeline

from automl_widgets.records import Recipe
from automl_widgets.search.algorithms import ALGORITHMS
from automl_widgets.search.build import build, learner_of
from automl_widgets.search.stopping import HeldBack, Stopwatch, rounds_of

BOOSTING = [(task, name) for task in ALGORITHMS for name, known in ALGORITHMS[task].items() if known.boosts]


def table(task):
    X = np.random.default_rng(0).normal(size=(300, 4))
    return X, X[:, 0] if task == "regression" else np.where(X[:, 0] > 0, "yes", "no")


def fitted(task, name, until_s, y):
    steps = build(Recipe(algorithm=name), task=task, random_state=0, n_rows=300, n_features=4)
    watch = Stopwatch(until_s)
    options = {f"{name}__{key}": value for key, value in watch.options(steps[-1][1]).items()}
    model = Pipeline(steps).fit(table(task)[0], y, **options)
    watch.release(model.steps[-1][1])
    return model, watch


def scores(model, task, X):
    return model.predict(X) if task == "regression" else model.predict_proba(X)[:, 0]


@pytest.mark.parametrize(("task", "name"), BOOSTING)
def test_a_learner_whose_time_is_over_ends_after_a_round_and_predicts(task, name):
    X, y = table(task)
    model, watch = fitted(task, name, time.monotonic(), y)
    assert watch.rounds == 1
    again = pickle.loads(pickle.dumps(model))
    predicted = scores(again, task, X)
    assert np.array_equal(predicted, scores(model, task, X))
    assert len(np.unique(predicted)) > 1


@pytest.mark.parametrize(("task", "name"), BOOSTING)
def test_a_watch_that_does_not_stop_a_learner_changes_nothing(task, name):
    X, y = table(task)
    model, watch = fitted(task, name, time.monotonic() + 1e6, y)
    plain = Pipeline(build(Recipe(algorithm=name), task=task, random_state=0, n_rows=300, n_features=4)).fit(X, y)
    assert watch.rounds is None
    assert np.array_equal(scores(model, task, X), scores(plain, task, X))
    assert len(pickle.dumps(model)) <= len(pickle.dumps(plain)) + 200


@pytest.mark.parametrize("task", ALGORITHMS)
def test_what_boosts_is_known_by_its_rounds(task):
    for name, known in ALGORITHMS[task].items():
        steps = build(Recipe(algorithm=name), task=task, random_state=0, n_rows=300, n_features=4)
        assert bool(rounds_of(learner_of(steps[-1][1]))) == known.boosts


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("task", "name"), [(t, n) for t, n in BOOSTING if ALGORITHMS[t][n].stops_early])
def test_boosting_ends_when_rows_held_back_get_no_better_and_the_best_rounds_are_kept(task, name, weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    signal = X[:, 0] + rng.normal(size=400)
    y = signal if task == "regression" else np.array(["no", "yes", "perhaps"])[np.digitize(signal, [-1, 1])]
    weights = np.ones(100) if weighted else None
    rounds = "iterations" if name == "CatBoost" else "n_estimators"
    recipe = Recipe(algorithm=name, parameters={rounds: 300, "learning_rate": 0.1})
    learner = build(recipe, task=task, random_state=0, n_rows=300, n_features=4)[-1][1]
    watch, classes = Stopwatch(), None if task == "regression" else np.unique(y[:300])
    learner.fit(X[:300], y[:300], **watch.options(learner, HeldBack(X=X[300:], y=y[300:], weights=weights), classes))
    watch.release(learner)
    assert 1 < watch.rounds < 200
    assert not watch.has_run_out
    short = build(
        Recipe(algorithm=name, parameters={**recipe.parameters, rounds: watch.rounds}),
        task=task,
        random_state=0,
        n_rows=300,
        n_features=4,
    )[-1][1]
    short.fit(X[:300], y[:300])
    assert np.allclose(scores(learner, task, X), scores(short, task, X), atol=1e-5)


def test_a_class_that_the_learner_does_not_know_tells_nothing():
    X, y = np.arange(6.0).reshape(-1, 1), np.array([0, 1, 2, 0, 1, 2])
    held = HeldBack(X=X, y=y, weights=np.ones(6)).known_to(np.array([0, 2]))
    assert (held.y.tolist(), held.X.ravel().tolist(), len(held.weights)) == ([0, 2, 0, 2], [0.0, 2.0, 3.0, 5.0], 4)
