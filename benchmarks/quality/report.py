"""The tables, as Markdown: ranks, wins, seconds, failures, errors. Not here: the arithmetic (``ranks``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import mean, median

from benchmarks.quality import ranks
from benchmarks.quality.ranks import Interval, Task
from benchmarks.quality.results import Result

GROUPS = ("learn", "held-out")
Rows = Sequence[Sequence[str]]


def report(results: Iterable[Result], systems: Sequence[str]) -> str:
    """Return the tables for each budget, each for the data sets learnt from, the others, and all."""
    kept = [result for result in results if result.system in systems]
    parts = [part for budget_s in sorted({r.budget_s for r in kept}) for part in _of_budget(kept, budget_s, systems)]
    return "\n\n".join(parts) if parts else "There is no result of these systems yet."


def table(head: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table whose first column is text and whose others are numbers."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))


def _of_budget(results: Sequence[Result], budget_s: float, systems: Sequence[str]) -> list[str]:
    here = [result for result in results if result.budget_s == budget_s]
    parts = [f"## {budget_s:g} s", _coverage(here, systems)]
    for title, belongs in _selections():
        errors = ranks.shared(_errors([result for result in here if belongs(result)]), systems)
        if errors:
            parts += [f"### {budget_s:g} s, {title} ({_count(errors)})", _ranking(errors, here, systems)]
            parts += [_wins(errors, systems)] if len(systems) > 1 else []
    return [*parts, f"### {budget_s:g} s, error", _errors_by_dataset(here, systems), *_failures(here)]


def _selections() -> list[tuple[str, Callable[[Result], bool]]]:
    def is_in(group: str) -> Callable[[Result], bool]:
        return lambda result: result.group == group

    return [*((group, is_in(group)) for group in GROUPS), ("all", lambda _: True)]


def _errors(results: Iterable[Result]) -> dict[Task, dict[str, float | None]]:
    found: dict[Task, dict[str, float | None]] = {}
    for result in results:
        found.setdefault((result.dataset, result.fold), {})[result.system] = result.error
    return found


def _coverage(results: Sequence[Result], systems: Sequence[str]) -> str:
    errors = _errors(results)
    complete = ranks.shared(errors, systems)
    missing = sorted({system for row in errors.values() for system in systems if system not in row})
    if not missing:
        return f"{len(complete)} tasks, each run by all systems."
    return f"{len(complete)} of {len(errors)} tasks are compared: the others still lack {', '.join(missing)}."


def _count(errors: Mapping[Task, object]) -> str:
    return f"{len({dataset for dataset, _ in errors})} data sets, {len(errors)} tasks"


def _ranking(errors: ranks.Errors, results: Sequence[Result], systems: Sequence[str]) -> str:
    found = ranks.mean_ranks(errors)
    rows = [
        [system, _interval(found[system]), *_seconds([r for r in results if _is_of(r, system, errors)])]
        for system in sorted(systems, key=lambda system: found[system].mean)
    ]
    head = ("system", "mean rank", "failed", "used/asked, median", "largest", "GB, largest", "predict, s")
    return table(head, rows)


def _is_of(result: Result, system: str, errors: ranks.Errors) -> bool:
    return result.system == system and (result.dataset, result.fold) in errors


def _seconds(results: Sequence[Result]) -> list[str]:
    shares = [result.fit_s / result.budget_s for result in results if result.fit_s is not None]
    predict = [result.predict_s for result in results if result.predict_s is not None]
    memory = max(result.memory_mb for result in results) / 1024
    failed = sum(result.error is None for result in results)
    if not shares:
        return [str(failed), "–", "–", f"{memory:.1f}", "–"]
    return [str(failed), f"{median(shares):.2f}", f"{max(shares):.2f}", f"{memory:.1f}", f"{median(predict):.2f}"]


def _wins(errors: ranks.Errors, systems: Sequence[str]) -> str:
    def cell(ours: str, theirs: str) -> str:
        return "–" if ours == theirs else _interval(ranks.wins(errors, ours, theirs), percent=True)

    rows = [[ours, *(cell(ours, theirs) for theirs in systems)] for ours in systems]
    return table(("row beats column, %", *systems), rows)


def _interval(found: Interval, percent: bool = False) -> str:
    scale, digits = (100, 0) if percent else (1, 2)
    return f"{found.mean * scale:.{digits}f} [{found.low * scale:.{digits}f}–{found.high * scale:.{digits}f}]"


def _errors_by_dataset(results: Sequence[Result], systems: Sequence[str]) -> str:
    rows = [
        [name, group, metric, *_cells([r for r in results if r.dataset == name], systems)]
        for group, name, metric in sorted({(r.group, r.dataset, r.metric) for r in results})
    ]
    note = "0 is the best of the row, 100 a constant prediction; in brackets the score itself."
    return f"{note}\n\n{table(('data set', 'group', 'metric', *systems), rows)}"


def _cells(results: Sequence[Result], systems: Sequence[str]) -> list[str]:
    shares: dict[str, list[float]] = {system: [] for system in systems}
    for task, row in _errors(results).items():
        constant = max((r.constant_error or 0.0 for r in results if (r.dataset, r.fold) == task), default=0.0)
        for system, share in ranks.normalised(row, constant).items():
            shares[system].append(share)
    return [_cell(shares[system], [r for r in results if r.system == system]) for system in systems]


def _cell(shares: Sequence[float], results: Sequence[Result]) -> str:
    scores = [result.score for result in results if result.score is not None]
    if not results:
        return ""
    return f"{mean(shares):.1f} ({mean(scores):.4g})" if scores else "failed"


def _failures(results: Sequence[Result]) -> list[str]:
    failed = [result for result in results if result.error is None]
    lines = [f"- {r.system}, {r.dataset}, fold {r.fold}: {_why(r.problem)}" for r in failed]
    return ["Failures:\n\n" + "\n".join(lines)] if lines else []


def _why(problem: str) -> str:
    lines = [line.strip() for line in problem.splitlines() if line.strip()]
    return " … ".join(dict.fromkeys((lines[0], lines[-1]))) if lines else "unknown"
