"""From a plan and what has ended to the call that a worker gets. Nothing is started here, and nothing written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from automl_widgets.engine.executors.protocol import Trial
from automl_widgets.engine.life import Launch
from automl_widgets.records import (
    TRIAL_ENDED,
    Goal,
    IterationRecord,
    Member,
    Plan,
    Profile,
    Recipe,
    Settings,
    TrialSpec,
    encode,
)

MAX_MEMBERS = 25
"""An ensemble looks at so many iterations: the best ones of each algorithm, then the others, the best ones first."""

EXPLANATION_SHARE = 0.8
"""An explanation is told to stop after this share of its time, so that the rows that are done are kept."""

BOOSTING_SHARE = 0.08
"""One iteration may boost beyond its usual rounds for this share of the run's time, all of its fits together."""

RUN_ITERATION = "automl_widgets.engine.trial:run_iteration"
RUN_ENSEMBLE = "automl_widgets.engine.trial:run_ensemble"
RUN_EXPLANATION = "automl_widgets.engine.trial:run_explanation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is settled of a run once it is prepared, for all its launches."""

    run_id: str
    settings: Settings
    profile: Profile
    plan: Plan
    goal: Goal
    slots: int
    threads: int
    waits_for: tuple[int, ...]
    """For each iteration of the search: how many of the first ones it learns from."""
    data: str
    """What the executor's `put` returned."""

    @property
    def n_search(self) -> int:
        """Iterations without ensembles."""
        return len(self.plan.portfolio) + self.plan.n_tuned


def waits(plan: Plan) -> tuple[int, ...]:
    """Return for each iteration of the search how many of the first ones it learns from."""
    from automl_widgets.search.tuner import depends_on

    return tuple(depends_on(plan, i).stop for i in range(len(plan.portfolio) + plan.n_tuned))


def steered(course: Course, plan: Plan, settings: Settings) -> Course:
    """Return the course by another plan."""
    return replace(course, plan=plan, settings=settings, waits_for=waits(plan))


def slots_and_threads(settings: Settings, n_cores: int, capacity: int, widest: int = 10**6) -> tuple[int, int]:
    """Return how many iterations run at the same time, and how many threads each may use.

    Never more threads in all than cores: two learners with two threads each on two cores take five times as long as
    with one each.

    Examples
    --------
    >>> settings = Settings(task="regression", primary_metric="r2_score", threads_per_iteration=-1)
    >>> slots_and_threads(settings, n_cores=8, capacity=8)
    (1, 8)

    On a cluster of many nodes with two cores each, an iteration has no more than those:

    >>> slots_and_threads(settings, n_cores=8, capacity=8, widest=2)
    (1, 2)
    """
    most = min(n_cores, max(capacity, 1))
    asked = settings.max_concurrent_iterations
    if settings.threads_per_iteration < 1:
        slots = min(asked or 1, most)
        return slots, max(1, min(n_cores // slots, widest))
    threads = min(settings.threads_per_iteration, n_cores, widest)
    return max(1, min(asked or most, most, n_cores // threads)), threads


def members(records: Iterable[IterationRecord], goal: Goal, folder_of: Callable[[int], Path]) -> tuple[Member, ...]:
    """Return the iterations that an ensemble may be made of, in the order of their numbers.

    In a long search the best ones are of one algorithm, and others that would make up for its mistakes are far behind.
    One that had no time for all of its folds is left out, if there are others: its rows are not theirs.
    """
    from automl_widgets.search.racing import MAX_ALIKE

    sign = -1 if goal == "max" else 1
    usable = [r for r in records if r.state == "completed" and r.recipe is not None and r.recipe.origin != "ensemble"]
    most = max((len(r.result.fold_scores) for r in usable if r.result), default=0)
    found = [
        Member(iteration=r.iteration, folder=str(folder_of(r.iteration)), name=r.recipe.name, score=r.result.score)
        for r in usable
        if r.recipe and r.result and r.result.score == r.result.score and len(r.result.fold_scores) == most
    ]
    found.sort(key=lambda m: (sign * m.score, m.iteration))
    algorithms = {r.iteration: r.recipe.algorithm for r in usable if r.recipe}
    place: Counter[str] = Counter()
    first: list[Member] = []
    others: list[Member] = []
    for member in found:
        place[algorithms[member.iteration]] += 1
        (first if place[algorithms[member.iteration]] <= MAX_ALIKE else others).append(member)
    return tuple(sorted((first + others)[:MAX_MEMBERS], key=lambda m: m.iteration))


def spec(
    course: Course,
    launch: Launch,
    recipe: Recipe,
    folder: Path,
    chosen: tuple[Member, ...] = (),
    past: Iterable[IterationRecord] = (),
) -> TrialSpec:
    """Return all that a worker needs to know of an iteration: what it combines, or the past that it keeps up with."""
    from automl_widgets.search.racing import least_scores

    settings = course.settings
    return TrialSpec(
        run_id=course.run_id,
        iteration=launch.iteration,
        attempt=launch.attempt,
        recipe=recipe,
        task=settings.task,
        primary_metric=settings.primary_metric,
        validation=course.plan.validation,
        featurization=settings.featurization,
        column_purposes=course.profile.column_purposes,
        transformers=settings.transformers,
        random_state=settings.random_state,
        threads=course.threads,
        folder=str(folder),
        boosting_s=None if settings.experiment_timeout_s is None else BOOSTING_SHARE * settings.experiment_timeout_s,
        least_scores=least_scores(past, recipe, course.goal),
        positive_label=settings.positive_label,
        own=settings.own,
        members=chosen,
        ensemble_candidates=settings.ensemble_candidates,
        stack_meta_learner=settings.stack_meta_learner,
        stack_meta_parameters=settings.stack_meta_parameters,
    )


def timed(what: TrialSpec, launch: Launch, now: float) -> TrialSpec:
    """Return the spec with the time that is left for it from `now` on, by `time.monotonic`."""
    return replace(
        what,
        time_limit_s=launch.timeout_s,
        ends_at=None if launch.left_s is None else now + launch.left_s,
        is_lifeline=launch.is_lifeline,
    )


def trial(course: Course, launch: Launch, what: TrialSpec) -> Trial:
    """Return the call that runs an iteration."""
    fn = RUN_ITERATION if launch.ensemble is None else RUN_ENSEMBLE
    return _trial(course, launch, what, key(course.run_id, launch.iteration, launch.attempt), fn)


def explanation(course: Course, launch: Launch, what: TrialSpec, turn: int) -> Trial:
    """Return the call that explains an iteration; `turn` tells it from earlier ones of the same iteration."""
    made = _trial(course, launch, what, f"{course.run_id}/explain-{what.iteration}/{turn}", RUN_EXPLANATION)
    if launch.timeout_s is None:
        return made
    return replace(made, args={**made.args, "time_limit_s": EXPLANATION_SHARE * launch.timeout_s})


def _trial(course: Course, launch: Launch, what: TrialSpec, key: str, fn: str) -> Trial:
    return Trial(
        key=key,
        fn=fn,
        args={"spec": encode(what)},
        data=course.data,
        log=str(Path(what.folder) / "log.txt"),
        timeout_s=launch.timeout_s,
        ends_at=what.ends_at,
        memory_mb=course.settings.memory_mb,
        threads=course.threads,
    )


def key(run_id: str, iteration: int, attempt: int) -> str:
    """Return the name of an attempt; `place` is the way back."""
    return f"{run_id}/{iteration}/{attempt}"


def place(key: str) -> tuple[bool, int, int]:
    """Return whether a key is that of an explanation, its iteration, and its attempt or turn.

    Examples
    --------
    >>> place(key("AutoML_1", 3, 0))
    (False, 3, 0)
    >>> place("AutoML_1/explain-3/2")
    (True, 3, 2)
    """
    _, task, number = key.rsplit("/", 2)
    return task.startswith("explain-"), int(task.removeprefix("explain-")), int(number)


def is_ended(record: IterationRecord) -> bool:
    """Return whether an iteration will not change any more."""
    return record.state in TRIAL_ENDED
