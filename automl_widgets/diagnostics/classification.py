"""Diagnostics of predicted probabilities. What grows with rows or classes is bounded, and says so.

Counts (matrix, thresholds) are of rows; rates, curves and areas weigh rows if there are weights, as the metrics do.
Predictions of all folds are pooled: an area here may differ a little from the metric, which is the mean over the folds.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from automl_widgets.diagnostics import curves
from automl_widgets.diagnostics.curves import Floats, rounded

if TYPE_CHECKING:
    from automl_widgets.diagnostics.document import Evidence

MAX_CLASSES = 50
"""More classes than this: the matrix shows those with most errors, curves those with the lowest area."""
MAX_CELLS = 1_000_000
"""Curves of more probabilities than this are of a sample of the rows."""
N_AVERAGE, N_FEW, N_MANY = 100, 60, 25
"""Points of a curve: of an average, of one of at most ten classes, of one of more."""
N_THRESHOLDS = 101
N_FREQUENT = 20
N_WORST = 20


def classification(evidence: Evidence) -> dict[str, Any]:
    """Return confusion matrix, curves, calibration, thresholds and the rows with the largest loss."""
    case = Case(evidence)
    parts = {
        "n_classes": case.n_classes,
        "positive": case.positive,
        "confusion": _confusion(case),
        "curves": _curves(case),
        "worst": _worst(case),
    }
    if case.positive is not None:
        thresholds = np.round(np.linspace(0.0, 1.0, N_THRESHOLDS), 2)
        table = curves.threshold_table(case.y == case.positive, case.proba[:, case.positive], thresholds)
        parts["thresholds"] = {"threshold": thresholds.tolist(), "counts": table.tolist()}
    parts["labels"] = {str(code): case.label(code) for code in sorted(case.named)}
    return parts


class Case:
    """Probabilities beside the truth, and what several charts share."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.y = np.asarray(evidence.y, dtype=np.int64)
        self.proba = evidence.prediction
        self.n_classes = int(self.proba.shape[1])
        given = evidence.positive_class
        self.positive = (1 if given is None else given) if self.n_classes == 2 else None
        self.named: set[int] = set()
        """Codes of the classes that are named anywhere."""

    @cached_property
    def predicted(self) -> npt.NDArray[np.int64]:
        """Code of the most probable class of each row."""
        return np.asarray(self.proba.argmax(axis=1), dtype=np.int64)

    @cached_property
    def matrix(self) -> npt.NDArray[np.int64]:
        """Rows of each true class (rows) and predicted class (columns)."""
        cells = np.bincount(self.y * self.n_classes + self.predicted, minlength=self.n_classes**2)
        return np.asarray(cells.reshape(self.n_classes, self.n_classes), dtype=np.int64)

    def label(self, code: int) -> str:
        """Return a class's label as text."""
        from automl_widgets.diagnostics.document import cut

        labels = self.evidence.labels
        return cut(labels[code] if code < len(labels) else code)

    def name(self, code: Any) -> int:
        """Return a class's code, and have its label written down."""
        self.named.add(int(code))
        return int(code)


def _confusion(case: Case) -> dict[str, Any]:
    counts = case.matrix
    errors = counts - np.diag(counts.diagonal())
    shown = np.arange(case.n_classes)
    if case.n_classes > MAX_CLASSES:
        most = np.argsort(-(errors.sum(axis=0) + errors.sum(axis=1)), kind="stable")[:MAX_CLASSES]
        shown = np.sort(most)
    inside = counts[np.ix_(shown, shown)]
    flat = np.argsort(-errors, axis=None, kind="stable")[:N_FREQUENT]
    pairs = [divmod(int(cell), case.n_classes) for cell in flat if errors.flat[cell] > 0]
    return {
        "classes": [case.name(code) for code in shown],
        "counts": inside.tolist(),
        "n_wrong": int(errors.sum()),
        "n_outside": int(counts.sum() - inside.sum()),
        "frequent": [[case.name(true), case.name(read), int(errors[true, read])] for true, read in pairs],
    }


# ---------------------------------------------------------------- curves


def _curves(case: Case) -> dict[str, Any]:
    y, proba, weights, n_sampled = _sample(case)
    support = np.bincount(y, weights=weights, minlength=case.n_classes).astype(np.float64)
    total = float(support.sum())
    found = {}
    means = {kind: np.zeros((2, len(curves.GRID))) for kind in ("roc", "precision_recall", "gain")}
    sums = np.zeros((2, 2))
    weight_sum = np.zeros(2)
    for code in np.flatnonzero((support > 0) & (support < total)):
        column = np.ascontiguousarray(proba[:, code])
        curve = _one(y == code, column, weights)
        found[int(code)] = curve
        shares = np.array([1.0, support[code]])
        weight_sum += shares
        sums += np.outer([curve["roc"][2], curve["precision_recall"][2]], shares)
        for kind, mean in means.items():
            np.add(mean, np.outer(shares, curves.on_grid(curve[kind][0], curve[kind][1])), out=mean)
    if not found:
        return {"classes": [], "averages": {}, "n_rows": n_sampled, "reason": "There is one class only."}
    averages = {}
    for k, name in enumerate(("macro", "weighted")):
        lines = {kind: (curves.GRID, mean[k] / weight_sum[k]) for kind, mean in means.items()}
        areas = dict(zip(("roc", "precision_recall"), (sums[:, k] / weight_sum[k]).tolist(), strict=True))
        averages[name] = _written(lines, areas, N_AVERAGE)
    averages["micro"] = _micro(y, proba, weights)
    _calibrate(averages, found)
    kept = sorted(found, key=lambda code: (found[code]["roc"][2], code))[:MAX_CLASSES]
    n_points = N_FEW if len(kept) <= 10 else N_MANY
    classes = [
        {"class": case.name(code), "support": round(float(support[code]), 4), **_class(found[code], n_points)}
        for code in sorted(kept)
    ]
    return {"n_rows": n_sampled, "averages": averages, "classes": classes}


def _sample(case: Case) -> tuple[npt.NDArray[np.int64], Floats, Floats | None, int]:
    """Return truth, probabilities and weights of as many rows as curves are made of, the same each time."""
    n, weights = len(case.y), case.evidence.weights
    n_most = max(1000, MAX_CELLS // case.n_classes)
    if n <= n_most:
        return case.y, case.proba, weights, n
    rows = np.sort(np.random.default_rng(0).choice(n, n_most, replace=False))
    return case.y[rows], case.proba[rows], None if weights is None else weights[rows], n_most


def _one(is_mine: npt.NDArray[np.bool_], column: Floats, weights: Floats | None) -> dict[str, Any]:
    order = curves.ranking(is_mine, column, weights)
    return {
        "roc": curves.roc(order),
        "precision_recall": curves.precision_recall(order),
        "gain": curves.gain(order),
        "calibration": curves.calibration(is_mine, column, weights),
    }


def _micro(y: npt.NDArray[np.int64], proba: Floats, weights: Floats | None) -> dict[str, Any]:
    """Return the curves of all pairs of a row and a class."""
    n_classes = proba.shape[1]
    is_mine = np.zeros(proba.shape, dtype=bool)
    is_mine[np.arange(len(y)), y] = True
    return _class(
        _one(is_mine.ravel(), proba.ravel(), None if weights is None else np.repeat(weights, n_classes)), N_AVERAGE
    )


def _class(found: dict[str, Any], n_points: int) -> dict[str, Any]:
    lines = {kind: found[kind][:2] for kind in ("roc", "precision_recall", "gain")}
    areas = {kind: found[kind][2] for kind in ("roc", "precision_recall")}
    return {**_written(lines, areas, n_points), "calibration": _calibration(found["calibration"])}


def _written(lines: dict[str, tuple[Floats, Floats]], areas: dict[str, float], n_points: int) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for kind, line in lines.items():
        x, y = curves.thinned(*line, n_points)
        written[kind] = {"x": rounded(x), "y": rounded(y)}
        if kind in areas:
            written[kind]["area"] = rounded([areas[kind]], 6)[0]
    return written


def _calibration(found: curves.Calibration) -> dict[str, Any]:
    return {
        "predicted": rounded(found.predicted),
        "happened": rounded(found.happened),
        "weight": rounded(found.weight, 2),
        "error": round(found.error, 6),
    }


def _calibrate(averages: dict[str, Any], found: dict[int, Any]) -> None:
    """Give the averages the mean of the classes' errors; their curves are those of all pairs."""
    parts = [curve["calibration"] for curve in found.values()]
    weight = np.array([float((part.weight * part.happened).sum()) for part in parts])
    errors = np.array([part.error for part in parts])
    averages["macro"]["calibration"] = {"error": round(float(errors.mean()), 6)}
    averages["weighted"]["calibration"] = {"error": round(float(np.average(errors, weights=weight)), 6)}


# ---------------------------------------------------------------- rows


def _worst(case: Case) -> list[dict[str, Any]]:
    """Return the rows whose true class was given the least probability."""
    truth = case.proba[np.arange(len(case.y)), case.y]
    n = min(N_WORST, len(truth))
    worst = np.argpartition(truth, n - 1)[:n]
    worst = worst[np.lexsort((case.evidence.row[worst], truth[worst]))]
    loss = -np.log(np.clip(truth, np.finfo(np.float64).eps, 1.0))
    return [
        {
            "row": int(case.evidence.row[k]),
            "fold": int(case.evidence.fold[k]),
            "true": case.name(case.y[k]),
            "predicted": case.name(case.predicted[k]),
            "p_true": round(float(truth[k]), 4),
            "p_predicted": round(float(case.proba[k, case.predicted[k]]), 4),
            "loss": round(float(loss[k]), 4),
        }
        for k in worst
    ]
