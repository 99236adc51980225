"""Estimators and metrics of the user's own: what may be given, and that it travels."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_widgets import AutoMLConfig, AutoMLRun, ConfigError, Experiment, TrialError, Workspace
from automl_widgets.own import unpacked
from automl_widgets.records import Profile, Settings, Validation, decode, encode
from automl_widgets.search.build import build
from automl_widgets.search.plan import make_plan
from automl_widgets.search.spaces import Choice, Float, Int
from automl_widgets.search.tuner import propose

RIDGES = {"mine": (Ridge(), {"alpha": (0.01, 10.0, "log"), "fit_intercept": [True, False]})}
PROFILE = Profile(task="regression", n_rows=100, n_columns=2, feature_names=(), column_purposes=())
FOLDS = Validation(kind="k_fold", n_folds=3)


def settings_of(task: str = "regression", **given: Any) -> Settings:
    return AutoMLConfig(task, X=[[1.0]] * 4, y=[1, 2, 1, 2], **given).settings


def test_an_own_model_is_tried_first_as_it_stands_and_then_searched() -> None:
    settings = settings_of(own_models=RIDGES, allowed_models=["mine"], iterations=5)
    plan = make_plan(settings, PROFILE, FOLDS)
    assert [(r.name, dict(r.parameters)) for r in plan.portfolio] == [("mine", {})]
    recipe = propose(plan, [], settings, PROFILE, 1)
    assert 0.01 <= recipe.parameters["alpha"] <= 10.0  # type: ignore[operator]
    [(name, learner)] = build(recipe, task="regression", random_state=0, n_rows=9, n_features=2, own=settings.own)
    assert (name, learner.alpha) == ("mine", recipe.parameters["alpha"])


def test_it_joins_the_models_that_are_allowed_unless_it_is_blocked() -> None:
    plan = make_plan(settings_of(own_models=RIDGES, allowed_models=["KNN"]), PROFILE, FOLDS)
    assert plan.tunable_algorithms == ("mine", "KNN")
    blocked = settings_of(own_models=RIDGES, blocked_models=["mine"])
    assert "mine" not in make_plan(blocked, PROFILE, FOLDS).tunable_algorithms


def test_without_a_space_it_is_tried_once() -> None:
    settings = settings_of(own_models={"mine": Ridge()}, allowed_models=["mine"], iterations=9)
    plan = make_plan(settings, PROFILE, FOLDS)
    assert (len(plan.portfolio), plan.n_tuned) == (1, 0)


def test_what_has_no_weights_is_not_tried_with_weights() -> None:
    model = make_pipeline(StandardScaler(), MLPRegressor())
    profile = Profile(**{**{k: getattr(PROFILE, k) for k in PROFILE.__slots__}, "has_weights": True})
    settings = settings_of(own_models={"net": model}, allowed_models=["net"])
    with pytest.raises(ConfigError, match="net does not use weights of rows"):
        make_plan(settings, profile, FOLDS)


def test_ranges_are_taken_in_optunas_form_too() -> None:
    from automl_widgets.search.own import registry

    space = {
        "alpha": optuna.distributions.FloatDistribution(0.1, 2.0, log=True),
        "max_iter": optuna.distributions.IntDistribution(10, 20),
        "solver": optuna.distributions.CategoricalDistribution(["svd", "lsqr"]),
    }
    settings = settings_of(own_models={"mine": (Ridge(), space)})
    found = registry("regression", settings.own)["mine"].space
    assert found == {"alpha": Float(0.1, 2.0, True), "max_iter": Int(10, 20), "solver": Choice(("svd", "lsqr"))}


def test_seeds_and_threads_are_set_inside_too() -> None:
    own = settings_of(own_models={"net": make_pipeline(StandardScaler(), MLPRegressor())}).own
    plan = make_plan(settings_of(own_models={"net": MLPRegressor()}), PROFILE, FOLDS)
    steps = build(plan.portfolio[0], task="regression", random_state=7, n_rows=9, n_features=2, own=own)
    assert steps[0][1].get_params()["mlpregressor__random_state"] == 7


def test_the_settings_of_a_run_are_stored_with_what_is_the_users() -> None:
    settings = settings_of(own_models=RIDGES, primary_metric=_scored())
    again = decode(Settings, json.loads(json.dumps(encode(settings))))
    assert again.own.models[0].name == "mine"
    assert isinstance(unpacked(again.own.models[0].packed, "it"), Ridge)
    assert again.own.metric == settings.own.metric


def _scored() -> Any:
    def gain(y_true: Any, y_pred: Any) -> float:
        return 1.0

    gain.greater_is_better = True  # type: ignore[attr-defined]
    return gain


class Locked(Ridge):
    """Holds what no process can give to another."""

    def __init__(self, lock: Any = None) -> None:
        super().__init__()
        self.lock = lock

    def __deepcopy__(self, _: Any) -> Locked:
        return self

    def __sklearn_clone__(self) -> Locked:
        return self


WRONG = [
    ({"KNN": Ridge()}, "The name 'KNN' in `own_models` is that of KNN, which is here: choose another one"),
    ({"a__b": Ridge()}, "A name in `own_models` must be a letter and then letters"),
    ({"mine": Ridge}, r"`own_models\['mine'\]` must be an estimator, but got the class Ridge: call it"),
    ({"mine": 3}, r"`own_models\['mine'\]` must be a scikit-learn estimator, alone or in a tuple with its space"),
    ({"mine": GaussianNB()}, r"`own_models\['mine'\]` must be a regressor, but GaussianNB says that it is none"),
    ({"mine": (Ridge(), {"alfa": [1]})}, "names 'alfa', which is no parameter of it. Did you mean 'alpha'?"),
    ({"mine": (Ridge(), [1])}, r"The space of `own_models\['mine'\]` must be a dictionary by parameters"),
    ({"mine": (Ridge(), {"alpha": (0, 1, "log")})}, "with low above 0"),
    ({"mine": (Ridge(), {"alpha": [(1, 2)]})}, "must be texts, numbers, True, False or None, at least one"),
    ({"mine": Locked(threading.Lock())}, "must be something that can be pickled, since other processes need it"),
    ({"mine": Locked("x" * 6_000_000)}, "must be small, since it goes to every iteration, but it is 8 MB"),
]


@pytest.mark.parametrize(("models", "match"), WRONG)
def test_what_cannot_be_a_model_is_refused_at_once(models: dict[str, Any], match: str) -> None:
    with pytest.raises(ConfigError, match=match):
        settings_of(own_models=models)


def test_a_classifier_must_give_probabilities() -> None:
    with pytest.raises(ConfigError, match="RidgeClassifier has no `predict_proba`: put it into a Calibrated"):
        settings_of("classification", own_models={"mine": RidgeClassifier()})


def test_what_cannot_be_a_metric_is_refused_at_once() -> None:
    silent, hidden = _scored(), _scored()
    del silent.greater_is_better
    hidden._response_method = "decision_function"
    with pytest.raises(ConfigError, match=r"must say whether more is better: set gain.greater_is_better = True or"):
        settings_of(primary_metric=silent)
    with pytest.raises(ConfigError, match="must be a name, a function or a scorer"):
        settings_of(primary_metric=3)
    with pytest.raises(ConfigError, match="but it wants decision_function: give make_scorer"):
        settings_of("classification", primary_metric=hidden)


def test_what_is_not_here_any_more_says_so() -> None:
    with pytest.raises(TrialError, match=r"your model 'mine' cannot be loaded here: .* must be importable"):
        unpacked("gAWVCwAAAAAAAACMBm5vd2hlcmWUjAFhlJMu", "your model 'mine'")


SCRIPT = """
import sys
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from automl_widgets import AutoMLConfig, Experiment, Workspace

class Nearest(ClassifierMixin, BaseEstimator):
    def __init__(self, power=2.0):
        self.power = power
    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.centres_ = np.array([X[y == c].mean(axis=0) for c in self.classes_])
        return self
    def predict_proba(self, X):
        near = np.exp(-(np.abs(X[:, None] - self.centres_) ** self.power).mean(axis=2))
        return near / near.sum(axis=1, keepdims=True)
    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

def cost(y_true, y_pred):
    return np.mean((y_true == "yes") & (y_pred == "no"))
cost.greater_is_better = False

X = np.random.default_rng(0).normal(size=(80, 2))
own = {"nearest": (Nearest(), {"power": (1.0, 3.0)})}
config = AutoMLConfig("classification", X=X, y=np.where(X[:, 0] > 0, "yes", "no"), own_models=own, iterations=2,
                      allowed_models=["nearest"], primary_metric=cost, n_cross_validations=2,
                      model_explainability=False, enable_voting_ensemble=False)
run = Experiment(Workspace.create(path=sys.argv[1]), "own").submit(config)
run.wait_for_completion()
print(run.run_id, run.get_output()[1].score(X, config.inputs.y))
"""


def test_what_a_script_defines_goes_to_the_workers_and_on_in_another_kernel(elsewhere: Path) -> None:
    """The script's classes are in no module: another process cannot import them."""
    done = subprocess.run([sys.executable, "-c", SCRIPT, "."], capture_output=True, text=True, check=True)
    run_id, score = done.stdout.split()
    assert float(score) > 0.8
    run = AutoMLRun(Experiment(Workspace.create(path="."), "own"), run_id)
    run.continue_experiment(iterations=1)
    run.wait_for_completion()
    children = list(run.get_children(status="Completed"))
    assert [child.get_properties()["run_algorithm"] for child in children] == ["nearest"] * 3
    assert run.goal == "min"
    assert "cost" in run.get_metrics()
    assert type(children[2].load_model().steps[-1][1].estimator).__name__ == "Nearest"
    assert "# Nearest is yours" in children[2].to_code()
    assert np.isfinite(children[2].get_metrics("cost")["cost"])
