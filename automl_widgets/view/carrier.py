"""A process that takes up a run whose own has ended, started from a page or a terminal. It outlives who started it.

Not here: what it does (``sdk.carry``), which loads learners and pickles; this module and its importers do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

from automl_widgets.errors import RunStateError
from automl_widgets.store import Store

MODULE = "automl_widgets.sdk.carry"
LOG = "carrier.log"
"""In the run's folder: what such processes print."""
READY = "ready"
"""The first word of the line that such a process prints when it works on the run."""
POLL_S = 0.1
MAX_TROUBLE = 2_000


class Carrier:
    """One such process.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    kind : str
        What is wished of it: `resume`, or one of `answers.AFTER_END`.
    """

    def __init__(self, store: Store, run_id: str, kind: str) -> None:
        folder = store.run_folder(run_id)
        self._log = folder / LOG
        # -P: what lies beside the workspace is no module of ours, whatever it is called.
        command = [sys.executable, "-P", "-m", MODULE, str(store.folder), run_id, kind]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=store.folder.parent,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid = self._process.pid
        threading.Thread(target=self._process.wait, name=f"automl carrier {self.pid}", daemon=True).start()

    def is_alive(self) -> bool:
        """Return whether the process lives."""
        return self._process.poll() is None

    def is_ready(self) -> bool:
        """Return whether it works on the run."""
        return any(line.split() == [READY] for line in self._told().splitlines())

    def wait(self) -> None:
        """Return when it works on the run; raise RunStateError, in its own words, if it cannot."""
        while not self.is_ready():
            if not self.is_alive():
                raise RunStateError(self.trouble())
            time.sleep(POLL_S)

    def trouble(self) -> str:
        """Return what it said last, for people."""
        told = [line for line in self._told().splitlines() if line.strip()]
        return told[-1][:MAX_TROUBLE] if told else f"The process {self.pid} has ended without a word."

    def _told(self) -> str:
        try:
            return self._log.read_text(errors="replace")
        except OSError:
            return ""
