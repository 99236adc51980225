"""The nouns that cross a border between rooms: frozen, made of plain values, without behaviour.

Not here: how a noun is made (``sdk``, ``data``, ``search``), run (``engine``), kept (``store``) or shown (``view``).
Every noun survives ``decode(type(noun), json.loads(json.dumps(encode(noun))))``.

Times that end in ``_at`` are seconds since the epoch, those that end in ``_s`` are durations in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, Union

from automl_widgets.codec import decode as decode  # noqa: PLC0414
from automl_widgets.codec import encode as encode  # noqa: PLC0414
from automl_widgets.own import NOTHING, Own
from automl_widgets.transformers import AS_EVER, Transformers

Json: TypeAlias = Union[bool, int, float, str, Sequence["Json"], Mapping[str, "Json"], None]  # noqa: UP007

Task: TypeAlias = Literal["classification", "regression"]
Goal: TypeAlias = Literal["max", "min"]
RunState: TypeAlias = Literal[
    "preparing", "running", "paused", "stopping", "finalizing", "completed", "failed", "canceled", "interrupted"
]
TrialState: TypeAlias = Literal[
    "queued", "running", "canceling", "completed", "failed", "canceled", "timeout", "crashed", "oom", "lost"
]
GuardrailState: TypeAlias = Literal["passed", "done", "alerted"]
ValidationKind: TypeAlias = Literal["k_fold", "monte_carlo", "hold_out", "train_valid", "custom"]

RUN_ENDED: frozenset[str] = frozenset({"completed", "failed", "canceled", "interrupted"})
TRIAL_ENDED: frozenset[str] = frozenset({"completed", "failed", "canceled", "timeout", "crashed", "oom", "lost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user asked for, checked, with every default filled in."""

    task: Task
    primary_metric: str
    name: str = "automl"
    iterations: int = 1000
    iteration_timeout_s: float | None = None
    experiment_timeout_s: float | None = None
    exit_score: float | None = None
    memory_mb: float | None = None
    max_concurrent_iterations: int | None = None
    """None: as many as the machine has cores. Never more than that in any case."""
    threads_per_iteration: int = 1
    """-1: all cores."""
    n_folds: int | None = None
    validation_size: float | None = None
    featurization: Literal["auto", "off"] = "auto"
    column_purposes: Mapping[str, str] = field(default_factory=dict)
    """By the user, for columns that are not what they look like; by name."""
    transformers: Transformers = AS_EVER
    allowed_algorithms: tuple[str, ...] | None = None
    blocked_algorithms: tuple[str, ...] = ()
    block_slow_algorithms: bool = True
    """KNN and SVM are left out above 5,000 rows."""
    drop_missing_labels: bool = True
    early_stopping: bool = True
    early_stopping_window: int | None = None
    voting_ensemble: bool = True
    stack_ensemble: bool = True
    ensemble_candidates: int = 15
    stack_meta_learner: str | None = None
    stack_meta_parameters: Mapping[str, Json] = field(default_factory=dict)
    explain_best: bool = True
    positive_label: Json = None
    random_state: int = 42
    verbosity: int = 20
    debug_log: str | None = "automl.log"
    own: Own = NOTHING
    keep_data_mb: float = 1000.0
    """The file with the data stays in the folder of an ended run if it is no larger than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """How rows are held back to score a recipe."""

    kind: ValidationKind
    n_folds: int
    """1 for `hold_out` and `train_valid`."""
    share: float | None = None
    """Share of the rows held back, for `monte_carlo` and `hold_out`."""
    stratified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The data in figures: what a plan and a reader need to know of it."""

    task: Task
    n_rows: int
    n_columns: int
    feature_names: tuple[str, ...]
    column_purposes: tuple[str, ...]
    """One of numeric, boolean, categorical, categorical_hash, text, datetime, ignore for each feature."""
    classes: tuple[Json, ...] = ()
    """The labels in sorted order; empty for regression."""
    class_counts: tuple[int, ...] = ()
    y_min: float | None = None
    y_max: float | None = None
    n_missing_cells: int = 0
    n_missing_labels: int = 0
    n_explain_rows: int = 0
    is_sparse: bool = False
    has_weights: bool = False
    size_mb: float = 0.0
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """The verdict of one check of the data."""

    name: str
    """For people: `Missing values`."""
    state: GuardrailState
    description: str
    """One sentence: what was found, and what was done about it."""
    details: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A pipeline before it is fitted: a preprocessor, an algorithm and its parameters.

    For an ensemble the preprocessor is empty, and `members` and `weights` are empty until it has been built.
    """

    algorithm: str
    preprocessor: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    preprocessor_parameters: Mapping[str, Json] = field(default_factory=dict)
    origin: Literal["portfolio", "tuned", "ensemble"] = "portfolio"

    @property
    def name(self) -> str:
        """`StandardScalerWrapper LightGBM`; an ensemble has its algorithm's name alone."""
        return f"{self.preprocessor} {self.algorithm}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be tried: fixed recipes in order, then tuned ones, then ensembles as the last iterations."""

    portfolio: tuple[Recipe, ...]
    n_tuned: int
    ensembles: tuple[Recipe, ...]
    validation: Validation
    tunable_algorithms: tuple[str, ...] = ()
    reserve: tuple[Recipe, ...] = ()
    """Recipes that are tried once their algorithm has a turn, before new ones; and first when the user wants more."""
    n_before: int = 0
    """Iterations of a run that had ended and was continued: those below had ended, ensembles among them."""

    @property
    def n_iterations(self) -> int:
        """Iterations in all, ensembles included."""
        return len(self.portfolio) + self.n_tuned + len(self.ensembles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A finished iteration as an ensemble sees it."""

    iteration: int
    folder: str
    name: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSpec:
    """All that a worker needs, besides the data, to run one iteration."""

    run_id: str
    iteration: int
    attempt: int
    recipe: Recipe
    task: Task
    primary_metric: str
    validation: Validation
    featurization: Literal["auto", "off"]
    column_purposes: tuple[str, ...]
    transformers: Transformers = AS_EVER
    random_state: int
    threads: int
    folder: str  # absolute, exists; artifacts go there by atomic rename
    positive_label: Json = None
    own: Own = NOTHING
    time_limit_s: float | None = None  # from the moment on that a worker takes it up
    ends_at: float | None = None
    """When it must be over in any case, by `time.monotonic`: what the run has left for it."""
    is_lifeline: bool = False
    """Nothing of the run has a score yet: it leaves a model in time, if need be of some rows or folds only."""
    boosting_s: float | None = None  # processor time of all fits after which boosting beyond its usual rounds ends
    least_scores: tuple[float, ...] | None = None  # means after 1, 2, ... folds; if worse, the others are left out
    members: tuple[Member, ...] = ()
    ensemble_candidates: int = 15
    stack_meta_learner: str | None = None
    stack_meta_parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What a worker reports of one iteration that ran to its end."""

    metrics: Mapping[str, float]
    """Mean over the folds of every scalar metric; NaN where a metric is not defined."""
    score: float
    """The primary metric's mean."""
    spread: float | None
    """Standard deviation of the primary metric over the folds; None with fewer than two folds."""
    fold_scores: tuple[float, ...]
    parameters: Mapping[str, Json]
    """All hyper-parameters of the learner as fitted."""
    changed_parameters: tuple[str, ...] = ()
    """Names of those that differ from the learner's defaults."""
    fit_s: float = 0.0
    """Time in the folds."""
    refit_s: float = 0.0
    """Time to fit on all rows."""
    predict_ms_per_1000: float | None = None
    model_mb: float | None = None
    members: tuple[int, ...] = ()
    """For an ensemble: iterations, with `weights` beside."""
    weights: tuple[float, ...] = ()
    warnings: tuple[str, ...] = ()
    closing_s: float = 0.0
    """What an ensemble needs for it as a member: to read and write its files, to score with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierAttempt:
    """What is kept of an attempt at an iteration that was tried again."""

    attempt: int
    state: TrialState
    reason: str | None = None
    error: str | None = None
    node: str | None = None
    started_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationRecord:
    """An iteration as the store keeps it, at any moment of its life."""

    iteration: int
    state: TrialState = "queued"
    attempt: int = 0
    recipe: Recipe | None = None
    """None while the recipe is not known yet."""
    stage: str | None = None
    """What runs now, for people: `fold 3 of 5`, `refit`."""
    fold_scores: tuple[float, ...] = ()
    """Scores of the folds that are done, also while the iteration runs."""
    result: TrialResult | None = None
    reason: str | None = None
    """Why it has no score, in one line."""
    error: str | None = None
    """Traceback or exit status, in full."""
    started_at: float | None = None
    ended_at: float | None = None
    peak_memory_mb: float | None = None
    pid: int | None = None
    node: str | None = None  # of a cluster
    earlier: tuple[EarlierAttempt, ...] = ()
    """Attempts before this one, in order; the log holds what all of them wrote."""
    is_retried: bool = False
    """The user had it tried again. What is proposed meanwhile must not hang on when that ends: it counts as it was."""
    seq: int = 0
    """Number of the run's change that wrote this record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """A run as the store keeps it."""

    run_id: str
    experiment: str
    settings: Settings
    created_at: float
    state: RunState = "preparing"
    reason: str | None = None
    """Why it ended: `all 20 iterations done`, `time limit reached, 14 of 20`, `stopped by you`."""
    stage: str | None = None
    error: str | None = None
    profile: Profile | None = None
    notices: tuple[Guardrail, ...] = ()
    """What was repaired while the data was loaded."""
    plan: Plan | None = None
    n_iterations: int = 0
    """Iterations planned, ensembles included."""
    n_slots: int = 1
    best_iteration: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    used_s: float = 0.0
    """Time that engines worked on it before `resumed_at`."""
    resumed_at: float | None = None
    """When its present engine took it up; None if that is its first one."""
    tags: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The importance of features for one iteration: figures to show; the SHAP values lie in the iteration's folder.

    Importance is the mean absolute SHAP value over the explained rows, in units of the model's output.
    """

    iteration: int
    state: Literal["running", "completed", "failed"]
    features: tuple[str, ...] = ()
    """All features the user gave, in the user's order."""
    overall: tuple[float, ...] = ()
    classes: tuple[str, ...] = ()
    per_class: tuple[tuple[float, ...], ...] = ()
    """(n_classes, n_features); empty for regression."""
    method: str = ""
    unit: str = ""
    n_rows: int = 0
    n_background: int = 0
    seconds: float = 0.0
    reason: str | None = None
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A user's wish on its way to the engine."""

    command_id: int
    run_id: str
    kind: str
    """cancel, cancel_iteration, pause, resume, explain, more, block, allow, like, retry."""
    arguments: Mapping[str, Json]
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command as the engine has obeyed or refused it: kept, so that a run tells how it came to its result."""

    number: int
    """The command's."""
    kind: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    given_at: float
    taken_at: float
    is_accepted: bool = True
    answer: str = ""
    """What the engine made of it, in one line, for people."""
    since: int = 0
    """The first iteration that it may change: all before it had been started."""
    n_search: int = 0
    """From then on iterations of the search have numbers below this."""
    timeout_s: float | None = None
    """From then on the run may use so much time in all."""
    is_continuation: bool = False
    """It made a run go on whose search was over."""
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What of a run changed after a sequence number: whole records, never their history."""

    after: int
    seq: int
    run: RunRecord | None = None
    iterations: tuple[IterationRecord, ...] = ()
    guardrails: tuple[Guardrail, ...] | None = None
    explanations: tuple[Explanation, ...] = ()
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One version of a registered model; its files lie in ``models/<name>/<version>``."""

    name: str
    version: int
    """1, 2, ... for each name."""
    run_id: str
    iteration: int
    created_at: float
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
