"""Ends the boosting of a learner: at a moment, or when it gets no better. Worker side; not here: when that is decided.

Rows held back say whether it gets better; of the rounds that were boosted those up to the best one are kept. Where
there is time for too few rounds to learn much at the learning rate given, as on very many rows, it says which rate
would do (`Stopwatch.rate`).
"""

from __future__ import annotations

import inspect
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl_widgets.search.build import learner_of
from automl_widgets.search.spaces import slowness, unhurried_rate

ROUNDS = ("n_estimators", "iterations")
"""What libraries call the number of rounds."""
PATIENCE_MIN, PATIENCE_MOST, PATIENCE_SHARE = 20, 100, 0.3
"""Boosting goes on for so many rounds that gain nothing: at least, at most, and as a share of the last that did. For
more at a slow learning rate."""
LEAST_GAIN = 0.005
"""What counts as a gain, as a share of the loss: less is not worth the time that others could have."""
PROBED = 8
"""After so many rounds it is known how long one takes."""
LEARNT, LEARNT_CATBOOST = 12.0, 20.0
"""Learning rate times rounds that a model needs: with less it is far from what its trees could say."""
RATE_MOST = 0.3
RATE_TIMES = 1.2
"""A learning rate that is nearly right stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enough:
    """When boosting leaves the time to others, in processor time of one fit."""

    share_s: float = math.inf
    """After so many seconds, if it has had so many..."""
    rounds: int = 0
    """... rounds, too;"""
    most_s: float = math.inf
    """after so many seconds anyway."""

    def is_reached(self, used_s: float, n_done: int) -> bool:
        """Return whether it is so far."""
        return used_s >= self.most_s or (used_s >= self.share_s and n_done >= self.rounds)

    def rounds_at(self, a_second: float, used_s: float, n_done: int) -> float:
        """Return how many rounds there will be then, at so many a second."""
        by_share = n_done + (self.share_s - used_s) * a_second
        return min(max(by_share, self.rounds), n_done + (self.most_s - used_s) * a_second)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Rows that a learner does not learn from, as it takes them, and what they should be."""

    X: Any
    y: Any
    weights: Any = None

    def known_to(self, classes: Any) -> HeldBack:
        """Return the rows of classes that the learner knows."""
        kept = np.flatnonzero(np.isin(self.y, classes))
        weights = None if self.weights is None else self.weights[kept]
        return self if len(kept) == len(self.y) else HeldBack(X=self.X[kept], y=self.y[kept], weights=weights)


NEVER = Enough()


class Stopwatch:
    """Tells boosting when to stop, in the manner of each library, and remembers at which round that was.

    Parameters
    ----------
    until_s : float, default infinity
        On the clock of `time.monotonic`.
    enough : Enough, optional
        When boosting leaves the time to others.
    may_hurry : bool, default False
        Whether to stop early, too, where another learning rate would suit the rounds that there is time for.

    Attributes
    ----------
    rounds : int or None
        Rounds that the learner has, if it was stopped or is better with fewer than it has boosted.
    has_run_out : bool
        Whether it was stopped because the time was over.
    rate : float or None
        The learning rate that it was begun again with, if there was time for too few rounds at its own.

    Examples
    --------
    >>> from sklearn.ensemble import GradientBoostingRegressor
    >>> watch = Stopwatch(time.monotonic())
    >>> model = GradientBoostingRegressor()
    >>> with_watch = watch.options(model)
    >>> _ = model.fit([[0.0], [1.0]], [0.0, 1.0], **with_watch)
    >>> watch.rounds, len(model.estimators_)
    (1, 1)
    """

    def __init__(self, until_s: float = math.inf, enough: Enough = NEVER, *, may_hurry: bool = False) -> None:
        self._until_s = until_s
        self._enough = enough
        self._may_hurry = may_hurry
        self._rate_now, self._learnt = 0.0, LEARNT
        self.rate: float | None = None
        self._begin()

    def _begin(self) -> None:
        self._began_s = time.process_time()
        self._first_at = (time.process_time(), time.monotonic())
        self._least, self._best = math.inf, 0
        self._gained, self._gained_at = math.inf, 0
        self.rounds: int | None = None
        self.has_run_out = False

    def begins_again(self) -> bool:
        """Return whether boosting was stopped to begin again at `rate`; then the watch is ready for that."""
        if self.rate is None or not self._may_hurry:
            return False
        self._may_hurry = False
        self._begin()
        return True

    def options(self, estimator: Any, held: HeldBack | None = None, classes: Any = None) -> dict[str, Any]:
        """Return keywords for the `fit` of a learner that boosts; none for another. See `release`.

        Parameters
        ----------
        estimator : estimator
            The learner, or what stands around it.
        held : HeldBack, optional
            Rows that say when it gets no better.
        classes : array, optional
            Labels that it will be fitted to, in order; None for regression.
        """
        learner = learner_of(estimator)
        library = type(learner).__module__.split(".")[0]
        prepare = _LIBRARIES.get(library)
        if not prepare or not rounds_of(learner):
            return {}
        self._begin()
        self._rate_now = float(learner.get_params(deep=False).get("learning_rate") or 0.0)
        self._learnt = LEARNT_CATBOOST if library == "catboost" else LEARNT
        if held is not None and classes is not None:
            held = held.known_to(classes)
            if hasattr(estimator, "estimator") or _takes_tables(learner):  # both hand codes on as they are
                held = HeldBack(X=held.X, y=np.searchsorted(classes, held.y), weights=held.weights)
        return prepare(self, learner, held if held is not None and len(held.y) else None)

    def release(self, estimator: Any) -> None:
        """Take out of a fitted learner what `options` has put into it, and the rounds that made it worse."""
        for learner in (learner_of(estimator), getattr(estimator, "estimator", None)):
            if learner is not None and getattr(learner, "callbacks", None):
                learner.set_params(callbacks=None)
        learner = learner_of(estimator)
        cut = _CUTS.get(type(learner).__module__.split(".")[0])
        if cut and self.rounds is not None:
            cut(learner, self.rounds)

    def passed(self, n_done: int, n_planned: int, loss: float | None = None) -> bool:
        """Take note of a round that is done, and of the loss then; return whether it was the last one."""
        if loss is not None and loss < self._least:
            self._least, self._best = loss, n_done
            if loss < self._gained * (1 - LEAST_GAIN):
                self._gained, self._gained_at = loss, n_done
        if n_done == 1:
            self._first_at = (time.process_time(), time.monotonic())  # the first round makes ready
        if n_done >= n_planned:
            self.rounds = self._best if 0 < self._best < n_done else None
            return True
        if time.monotonic() >= self._until_s:
            self.has_run_out = True
        if n_done == PROBED and self._may_hurry:
            self.rate = self._better_rate(n_planned)
        is_slow = self._may_hurry and self.rate is not None
        patience = min(max(PATIENCE_SHARE * self._gained_at, PATIENCE_MIN), PATIENCE_MOST) * slowness(self._rate_now)
        is_enough = self._enough.is_reached(time.process_time() - self._began_s, n_done)
        if self.has_run_out or is_slow or is_enough or (self._best and n_done - self._gained_at >= patience):
            self.rounds = self._best or n_done
        return self.rounds is not None

    def _better_rate(self, n_planned: int) -> float | None:
        """Return the learning rate that suits the rounds that there is time for, None if it is the learner's."""
        if not self._rate_now or self.has_run_out:
            return None
        (used_before_s, before_s), used_s, now_s = self._first_at, time.process_time(), time.monotonic()
        a_used_s = (PROBED - 1) / max(used_s - used_before_s, 1e-6)
        a_second = (PROBED - 1) / max(now_s - before_s, 1e-6)
        n_enough = self._enough.rounds_at(a_used_s, used_s - self._began_s, PROBED)
        n_rounds = min(n_enough, PROBED + (self._until_s - now_s) * a_second)
        rate = min(max(self._learnt / n_rounds, unhurried_rate(n_rounds)), RATE_MOST)
        return round(rate, 3) if n_rounds < n_planned and rate > RATE_TIMES * self._rate_now else None


def shorten(estimator: Any, rounds: int | None) -> None:
    """Take the rounds beyond so many out of a fitted LightGBM; out of others `Stopwatch.release` has taken them."""
    learner = learner_of(estimator)
    if rounds and type(learner).__module__.startswith("lightgbm") and learner.booster_.current_iteration() > rounds:
        from lightgbm import Booster

        learner._Booster = Booster(model_str=learner.booster_.model_to_string(num_iteration=rounds))


def rounds_of(estimator: Any) -> str:
    """Return the name of the parameter that says how many rounds a learner boosts, empty if it does not.

    Examples
    --------
    >>> from sklearn.ensemble import GradientBoostingRegressor, RandomForestRegressor
    >>> rounds_of(GradientBoostingRegressor()), rounds_of(RandomForestRegressor())
    ('n_estimators', '')
    """
    learner = learner_of(estimator)
    if type(learner).__module__.startswith("sklearn") and not hasattr(learner, "validation_fraction"):
        return ""
    known = learner.get_params(deep=False)
    return next((name for name in ROUNDS if name in known), "")


# ---------------------------------------------------------------- each library's way


def _for_lightgbm(watch: Stopwatch, learner: Any, held: HeldBack | None) -> dict[str, Any]:
    from lightgbm.callback import EarlyStopException

    def after_round(env: Any) -> None:
        loss = env.evaluation_result_list[0][2] if env.evaluation_result_list else None
        if watch.passed(env.iteration + 1, env.end_iteration, loss) and watch.rounds is not None:
            raise EarlyStopException(watch.rounds - 1, [])

    options: dict[str, Any] = {"callbacks": [after_round]}
    if held is not None:
        is_new = _takes_tables(learner)
        options |= {"eval_X": held.X, "eval_y": held.y} if is_new else {"eval_set": [(held.X, held.y)]}
        options |= {} if held.weights is None else {"eval_sample_weight": [held.weights]}
    return options


def _takes_tables(learner: Any) -> bool:
    """Return whether it is a LightGBM that has `eval_X`, since 4.7: it does not make codes of the labels there."""
    return "eval_X" in inspect.signature(learner.fit).parameters


def _for_xgboost(watch: Stopwatch, learner: Any, held: HeldBack | None) -> dict[str, Any]:
    from xgboost.callback import TrainingCallback

    class AfterRound(TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            losses = [values for of_metric in evals_log.values() for values in of_metric.values()]
            return watch.passed(epoch + 1, learner.n_estimators, losses[0][-1] if losses else None)

        def __deepcopy__(self, _: dict[int, Any]) -> AfterRound:
            return self

    learner.set_params(callbacks=[AfterRound()])
    if held is None:
        return {}
    weights = {} if held.weights is None else {"sample_weight_eval_set": [held.weights]}
    return {"eval_set": [(held.X, held.y)], "verbose": False, **weights}


def _for_catboost(watch: Stopwatch, learner: Any, held: HeldBack | None) -> dict[str, Any]:
    from catboost import Pool

    n_rounds = learner.get_params()["iterations"]

    class AfterRound:
        def after_iteration(self, info: Any) -> bool:
            losses = list((info.metrics or {}).get("validation", {}).values())
            return not watch.passed(info.iteration, n_rounds, losses[0][-1] if losses else None)

    options: dict[str, Any] = {"callbacks": [AfterRound()]}
    if held is not None:
        options |= {"eval_set": Pool(held.X, held.y, weight=held.weights), "use_best_model": False}
    return options


def _for_sklearn(watch: Stopwatch, learner: Any, _: HeldBack | None) -> dict[str, Any]:
    def after_round(i: int, *_: Any) -> bool:
        return watch.passed(i + 1, learner.n_estimators)

    return {"monitor": after_round}


def _cut_xgboost(learner: Any, rounds: int) -> None:
    learner._Booster = learner.get_booster()[:rounds]


def _cut_catboost(learner: Any, rounds: int) -> None:
    if learner.tree_count_ > rounds:
        learner.shrink(ntree_end=rounds)


_LIBRARIES: Mapping[str, Callable[[Stopwatch, Any, HeldBack | None], dict[str, Any]]] = {
    "lightgbm": _for_lightgbm,
    "xgboost": _for_xgboost,
    "catboost": _for_catboost,
    "sklearn": _for_sklearn,
}
_CUTS: Mapping[str, Callable[[Any, int], None]] = {"xgboost": _cut_xgboost, "catboost": _cut_catboost}
"""LightGBM predicts with the best rounds by itself, scikit-learn's boosting is told nothing of rows held back."""
