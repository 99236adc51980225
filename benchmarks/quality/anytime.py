"""Test score against the seconds given, for this package and the peer that is quickest to a first model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.quality.report import table
from benchmarks.quality.results import Result
from benchmarks.quality.systems import OURS

SYSTEMS = (OURS, "flaml")
BUDGETS_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
# Small, middle and large, of each task; some learnt from, some not.
DATASETS = (
    "german_credit",
    "mlc_churn",
    "magic",
    "digits",
    "splice",
    "concrete",
    "winequality_white",
    "bng_breasttumor",
)


def curves(results: Iterable[Result], systems: Sequence[str]) -> str:
    """Return one table a data set: a row a system, a column a budget, each the mean score and the seconds used."""
    kept = [result for result in results if result.system in systems]
    names = sorted({(result.dataset, result.metric) for result in kept})
    return "\n\n".join(_curve(name, metric, kept, systems) for name, metric in names)


def _curve(name: str, metric: str, results: Sequence[Result], systems: Sequence[str]) -> str:
    here = [result for result in results if result.dataset == name]
    budgets = sorted({result.budget_s for result in here})
    rows = [[s, *(_cell([r for r in here if r.system == s and r.budget_s == b]) for b in budgets)] for s in systems]
    return table((f"{name}, {metric}", *(f"{budget:g} s" for budget in budgets)), rows)


def _cell(results: Sequence[Result]) -> str:
    if not results:
        return ""
    scores = [result.score for result in results if result.score is not None]
    used = [result.fit_s for result in results if result.fit_s is not None]
    if not scores:
        return "failed"
    failed = f", {len(results) - len(scores)} failed" if len(scores) < len(results) else ""
    return f"{sum(scores) / len(scores):.4f} ({sum(used) / len(used):.1f} s{failed})"
