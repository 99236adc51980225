"""What the end of a Ray task means that has returned nothing: exceptions in, an outcome out."""

from __future__ import annotations

from automl_widgets.engine.executors.attempt import full_text, one_line
from automl_widgets.engine.executors.protocol import Outcome

NODE_DIED = "its node has died"


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
        return Outcome(key=key, state="lost", reason=NODE_DIED)
    if isinstance(raised, exceptions.WorkerCrashedError):
        return Outcome(key=key, state="lost", reason="the task's process on its node was killed")
    if found_no_actor(raised):
        return Outcome(key=key, state="lost", reason="its node could not reach the head of the cluster")
    return Outcome(key=key, state="lost", reason=f"Ray: {one_line(raised)}", error=full_text(raised))


def found_no_actor(raised: BaseException) -> bool:
    """Return whether a task has failed because it did not reach the actor that its news go to."""
    from ray import exceptions

    cause = raised.cause if isinstance(raised, exceptions.RayTaskError) else None
    return isinstance(cause, exceptions.RayActorError)


def outcome_of_dead_node(key: str, *, is_canceled: bool) -> Outcome:
    """Return how the trial of a node ended that is dead, or that has not been heard of for so long that Ray says so."""
    if is_canceled:
        return Outcome(key=key, state="canceled", reason="canceled")
    return Outcome(key=key, state="lost", reason=NODE_DIED)


def end_of_desk(raised: BaseException) -> str:
    """Return why an executor on Ray can do no more, in one line."""
    from ray import exceptions

    if isinstance(raised, (exceptions.RayError, ConnectionError)):
        return f"the head of the Ray cluster has gone or cannot be reached ({type(raised).__name__})"
    return f"a fault of the executor: {one_line(raised)}"


def _last_line(raised: BaseException) -> str:
    lines = [line.strip() for line in str(raised).splitlines() if line.strip()]
    return lines[-1][:300] if lines else type(raised).__name__
