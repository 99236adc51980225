"""The one thread of a run: it carries out what the machine decides. Not here: a decision, or anything that takes long.

Events of the executor, commands from the store and the clock go in, instructions come out, and `hands` carries
them out. Nothing is ever printed.
"""

from __future__ import annotations

import math
import threading
import time
import traceback
import weakref
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from automl_widgets.engine import limits
from automl_widgets.engine.clerk import Clerk
from automl_widgets.engine.executors.attempt import one_line
from automl_widgets.engine.executors.protocol import Event, Executor, Outcome, Progress, Started
from automl_widgets.engine.flow import upcoming
from automl_widgets.engine.hands import Hands
from automl_widgets.engine.helm import Helm, given
from automl_widgets.engine.journal import close_journal, open_journal
from automl_widgets.engine.launch import place
from automl_widgets.engine.life import (
    CommandGiven,
    EngineFailed,
    EngineState,
    Finish,
    PlaceGone,
    RulesChanged,
    RunPrepared,
    Tick,
    TrialStarted,
)
from automl_widgets.engine.life import Event as RunEvent
from automl_widgets.engine.machine import advance
from automl_widgets.engine.past import drop_data, history, taken_up, used_s
from automl_widgets.engine.patience import patient
from automl_widgets.engine.prepare import course_for, rules_of
from automl_widgets.engine.setup import DataScript, brought
from automl_widgets.errors import AutoMLError
from automl_widgets.records import RUN_ENDED
from automl_widgets.store import Store

if TYPE_CHECKING:
    from automl_widgets.data.load import Table
    from automl_widgets.store.lease import Owner

POLL_S = 0.1
"""How often commands are looked for; a poll of the store takes some 0.2 ms."""
BEAT_S = 2.0
WAKE: Event = Progress(key="", fields={})
LINGER_S = 1800.0
"""An ended run listens so long for wishes to explain one of its iterations..."""
LINGER_POLL_S = 1.0
"""... and looks for them so often."""


def start(store: Store, run_id: str, table: Table | DataScript, *, executor: Executor | None = None) -> Runner:
    """Start the engine of a new run in the background.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run: its row exists, with settings and profile.
    table : Table or DataScript
        The data, or the script that brings them.
    executor : Executor, optional
        Where iterations run; by default the one that this process's runs share.

    Raises
    ------
    RunStateError
        If a living process runs it already.
    """
    return _started(Runner(store, run_id, executor, table))


def resume(
    store: Store, run_id: str, table: Table | None = None, *, data: str | None = None, executor: Executor | None = None
) -> Runner:
    """Go on with a run that was interrupted, or listen for wishes to explain one that has ended.

    Ended iterations stay as they are; those that were running are tried again.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    table : Table, optional
        Its data, if they are not in its folder any more.
    data : str, optional
        Where its data lie, as `past.stored_data` has found them; looked for by default.
    executor : Executor, optional
        Where iterations run; by default the one that this process's runs share.

    Raises
    ------
    RunStateError
        If a living process runs it already.
    """
    return _started(Runner(store, run_id, executor, table, data))


def inherit(
    store: Store, run_id: str, script: DataScript | None, *, data: str | None, executor: Executor, heir_of: Owner
) -> Runner:
    """Start, or go on with, a run that another process has sent to this one.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run.
    script : DataScript, optional
        What brings its data, if they are not in its folder.
    data : str, optional
        Where its data lie.
    executor : Executor
        Where iterations run.
    heir_of : Owner
        Who holds the run until now.

    Raises
    ------
    RunStateError
        If that process does not hold it any more.
    """
    return _started(Runner(store, run_id, executor, script, data, heir_of))


def listener(store: Store, run_id: str) -> Runner | None:
    """Return this process's engine that works on a run, or listens to one that has ended; None if there is none."""
    found = _runners.get((str(store.folder), run_id))
    return found if found is not None and found._thread.is_alive() and not found._is_closing else None


def _started(runner: Runner) -> Runner:
    runner.start()
    return runner


_runners: weakref.WeakValueDictionary[tuple[str, str], Runner] = weakref.WeakValueDictionary()


class Runner:
    """The engine of one run. Made by `start` and `resume`."""

    _hands: Hands
    _place: Executor

    def __init__(
        self,
        store: Store,
        run_id: str,
        executor: Executor | None,
        table: Table | DataScript | None,
        data: str | None = None,
        heir_of: Owner | None = None,
    ) -> None:
        self._store = store
        self._heir_of = heir_of
        self._run_id = run_id
        self._table, self._data = table, data
        self._last_sign_at: float | None = None
        self._executor = executor
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._state = EngineState()
        self._polled_s = self._beat_s = -math.inf
        self._has_ended = threading.Event()
        self._is_closing = self._goes_on = False
        self._thread = threading.Thread(target=self._work, name=f"automl {run_id}", daemon=True)

    # ------------------------------------------------------------ from outside

    def start(self) -> None:
        """Take the run and begin."""
        run = self._store.run(self._run_id)
        self._was_ended = run.state in RUN_ENDED and run.state != "interrupted"
        if not self._was_ended:
            self._last_sign_at = taken_up(self._store, self._run_id, self._heir_of)
        folder = self._store.run_folder(self._run_id)
        self._logger = open_journal(self._run_id, run.settings.debug_log, run.settings.verbosity, folder)
        self._store = patient(self._store, self._logger, lambda: self._has_ended.is_set() and self._is_closing)
        self._clerk = Clerk(self._store, self._run_id)
        self._thread.start()
        _runners[str(self._store.folder), self._run_id] = self

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until the run has ended, at most so long; return whether it has."""
        return self._has_ended.wait(timeout_s)

    def is_alive(self) -> bool:
        """Return whether the run goes on."""
        return self._thread.is_alive() and not self._has_ended.is_set()

    def wake(self) -> None:
        """Have it look for commands at once."""
        self._events.put(WAKE)

    def close(self) -> None:
        """Stop listening to an ended run; a run that goes on is not touched."""
        self._is_closing = True
        self.wake()
        if self._has_ended.is_set():
            self._thread.join()

    # ------------------------------------------------------------ the thread

    def _work(self) -> None:
        goes_on = True
        while goes_on:
            try:
                self._begin()
                while self._state.phase != "ended":
                    self._step(limits.patience_s(self._state, time.monotonic(), POLL_S))
                    self._beat()
            except Exception as error:
                self._logger.exception("the engine failed")
                self._fail(error)
            finally:
                self._leave()
            goes_on = self._linger()
        close_journal(self._logger)

    def _begin(self) -> None:
        executor = self._place = self._executor or _shared_executor()
        run, started_s = self._store.run(self._run_id), time.monotonic()
        records = tuple(self._clerk.records.values())
        if self._goes_on:
            started_s -= run.used_s
        elif run.started_at is not None and not self._was_ended:
            used = used_s(run, records, self._last_sign_at)
            run = self._store.update_run(self._run_id, used_s=used, resumed_at=time.time())
            started_s -= used
        elif not self._was_ended:
            started_s -= max(0.0, time.time() - run.created_at)  # a budget counts from the call of submit
        table, self._table = self._table, None
        if isinstance(table, DataScript):
            table = brought(self._store, self._run_id, table, executor)
            if table is None:
                self._is_closing, self._state = True, EngineState(phase="ended")
                self._clerk.finished(Finish(state="canceled", reason="canceled by you"))
                return
            run = self._store.run(self._run_id)
        course = course_for(self._store, run, executor, table, self._data)
        past = history(course, records)
        self._hands = Hands(self._store, self._clerk, course, executor, self._events)
        self._helm = Helm(self._store, run.run_id, self._clerk, self._hands, self._logger)
        rules = rules_of(course, started_s)
        self._goes_on = False
        if self._was_ended:
            self._state = EngineState(phase="ended", rules=rules, standings=past)
            return
        commands = self._helm.commands()
        if run.state == "stopping":
            commands = (CommandGiven(now_s=time.monotonic(), kind="cancel"), *commands)
        self._apply(RunPrepared(now_s=time.monotonic(), rules=rules, history=past, commands=commands))

    def _step(self, poll_s: float) -> None:
        """Wait for an event, and see to commands and the clock once every `poll_s`."""
        due_s = self._polled_s + poll_s
        if self._events.empty() and (iteration := upcoming(self._state)) is not None:
            self._hands.foresee(iteration)
        try:
            event = self._events.get(timeout=max(due_s - time.monotonic(), 0.0))
        except Empty:
            event = WAKE
        if event is not WAKE:
            self._take(event)
        if event is WAKE or time.monotonic() >= due_s:
            self._polled_s = time.monotonic()
            self._clerk.flush()
            for command in self._helm.commands():
                self._apply(command)
            self._steer()
            self._apply(Tick(now_s=time.monotonic()))

    def _beat(self) -> None:
        if time.monotonic() - self._beat_s >= BEAT_S:
            self._beat_s = time.monotonic()
            self._store.beat(self._run_id)

    def _fail(self, error: Exception) -> None:
        """End the run for a fault of its engine; what has ended is kept."""
        self._is_closing = True
        if self._was_ended:
            return
        failed = EngineFailed(now_s=time.monotonic(), reason=one_line(error))
        try:
            self._clerk.set_run(error="".join(traceback.format_exception(error)))
            if self._state.phase == "preparing":
                self._clerk.finished(Finish(state="failed", reason=failed.reason))
            else:
                self._apply(failed)
        except Exception:
            self._logger.exception("the failure cannot be stored")

    def _leave(self) -> None:
        try:
            self._store.release(self._run_id)
        except AutoMLError:
            self._logger.exception("the run cannot be released")
        self._has_ended.set()

    def _linger(self) -> bool:
        """Listen a while for wishes to explain an iteration, or to go on; return whether the run goes on.

        Then the data may go. An engine elsewhere that has gone on with the run is left alone with it.
        """
        end_s = time.monotonic() + LINGER_S
        try:
            while time.monotonic() < end_s and not self._is_closing:
                self._step(POLL_S if self._state.explaining else LINGER_POLL_S)
                if self._goes_on:
                    return True
                if self._store.run(self._run_id).state not in RUN_ENDED:
                    return False
            if self._state.phase == "ended":
                drop_data(self._store.run_folder(self._run_id), self._store.run(self._run_id).settings.keep_data_mb)
        except Exception:
            self._logger.exception("no longer listening")
        return False

    # ------------------------------------------------------------ what happens

    def _take(self, event: Event) -> None:
        is_explanation, iteration, attempt = place(event.key)
        now_s = time.monotonic()
        if isinstance(event, Started) and not is_explanation:
            self._clerk.started(iteration, event.pid, event.node)
            self._apply(TrialStarted(now_s=now_s, iteration=iteration, attempt=attempt))
        elif isinstance(event, Progress) and not is_explanation:
            self._clerk.reported(iteration, event.fields)
        elif isinstance(event, Outcome):
            self._logger.info("%s %s %s", event.key, event.state, event.reason)
            is_gone = event.state == "lost" and not self._place.is_open and self._state.phase != "ended"
            self._is_closing |= is_gone  # each further iteration would be lost: the run is left to be resumed
            told = PlaceGone(now_s=now_s, reason=event.reason) if is_gone else self._hands.received(event)
            self._apply(told, event)

    def _steer(self) -> None:
        """Fulfil what is wished while the run searches or has ended: ensembles and explanation are not disturbed."""
        while self._state.phase in ("search", "ended") and not self._goes_on and (wish := self._helm.next_wish()):
            rules = self._helm.obey(wish, self._state)
            if rules is not None and self._state.phase == "ended":
                self._goes_on, self._was_ended, self._state = True, False, EngineState()
                self._has_ended.clear()
            elif rules is not None:
                self._apply(RulesChanged(now_s=time.monotonic(), rules=rules))
                self._apply(given(wish))

    def _apply(self, event: RunEvent, outcome: Outcome | None = None) -> None:
        """Do what follows from an event; `outcome` is the end of a trial that has told of it."""
        self._state, to_do = advance(self._state, event)
        if outcome is not None:
            ended = None if isinstance(event, PlaceGone) else place(outcome.key)[1]
            for number, standing in self._state.standings.items():
                if standing.state == "queued" and ended in (None, number):
                    self._clerk.waits(number, standing.attempt, outcome)
        for instruction in to_do:  # the last one may say that the run has ended: by then nothing of it runs
            self._logger.info("%s", instruction)
            self._hands.carry_out(instruction, self._state.best)


def _shared_executor() -> Executor:
    from automl_widgets.engine.executors import shared_executor

    return shared_executor()
