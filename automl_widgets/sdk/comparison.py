"""Two iterations of a run beside each other, from their predictions of rows held back. Not here: the test itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from automl_widgets.diagnostics.comparison import (
    Overlap,
    PairedTest,
    class_overlaps,
    corrected_t_test,
    value_overlaps,
)
from automl_widgets.errors import NotFoundError, RunStateError
from automl_widgets.view.wording import cut, visible

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from automl_widgets.engine.held import Held, Truth
    from automl_widgets.sdk.child import IterationRun

SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two iterations of a run: whether they differ more than their folds do, and which rows only one gets wrong.

    Attributes
    ----------
    first, second : IterationRun
    metric : str
        What they are scored by.
    scores : tuple of tuple of float
        Of both, in each fold that both held back.
    test : PairedTest or None
        `difference`, `interval` at 95 %, `t`, `p_value` and `n_folds`; None where a `reason` says why not.
    """

    first: IterationRun
    second: IterationRun
    metric: str
    goal: str
    scores: tuple[tuple[float, ...], tuple[float, ...]]
    test: PairedTest | None
    reason: str = ""
    overlaps: tuple[Overlap, ...] = field(repr=False)
    large: float | None = None
    """For values: a residual counts as an error if it is larger than this."""

    @property
    def p_value(self) -> float | None:
        """How often folds alone make such a difference, if there is none; None without a test."""
        return None if self.test is None else self.test.p_value

    @property
    def errors(self) -> pd.DataFrame:
        """Table of rows by who gets them wrong: of all rows, then of each true class."""
        import pandas as pd

        i, j = self.first.iteration, self.second.iteration
        columns = ["rows", "both right", f"only {i} wrong", f"only {j} wrong", "both wrong"]
        rows = [
            [one.n_rows, one.both_right, one.only_first_wrong, one.only_second_wrong, one.both_wrong]
            for one in self.overlaps
        ]
        return pd.DataFrame(rows, columns=columns, index=[one.name for one in self.overlaps])

    def figure(self, name: str = "roc") -> go.Figure:
        """Return one chart with the main curve of both: roc, precision_recall, gain, lift or calibration."""
        from automl_widgets.view.figures import overlaid

        return overlaid({str(one.iteration): one.diagnostics() for one in (self.first, self.second)}, name)

    def __str__(self) -> str:
        return "\n".join([*self._sentences(), "", self.errors.to_string(max_rows=20)])

    def _repr_html_(self) -> str:
        """Return the same for a notebook."""
        text = "".join(f"<p>{escape(sentence)}</p>" for sentence in self._sentences())
        return f"<div>{text}{self.errors.to_html(max_rows=20)}</div>"

    def _sentences(self) -> list[str]:
        names = [f"{one.iteration} {_pipeline(one)}" for one in (self.first, self.second)]
        means = [float(np.mean(scores)) if scores else float("nan") for scores in self.scores]
        said = [f"{self.metric}: {means[0]:.4f} of {names[0]}, {means[1]:.4f} of {names[1]}"]
        if self.test is None:
            said.append(self.reason)
        else:
            said.append(_verdict(self.test, self.goal, self.first.iteration, self.second.iteration))
        if self.large is not None:
            said.append(f"Wrong here is a residual larger than {self.large:.4g}, as a tenth of all are.")
        return said


def _verdict(test: PairedTest, goal: str, i: int, j: int) -> str:
    low, high = test.interval
    found = (
        f"Difference {test.difference:+.4f} (95 % interval {low:+.4f} to {high:+.4f}), p = {test.p_value:.3f} "
        f"by the corrected resampled t test over {test.n_folds} folds: "
    )
    if test.p_value >= SIGNIFICANT:
        return found + "no more than the folds differ."
    is_first = (test.difference > 0) == (goal == "max")
    return f"{found}{i if is_first else j} is better."


def _pipeline(child: IterationRun) -> str:
    recipe = child.record.recipe
    return visible(cut(recipe.name, 80)) if recipe else ""


def compared(first: IterationRun, second: IterationRun, metric: str | None) -> Comparison:
    """Return the comparison of two iterations that completed; see `TellingRun.compare`."""
    from automl_widgets.metrics import metric as metric_of

    run = first.parent.record
    name = metric or run.settings.primary_metric
    known = metric_of(name)
    if known.task != run.settings.task:
        raise NotFoundError(f"{name} is a metric of {known.task}; this run is one of {run.settings.task}.")
    (held, truth, n_rows), (other, _, _) = (_held(one) for one in (first, second))
    folds = _common(held, other)
    if not folds:
        raise RunStateError(
            f"Iterations {first.iteration} and {second.iteration} held back different rows: they cannot be compared."
        )
    scores = [[truth.score_one(name, one.rows[k], one.predictions[k]) for k in folds] for one in (held, other)]
    pairs = [(a, b) for a, b in zip(*scores, strict=True) if np.isfinite(a) and np.isfinite(b)]
    test, reason = _test(pairs, [len(held.rows[k]) for k in folds], n_rows, held.of_validation_data)
    row = np.concatenate([held.rows[k] for k in folds])
    predictions = [np.concatenate([one.predictions[k] for k in folds]) for one in (held, other)]
    large = None
    if truth.task == "classification":
        overlaps = class_overlaps(
            truth.y[row], predictions[0], predictions[1], run.profile.classes if run.profile else ()
        )
    else:
        overlaps, large = value_overlaps(truth.y[row], predictions[0], predictions[1])
    return Comparison(
        first=first,
        second=second,
        metric=name,
        goal=known.goal,
        scores=(tuple(a for a, _ in pairs), tuple(b for _, b in pairs)),
        test=test,
        reason=reason,
        overlaps=overlaps,
        large=large,
    )


def _test(
    pairs: list[tuple[float, float]], sizes: list[int], n_rows: int, of_validation_data: bool
) -> tuple[PairedTest | None, str]:
    if len(pairs) < 2 or of_validation_data:
        n = "one fold" if len(pairs) == 1 else f"{len(pairs)} folds"
        hint = "give n_cross_validations"
        return None, f"No test: it needs at least two folds in which both have a score, but there is {n}; {hint}."
    n_test = float(np.mean(sizes))
    return corrected_t_test([a - b for a, b in pairs], max(1.0, n_rows - n_test), n_test), ""


def _common(first: Held, second: Held) -> list[int]:
    """Return the folds that hold back the same rows in both."""
    if first.of_validation_data != second.of_validation_data:
        return []
    n = min(len(first.rows), len(second.rows))
    return [k for k in range(n) if np.array_equal(first.rows[k], second.rows[k])]


def _held(child: IterationRun) -> tuple[Held, Truth, int]:
    """Return an iteration's predictions of rows held back, the truth, and the number of rows."""
    from automl_widgets.engine.held import Held, Truth

    path = child.folder / "oof.npz"
    if not path.is_file():
        raise NotFoundError(f"The predictions of iteration {child.iteration} are not there: {path} is missing.")
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    run = child.parent.record
    profile, settings = run.profile, run.settings
    classes = list(profile.classes) if profile else []
    is_range_known = profile is not None and profile.y_min is not None and profile.y_max is not None
    truth = Truth(
        task=settings.task,
        y=arrays["truth"],
        weights=arrays.get("weight"),
        n_classes=len(classes),
        positive_class=classes.index(settings.positive_label) if settings.positive_label in classes else None,
        y_range=(profile.y_min, profile.y_max) if is_range_known and profile else None,  # type: ignore[arg-type]
    )
    return Held.from_arrays(arrays), truth, len(arrays["fold"])
