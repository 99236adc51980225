"""A run's records as entries of MLflow, each written once. Not here: when they are written (``mlflow_run``).

MLflow's fluent interface keeps a tracking store and an active run for the whole process, which may be the user's own.
So only its client is used, and a model is saved as a folder first and then logged as files.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets import __version__
from automl_widgets.own import told
from automl_widgets.records import TRIAL_ENDED, IterationRecord, RunRecord, encode
from automl_widgets.share.export import model_file
from automl_widgets.share.loading import load_model
from automl_widgets.share.names import TEXTS
from automl_widgets.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

LONGEST = 500
"""Characters of a parameter's value that every tracking server takes."""
MOST_AT_ONCE = 100
MOST_FOUND = 50_000
RUN_TAG, FOLLOWS_TAG, ITERATION_TAG, ATTEMPT_TAG = (
    f"automl_widgets.{name}" for name in ("run_id", "follows", "iteration", "attempt")
)
_STATUS = {"completed": "FINISHED", "canceled": "KILLED", "interrupted": "KILLED"}


class Scribe:
    """Writes one run into MLflow; whatever fails on the way is written by the next call.

    Parameters
    ----------
    client : mlflow.MlflowClient
    store : Store
    run_id : str
        The run.
    models : {"best", "all", "none"}
        Whose models are saved.
    experiment : str
        Name of the experiment in MLflow, made if it is new.
    follows : bool, default False
        The run goes on, so that what an earlier process has written of it is gone on with.
    """

    def __init__(
        self, client: MlflowClient, store: Store, run_id: str, models: str, experiment: str, *, follows: bool = False
    ) -> None:
        self._client, self._store, self._run_id, self._models = client, store, run_id, models
        found = client.get_experiment_by_name(experiment)
        self._place = str(client.create_experiment(experiment) if found is None else found.experiment_id)
        self._children: dict[tuple[int, int], str] = {}
        self._written: set[object] = set()
        self._due: dict[tuple[int, int], IterationRecord] = {}
        self._seq = 0
        known = self._begun() if follows else None
        self.parent = self._begin(follows) if known is None else known

    def catch_up(self, most: int) -> bool:
        """Write iterations that have ended since the last call, at most so many; return whether there were any."""
        run = self._store.run(self._run_id)
        if run.profile is not None:
            self._once("settings", lambda: _log(self._client, self.parent, run.started_at, _settings(run), {}))
        changes = self._store.changes(self._run_id, self._seq)
        ended = {(one.iteration, one.attempt): one for one in changes.iterations if one.state in TRIAL_ENDED}
        self._due, self._seq = {**self._due, **ended}, changes.seq
        now = [key for key in self._due if key not in self._written][:most]
        for key in now:
            self._once(key, partial(self._write, run, self._due[key]))
        self._due = {key: one for key, one in self._due.items() if key not in self._written}
        return bool(now)

    def finish(self) -> None:
        """Write what is known when the run has ended, and that it has."""
        run = self._store.run(self._run_id)
        for record in self._store.iterations(self._run_id):
            self._once((record.iteration, record.attempt), partial(self._write, run, record))
        self._once("settings", lambda: _log(self._client, self.parent, run.ended_at, _settings(run), {}))
        if run.best_iteration is not None:
            best = self._store.iteration(self._run_id, run.best_iteration)
            _log(self._client, self.parent, run.ended_at, {}, best.result.metrics if best.result else {})
            if self._models != "none":
                self._once("model", lambda: _log_model(self._client, self.parent, self._store, run, best.iteration))
        _log_records(self._client, self.parent, self._store, run)
        self._client.set_terminated(self.parent, _STATUS.get(run.state, "FAILED"), _ms(run.ended_at))

    def give_up(self) -> None:
        """Mark it as failed."""
        self._client.set_terminated(self.parent, "FAILED")

    def _once(self, what: object, write: Callable[[], None]) -> None:
        if what not in self._written:
            write()
            self._written.add(what)

    def _begin(self, follows: bool) -> str:
        run = self._store.run(self._run_id)
        tags = {**run.tags, RUN_TAG: self._run_id, **({FOLLOWS_TAG: "yes"} if follows else {})}
        return _start(self._client, self._place, run.settings.name, run.created_at, tags)

    def _begun(self) -> str | None:
        """Return what another process has begun to write of the run and has not finished; None without it."""
        query = f"tags.`{RUN_TAG}` = '{self._run_id}' and tags.`{FOLLOWS_TAG}` = 'yes' and status != 'FINISHED'"
        found = self._client.search_runs([self._place], query, max_results=1)
        if not found:
            return None
        parent = str(found[0].info.run_id)
        self._client.update_run(parent, status="RUNNING")
        self._written |= {"settings"} if found[0].data.params else set()
        below = self._client.search_runs(
            [self._place], f"tags.`mlflow.parentRunId` = '{parent}'", max_results=MOST_FOUND
        )
        for child in below:
            key = (int(child.data.tags[ITERATION_TAG]), int(child.data.tags[ATTEMPT_TAG]))
            self._children[key] = str(child.info.run_id)
            self._written |= {key} if child.info.status != "RUNNING" else set()
        return parent

    def _write(self, run: RunRecord, record: IterationRecord) -> None:
        """Write an iteration as a child, and its score as a step of the run."""
        client, key = self._client, (record.iteration, record.attempt)
        if key not in self._children:
            recipe, again = record.recipe, f", attempt {record.attempt + 1}" if record.attempt else ""
            name = f"{record.iteration} {recipe.name if recipe else 'not started'}{again}"
            numbers = {ITERATION_TAG: str(record.iteration), ATTEMPT_TAG: str(record.attempt)}
            tags = {"mlflow.parentRunId": self.parent, **numbers}
            self._children[key] = _start(client, self._place, name, record.started_at or run.created_at, tags)
        child = self._children[key]
        _log_iteration(client, child, record)
        for text_name, text in _texts(self._store, run.run_id, record.iteration):
            client.log_text(child, text, text_name)
        if self._models == "all" and record.state == "completed":
            _log_model(client, child, self._store, run, record.iteration)
        if record.result and math.isfinite(record.result.score):
            at = _ms(record.ended_at) or 0
            client.log_metric(self.parent, "iteration_score", record.result.score, at, record.iteration)
        client.set_terminated(child, _STATUS.get(record.state, "FAILED"), _ms(record.ended_at or record.started_at))


def _start(client: MlflowClient, experiment_id: str, name: str, at: float | None, tags: Mapping[str, str]) -> str:
    run = client.create_run(experiment_id, start_time=_ms(at), tags=dict(tags), run_name=name)
    return str(run.info.run_id)


def _settings(run: RunRecord) -> dict[str, Any]:
    profile = run.profile
    data = {"n_rows": profile.n_rows, "n_columns": profile.n_columns} if profile else {}
    return {**encode(run.settings), "own": told(run.settings.own), **data}


def _log(
    client: MlflowClient, run_id: str, at: float | None, parameters: Mapping[str, Any], metrics: Mapping[str, float]
) -> None:
    from mlflow.entities import Metric, Param

    params = [Param(_key(name), _text(value)) for name, value in parameters.items()]
    for k in range(0, len(params), MOST_AT_ONCE):
        client.log_batch(run_id, params=params[k : k + MOST_AT_ONCE])
    known = [Metric(_key(name), value, _ms(at) or 0, 0) for name, value in metrics.items() if math.isfinite(value)]
    client.log_batch(run_id, metrics=known)


def _log_records(client: MlflowClient, run_id: str, store: Store, run: RunRecord) -> None:
    rails = [encode(rail) for rail in store.guardrails(run.run_id)]
    client.log_text(run_id, json.dumps(rails, indent=1, ensure_ascii=False), "guardrails.json")
    explanation = None if run.best_iteration is None else store.explanation(run.run_id, run.best_iteration)
    if explanation is not None and explanation.state == "completed":
        client.log_text(run_id, json.dumps(encode(explanation), indent=1, ensure_ascii=False), "explanation.json")


def _log_iteration(client: MlflowClient, child: str, record: IterationRecord) -> None:
    recipe, result = record.recipe, record.result
    kinds = {"algorithm": recipe.algorithm, "preprocessor": recipe.preprocessor} if recipe else {}
    parameters = {**kinds, **(result.parameters if result else {})}
    _log(client, child, record.ended_at, parameters, result.metrics if result else {})


def _texts(store: Store, run_id: str, iteration: int) -> Iterator[tuple[str, str]]:
    folder = store.iteration_folder(run_id, iteration)
    for name in TEXTS:
        if (folder / name).is_file():
            yield name, store.read_file(run_id, iteration, name)


def _log_model(client: MlflowClient, mlflow_id: str, store: Store, run: RunRecord, iteration: int) -> None:
    import mlflow.sklearn

    model = load_model(store.folder, model_file(store, run.run_id, iteration))
    versions = [f"{name}=={version}" for name, version in run.versions.items() if name.lower() != "python"]
    with tempfile.TemporaryDirectory() as folder:
        mlflow.sklearn.save_model(
            model,
            str(Path(folder) / "model"),
            pip_requirements=[f"automl_widgets=={__version__}", *versions],
            serialization_format="cloudpickle",
        )
        client.log_artifacts(mlflow_id, str(Path(folder) / "model"), "model")


def _key(name: str) -> str:
    """Return the name with what MLflow does not take in names made a dash."""
    return "".join(c if c.isalnum() or c in "_-. /" else "-" for c in name)[:250]


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:LONGEST]


def _ms(at: float | None) -> int | None:
    return None if at is None else int(at * 1000)
