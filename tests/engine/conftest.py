"""Runs that are prepared and wait for an engine."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest

from automl_widgets.engine import launch, runner
from automl_widgets.engine.executors.inline import InlineExecutor
from automl_widgets.engine.executors.local import LocalExecutor
from automl_widgets.records import Plan, Profile, Recipe, RunRecord, Settings, Validation
from automl_widgets.store import MemoryStore

NUMBERS = itertools.count()
PROFILE = Profile(task="classification", n_rows=4, n_columns=1, feature_names=("a",), column_purposes=("numeric",))
DATA = {"X": np.zeros((4, 1)), "y": np.array([0, 1, 0, 1])}


@pytest.fixture(scope="session")
def local():
    executor = LocalExecutor(2)
    yield executor
    executor.close()


@pytest.fixture(params=["memory"])
def store(tmp_path, request):
    store = MemoryStore(tmp_path)
    yield store
    store.close()


class Workshop:
    """Runs whose recipes say what happens; see `tasks.pretend`."""

    def __init__(self, store) -> None:
        self.store = store
        self.runners = []

    def prepared(self, *recipes: dict, ensembles: int = 0, **settings) -> str:
        run_id = f"AutoML_{next(NUMBERS)}"
        options = {"debug_log": None, "explain_best": False, **settings}
        plan = Plan(
            portfolio=tuple(Recipe(algorithm="Pretended", parameters=recipe) for recipe in recipes),
            n_tuned=0,
            ensembles=tuple(
                Recipe(algorithm=name, origin="ensemble", parameters={"score": 0.5})
                for name in ("VotingEnsemble", "StackEnsemble")[:ensembles]
            ),
            validation=Validation(kind="k_fold", n_folds=2),
        )
        record = RunRecord(
            run_id=run_id,
            experiment="test",
            settings=Settings(task="classification", primary_metric="accuracy", **options),
            created_at=time.time(),
            profile=PROFILE,
            plan=plan,
            n_iterations=plan.n_iterations,
        )
        self.store.create_run(record)
        return run_id

    def engine(self, run_id: str, executor=None) -> runner.Runner:
        executor = executor or InlineExecutor()
        executor.put(str(self.store.run_folder(run_id)), DATA)
        self.runners.append(runner.resume(self.store, run_id, executor=executor))
        return self.runners[-1]

    def ran(self, run_id: str, executor=None, timeout_s: float = 20.0) -> RunRecord:
        assert self.engine(run_id, executor).join(timeout_s)
        return self.store.run(run_id)

    def until(self, run_id: str, what, timeout_s: float = 10.0):
        end = time.monotonic() + timeout_s
        while not what():
            assert time.monotonic() < end, self.store.run(run_id)
            self.store.wait(run_id, self.store.seq(run_id), 0.05)


@pytest.fixture
def workshop(store, monkeypatch):
    monkeypatch.setattr(launch, "RUN_ITERATION", "tests.engine.tasks:pretend")
    monkeypatch.setattr(launch, "RUN_ENSEMBLE", "tests.engine.tasks:pretend")
    monkeypatch.setattr(launch, "RUN_EXPLANATION", "tests.engine.tasks:pretend_to_explain")
    workshop = Workshop(store)
    yield workshop
    for one in workshop.runners:
        one.close()
