"""What a learner's own columns contribute to its raw output, and how raw outputs become probabilities. Pure numpy.

A raw output ("margin") is what the link turns into probabilities: log-odds for one output, scores of which softmax is
taken for several. Contributions add up in raw outputs. Members of an ensemble add up in probabilities only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from automl_widgets.explain.result import Floats
from automl_widgets.explain.table import Table

Link: TypeAlias = Literal["identity", "logistic", "softmax", "none"]
"""From raw outputs to the model's: `none` if there is no such way (decision values)."""

MIN_NODES, MAX_NODES = 32, 512
ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Contributions:
    """Exact SHAP values of a learner, in the columns that it gets."""

    of: Callable[[Table], Floats]
    """Rows to (n_outputs, n_rows, n_columns)."""
    expected: Floats
    """(n_outputs,); one output for regression and, unless they are probabilities, for two classes."""
    link: Link
    unit: str
    method: str
    n_background: int = 0


def linked(raw: Floats, link: Link) -> Floats:
    """Return the model's outputs, (n_classes or 1, ...), for raw outputs of shape (n_outputs, ...)."""
    if link == "logistic":
        return np.concatenate([_expit(-raw), _expit(raw)])
    if link == "softmax":
        powers = np.exp(raw - raw.max(axis=0, keepdims=True))
        return np.asarray(powers / powers.sum(axis=0, keepdims=True))
    return raw


def by_class(raw: Floats, link: Link) -> Floats:
    """Return raw values for each class: what speaks for one of two classes speaks against the other."""
    return np.concatenate([-raw, raw]) if link in ("logistic", "none") and len(raw) == 1 else raw


def in_probability(values: Floats, expected: Floats, link: Link) -> tuple[Floats, Floats]:
    """Turn contributions to raw outputs into contributions to probabilities, which add up just as exactly.

    On the straight way from the expected raw output to a row's, each contribution takes the share of the change of
    probability that it causes (Aumann and Shapley's values of the link function). The expected probability becomes that
    of the expected raw output.

    Parameters
    ----------
    values : ndarray of shape (n_outputs, n_rows, n_columns)
        Contributions to the raw outputs.
    expected : ndarray of shape (n_outputs,)
        The expected raw outputs.
    link : {"identity", "logistic", "softmax"}
        How probabilities come from raw outputs.

    Returns
    -------
    values : ndarray of shape (n_classes, n_rows, n_columns)
    expected : ndarray of shape (n_classes,)

    Examples
    --------
    >>> values, expected = in_probability(np.array([[[1.0, 1.0]]]), np.array([0.0]), "logistic")
    >>> (expected + values.sum(axis=2)[:, 0]).round(4)
    array([0.1192, 0.8808])
    """
    if link == "logistic":
        slopes = _mean_slope(expected[0], expected[0] + values[0].sum(axis=1))
        return by_class(values * slopes[None, :, None], link), linked(expected, link)
    if link == "softmax":
        parts = [_along_softmax(values[:, k : k + ROWS_AT_ONCE], expected) for k in _starts(values.shape[1])]
        found = np.concatenate([*parts, np.zeros((len(values), 0, values.shape[2]))], axis=1)
        return found, linked(expected, link)
    return values, expected


def _starts(n_rows: int) -> range:
    return range(0, n_rows, ROWS_AT_ONCE)


def _mean_slope(start: float, end: Floats) -> Floats:
    """Return the mean slope of the logistic function between two points: of its line there, where they are one."""
    way = end - start
    at_start = _expit(np.asarray(start))
    flat = at_start * (1.0 - at_start)
    near = np.abs(way) < 1e-6
    return np.where(near, flat, (_expit(end) - at_start) / np.where(near, 1.0, way))


def _along_softmax(values: Floats, expected: Floats) -> Floats:
    """Integrate softmax's derivative along the way of each row; exact at the ends whatever the integration's error."""
    ends = values.sum(axis=2)
    longest = float(np.abs(ends - ends.mean(axis=0)).max(initial=0.0))
    nodes, weights = np.polynomial.legendre.leggauss(int(np.clip(4 * longest, MIN_NODES, MAX_NODES)))
    found = np.zeros_like(values)
    for node, weight in zip((nodes + 1.0) / 2.0, weights / 2.0, strict=True):
        p = linked(expected[:, None] + node * ends, "softmax")[:, :, None]
        found += weight * p * (values - (p * values).sum(axis=0))
    change = linked(expected[:, None] + ends, "softmax") - linked(expected, "softmax")[:, None]
    return found + _shared(change - found.sum(axis=2), found)


def _shared(rest: Floats, found: Floats) -> Floats:
    """Spread what integration left over, in proportion to the sizes found."""
    sizes = np.abs(found) + 1e-300
    return np.asarray(rest[:, :, None] * sizes / sizes.sum(axis=2, keepdims=True))


def _expit(x: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))
