"""A run written into MLflow: one run with a child for each iteration. Needs the extra `mlflow`; changes nothing here.

MLflow's fluent interface keeps a tracking store and an active run for the whole process, which may be the user's own.
So only its client is used, and a model is saved as a folder first and then logged as files.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from automl_widgets import __version__
from automl_widgets.errors import NotSupportedError, RunStateError
from automl_widgets.own import told
from automl_widgets.records import RUN_ENDED, IterationRecord, RunRecord, encode
from automl_widgets.share.export import model_file
from automl_widgets.share.loading import load_model
from automl_widgets.share.names import TEXTS
from automl_widgets.share.unpack import check_trusted
from automl_widgets.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

LONGEST = 500
"""Characters of a parameter's value that every tracking server takes."""
MOST_AT_ONCE = 100
_STATUS = {"completed": "FINISHED", "canceled": "KILLED", "interrupted": "KILLED"}


def log_run(
    store: Store,
    run_id: str,
    tracking_uri: str | None = None,
    experiment: str | None = None,
    models: Literal["best", "all", "none"] = "best",
) -> str:
    """Write a run that has ended into MLflow; return the id that it has there.

    Parameters
    ----------
    store : Store
    run_id : str
    tracking_uri : str, optional
        Of MLflow's tracking store; what MLflow itself would take by default.
    experiment : str, optional
        Name of the experiment in MLflow, made if it is new; the run's own by default.
    models : {"best", "all", "none"}
        Whose models are saved.

    Raises
    ------
    NotSupportedError
        If MLflow is not installed.
    RunStateError
        If the run has not ended, or was imported and is not trusted, so that its models cannot be loaded.
    """
    client = _client(tracking_uri)
    run = store.run(run_id)
    if run.state not in RUN_ENDED:
        raise RunStateError(f"A run is written into MLflow when it has ended, but this one is {run.state}.")
    if models != "none":
        check_trusted(run, "Saving models")
    name = experiment or run.experiment
    found = client.get_experiment_by_name(name)
    place = str(client.create_experiment(name) if found is None else found.experiment_id)
    parent = _start(client, place, run.settings.name, run.created_at, {**run.tags, "automl_widgets.run_id": run_id})
    try:
        _log_all(client, (place, parent), store, run, models)
    except BaseException:
        client.set_terminated(parent, "FAILED")
        raise
    client.set_terminated(parent, _STATUS.get(run.state, "FAILED"), _ms(run.ended_at))
    return parent


def _log_all(client: MlflowClient, place: tuple[str, str], store: Store, run: RunRecord, models: str) -> None:
    parent, iterations = place[1], store.iterations(run.run_id)
    _log(client, parent, run.ended_at, _settings(run), {})
    _log_progress(client, parent, run, iterations)
    _log_records(client, parent, store, run)
    if models != "none" and run.best_iteration is not None:
        _log_model(client, parent, store, run, run.best_iteration)
    for record in iterations:
        child = _log_iteration(client, place, store, run, record)
        if models == "all" and record.state == "completed":
            _log_model(client, child, store, run, record.iteration)


def _client(tracking_uri: str | None) -> MlflowClient:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # from here nothing leaves the machine unasked
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise NotSupportedError("MLflow is not installed: pip install 'automl_widgets[mlflow]'") from error
    return MlflowClient(tracking_uri=tracking_uri)


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


def _log_progress(client: MlflowClient, run_id: str, run: RunRecord, iterations: tuple[IterationRecord, ...]) -> None:
    """Log the score of each iteration as one metric with steps, and every metric of the best one."""
    from mlflow.entities import Metric

    scored = [record for record in iterations if record.result and math.isfinite(record.result.score)]
    steps = [
        Metric("iteration_score", record.result.score, _ms(record.ended_at) or 0, record.iteration)
        for record in scored
        if record.result
    ]
    for k in range(0, len(steps), MOST_AT_ONCE):
        client.log_batch(run_id, metrics=steps[k : k + MOST_AT_ONCE])
    best = next((record.result for record in scored if record.iteration == run.best_iteration), None)
    _log(client, run_id, run.ended_at, {}, best.metrics if best else {})


def _log_records(client: MlflowClient, run_id: str, store: Store, run: RunRecord) -> None:
    rails = [encode(rail) for rail in store.guardrails(run.run_id)]
    client.log_text(run_id, json.dumps(rails, indent=1, ensure_ascii=False), "guardrails.json")
    explanation = None if run.best_iteration is None else store.explanation(run.run_id, run.best_iteration)
    if explanation is not None and explanation.state == "completed":
        client.log_text(run_id, json.dumps(encode(explanation), indent=1, ensure_ascii=False), "explanation.json")


def _log_iteration(
    client: MlflowClient, place: tuple[str, str], store: Store, run: RunRecord, record: IterationRecord
) -> str:
    experiment_id, parent = place
    recipe, result = record.recipe, record.result
    name = f"{record.iteration} {recipe.name if recipe else 'not started'}"
    tags = {"mlflow.parentRunId": parent, "automl_widgets.iteration": str(record.iteration)}
    child = _start(client, experiment_id, name, record.started_at or run.created_at, tags)
    kinds = {"algorithm": recipe.algorithm, "preprocessor": recipe.preprocessor} if recipe else {}
    _log(
        client,
        child,
        record.ended_at,
        {**kinds, **(result.parameters if result else {})},
        result.metrics if result else {},
    )
    for text_name, text in _texts(store, run.run_id, record.iteration):
        client.log_text(child, text, text_name)
    client.set_terminated(child, _STATUS.get(record.state, "FAILED"), _ms(record.ended_at or record.started_at))
    return child


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
