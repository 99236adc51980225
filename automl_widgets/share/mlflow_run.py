"""A run written into MLflow: one run with a child for each iteration. Needs the extra `mlflow`; changes nothing here.

At once for a run that has ended, or as it goes: then by a thread of its own, which reads the store as every viewer does
and which the engine knows nothing of. Not here: what is written (``mlflow_scribe``).
"""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Literal

from automl_widgets.errors import AutoMLError, NotSupportedError, RunStateError
from automl_widgets.records import RUN_ENDED
from automl_widgets.share.mlflow_scribe import Scribe
from automl_widgets.share.unpack import check_trusted
from automl_widgets.store import Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

WAIT_S = 2.0
BREATH = 4.0
"""While the run goes on the thread rests so many times as long as it works: the engine has the same interpreter."""
LONGEST_PAUSE_S = 60.0
LAST_TRIES = 8
"""So often what could not be written is tried again after the run's end: some four minutes."""
_writing: dict[tuple[str, ...], tuple[threading.Thread, str]] = {}


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
        state = f"A run is written into MLflow when it has ended, but this one is {run.state}"
        raise RunStateError(f"{state}: follow=True writes it as it goes.")
    if models != "none":
        check_trusted(run, "Saving models")
    scribe = Scribe(client, store, run_id, models, experiment or run.experiment)
    try:
        scribe.finish()
    except BaseException:
        scribe.give_up()
        raise
    return scribe.parent


def follow_run(
    store: Store,
    run_id: str,
    tracking_uri: str | None = None,
    experiment: str | None = None,
    models: Literal["best", "all", "none"] = "best",
) -> str:
    """Begin to write a run into MLflow as it goes; return the id that it has there. Parameters as of `log_run`.

    What MLflow does not take is tried again, with growing pauses; the run's debug log tells of it, and the run itself
    goes on as if there were no MLflow. What another process had begun and not finished is gone on with.
    """
    client = _client(tracking_uri)
    run = store.run(run_id)
    if models != "none":
        check_trusted(run, "Saving models")
    name = experiment or run.experiment
    key = (str(store.folder), run_id, client.tracking_uri, name)
    if key in _writing and _writing[key][0].is_alive():
        return _writing[key][1]
    scribe = Scribe(client, store, run_id, models, name, follows=True)
    thread = threading.Thread(target=_follow, args=(scribe, store, run_id), name=f"automl mlflow {run_id}", daemon=True)
    _writing[key] = (thread, scribe.parent)
    thread.start()
    return scribe.parent


def _follow(scribe: Scribe, store: Store, run_id: str) -> None:
    from mlflow.exceptions import MlflowException

    journal = logging.getLogger(f"automl_widgets.run.{run_id}")
    seq, failures, last_tries, has_ended = 0, 0, 0, False
    while last_tries <= LAST_TRIES:
        try:
            has_ended = store.run(run_id).state in RUN_ENDED
            if has_ended:
                scribe.finish()
                return
            began_s = time.monotonic()
            is_behind, failures = scribe.catch_up(most=1), 0
            if is_behind:
                time.sleep(BREATH * (time.monotonic() - began_s))
            else:
                seq = store.wait(run_id, seq, WAIT_S)
        except (MlflowException, OSError) as error:
            failures, last_tries = failures + 1, last_tries + has_ended
            journal.warning("MLflow does not take what the run has to tell; tried again: %s", error)
            time.sleep(min(2.0 ** (failures - 1), LONGEST_PAUSE_S))
        except AutoMLError as error:
            journal.warning("no longer written into MLflow: %s", error)
            return
    journal.error("MLflow has not taken all of the run; to_mlflow(follow=True) tries it once more")


def _client(tracking_uri: str | None) -> MlflowClient:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # from here nothing leaves the machine unasked
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise NotSupportedError("MLflow is not installed: pip install 'automl_widgets[mlflow]'") from error
    return MlflowClient(tracking_uri=tracking_uri)
