"""The records in an archive from a stranger: read with suspicion, and made this workspace's own. Not here: files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from automl_widgets.errors import WorkspaceError
from automl_widgets.own import locked
from automl_widgets.records import Changes, Explanation, Settings, decode
from automl_widgets.share.pack import FORMAT, VERSION
from automl_widgets.share.strict import misfits

MOST_ITERATIONS = 100_000
EXPERIMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
"""What an experiment may be called."""
IMPORTED = "imported"
"""The property of a run that says whether its pickles are trusted."""
DEBUG_LOG = "automl.log"
"""In the place of a path on another machine."""
NOT_TRUSTED, TRUSTED = "not trusted", "trusted"


def read_records(text: bytes) -> Changes:
    """Return the records of a run, or raise WorkspaceError with what is wrong with them."""
    document = _document(text)
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT:
        raise WorkspaceError(f"its run.json is not of the format {FORMAT!r}, but {found!r:.80}.")
    if document.get("version") != VERSION:
        made_by = document.get("made_by", "another version")
        raise WorkspaceError(
            f"its format has version {document.get('version')!r:.20}, and this automl_widgets knows {VERSION}; it was "
            f"made by {made_by!r:.80}. Install that version."
        )
    records = document.get("records")
    wrong = list(islice(misfits(Changes, records, "records"), 3))
    if not wrong:
        wrong = list(islice(_contradictions(decode(Changes, records)), 3))
    if wrong:
        raise WorkspaceError(f"its run.json is damaged or was made by hand: {'; '.join(wrong)}.")
    return decode(Changes, records)


def _document(text: bytes) -> Any:
    try:
        document = json.loads(text.decode())
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError) as error:
        raise WorkspaceError(f"its run.json is not JSON: {type(error).__name__}: {error!s:.100}.") from error
    return document


def _contradictions(records: Changes) -> Iterator[str]:
    """Yield what no engine would have written."""
    run = records.run
    if run is None:
        yield "records.run is missing"
        return
    if not EXPERIMENT.fullmatch(run.experiment):
        yield f"records.run.experiment is no name of an experiment: {run.experiment!r:.80}"
    numbers = [record.iteration for record in records.iterations]
    if len(set(numbers)) < len(numbers) or any(not 0 <= number < MOST_ITERATIONS for number in numbers):
        yield "records.iterations are not numbered one by one from 0"
    if not 0 <= run.n_iterations <= MOST_ITERATIONS:
        yield "records.run.n_iterations is too large"
    if run.best_iteration is not None and run.best_iteration not in numbers:
        yield "records.run.best_iteration is none of the iterations"
    if not _is_metric(run.settings):
        yield f"records.run.settings.primary_metric is no metric: {run.settings.primary_metric!r:.80}"
    if any(e.iteration not in numbers or not _has_shape(e) for e in records.explanations):
        yield "records.explanations do not fit"
    if any(not 0 <= wish.number < MOST_ITERATIONS**2 for wish in records.wishes):
        yield "records.wishes have no numbers"


def _is_metric(settings: Settings) -> bool:
    from automl_widgets.metrics import METRICS

    own = settings.own.metric
    if own is not None and own.name == settings.primary_metric:
        return own.name not in METRICS
    return any(m.name == settings.primary_metric and m.task == settings.task for m in METRICS.values())


def _has_shape(explanation: Explanation) -> bool:
    n, per_class = len(explanation.features), explanation.per_class
    has_rows = not per_class or len(per_class) == len(explanation.classes)
    return explanation.state != "completed" or (
        len(explanation.overall) == n and has_rows and all(len(row) == n for row in per_class)
    )


def made_own(records: Changes, *, is_trusted: bool) -> Changes:
    """Return the records as this workspace keeps them: without what held on the other machine alone."""
    from automl_widgets.objective import metric_table

    run = records.run
    if run is None:
        return records
    own = {"metrics": metric_table(run.settings, len(run.profile.classes) if run.profile else 0)}
    run = replace(
        run,
        state=run.state if run.state in ("completed", "failed", "canceled") else "interrupted",
        settings=replace(run.settings, debug_log=DEBUG_LOG, own=locked(run.settings.own, not is_trusted)),
        properties={**own, IMPORTED: TRUSTED if is_trusted else NOT_TRUSTED},
    )
    return replace(records, run=run, iterations=tuple(replace(record, pid=None) for record in records.iterations))
