"""A wish from outside of the kernel, and a true answer to it. Not here: what a wish may be (``wishes``), who obeys it.

An engine takes a wish from the store within a tenth of a second; one that listens to a run that has ended, within one
second. So a wish that still lies there later tells that nobody is there, and is taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from automl_widgets.errors import NotFoundError, RunStateError
from automl_widgets.records import RUN_ENDED, TRIAL_ENDED, IterationRecord, RunRecord
from automl_widgets.store import Store
from automl_widgets.view.portal.watch import Watch
from automl_widgets.view.wishes import click, wish

TAKEN_S = 1.2
"""A living engine that has not taken a wish after this is held up: it will find it."""
LISTENED_S = 2.0
"""Nobody listens to an ended run of which a wish was not taken after this."""
ANSWERED_S = 1.5
POLL_S = 0.05
Bring: TypeAlias = Callable[[Store, RunRecord, str], Awaitable[None]]
"""Has a process take up a run that none works on, for a kind of wish; raises RunStateError if it cannot."""
AFTER_END = {
    "explain": "explain({iteration})",
    "retry": "retry({iteration})",
    "like": "more_like({iteration}, {count})",
    "more": "continue_experiment()",
}
"""What an ended run can be asked for, and how that is said in a notebook."""
ANSWERED = ("retry", "like", "more", "block")
"""The engine says in words what it makes of these."""


async def give(
    watch: Watch, store: Store, run_id: str, message: Mapping[str, Any], bring: Bring | None = None
) -> dict[str, Any]:
    """Leave a wish for the run's engine; return what became of it.

    Parameters
    ----------
    watch : Watch
        Calls the store.
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    message : mapping
        Anything; with a `command`, as `Command` of js/src/types.ts, and perhaps a `click` if it comes from our page.
    bring : callable, optional
        Starts an engine for a run that has none; without it such a wish is refused.

    Returns
    -------
    dict
        `state` is ``"taken"``, or ``"queued"`` if the engine lives but has not looked yet; `answer` is the engine's.

    Raises
    ------
    BadRequestError
        If it is no command.
    NotFoundError
        If there is no such run or iteration.
    RunStateError
        If the run does not allow it, or nobody is there to do it.
    """
    kind, arguments = wish(message.get("command"))
    run = await watch.call(store.run, run_id)
    if run.state == "interrupted" and kind == "resume" and bring is not None:
        return await _resumed(store, run, bring)
    await watch.call(_check, store, run, kind, arguments)
    number = await watch.call(store.post_command, run_id, kind, arguments | click(message))
    has_ended = run.state in RUN_ENDED
    is_taken = await _taken(watch, store, run_id, number, LISTENED_S if has_ended else TAKEN_S)
    if not is_taken and has_ended:
        is_taken = await _heard_after_all(watch, store, run, (number, kind, arguments), bring)
    if not is_taken and not has_ended:
        return {"state": "queued", "answer": ""}
    return {"state": "taken", "answer": await _answer(watch, store, run_id, number) if kind in ANSWERED else ""}


async def _resumed(store: Store, run: RunRecord, bring: Bring) -> dict[str, Any]:
    try:
        await bring(store, run, "resume")
    except RunStateError as error:
        raise RunStateError(f"It could not be resumed here. In a notebook: {_code(run)}.resume(). {error}") from error
    return {"state": "taken", "answer": ""}


async def _heard_after_all(
    watch: Watch, store: Store, run: RunRecord, wished: tuple[int, str, dict[str, Any]], bring: Bring | None
) -> bool:
    """Have an engine brought that listens to a run that has ended; take the wish back where that cannot be."""
    number, kind, arguments = wished
    code = f"In a notebook: {_code(run)}.{AFTER_END[kind].format(**{'count': 5, **arguments})}"
    trouble = "no kernel listens to it any more."
    if bring is not None:
        try:
            await bring(store, run, kind)
            return await _taken(watch, store, run.run_id, number, TAKEN_S)
        except RunStateError as error:
            trouble = f"no engine could be started for it: {error}"
    if await watch.call(store.withdraw_command, run.run_id, number):
        raise RunStateError(f"The run has ended, and {trouble} {code}")
    return True


def _check(store: Store, run: RunRecord, kind: str, arguments: dict[str, Any]) -> None:
    """Raise what is known to be impossible before anybody is asked."""
    if run.state == "interrupted":
        raise RunStateError(f"This run's kernel has ended. Resume it in a notebook: {_code(run)}.resume()")
    if run.state in RUN_ENDED and kind not in AFTER_END:
        raise RunStateError(f"The run has ended: {run.state}, {run.reason}.")
    iteration = arguments.get("iteration")
    if iteration is None:
        return
    found = _iteration(store, run.run_id, iteration)
    if found is None and iteration >= run.n_iterations:
        raise NotFoundError(f"There is no iteration {iteration}: this run has 0 to {run.n_iterations - 1}.")
    if kind == "cancel_iteration" and found is not None and found.state in TRIAL_ENDED:
        raise RunStateError(f"Iteration {iteration} has ended already: it is {found.state}.")
    if kind == "explain" and (found is None or found.state != "completed"):
        state = found.state if found else "not started"
        raise RunStateError(f"Iteration {iteration} cannot be explained: it is {state}, but must be completed.")


def _iteration(store: Store, run_id: str, iteration: int) -> IterationRecord | None:
    try:
        return store.iteration(run_id, iteration)
    except NotFoundError:
        return None


def _code(run: RunRecord) -> str:
    return f"AutoMLRun(Experiment(ws, {run.experiment!r}), {run.run_id!r})"


async def _taken(watch: Watch, store: Store, run_id: str, number: int, timeout_s: float) -> bool:
    loop = asyncio.get_running_loop()
    end_s = loop.time() + timeout_s
    while number in await watch.call(store.waiting_commands, run_id):
        if loop.time() > end_s:
            return False
        await asyncio.sleep(POLL_S)
    return True


async def _answer(watch: Watch, store: Store, run_id: str, number: int) -> str:
    """Return the engine's words, empty if it takes its time; raise RunStateError if it refused."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + ANSWERED_S
    while loop.time() < end_s:
        found = next((one for one in await watch.call(store.wishes, run_id) if one.number == number), None)
        if found is not None and not found.is_accepted:
            raise RunStateError(found.answer)
        if found is not None:
            return found.answer
        await asyncio.sleep(POLL_S)
    return ""
