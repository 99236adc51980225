"""A run as a scikit-learn estimator: `fit` searches and waits, `predict` uses the best model. Nothing else is here.

Conventions are scikit-learn's (columns by name and in order, labels in `classes_`, parameters kept as given); what the
data hold is judged by the run itself.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from automl_widgets.errors import ConfigError, RunStateError, TrialError

if TYPE_CHECKING:
    import pandas as pd

    from automl_widgets.sdk.config import AutoMLConfig
    from automl_widgets.sdk.run import AutoMLRun
    from automl_widgets.sdk.workspace import Workspace

EXPERIMENT = "scikit-learn"


class _AutoML(BaseEstimator):
    """What both estimators share. Its subclasses say the task."""

    _task: ClassVar[str]

    def __init__(
        self,
        *,
        minutes: float | None = 1.0,
        iterations: int | None = None,
        primary_metric: str | None = None,
        cv: Any = None,
        random_state: Any = None,
        settings: Mapping[str, Any] | None = None,
        workspace: Workspace | str | PathLike[str] | None = None,
    ) -> None:
        self.minutes = minutes
        self.iterations = iterations
        self.primary_metric = primary_metric
        self.cv = cv
        self.random_state = random_state
        self.settings = settings
        self.workspace = workspace

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Search for the best model, and keep it.

        Parameters
        ----------
        X : DataFrame, array or sparse matrix of shape (n_rows, n_columns)
            Raw columns: numbers, categories, texts, dates, with missing values.
        y : array-like of shape (n_rows,)
            Labels or numbers.
        sample_weight : array-like of shape (n_rows,), optional
            Weights of the rows, in fits and in scores.

        Returns
        -------
        self

        Raises
        ------
        ConfigError, DataError
            If the parameters or the data cannot work.
        TrialError
            If no iteration came to a score.
        """
        from automl_widgets.sdk.experiment import Experiment

        X, y = self._validated(X, y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        with _place(self.workspace) as workspace:
            config = self._config(X, y, weights, str(workspace.folder / "automl.log"))
            run = Experiment(workspace, EXPERIMENT).submit(config)
            try:
                run.wait_for_completion()
                self._keep(run)
            finally:
                _leave(run)
        return self

    def predict(self, X: Any) -> Any:
        """Return the predicted label or number of each row.

        Parameters
        ----------
        X : table of shape (n_rows, n_columns)
            With the columns that `fit` was given.
        """
        check_is_fitted(self)
        return self.model_.predict(self._checked(X, reset=False))

    @property
    def run_(self) -> AutoMLRun:
        """The run, in the workspace that was given; a temporary one is gone after `fit`."""
        from automl_widgets.sdk.experiment import Experiment
        from automl_widgets.sdk.run import AutoMLRun

        check_is_fitted(self)
        if self.workspace is None:
            raise RunStateError(
                "The run of this fit was kept in a temporary workspace, which is gone: give `workspace` to keep runs."
            )
        return AutoMLRun(Experiment(_opened(self.workspace), EXPERIMENT), self.run_id_)

    # ------------------------------------------------------------ on the way in

    def _validated(self, X: Any, y: Any) -> tuple[Any, Any]:
        if y is None:
            name = type(self).__name__
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        X = self._checked(X, reset=True)
        y = column_or_1d(y, warn=True)
        if isinstance(self, ClassifierMixin):
            check_classification_targets(y)
        return X, y

    def _checked(self, X: Any, reset: bool) -> Any:
        """Return the table as scikit-learn wants it checked; what a frame holds is looked at later."""
        if hasattr(X, "columns") or hasattr(X, "column_names"):
            return validate_data(self, X, reset=reset, skip_check_array=True) if not reset else self._named(X)
        accepted = {"accept_sparse": "csr", "dtype": None, "ensure_all_finite": False}
        return validate_data(self, X, reset=reset, ensure_min_samples=2 if reset else 1, **accepted)

    def _named(self, X: Any) -> Any:
        validate_data(self, X, skip_check_array=True)
        return X

    def _config(self, X: Any, y: Any, weights: Any, log: str) -> AutoMLConfig:
        from automl_widgets.sdk.config import AutoMLConfig

        more = dict(self.settings or {})
        mine: dict[str, Any] = {
            "iterations": self.iterations,
            "primary_metric": self.primary_metric,
            "experiment_timeout_minutes": self.minutes,
            "random_state": self._seed(),
            "sample_weight": weights,
            **self._folds(X, y),
        }
        twice = sorted(name for name, value in mine.items() if value is not None and name in more)
        if twice:
            given = ", ".join(f"`{name}`" for name in twice)
            problem = f"`settings` must not hold what has a parameter of its own, but it holds {given}: give it there."
            raise ConfigError([problem], type(self).__name__)
        quiet = {"model_explainability": False, "debug_log": log}
        return AutoMLConfig(self._task, X=X, y=y, **{**quiet, **mine, **more})

    def _seed(self) -> int | None:
        if self.random_state is None or isinstance(self.random_state, (int, np.integer)):
            return None if self.random_state is None else int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _folds(self, X: Any, y: Any) -> dict[str, Any]:
        if self.cv is None or isinstance(self.cv, (int, np.integer)):
            return {"n_cross_validations": None if self.cv is None else int(self.cv)}
        splitter = check_cv(self.cv, y, classifier=isinstance(self, ClassifierMixin))
        return {"cv_splits_indices": [list(pair) for pair in splitter.split(X, y)]}

    # ------------------------------------------------------------ on the way out

    def _keep(self, run: AutoMLRun) -> None:
        self.leaderboard_ = _leaderboard(run)
        if not self.leaderboard_["score"].notna().any():
            raise TrialError(f"No iteration came to a score: the run {_why(run)}.")
        best, self.model_ = run.get_output()
        self.run_id_, self.best_iteration_ = run.run_id, best.iteration
        self.best_score_ = float(self.leaderboard_.set_index("iteration")["score"][best.iteration])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.sparse = True
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


_PARAMETERS = """    Parameters
    ----------
    minutes : float or None, default 1
        The search ends within this time; None for no limit.
    iterations : int, optional
        Number of pipelines to try at most, ensembles included. With it alone (``minutes=None``) and a seed, a fit is
        repeatable on any machine.
    primary_metric : str, optional
        What is optimised, as in `AutoMLConfig`.
    cv : int, splitter or iterable of (array, array), optional
        How pipelines are validated; by the number of rows by default.
    random_state : int or RandomState, optional
        Seed of everything that is random. None is the seed of `AutoMLConfig`, not a new one each time.
    settings : dict, optional
        Any further parameters of `AutoMLConfig`, by name: ``{"allowed_models": ["LightGBM"]}``.
    workspace : Workspace or path, optional
        Where the run is kept, to be looked at with ``RunDetails(model.run_)``. By default it is kept in a temporary
        folder that is removed when the fit is over; the model stays.

    Attributes
    ----------
    model_ : estimator
        The best pipeline or ensemble, fitted to all rows.
    leaderboard_ : DataFrame
        Every iteration: ``iteration``, ``pipeline``, ``state``, ``score``, ``spread``, ``seconds``; the best first.
    best_score_ : float
        Score of `model_` on rows held back.
    best_iteration_ : int
    run_ : AutoMLRun
        The run, if a workspace was given.
    run_id_ : str
    n_features_in_ : int
    feature_names_in_ : array of shape (n_columns,)
        If the columns have names."""


class AutoMLClassifier(ClassifierMixin, _AutoML):
    """A search for the best classifier, as a scikit-learn estimator.

    {parameters}
    classes_ : array of shape (n_classes,)

    Examples
    --------
    >>> model = AutoMLClassifier(minutes=0.5, settings={"allowed_models": ["LightGBM"]})
    >>> model
    AutoMLClassifier(minutes=0.5, settings={'allowed_models': ['LightGBM']})
    >>> model.fit([[1.0], [2.0], [3.0]], ["a", "b"])
    Traceback (most recent call last):
        ...
    automl_widgets.errors.DataError: 1 problem with the data: ...
    """

    _task = "classification"

    def predict_proba(self, X: Any) -> Any:
        """Return the probability of each class for each row, an array of shape (n_rows, n_classes)."""
        check_is_fitted(self)
        return self.model_.predict_proba(self._checked(X, reset=False))

    @property
    def classes_(self) -> Any:
        """Labels in sorted order."""
        return self.model_.classes_


class AutoMLRegressor(RegressorMixin, _AutoML):
    """A search for the best regressor, as a scikit-learn estimator.

    {parameters}

    Examples
    --------
    >>> AutoMLRegressor(iterations=5, minutes=None).get_params()["iterations"]
    5
    >>> AutoMLRegressor(settings={"iterations": 5}, iterations=5).fit([[1.0], [2.0]], [1.0, 2.0])
    Traceback (most recent call last):
        ...
    automl_widgets.errors.ConfigError: 1 problem with AutoMLRegressor: ...
    """

    _task = "regression"


for _kind in (AutoMLClassifier, AutoMLRegressor):
    _kind.__doc__ = (_kind.__doc__ or "").replace("    {parameters}", _PARAMETERS)


@contextmanager
def _place(given: Workspace | str | PathLike[str] | None) -> Iterator[Workspace]:
    """Open the workspace that was given, or a temporary one that is gone afterwards."""
    from automl_widgets.sdk.workspace import Workspace

    if given is not None:
        yield _opened(given)
        return
    with tempfile.TemporaryDirectory(prefix="automl_", ignore_cleanup_errors=True) as folder:
        workspace = Workspace.create(path=folder)
        try:
            yield workspace
        finally:
            workspace.store.close()


def _opened(given: Workspace | str | PathLike[str]) -> Workspace:
    from automl_widgets.sdk.workspace import Workspace

    return given if isinstance(given, Workspace) else Workspace.create(path=Path(given))


def _leave(run: AutoMLRun) -> None:
    """Have the run's engine end: it would go on after an interrupt, and listen for half an hour after the end."""
    from automl_widgets.engine import runner
    from automl_widgets.records import RUN_ENDED

    if run.record.state not in RUN_ENDED:
        run.cancel()
    engine = runner.listener(run.store, run.run_id)
    if engine is not None:
        engine.join()
        engine.close()


def _leaderboard(run: AutoMLRun) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for record in run.store.iterations(run.run_id):
        result = record.result
        took = record.ended_at - record.started_at if record.ended_at and record.started_at else np.nan
        rows.append(
            {
                "iteration": record.iteration,
                "pipeline": record.recipe.name if record.recipe else "",
                "state": record.state,
                "score": np.nan if result is None else result.score,
                "spread": np.nan if result is None or result.spread is None else result.spread,
                "seconds": took,
            }
        )
    columns = ["iteration", "pipeline", "state", "score", "spread", "seconds"]
    return pd.DataFrame(rows, columns=columns).sort_values("score", ascending=run.goal == "min", ignore_index=True)


def _why(run: AutoMLRun) -> str:
    """Return how the run ended, and why its first iteration without a score has none."""
    record = run.record
    first = next((r.reason for r in run.store.iterations(run.run_id) if r.reason), None)
    return f"is {record.state} ({record.reason})" + (f"; the first one: {first}" if first else "")
