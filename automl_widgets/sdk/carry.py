"""``python -m automl_widgets.sdk.carry WORKSPACE RUN KIND``: an engine for a run that has none, without a kernel.

A page or a terminal starts it (``view.carrier``). It ends when the run has ended and nothing is wished any more; until
then the run is steered through the store, as ever.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from automl_widgets.errors import AutoMLError, RunStateError
from automl_widgets.records import RUN_ENDED
from automl_widgets.sdk.console import say
from automl_widgets.sdk.experiment import Experiment
from automl_widgets.sdk.run import AutoMLRun
from automl_widgets.sdk.versions import differences
from automl_widgets.sdk.workspace import Workspace
from automl_widgets.store import Store
from automl_widgets.view.carrier import READY

IDLE_S = 60.0
"""So long it listens to a run that has ended: the one who wished this may wish more."""
POLL_S = 1.0


def main(arguments: Sequence[str]) -> None:
    """Take up a run, say so, and stay as long as there is something to do."""
    folder, run_id, kind = arguments
    workspace = Workspace(folder)
    run = AutoMLRun(Experiment(workspace, workspace.store.run(run_id).experiment), run_id)
    check_versions(run)
    run.attend(kind)
    say(READY)
    _stay(workspace.store, run_id)


def check_versions(run: AutoMLRun) -> None:
    """Raise RunStateError if the packages here are not those of the run: its models would not fit together."""
    if different := differences(run.record.versions):
        raise RunStateError(
            f"{'; '.join(different)}. This is another environment than that of the run: resume it in a notebook there."
        )


def _stay(store: Store, run_id: str) -> None:
    from automl_widgets.engine import runner

    busy_at = time.monotonic()
    while time.monotonic() - busy_at < IDLE_S:
        if _is_busy(store, run_id):
            busy_at = time.monotonic()
        time.sleep(POLL_S)
        if runner.listener(store, run_id) is None:
            return
    if (listening := runner.listener(store, run_id)) is not None:
        listening.close()


def _is_busy(store: Store, run_id: str) -> bool:
    if store.run(run_id).state not in RUN_ENDED or store.waiting_commands(run_id):
        return True
    return any(one.state == "running" for one in store.changes(run_id, 0).explanations)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except AutoMLError as failure:
        sys.exit(" ".join(str(failure).split()))
