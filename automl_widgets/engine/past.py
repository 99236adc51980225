"""What an earlier engine has left of a run: its data, how its iterations stand, the time it used. No decision."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from automl_widgets.engine.clerk import finite
from automl_widgets.engine.executors import dataset
from automl_widgets.engine.launch import Course, is_ended
from automl_widgets.engine.life import Standing
from automl_widgets.errors import WorkspaceError
from automl_widgets.records import IterationRecord, RunRecord
from automl_widgets.store import Store
from automl_widgets.store.lease import Owner

PATTERN = "data.*.p5"


def stored_data(run_folder: Path, fingerprint: str) -> str | None:
    """Return where the data of the run lies, None if it is not there any more, or not as it was.

    Every value is read for that, at some 0.5 GB a second.
    """
    from automl_widgets.data.load import fingerprint as fingerprint_of

    for path in run_folder.glob(PATTERN):
        try:
            data = dataset.read(path)
        except WorkspaceError:
            continue
        if not fingerprint or fingerprint_of(data) == fingerprint:
            return str(path)
    return None


def drop_data(run_folder: Path, limit_mb: float) -> None:
    """Remove the file with the data of a run that has ended, if it is larger than the user wants it kept."""
    for path in run_folder.glob(PATTERN):
        if path.stat().st_size > limit_mb * 1e6:
            path.unlink(missing_ok=True)


def taken_up(store: Store, run_id: str, heir_of: Owner | None = None) -> float | None:
    """Make this process the owner of a run; return the last sign of life of the engine before, None without one.

    A run that its engine had to leave, since its cluster had gone, goes on from here on and says so.
    """
    sign_at = store.claim(run_id, heir_of)
    run = store.run(run_id)
    if run.state != "interrupted":
        return sign_at
    store.update_run(run_id, state="preparing", reason=None, ended_at=None)
    return run.ended_at


def history(course: Course, records: Iterable[IterationRecord]) -> dict[int, Standing]:
    """Return how the iterations of an interrupted run stand.

    One that was running then is to be tried again. One that was being cancelled is being cancelled still. An ensemble
    that was not ready is forgotten: it is built anew.
    """
    kinds = [recipe.algorithm for recipe in course.plan.ensembles]
    found: dict[int, Standing] = {}
    for record in records:
        is_ensemble = record.recipe is not None and record.recipe.origin == "ensemble"
        kind = kinds.index(record.recipe.algorithm) if is_ensemble and record.recipe is not None else None
        if is_ended(record):
            found[record.iteration] = _ended(record, kind)
        elif not is_ensemble:
            found[record.iteration] = _interrupted(record)
    return found


def _ended(record: IterationRecord, kind: int | None) -> Standing:
    duration_s = record.ended_at - record.started_at if record.ended_at and record.started_at else None
    return Standing(
        state=record.state,
        attempt=record.attempt,
        ensemble=kind,
        duration_s=duration_s,
        score=finite(record.result.score) if record.result else None,
        reason=record.reason,
        closing_s=record.result.closing_s if record.result else 0.0,
    )


def _interrupted(record: IterationRecord) -> Standing:
    if record.state == "canceling":
        return Standing(state="canceling", attempt=record.attempt, verdict="canceled", reason="canceled by you")
    attempt = record.attempt + (record.state != "queued")
    reason = "the process that ran it has ended"
    return Standing(state="queued", attempt=attempt, verdict="lost", reason=reason)


def used_s(run: RunRecord, records: Iterable[IterationRecord], last_sign_at: float | None) -> float:
    """Return how long engines have worked on a run: up to the last sign of life of the last one, without the gaps.

    Parameters
    ----------
    run : RunRecord
    records : iterable of IterationRecord
    last_sign_at : float or None
        When the last engine showed that it lives, as far as its lease tells.
    """
    since = run.resumed_at or run.started_at
    if since is None:
        return run.used_s
    times = [t for r in records for t in (r.started_at, r.ended_at) if t is not None]
    end = run.ended_at or max([since, *times, *([last_sign_at] if last_sign_at else [])])
    return run.used_s + max(end - since, 0.0)
