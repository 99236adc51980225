"""Ends the boosting of a learner: at a moment, or when it gets no better. Worker side; not here: when that is decided.

Rows held back say whether it gets better; of the rounds that were boosted those up to the best one are kept.
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

ROUNDS = ("n_estimators", "iterations")
"""What libraries call the number of rounds."""
PATIENCE_MIN, PATIENCE_MOST, PATIENCE_SHARE = 20, 100, 0.3
"""Boosting goes on for so many rounds that gain nothing: at least, at most, and as a share of the last that did."""
LEAST_GAIN = 0.005
"""What counts as a gain, as a share of the loss: less is not worth the time that others could have."""


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


class Stopwatch:
    """Tells boosting when to stop, in the manner of each library, and remembers at which round that was.

    Parameters
    ----------
    until_s : float, default infinity
        On the clock of `time.monotonic`.
    enough : (float, int), optional
        Seconds of this process since `options`, and rounds, after which, both, boosting leaves the time to others.

    Attributes
    ----------
    rounds : int or None
        Rounds that the learner has, if it was stopped or is better with fewer than it has boosted.
    has_run_out : bool
        Whether it was stopped because the time was over.

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

    def __init__(self, until_s: float = math.inf, enough: tuple[float, int] = (math.inf, 0)) -> None:
        self._until_s = until_s
        self._enough_s, self._enough_rounds = enough
        self._began_s = time.process_time()
        self._least, self._best = math.inf, 0
        self._gained, self._gained_at = math.inf, 0
        self.rounds: int | None = None
        self.has_run_out = False

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
        self._began_s = time.process_time()
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
        if n_done >= n_planned:
            self.rounds = self._best if 0 < self._best < n_done else None
            return True
        if time.monotonic() >= self._until_s:
            self.has_run_out = True
        patience = min(max(PATIENCE_SHARE * self._gained_at, PATIENCE_MIN), PATIENCE_MOST)
        is_enough = n_done >= self._enough_rounds and time.process_time() - self._began_s >= self._enough_s
        if self.has_run_out or is_enough or (self._best and n_done - self._gained_at >= patience):
            self.rounds = self._best or n_done
        return self.rounds is not None


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
