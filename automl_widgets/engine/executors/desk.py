"""Gives trials to Ray as tasks, at most so many at once, and deals with what comes back. Not here: what a task does.

Every call to Ray is made by the one thread that runs the desk: what others want, and what comes back, are calls in
its queue.
"""

from __future__ import annotations

import itertools
import math
import os
import pickle
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from automl_widgets.engine.executors import freight, logfile
from automl_widgets.engine.executors.attempt import Attempt, failure, one_line
from automl_widgets.engine.executors.errand import Arrived, Delivery, Errand, LogPart, perform
from automl_widgets.engine.executors.fair_queue import FairQueue
from automl_widgets.engine.executors.lookout import Lookout
from automl_widgets.engine.executors.loss import found_no_actor, outcome_of_dead_node, outcome_of_loss
from automl_widgets.engine.executors.mailbox import Letter, Mailbox
from automl_widgets.engine.executors.policy import PRELOAD, Policy
from automl_widgets.engine.executors.processes import KILL
from automl_widgets.engine.executors.protocol import Event, Outcome, Started, Trial
from automl_widgets.engine.executors.slot import LOG

HEAD = {"node:__internal_head__": 0.001}
FORCE_S = 5.0
"""A cancelled task that has not ended by then is killed with its process."""
_MB = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is the same for every task of an executor."""

    runtime_env: Mapping[str, Any] = field(default_factory=dict)
    sees_disk: bool = True
    node_mb: float | None = None
    """Memory of a node, where that is less than its machine's: no trial may have more."""
    preload: tuple[str, ...] = PRELOAD

    def limit_mb(self, trial: Trial) -> float | None:
        """Return the memory that a trial may have: what it is given, and never more than a node has."""
        return min(filter(None, (trial.memory_mb, self.node_mb)), default=None)


@dataclass(slots=True, kw_only=True)
class Ticket:
    """A trial that is with Ray, or waits to be."""

    trial: Trial
    events: SimpleQueue[Event]
    name: str = ""
    ref: Any = None
    where: Arrived | None = None
    log_from: int = 0
    """Length of the log before this attempt."""
    n_received: int = 0
    delivery: Delivery | None = None
    is_canceled: bool = False
    force_at: float = field(default=math.inf)

    @property
    def node(self) -> str:
        """Where it runs, for people."""
        return self.where.name if self.where else ""


class Desk:
    """Gives Ray what waits, and deals with what comes back. Only the thread that runs it touches what is here.

    Parameters
    ----------
    course
        What is the same for every task.
    capacity
        Trials at the same time.
    """

    def __init__(self, course: Course, capacity: int) -> None:
        import ray

        self._ray = ray
        self._course = course
        self._capacity = capacity
        self._waiting: FairQueue[Ticket] = FairQueue()
        self._running: dict[str, Ticket] = {}
        self._data: dict[str, Any] = {}
        self._numbers = itertools.count()
        self.calls: SimpleQueue[Callable[[], None]] = SimpleQueue()
        """What the thread has to call next: may be added to from any thread."""
        self._is_done = False
        self._lookout = Lookout(partial(_alive, ray))
        self._task = ray.remote(max_retries=0)(_errand)
        self._mailbox = ray.remote(num_cpus=0, resources=HEAD, max_concurrency=1000)(Mailbox).remote()

    def run(self) -> None:
        """Work until closed."""
        self._listen()
        while not (self._is_done and not self._running):
            with suppress(Empty):
                self.calls.get(timeout=0.5 if self._running else None)()
            self._force()
            self._fill()
        self._ray.kill(self._mailbox)

    def give_up(self, reason: str) -> None:
        """Lose everything, for a fault of this desk."""
        for ticket in [*self._running.values(), *(self._waiting.pop() for _ in range(len(self._waiting)))]:
            ticket.events.put(Outcome(key=ticket.trial.key, state="lost", reason=reason))

    def resize(self, capacity: int) -> None:
        """Change the number of trials at the same time."""
        self._capacity = capacity

    def load(self) -> tuple[int, frozenset[str]]:
        """Return the cores that tasks ask for, and the nodes that they are on; from any thread."""
        tickets = list(self._running.values())
        return sum(t.trial.threads for t in tickets), frozenset(t.where.node for t in tickets if t.where)

    def queue(self, ticket: Ticket) -> None:
        """Run a trial as soon as there is room."""
        self._waiting.add(ticket.trial.key, ticket)

    def cancel(self, key: str) -> None:
        """Take a trial out of the queue, or have its task end it."""
        waiting = self._waiting.remove(key)
        if waiting:
            waiting.events.put(Outcome(key=key, state="canceled", reason="canceled"))
        for ticket in self._running.values():
            if ticket.trial.key == key and not ticket.is_canceled:
                ticket.is_canceled = True
                ticket.force_at = time.monotonic() + FORCE_S
                self._ray.cancel(ticket.ref, force=False)

    def close(self) -> None:
        """Cancel everything; `run` returns when all has ended."""
        self._is_done = True
        for _ in range(len(self._waiting)):
            ticket = self._waiting.pop()
            ticket.events.put(Outcome(key=ticket.trial.key, state="canceled", reason="canceled"))
        for key in [ticket.trial.key for ticket in self._running.values()]:
            self.cancel(key)

    def _fill(self) -> None:
        """Give Ray what waits, as long as there is room."""
        while len(self._waiting) and len(self._running) < self._capacity:
            ticket = self._waiting.pop()
            with Attempt() as attempt:
                self._send(ticket)
            if attempt.raised:
                self._running.pop(ticket.name, None)
                key, answer = ticket.trial.key, failure(attempt.raised)
                ticket.events.put(Outcome(key=key, state="failed", reason=answer.reason, error=answer.error))

    def _send(self, ticket: Ticket) -> None:
        trial = ticket.trial
        pickle.dumps(dict(trial.args))  # what cannot travel is the trial's failure
        ticket.name = f"{trial.key}#{next(self._numbers)}"
        ticket.log_from = os.path.getsize(trial.log) if os.path.exists(trial.log) else 0
        limit_mb = self._course.limit_mb(trial)
        errand = Errand(
            ticket=ticket.name,
            trial=freight.relative(replace(trial, memory_mb=limit_mb)),
            sent_at=time.time(),
            path=Policy().path,
            cargo=None if self._course.sees_disk else freight.loaded(trial),
            preload=self._course.preload,
        )
        if trial.data and trial.data not in self._data:
            self.hand_over(trial.data)
        options: dict[str, Any] = {
            "name": trial.key,
            "num_cpus": trial.threads,
            "runtime_env": dict(self._course.runtime_env),
        }
        if trial.memory_mb and limit_mb:
            options["memory"] = int(limit_mb * _MB)
        ticket.ref = self._task.options(**options).remote(errand, self._data.get(trial.data), self._mailbox)
        self._running[ticket.name] = ticket
        ticket.ref.future().add_done_callback(lambda future: self.calls.put(partial(self._returned, ticket, future)))

    def hand_over(self, path: str) -> None:
        """Put the data of a file into the object store; a file that is not there is the trial's failure."""
        if not self._course.sees_disk and os.path.exists(path):
            import numpy as np

            self._data[path] = self._ray.put(np.fromfile(path, dtype=np.uint8))

    def _listen(self) -> None:
        """Wait for the next letters, without waiting here."""
        if not self._is_done or self._running:
            future = self._mailbox.take.remote().future()
            future.add_done_callback(lambda done: self.calls.put(partial(self._read, done)))

    def _read(self, future: Any) -> None:
        letters: list[Letter] = []
        with Attempt() as attempt:
            letters = future.result()
        if attempt.raised and not self._is_done:  # the head has gone, and with it every task
            raise attempt.raised
        for name, _, content in letters:
            if ticket := self._running.get(name):
                ticket.n_received += 1
                if isinstance(content, Arrived):
                    ticket.where = content
                else:
                    _deliver(ticket, content)
                self._settle(ticket)
        self._listen()

    def _returned(self, ticket: Ticket, future: Any) -> None:
        with Attempt() as attempt:
            ticket.delivery = future.result()
        if attempt.raised:
            if found_no_actor(attempt.raised):  # raises where the mailbox has gone, and not that one node's way to it
                self._ray.get(self._mailbox.put.remote([]), timeout=FORCE_S)
            outcome = outcome_of_loss(ticket.trial.key, attempt.raised, is_canceled=ticket.is_canceled)
            ticket.delivery = Delivery(outcome=outcome, n_letters=0)
        self._settle(ticket)

    def _settle(self, ticket: Ticket) -> None:
        """Tell the end once everything before it was told."""
        delivery = ticket.delivery
        if delivery is None or ticket.n_received < delivery.n_letters or ticket.name not in self._running:
            return
        del self._running[ticket.name]
        outcome = delivery.outcome
        if outcome.state == "oom" and self._course.limit_mb(ticket.trial) != ticket.trial.memory_mb:
            outcome = replace(outcome, reason=f"{outcome.reason}, the memory of its node")
        with Attempt() as attempt:
            freight.unload(os.path.dirname(ticket.trial.log), delivery.files)
        if attempt.raised:
            reason = f"its files cannot be written: {one_line(attempt.raised)}"
            outcome = replace(outcome, state="failed", value=None, reason=reason)
        ticket.events.put(outcome)

    def _force(self) -> None:
        """Kill the processes of tasks that were cancelled and go on, and lose the trials of nodes that are dead."""
        for ticket in self._running.values():
            if time.monotonic() >= ticket.force_at:
                ticket.force_at = math.inf
                _kill(ticket)
        places = {ticket.where.node for ticket in self._running.values() if ticket.where}
        dead = self._lookout.dead(places, time.monotonic())
        for ticket in [one for one in self._running.values() if one.where and one.where.node in dead]:
            outcome = outcome_of_dead_node(ticket.trial.key, is_canceled=ticket.is_canceled)
            ticket.delivery = ticket.delivery or Delivery(outcome=outcome, n_letters=0)
            self._settle(ticket)


def _alive(ray: Any) -> set[str]:
    """Return Ray's ids of the nodes that it knows as alive."""
    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}


def _errand(errand: Errand, data: Any, mailbox: Any) -> Delivery:
    """Do an errand: this is the task."""
    ray = sys.modules["ray"]

    def put(letters: list[Letter]) -> None:
        ray.get(mailbox.put.remote(letters))

    here = Arrived(node=ray.get_runtime_context().get_node_id(), host=ray.util.get_node_ip_address(), pid=os.getpid())
    return perform(errand, None if data is None else memoryview(data), put, here)


def _kill(ticket: Ticket) -> None:
    """Kill a task's process from beside it: one that hangs does not hear Ray's own order."""
    ray = sys.modules["ray"]
    if ticket.where is None:
        ray.cancel(ticket.ref, force=True)
        return
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    there = NodeAffinitySchedulingStrategy(node_id=ticket.where.node, soft=False)
    end = ray.remote(num_cpus=0, max_retries=0)(_end)
    end.options(scheduling_strategy=there).remote(ticket.where.pid)


def _end(pid: int) -> None:
    """Kill a process of this node; one of its warden's then ends the trial."""
    with suppress(ProcessLookupError):
        os.kill(pid, KILL)


def _deliver(ticket: Ticket, content: Any) -> None:
    """Pass on an event, or write a piece of the log."""
    if not isinstance(content, LogPart):
        ticket.events.put(replace(content, node=ticket.node) if isinstance(content, Started) else content)
        return
    path = ticket.trial.log
    with Attempt() as attempt:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "ab") as file:
            if content.whole:
                file.truncate(ticket.log_from)
            file.write(content.content)
        logfile.shorten(path, Policy().log_limit_mb)
    if attempt.raised:
        LOG.error("the log %s cannot be written", path, exc_info=attempt.raised)
