"""What a run does before it has data: calls get_data() where its iterations will run. Not here: what that returns."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from automl_widgets.data.inputs import Inputs
from automl_widgets.data.places import Reference
from automl_widgets.engine.executors.protocol import Event, Executor, Outcome, Trial
from automl_widgets.errors import TrialError
from automl_widgets.store import Store

if TYPE_CHECKING:
    from automl_widgets.data.load import Table

RUN_GET_DATA = "automl_widgets.data.script:run_get_data"
LOG = "setup_log.txt"
SETUP = "setup"
"""Name of a run's property: script, state, reason and times of what brings its data, as JSON."""
POLL_S = 0.2
LATE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataScript:
    """A script that brings the data of a run."""

    files: Mapping[str, bytes]
    """The project's folder, by relative path."""
    script: str
    given: Inputs
    """Data that was given beside it: rows to explain."""
    references: tuple[Reference, ...] = ()
    """Files of datastores that it reads."""


def brought(store: Store, run_id: str, what: DataScript, executor: Executor) -> Table | None:
    """Run the script and store what is known of its data; None if the run was cancelled meanwhile.

    Raises
    ------
    TrialError
        If the script fails or takes longer than the run may: with its traceback.
    DataError
        If what it returned cannot be trained on.
    """
    from automl_widgets.data.load import load
    from automl_widgets.objective import metric_table

    run = store.update_run(run_id, stage=f"running {what.script}", started_at=store.run(run_id).created_at)
    noted = {"script": what.script, "state": "running", "started_at": time.time()}
    _note(store, run_id, noted)
    outcome = _run(store, run_id, what, executor)
    state, reason = (outcome.state, outcome.reason) if outcome else ("canceled", "canceled by you")
    _note(store, run_id, {**noted, "state": state, "reason": reason, "ended_at": time.time()})
    if outcome is None:
        return None
    if outcome.state != "completed":
        error = TrialError(f"{what.script}: {outcome.reason or outcome.state}")
        error.add_note(outcome.error)
        raise error
    table = load(run.settings, replace(what.given, **outcome.value))
    metrics = metric_table(run.settings, len(table.profile.classes))
    properties = {**store.run(run_id).properties, "metrics": metrics}
    store.update_run(run_id, profile=table.profile, notices=table.notices, properties=properties)
    return table


def _note(store: Store, run_id: str, noted: Mapping[str, Any]) -> None:
    """Write how the script stands: it is a row of its own, and no iteration."""
    store.update_run(run_id, properties={**store.run(run_id).properties, SETUP: json.dumps(noted)})


def _run(store: Store, run_id: str, what: DataScript, executor: Executor) -> Outcome | None:
    """Return how the script ended, None if the user cancelled the run."""
    args: dict[str, Any] = {"files": dict(what.files), "script": what.script, "references": what.references}
    log = store.run_folder(run_id) / LOG
    run = store.run(run_id)
    limit_s = run.settings.experiment_timeout_s  # from the call of submit, however long a node is waited for
    end_s = math.inf if limit_s is None else time.monotonic() + run.created_at + limit_s - time.time()
    ends_at = None if limit_s is None else end_s
    trial = Trial(key=f"{run_id}/setup-0/0", fn=RUN_GET_DATA, args=args, log=str(log), ends_at=ends_at)
    events: SimpleQueue[Event] = SimpleQueue()
    executor.submit(trial, events)
    is_canceled, is_late, beat_s = False, False, 0.0
    while True:
        if time.monotonic() - beat_s > 1.0:
            beat_s = time.monotonic()
            store.beat(run_id)
        if not is_canceled and _is_cancel_asked(store, run_id):
            is_canceled = True
            executor.cancel(trial.key)
        if not is_late and time.monotonic() > end_s + LATE_S:  # it waits for a node
            is_late = True
            executor.cancel(trial.key)
        try:
            event = events.get(timeout=POLL_S)
        except Empty:
            continue
        if isinstance(event, Outcome):
            return None if is_canceled else _timed(event, limit_s, is_late)


def _timed(outcome: Outcome, limit_s: float | None, is_late: bool) -> Outcome:
    """Return the outcome; for one that came too late, with the limit as the user knows it."""
    if outcome.state == "timeout" or (is_late and outcome.state == "canceled"):
        return replace(outcome, state="timeout", reason=f"it did not end within the run's limit of {limit_s:g} s")
    return outcome


def _is_cancel_asked(store: Store, run_id: str) -> bool:
    """Take the commands; leave those again that are for later."""
    commands = store.take_commands(run_id)
    for command in commands:
        if command.kind != "cancel":
            store.post_command(run_id, command.kind, command.arguments)
    return any(command.kind == "cancel" for command in commands)
