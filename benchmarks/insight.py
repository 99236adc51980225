"""Explanations against shap on the same model and rows; diagnostics of an iteration: seconds and bytes."""

from __future__ import annotations

import json
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from automl_widgets import AutoMLConfig, Experiment, Workspace
from automl_widgets.diagnostics import Evidence, diagnose
from automl_widgets.explain import explain, sampled
from benchmarks.figures import line

N_TRAIN, N_COLUMNS, N_ROWS = 4_000, 20, 1_000
REPEATS = 5
N_KERNEL_ROWS, N_KERNEL_BACKGROUND = 5, 50
SIZES = ((1_797, 10), (100_000, 2), (100_000, 50), (1_000_000, 2))


def main() -> None:
    """Time of explanations relative to shap, time and bytes of diagnostics, bytes of a report."""
    warnings.simplefilter("ignore")
    X, y = data()
    for name, learner, direct in learners():
        against_shap(name, learner.fit(X, y), direct, X)
    against_kernel(X, y)
    for n_rows, n_classes in SIZES:
        diagnostics(n_rows, n_classes)
    values(100_000)
    reports()


def data() -> tuple[Any, Any]:
    """Rows of two classes."""
    from sklearn.datasets import make_classification

    return make_classification(N_TRAIN, N_COLUMNS, n_informative=10, random_state=0)


def learners() -> list[tuple[str, Any, Callable[[Any, Any], Any]]]:
    """Name, learner, and its explanation as shap's own pages show it."""
    import shap
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier
    from xgboost import XGBClassifier

    def tree(model: Any, X: Any) -> Any:
        return shap.TreeExplainer(model).shap_values(X, check_additivity=False)

    def linear(model: Any, X: Any) -> Any:
        return shap.LinearExplainer(model, X).shap_values(X)

    return [
        ("LightGBM", LGBMClassifier(n_estimators=100, n_jobs=1, verbosity=-1), tree),
        ("XGBoost", XGBClassifier(n_estimators=100, n_jobs=1), tree),
        ("CatBoost", CatBoostClassifier(iterations=100, verbose=0, allow_writing_files=False, thread_count=1), tree),
        ("RandomForest", RandomForestClassifier(30, max_depth=8, random_state=0), tree),
        ("ExtraTrees", ExtraTreesClassifier(30, max_depth=8, random_state=0), tree),
        ("GradientBoosting", GradientBoostingClassifier(n_estimators=50, random_state=0), tree),
        ("DecisionTree", DecisionTreeClassifier(max_depth=10, random_state=0), tree),
        ("LogisticRegression", LogisticRegression(), linear),
    ]


def against_shap(name: str, model: Any, direct: Callable[[Any, Any], Any], X: Any) -> None:
    """One learner: the same rows by us and by shap, in turn, the quickest of some repeats."""
    rows = X[:N_ROWS]
    ours, theirs = [], []
    for _ in range(REPEATS):
        theirs.append(worked(lambda: direct(model, rows)))
        ours.append(worked(lambda: ours_of(model, X, rows)))
    us, them = min(ours), min(theirs)
    line(
        f"{name}, {N_ROWS:,} rows",
        f"{us / them:.2f} of shap's time: {1000 * us:.0f} ms to {1000 * them:.0f} ms (aim: 1.1)",
    )


def ours_of(model: Any, X: Any, rows: Any) -> Any:
    """Explain rows as a worker does."""
    names = [f"x{k}" for k in range(N_COLUMNS)]
    return explain(model, X, rows, task="classification", feature_names=names)


def against_kernel(X: Any, y: Any) -> None:
    """A vote of three: by its members, and by shap's kernel explainer."""
    import shap
    from sklearn.pipeline import Pipeline

    from automl_widgets.search.ensemble import PreFittedSoftVoting

    chosen = [
        (name, learner.fit(X, y)) for name, learner, _ in learners() if name in ("LightGBM", "XGBoost", "ExtraTrees")
    ]
    model = Pipeline([("VotingEnsemble", PreFittedSoftVoting(chosen, [0.5, 0.3, 0.2], chosen[0][1].classes_))])
    rows, background = X[:N_KERNEL_ROWS], X[-N_KERNEL_BACKGROUND:]
    us, found = timed(lambda: ours_of(model, X, rows))
    kernel = shap.KernelExplainer(model.predict_proba, background)
    them, _ = timed(lambda: kernel.shap_values(rows, silent=True))
    line(
        f"voting ensemble of three, {N_KERNEL_ROWS} rows",
        f"{them / us:.0f} times faster than a kernel explainer: {1000 * us:.0f} ms to {1000 * them:.0f} ms (aim: 10)",
    )
    part = sampled(found, rows, [f"x{k}" for k in range(N_COLUMNS)], ["no", "yes"])
    line("explanation.json of it", f"{size(part) / 1000:.1f} kB")


def diagnostics(n_rows: int, n_classes: int) -> None:
    """All diagnostics of an iteration, and the bytes of its parts."""
    rng = np.random.default_rng(0)
    y, rows = rng.integers(0, n_classes, n_rows), np.arange(n_rows)
    proba = rng.random((n_rows, n_classes))
    proba[rows, y] += 0.5
    proba /= proba.sum(axis=1, keepdims=True)
    table, names = rng.normal(size=(n_rows, N_COLUMNS)), [f"x{k}" for k in range(N_COLUMNS)]
    evidence = Evidence(
        task="classification", y=y, prediction=proba, row=rows, fold=rows % 5, labels=list(range(n_classes)), X=table,
        feature_names=names,
    )  # fmt: skip
    seconds, found = timed(lambda: diagnose(evidence))
    line(f"diagnostics, {n_rows:,} rows, {n_classes} classes", f"{seconds:.2f} s, {parts(found)}")


def values(n_rows: int) -> None:
    """The same of predicted values."""
    rng = np.random.default_rng(0)
    y, rows = rng.normal(size=n_rows), np.arange(n_rows)
    prediction = y + rng.normal(size=n_rows)
    evidence = Evidence(task="regression", y=y, prediction=prediction, row=rows, fold=rows % 5)
    seconds, found = timed(lambda: diagnose(evidence))
    line(f"diagnostics, {n_rows:,} values", f"{seconds:.2f} s, {parts(found)}")


def reports() -> None:
    """The report of a real run."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    config = AutoMLConfig(
        task="classification",
        X=X,
        y=y,
        iterations=4,
        n_cross_validations=3,
        allowed_models=["LightGBM"],
        debug_log=None,
    )
    run = Experiment(Workspace.create(path=tempfile.mkdtemp()), "bench").submit(config)
    run.wait_for_completion()
    seconds, path = timed(lambda: run.report(Path(tempfile.mkdtemp()) / "report.html"))
    line(
        "report of a run on the digits",
        f"{path.stat().st_size / 1000:.0f} kB in {1000 * seconds:.0f} ms (aim: 3,000 kB)",
    )
    best = run.get_best_child()
    sizes = {name: len(best.figure(name).to_json()) for name in best.figure_names() if name != "partial_dependence"}
    line("its figures, as JSON", ", ".join(f"{name} {n / 1000:.0f} kB" for name, n in sizes.items()))


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long a call takes, and what it returns."""
    started = time.perf_counter()
    found = call()
    return time.perf_counter() - started, found


def worked(call: Callable[[], Any]) -> float:
    """Return the processor's time that a call takes: the machine may be busy with others."""
    started = time.process_time()
    call()
    return time.process_time() - started


def parts(found: dict[str, Any]) -> str:
    """Return the bytes of all parts together, and of those that are charts."""
    charts = {name: size(part) for name, part in found.items() if isinstance(part, (dict, list))}
    told = ", ".join(f"{name} {n / 1000:.1f}" for name, n in charts.items())
    return f"{size(found) / 1000:.0f} kB ({told})"


def size(value: Any) -> int:
    """Return the bytes of a value on the wire."""
    return len(json.dumps(value, separators=(",", ":")).encode())
