"""Boosting that is stopped: of every library, and a usable model."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from automl_widgets.records import Recipe
from automl_widgets.search import stopping
from automl_widgets.search.algorithms import ALGORITHMS
from automl_widgets.search.build import build, learner_of
from automl_widgets.search.stopping import PROBED, Enough, HeldBack, Stopwatch, rounds_of, shorten

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


# ---------------------------------------------------------------- time for few rounds


class Clock:
    """Both clocks of a machine on which a round takes a tenth of a second, and getting ready five."""

    now = 100.0

    def process_time(self):
        return self.now

    monotonic = process_time


def boost(clock, enough, n_planned=1000, *, until_s=1e6, may_hurry=True, rate=0.07):
    """Return a watch, and the rounds that a learner had which gets no better by itself."""
    from lightgbm import LGBMRegressor

    watch = Stopwatch(until_s, enough, may_hurry=may_hurry)
    watch.options(LGBMRegressor(learning_rate=rate, n_estimators=n_planned))
    clock.now += 5.0
    for n_done in range(1, n_planned + 1):
        clock.now += 0.1
        if watch.passed(n_done, n_planned, 1.0 / n_done):
            break
    return watch, n_done


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(stopping, "time", clock)
    return clock


def test_boosting_with_time_for_few_rounds_begins_again_with_a_learning_rate_that_suits_them(clock):
    watch, n_done = boost(clock, Enough(share_s=1.0, rounds=150, most_s=15.0))
    assert n_done == PROBED
    assert watch.rate == pytest.approx(12 / (PROBED + 92), abs=0.001)
    assert watch.begins_again()
    assert watch.rounds is None
    assert not watch.begins_again()


def test_where_the_run_ends_sooner_that_decides(clock):
    assert boost(clock, Enough(share_s=1.0, rounds=150), until_s=clock.now + 9.1)[0].rate == pytest.approx(0.293)


def test_a_slow_learning_rate_comes_nearer_to_the_usual_one_where_time_is_short(clock):
    assert boost(clock, Enough(share_s=80.0, rounds=150), rate=0.02)[0].rate == pytest.approx(30 / 750, abs=0.001)
    assert boost(clock, Enough(share_s=30.0, rounds=150), rate=0.02)[0].rate == pytest.approx(0.06)


def test_boosting_that_learns_slowly_may_gain_nothing_for_longer(clock):
    from lightgbm import LGBMRegressor

    def passes(rate):
        watch = Stopwatch()
        watch.options(LGBMRegressor(learning_rate=rate))
        return next(n for n in range(1, 1000) if watch.passed(n, 1000, max(1.0, 2.0 - n / 50)))

    assert (passes(0.1), passes(0.06), passes(0.02)) == (70, 70, 110)


def test_a_learning_rate_never_becomes_too_great(clock):
    assert boost(clock, Enough(share_s=1.0, rounds=150, most_s=6.0))[0].rate == 0.3


@pytest.mark.parametrize(
    "changes",
    [
        {"may_hurry": False},
        {"rate": 0.1},
        {"enough": Enough(share_s=1.0, rounds=200)},
        {"enough": Enough(share_s=30.0, rounds=150)},
        {"enough": Enough()},
        {"enough": Enough(), "rate": 0.02},
        {"n_planned": 40, "rate": 0.02},
        {"n_planned": 40},
        {"n_planned": PROBED},
    ],
)
def test_boosting_keeps_a_learning_rate_that_suits_the_rounds_it_has(clock, changes):
    watch, n_done = boost(clock, **{"enough": Enough(share_s=1.0, rounds=150, most_s=15.0), **changes})
    assert watch.rate is None
    assert not watch.begins_again()
    assert n_done == min(changes.get("n_planned", 1000), n_done)
    assert n_done > PROBED or n_done == changes.get("n_planned")


def test_boosting_that_needs_many_times_its_share_for_its_usual_rounds_is_stopped_before_them(clock):
    watch, n_done = boost(clock, Enough(share_s=2.0, rounds=150, most_s=8.0), may_hurry=False)
    assert n_done == watch.rounds == pytest.approx(30, abs=1)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_a_learner_without_its_later_rounds_is_one_that_never_had_them(n_classes):
    from lightgbm import LGBMClassifier, LGBMRegressor

    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    y = X[:, 0] + rng.normal(size=300)
    kind = LGBMClassifier if n_classes else LGBMRegressor
    y = np.array(["a", "b", "c"])[rng.integers(n_classes, size=300)] if n_classes else y
    long, short = (kind(n_estimators=n, verbosity=-1, deterministic=True).fit(X, y) for n in (30, 10))
    shorten(long, 10)
    assert long.booster_.num_trees() == short.booster_.num_trees()
    long = pickle.loads(pickle.dumps(long))
    assert np.array_equal(long.predict(X), short.predict(X))
    assert np.array_equal(long.feature_importances_, short.feature_importances_)


def test_what_does_not_boost_is_not_shortened():
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    shorten(model, 1)
    assert model.predict([[1.0]]) == [1]
