"""What tells two models apart: whether scores differ more than folds do, and which rows only one gets wrong.

Pure. Not here: where predictions come from (``engine``), nor how it is shown (``sdk.comparison``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl_widgets.diagnostics.curves import Floats

LEVEL = 0.95
LARGE = 0.9
"""A residual is large if it is larger than this share of the residuals of both models."""

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedTest:
    """The corrected resampled t test of differences between the scores of two models, fold by fold."""

    difference: float
    """Mean over the folds, first less second."""
    interval: tuple[float, float]
    """Of the difference, at 95 %."""
    t: float
    p_value: float
    n_folds: int


def corrected_t_test(differences: Sequence[float] | Floats, n_train: float, n_test: float) -> PairedTest:
    """Return whether paired scores differ more than resampling explains.

    Folds share training rows, so that the usual t test finds differences where there are none. Its variance is
    multiplied by ``1 / k + n_test / n_train`` instead of ``1 / k``: Nadeau and Bengio, Inference for the
    Generalization Error, Machine Learning 52 (2003).

    Parameters
    ----------
    differences : sequence of float
        Of the scores in each of k folds, two at least.
    n_train, n_test : float
        Rows that a fold's model was fitted to, and rows that it was scored on.

    Raises
    ------
    ValueError
        If there are fewer than two folds.

    Examples
    --------
    >>> found = corrected_t_test([0.02, 0.01, 0.03, 0.02, 0.02], n_train=80, n_test=20)
    >>> round(found.t, 3), round(found.p_value, 4)
    (4.216, 0.0135)
    >>> corrected_t_test([0.1], 80, 20)
    Traceback (most recent call last):
        ...
    ValueError: A paired test needs at least two folds, but got 1.
    """
    from scipy import stats

    found = np.asarray(differences, dtype=np.float64)
    k = len(found)
    if k < 2:
        raise ValueError(f"A paired test needs at least two folds, but got {k}.")
    mean = float(found.mean())
    error = float(np.sqrt((1 / k + n_test / n_train) * found.var(ddof=1)))
    if error <= 1e-12 * max(1.0, abs(mean)):
        return PairedTest(
            difference=mean,
            interval=(mean, mean),
            t=0.0 if mean == 0 else float(np.copysign(np.inf, mean)),
            p_value=1.0 if mean == 0 else 0.0,
            n_folds=k,
        )
    t = mean / error
    reach = float(stats.t.ppf(0.5 + LEVEL / 2, k - 1)) * error
    return PairedTest(
        difference=mean,
        interval=(mean - reach, mean + reach),
        t=t,
        p_value=2 * float(stats.t.sf(abs(t), k - 1)),
        n_folds=k,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many rows both models, one of them, or neither gets wrong."""

    name: str
    """A class, or `all`."""
    n_rows: int
    both_right: int
    only_first_wrong: int
    only_second_wrong: int
    both_wrong: int


def overlap(first_wrong: Flags, second_wrong: Flags, name: str = "all") -> Overlap:
    """Count rows by who gets them wrong.

    Examples
    --------
    >>> found = overlap(np.array([True, True, False]), np.array([True, False, False]))
    >>> found.both_wrong, found.only_first_wrong, found.only_second_wrong, found.both_right
    (1, 1, 0, 1)
    """
    return Overlap(
        name=name,
        n_rows=len(first_wrong),
        both_right=int((~first_wrong & ~second_wrong).sum()),
        only_first_wrong=int((first_wrong & ~second_wrong).sum()),
        only_second_wrong=int((~first_wrong & second_wrong).sum()),
        both_wrong=int((first_wrong & second_wrong).sum()),
    )


def class_overlaps(y: npt.NDArray[Any], first: Floats, second: Floats, labels: Sequence[object]) -> tuple[Overlap, ...]:
    """Return the overlap of wrong classes: of all rows, then of each true class.

    Parameters
    ----------
    y : ndarray of shape (n_rows,)
        Codes of the classes.
    first, second : ndarray of shape (n_rows, n_classes)
        Probabilities.
    labels : sequence
        Of the classes, by code.
    """
    wrong = [p.argmax(axis=1) != y for p in (first, second)]
    parts = [overlap(*wrong)]
    for code in np.unique(y):
        mine = y == code
        parts.append(overlap(wrong[0][mine], wrong[1][mine], str(labels[int(code)])))
    return tuple(parts)


def value_overlaps(y: Floats, first: Floats, second: Floats) -> tuple[tuple[Overlap, ...], float]:
    """Return the overlap of large residuals, and from what size on a residual is large.

    Parameters
    ----------
    y, first, second : ndarray of shape (n_rows,)
        The truth, and what two models predict.
    """
    sizes = [np.abs(p.reshape(-1) - y) for p in (first, second)]
    large = float(np.quantile(np.concatenate(sizes), LARGE))
    return (overlap(sizes[0] > large, sizes[1] > large),), large
