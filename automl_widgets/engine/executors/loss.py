"""What the end of a Ray task means that has returned nothing: exceptions in, an outcome out."""

from __future__ import annotations

from automl_widgets.engine.executors.attempt import full_text, one_line
from automl_widgets.engine.executors.protocol import Outcome


def outcome_of_loss(key: str, raised: BaseException, *, is_canceled: bool) -> Outcome:
    """Return how the trial of a task ended that was cancelled, or whose process, node or environment has failed."""
    from ray import exceptions

    if is_canceled:
        return Outcome(key=key, state="canceled", reason="canceled")
    if isinstance(raised, exceptions.OutOfMemoryError):
        return Outcome(key=key, state="oom", reason="its node ran out of memory, and Ray ended it")
    if isinstance(raised, exceptions.RuntimeEnvSetupError):
        return Outcome(key=key, state="failed", reason=f"its environment: {_last_line(raised)}", error=str(raised))
    if isinstance(raised, exceptions.NodeDiedError):
        return Outcome(key=key, state="lost", reason="its node has died")
    if isinstance(raised, exceptions.WorkerCrashedError):
        return Outcome(key=key, state="lost", reason="the task's process on its node was killed")
    return Outcome(key=key, state="lost", reason=f"Ray: {one_line(raised)}", error=full_text(raised))


def _last_line(raised: BaseException) -> str:
    lines = [line.strip() for line in str(raised).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(raised).__name__
