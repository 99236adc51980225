"""Takes commands from the store, and carries out what `steer` has judged of those that steer. Decides nothing."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import replace

from automl_widgets.engine.clerk import Clerk
from automl_widgets.engine.hands import Hands
from automl_widgets.engine.launch import steered
from automl_widgets.engine.life import CommandGiven, EngineState, Rules
from automl_widgets.engine.past import used_s
from automl_widgets.engine.steer import STEERING, Change, RefusedError, change
from automl_widgets.records import Command, Wish
from automl_widgets.store import Store


class Helm:
    """Steers one run that has been prepared.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    clerk : Clerk
        Writes the rows.
    hands : Hands
        Whose course it is.
    logger : Logger
        Told of every command.
    """

    def __init__(self, store: Store, run_id: str, clerk: Clerk, hands: Hands, logger: logging.Logger) -> None:
        self._logger = logger
        self._wishes: deque[Command] = deque()
        self._clicks: set[str] = set()
        self._store = store
        self._run_id = run_id
        self._clerk = clerk
        self._hands = hands

    def commands(self) -> tuple[CommandGiven, ...]:
        """Take what waits in the store: return what the machine obeys itself, and keep what steers.

        A page whose kernel is late leaves its command beside the store too: of two with the same mark one counts.
        """
        taken = [once for command in self._store.take_commands(self._run_id) if (once := self._once(command))]
        for command in taken:
            self._logger.info("command %s %s", command.kind, dict(command.arguments))
        self._wishes += (command for command in taken if command.kind in STEERING)
        return tuple(given(command) for command in taken if command.kind not in STEERING)

    def _once(self, command: Command) -> Command | None:
        """Return a command without the mark of its click, None if that click has been obeyed."""
        arguments = dict(command.arguments)
        click = arguments.pop("click", None)
        if not isinstance(click, str):
            return command
        is_new = click not in self._clicks
        self._clicks.add(click)
        return replace(command, arguments=arguments) if is_new else None

    def next_wish(self) -> Command | None:
        """Return the next command that steers, None if there is none."""
        return self._wishes.popleft() if self._wishes else None

    def obey(self, command: Command, state: EngineState) -> Rules | None:
        """Fulfil a wish, or refuse it; return the rules from now on, None if there is nothing to do at once.

        A run that has ended is taken and made to run again, if it is to go on.
        """
        has_ended = state.phase == "ended"
        since = max(self._clerk.records, default=-1) + 1 if has_ended else state.next_iteration
        run = self._store.run(self._run_id)
        used = used_s(run, self._clerk.records.values(), None) if has_ended else run.used_s
        wish = Wish(
            number=command.command_id,
            kind=command.kind,
            arguments=command.arguments,
            given_at=command.created_at,
            taken_at=time.time(),
            since=since,
        )
        try:
            found = change(command.kind, command.arguments, state, self._hands.course, self._hands.tried(since), used)
        except RefusedError as refusal:
            self._store.put_wish(self._run_id, replace(wish, is_accepted=False, answer=str(refusal)))
            return None
        course = steered(self._hands.course, found.plan, found.settings)
        self._hands.steer(course)
        fields = {"plan": found.plan, "settings": found.settings, "n_iterations": found.plan.n_iterations}
        if has_ended and found.goes_on:
            self._store.claim(self._run_id)
            again = {"state": "preparing", "reason": None, "error": None, "ended_at": None, "stage": "going on"}
            fields |= {**again, "used_s": used, "resumed_at": time.time()}
        self._store.update_run(self._run_id, **fields)
        self._try_again(found, state)
        self._store.put_wish(
            self._run_id,
            replace(
                wish,
                answer=found.answer,
                n_search=course.n_search,
                timeout_s=found.settings.experiment_timeout_s,
                is_continuation=has_ended and found.goes_on,
            ),
        )
        if has_ended and not found.goes_on:
            return None
        return replace(
            state.rules,
            n_search=course.n_search,
            waits_for=course.waits_for,
            timeout_s=found.settings.experiment_timeout_s,
            exit_score=found.settings.exit_score,
        )

    def _try_again(self, found: Change, state: EngineState) -> None:
        if found.retried is not None:
            self._clerk.waits(found.retried, state.standings[found.retried].attempt + 1)


def given(command: Command) -> CommandGiven:
    """Return a stored command as the machine knows it; a wrong argument makes it one that does nothing."""
    iteration = command.arguments.get("iteration")
    return CommandGiven(
        now_s=time.monotonic(),
        kind=command.kind,
        iteration=iteration if isinstance(iteration, int) and not isinstance(iteration, bool) else None,
        with_ensembles=command.arguments.get("ensembles") is not False,
    )
