"""What a store promises: the rows and folders of runs, whoever keeps them. Not here: any file or database.

Every method is one transaction and may be called from any thread. A run counts its changes: `seq` starts at 1 when the
run is created and grows by one with each call that writes a record of it; the records that were written carry it.
Readers hold the last `seq` they saw and ask for what came `after`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from automl_widgets.records import (
    Changes,
    Command,
    Explanation,
    Guardrail,
    IterationRecord,
    Json,
    ModelRecord,
    RunRecord,
    Wish,
)
from automl_widgets.store.nouns import RunBrief

if TYPE_CHECKING:
    from automl_widgets.store.lease import Owner

GRACE_S = 30.0
"""A run that nobody holds counts as interrupted when it is older than this; a far owner, when silent for longer."""


class Reading(Protocol):
    """What can be asked of a store.

    A run that has not ended and that no living process holds is reported with the state ``interrupted`` and a reason.
    That is found out when it is read and never written: the row keeps the state that its engine wrote last.
    """

    def run(self, run_id: str) -> RunRecord:
        """Return a run, or raise NotFoundError."""

    def runs(self, experiment: str | None = None) -> tuple[RunRecord, ...]:
        """Return the runs, of one experiment or all, newest first."""

    def briefs(self) -> tuple[RunBrief, ...]:
        """Return all runs in brief, newest first: thousands of them in little time once they were read."""

    def experiments(self) -> tuple[str, ...]:
        """Return the names of experiments in the order of their creation."""

    def iteration(self, run_id: str, iteration: int) -> IterationRecord:
        """Return one iteration, or raise NotFoundError."""

    def iterations(self, run_id: str) -> tuple[IterationRecord, ...]:
        """Return all iterations by number."""

    def guardrails(self, run_id: str) -> tuple[Guardrail, ...]:
        """Return the verdicts on the data, none if there are none yet."""

    def explanation(self, run_id: str, iteration: int) -> Explanation | None:
        """Return the explanation of one iteration, None if none was asked for."""

    def wishes(self, run_id: str) -> tuple[Wish, ...]:
        """Return what the user wanted of the run and what came of it, in order."""

    def changes(self, run_id: str, after: int) -> Changes:
        """Return every record that was written after the change number `after`: 0 gives all there is.

        Costs as much as there are changed records. Takes `run` along whenever the run is interrupted, since no change
        number tells of that.
        """

    def seq(self, run_id: str) -> int:
        """Return the number of the run's last change."""

    def wait(self, run_id: str, after: int, timeout_s: float) -> int:
        """Block until the run's `seq` is greater than `after` or the time is up; return `seq`.

        Notices a write of this process at once, of another one within 0.2 s.
        """


class Control(Protocol):
    """How a run is steered, who steers it, and which models were made known."""

    def post_command(self, run_id: str, kind: str, arguments: Mapping[str, Json]) -> int:
        """Leave a wish for the engine; return its number.

        Raises
        ------
        NotFoundError
            If there is no such run, or no command of this kind.
        WorkspaceError
            If the arguments take more than 64 kB.
        """

    def waiting_commands(self, run_id: str) -> tuple[int, ...]:
        """Return the numbers of the wishes that no engine has taken yet, in order."""

    def withdraw_command(self, run_id: str, number: int) -> bool:
        """Take a wish back that no engine has taken; return whether it was still waiting."""

    def take_commands(self, run_id: str) -> tuple[Command, ...]:
        """Return the waiting commands in order, each to one taker and once.

        Takes in the files ``runs/<run id>/commands/*.json`` that a web page has dropped. A file that is no command is
        removed, and the log says why.
        """

    def claim(self, run_id: str, heir_of: Owner | None = None) -> float | None:
        """Make this process the owner of the run; return the last sign of life of an owner that died, None without one.

        Parameters
        ----------
        run_id
            The run.
        heir_of
            The owner that has sent the run to this process, and holds it until now.

        Raises
        ------
        RunStateError
            If a living process holds it, be it this one; of an heir, if any other than that owner held it last.
        """

    def beat(self, run_id: str) -> None:
        """Show that the owner lives, every few seconds; raise RunStateError if this process is not the owner.

        On the owner's machine the process itself is looked at; the beat counts where that is impossible.
        """

    def release(self, run_id: str) -> None:
        """Give the run up; nothing happens if this process does not hold it."""

    def add_model(self, name: str, run_id: str, iteration: int, description: str, tags: Mapping[str, str]) -> int:
        """Register the next version of a model; return that version.

        The name must do as a folder's name: 1 to 128 letters, digits, ``_``, ``.`` and ``-``, not with a dot first.
        """

    def models(self, name: str | None = None) -> tuple[ModelRecord, ...]:
        """Return registered models, of one name or all, by name and version."""


class Folders(Protocol):
    """Where the files of runs lie. No path leaves the run's folder."""

    folder: Path
    """Of the workspace."""

    def run_folder(self, run_id: str) -> Path:
        """Return the folder of an existing run, or raise NotFoundError."""

    def iteration_folder(self, run_id: str, iteration: int) -> Path:
        """Return the folder of an iteration; it is made if it is not there."""

    def read_log(self, run_id: str, iteration: int, start: int, limit: int) -> tuple[str, int, int]:
        """Return a piece of an iteration's log, the offset where the next one starts, and the log's size.

        Iteration -1 is the script that brings the run's data.

        Offsets and size are in bytes. No character is ever split: the piece may be a little shorter than `limit` (of
        which at least 4 count), and a `start` inside a character moves to its end. A `start` past the end gives
        ``("", size, size)``, no log ``("", 0, 0)``.
        """

    def read_file(self, run_id: str, iteration: int, name: str) -> str:
        """Return one of `store.files.TEXT_NAMES` of an iteration; raise NotFoundError for all else."""


class Store(Reading, Control, Folders, Protocol):
    """Keeps runs: all that is asked, steered and lies in folders, and the writes below.

    Each method raises NotFoundError if the run does not exist and WorkspaceError if the disk does not do its part.
    """

    def create_run(self, record: RunRecord) -> None:
        """Add a run, its folder and, if it is new, its experiment.

        Raises
        ------
        WorkspaceError
            If the run exists, or its id is not made of 1 to 128 letters, digits, ``_``, ``.`` and ``-``, or starts with
            a dot.
        """

    def adopt_run(self, records: Changes, folder: Path) -> None:
        """Add a run that another workspace kept, as `changes(run_id, 0)` gave it there, its folder and its experiment.

        All or nothing: the folder becomes the run's own by a rename, so it must lie on the workspace's disk.

        Raises
        ------
        WorkspaceError
            If the run or a folder of its id exists, or its id or its experiment's name is none.
        """

    def update_run(self, run_id: str, **fields: Any) -> RunRecord:
        """Set fields of a run's record; return it as `run` would. `run_id` and `seq` cannot be set."""

    def delete_run(self, run_id: str) -> None:
        """Remove a run with all that is kept of it; registered models, being copies, stay.

        Raises
        ------
        RunStateError
            If a living process holds it.
        """

    def set_tags(self, run_id: str, tags: Mapping[str, str], without: Collection[str] = ()) -> None:
        """Add tags to a run or change them, and take those named in `without` away; other tags stay."""

    def create_experiment(self, name: str) -> None:
        """Add an experiment; nothing happens if it exists. Any text but the empty one is a name."""

    def put_iteration(self, run_id: str, record: IterationRecord) -> None:
        """Add or replace an iteration; its `seq` is set by the store."""

    def update_iteration(self, run_id: str, iteration: int, **fields: Any) -> None:
        """Set fields of an iteration's record; `iteration` and `seq` cannot be set."""

    def put_guardrails(self, run_id: str, guardrails: Sequence[Guardrail]) -> None:
        """Replace the verdicts on the data."""

    def put_explanation(self, run_id: str, explanation: Explanation) -> None:
        """Add or replace the explanation of an iteration."""

    def put_wish(self, run_id: str, wish: Wish) -> None:
        """Add a wish that was obeyed or refused, or replace the one with its number."""

    def close(self) -> None:
        """Let go of the files. Whatever is called afterwards raises WorkspaceError."""
