"""Ends the boosting of a learner at a moment: a model of fewer rounds is a model, too. Worker side; not here: when."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from automl_widgets.search.build import learner_of

ROUNDS = ("n_estimators", "iterations")
"""What libraries call the number of rounds."""


class Stopwatch:
    """Tells boosting when to stop, in the manner of each library, and remembers at which round that was.

    Parameters
    ----------
    until_s : float
        On the clock of `time.monotonic`.

    Attributes
    ----------
    rounds : int or None
        Rounds that the learner has, if it was stopped.

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

    def __init__(self, until_s: float) -> None:
        self._until_s = until_s
        self.rounds: int | None = None

    def options(self, estimator: Any) -> dict[str, Any]:
        """Return keywords for the `fit` of a learner that boosts; none for another. See `release`."""
        learner = learner_of(estimator)
        library = type(learner).__module__.split(".")[0]
        prepare = _LIBRARIES.get(library)
        return prepare(self, learner) if prepare and rounds_of(learner) else {}

    def release(self, estimator: Any) -> None:
        """Take out of a fitted learner what `options` has put into it: a model is kept without."""
        for learner in (learner_of(estimator), getattr(estimator, "estimator", None)):
            if learner is not None and getattr(learner, "callbacks", None):
                learner.set_params(callbacks=None)

    def passed(self, n_done: int) -> bool:
        """Take note of a round that is done; return whether it was the last one."""
        if time.monotonic() >= self._until_s:
            self.rounds = n_done
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


def _for_lightgbm(watch: Stopwatch, _: Any) -> dict[str, Any]:
    from lightgbm.callback import EarlyStopException

    def after_round(env: Any) -> None:
        if env.iteration + 1 < env.end_iteration and watch.passed(env.iteration + 1):
            raise EarlyStopException(env.iteration, [])

    return {"callbacks": [after_round]}


def _for_xgboost(watch: Stopwatch, learner: Any) -> dict[str, Any]:
    from xgboost.callback import TrainingCallback

    class AfterRound(TrainingCallback):
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            return epoch + 1 < learner.n_estimators and watch.passed(epoch + 1)

        def __deepcopy__(self, _: dict[int, Any]) -> AfterRound:
            return self

    learner.set_params(callbacks=[AfterRound()])
    return {}


def _for_catboost(watch: Stopwatch, learner: Any) -> dict[str, Any]:
    n_rounds = learner.get_params()["iterations"]

    class AfterRound:
        def after_iteration(self, info: Any) -> bool:
            return info.iteration >= n_rounds or not watch.passed(info.iteration)

    return {"callbacks": [AfterRound()]}


def _for_sklearn(watch: Stopwatch, learner: Any) -> dict[str, Any]:
    def after_round(i: int, *_: Any) -> bool:
        return i + 1 < learner.n_estimators and watch.passed(i + 1)

    return {"monitor": after_round}


_LIBRARIES: Mapping[str, Callable[[Stopwatch, Any], dict[str, Any]]] = {
    "lightgbm": _for_lightgbm,
    "xgboost": _for_xgboost,
    "catboost": _for_catboost,
    "sklearn": _for_sklearn,
}
