"""What can happen to a run, what is to be done about it, and how it stands: the nouns of `machine`. No decision.

Times that end in ``_s`` are seconds of one clock that only grows; only differences of them have a meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from automl_widgets.records import TRIAL_ENDED, Goal, RunState, TrialState

Phase: TypeAlias = Literal["preparing", "search", "ensembles", "explanation", "ended"]


# ---------------------------------------------------------------- how it stands


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is settled of a run before its first iteration."""

    n_search: int
    """Iterations of the search: portfolio and tuned ones. Ensembles come after them."""
    n_ensembles: int = 0
    slots: int = 1
    goal: Goal = "max"
    waits_for: tuple[int, ...] = ()
    """For iteration i: how many of the first iterations must have ended before it may start; 0 beyond the end."""
    exit_score: float | None = None
    early_stopping_window: int | None = None
    """Iterations without progress that end the search; 0 for as many as the best one needed, None for no such end."""
    landmarks: int = 20
    """Iterations, the first ones, that are tried in any case."""
    iteration_timeout_s: float | None = None
    started_s: float = 0.0
    timeout_s: float | None = None
    """For the whole run, ensembles and explanation included, from `started_s` on."""
    explain_best: bool = False
    n_members: int = 0
    """An ensemble combines so many iterations at most."""
    n_before: int = 0
    """Iterations below had ended when the run was continued, ensembles among them: it is given new ones."""

    @property
    def n_iterations(self) -> int:
        """Iterations planned, ensembles included."""
        return self.n_search + self.n_ensembles


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one iteration stands. An iteration that was never touched has none."""

    attempt: int = 0
    state: TrialState = "running"
    """`queued` only for one that waits to be tried again."""
    ensemble: int | None = None
    """Which of the plan's ensembles it is."""
    may_retry: bool = True
    started_s: float = 0.0
    duration_s: float | None = None
    score: float | None = None
    reason: str | None = None
    is_bounded_by_run: bool = False
    """Its time limit is what the run had left."""
    is_lifeline: bool = False
    """The run has a time limit, and nothing has a score yet: it does what it must to leave a model."""
    closing_s: float = 0.0
    """What it adds to the end of the run, measured: its share of an ensemble."""
    verdict: TrialState | None = None
    """The state it gets once its process is gone: set when it is cancelled."""

    @property
    def is_ended(self) -> bool:
        """Whether it will not change any more."""
        return self.state in TRIAL_ENDED

    @property
    def holds_slot(self) -> bool:
        """Whether a process may be working on it."""
        return self.state in ("running", "canceling")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """A whole run at one moment."""

    rules: Rules = field(default_factory=lambda: Rules(n_search=0))
    phase: Phase = "preparing"
    standings: Mapping[int, Standing] = field(default_factory=dict)
    next_iteration: int = 0
    """The first iteration of the search that has no standing."""
    frontier: int = 0
    """All iterations below it have ended."""
    improved_at: int = -1
    """The last iteration below `frontier` that had the best score till then."""
    closed: str | None = None
    """Why no further iteration of the search is launched, for people."""
    ensembles: tuple[tuple[int, int], ...] = ()
    """Ensembles to be launched: which one of the plan, and as which iteration."""
    to_explain: tuple[int, ...] = ()
    explaining: tuple[int, ...] = ()
    explained: frozenset[int] = frozenset()
    is_paused: bool = False
    is_canceled: bool = False

    @property
    def run_state(self) -> RunState:
        """What the user is told of it, while it has not ended."""
        if self.phase in ("preparing", "explanation"):
            return "preparing" if self.phase == "preparing" else "finalizing"
        if self.is_canceled:
            return "stopping"
        return "paused" if self.is_paused else "running"

    @property
    def stage(self) -> str | None:
        """What is done now, for people."""
        if self.phase == "explanation" and self.explaining:
            return f"explaining iteration {self.explaining[0]}"
        return "building ensembles" if self.phase == "ensembles" else None

    @property
    def free_slots(self) -> int:
        """Slots that nothing holds."""
        return self.rules.slots - len(self.explaining) - sum(s.holds_slot for s in self.standings.values())

    @property
    def is_idle(self) -> bool:
        """Whether no iteration holds a slot or waits to be tried again."""
        return all(standing.is_ended for standing in self.standings.values())

    @property
    def best(self) -> int | None:
        """The iteration with the best score, the lowest number among equals."""
        sign = 1 if self.rules.goal == "max" else -1
        scored = [(-sign * s.score, i) for i, s in self.standings.items() if s.score is not None]
        return min(scored)[1] if scored else None


# ---------------------------------------------------------------- what happens


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPrepared:
    """Data and plan are there."""

    now_s: float
    rules: Rules
    history: Mapping[int, Standing] = field(default_factory=dict)
    """What an interrupted run had already done; one that was running then is `queued`, with its next attempt."""
    commands: tuple[CommandGiven, ...] = ()
    """What the user wanted meanwhile, in order: obeyed before anything is launched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialStarted:
    """A process has taken up an iteration."""

    now_s: float
    iteration: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnded:
    """An iteration's process is done with it, in whatever way."""

    now_s: float
    iteration: int
    attempt: int
    state: TrialState
    score: float | None = None
    reason: str | None = None
    gave_up: bool = False
    """A timeout that it foresaw by itself; `reason` says why."""
    closing_s: float = 0.0
    """See `Standing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplanationEnded:
    """An explanation is there, or has failed."""

    now_s: float
    iteration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGiven:
    """The user wants something."""

    now_s: float
    kind: str
    """cancel, cancel_iteration, pause, resume, explain, retry; anything else is ignored."""
    iteration: int | None = None
    with_ensembles: bool = True
    """For cancel: whether ensembles are still built from what there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesChanged:
    """The user has more, fewer or other iterations in mind, or more time; what has been started is not touched."""

    now_s: float
    rules: Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Time has passed."""

    now_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFailed:
    """The engine itself cannot go on."""

    now_s: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceGone:
    """What its iterations run on has gone for good, all processes with it: the run can go on elsewhere, later."""

    now_s: float
    reason: str


Event: TypeAlias = (
    RunPrepared
    | TrialStarted
    | TrialEnded
    | ExplanationEnded
    | CommandGiven
    | RulesChanged
    | Tick
    | EngineFailed
    | PlaceGone
)


# ---------------------------------------------------------------- what is to be done


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Start an iteration."""

    iteration: int
    attempt: int = 0
    ensemble: int | None = None
    """Which of the plan's ensembles it is; None for an iteration of the search."""
    timeout_s: float | None = None
    """How long it may run, once a process has taken it up."""
    left_s: float | None = None
    """When it must be over in any case, from now on: what the run has left for it."""
    is_lifeline: bool = False
    """See `Standing`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTrial:
    """End an iteration's process; its outcome follows."""

    iteration: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Write down how an iteration ended; it will not change any more."""

    iteration: int
    attempt: int
    state: TrialState
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Explain an iteration's model."""

    iteration: int
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelExplanation:
    """End the explanation of an iteration; its end follows."""

    iteration: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRunState:
    """Tell the user how the run stands."""

    state: RunState
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The run has ended."""

    state: RunState
    reason: str


Instruction: TypeAlias = Launch | CancelTrial | Record | Explain | CancelExplanation | SetRunState | Finish
