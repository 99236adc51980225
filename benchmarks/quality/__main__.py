"""`python -m benchmarks.quality setup|run|report|anytime`: the comparison with the peers."""

from __future__ import annotations

import argparse
import itertools
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.quality import anytime, datasets, environments, jobs, results
from benchmarks.quality.jobs import Job
from benchmarks.quality.report import report
from benchmarks.quality.systems import DEFAULT, OURS, SYSTEMS

CORES = 2
BUDGETS_S = (30.0, 60.0, 300.0)


def main() -> None:
    """Do what the command line says."""
    asked = _parser().parse_args()
    {"setup": _setup, "run": _run, "report": _report, "anytime": _anytime}[asked.command](asked)


def results_file() -> Path:
    """Return the file that every run appends to."""
    return environments.cache() / "results.jsonl"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    setup = commands.add_parser("setup", help="create the environments of peers")
    setup.add_argument("systems", nargs="+", choices=[name for name in SYSTEMS if name != OURS], metavar="SYSTEM")
    run = commands.add_parser("run", help="run what has no result yet")
    _add_jobs(run, list(DEFAULT), BUDGETS_S, [])
    curve = commands.add_parser("anytime", help="the same for many budgets, and print score against seconds")
    _add_jobs(curve, list(anytime.SYSTEMS), anytime.BUDGETS_S, list(anytime.DATASETS))
    told = commands.add_parser("report", help="print the tables")
    told.add_argument("--systems", nargs="+", metavar="NAME", help="only these, labels too")
    told.add_argument("--budgets", nargs="+", type=float, metavar="SECONDS")
    told.add_argument("--cores", type=int, default=CORES)
    return parser


def _add_jobs(parser: argparse.ArgumentParser, systems: list[str], budgets_s: Sequence[float], sets: list[str]) -> None:
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=systems, metavar="SYSTEM")
    parser.add_argument("--budgets", nargs="+", type=float, default=list(budgets_s), metavar="SECONDS")
    parser.add_argument("--folds", type=int, default=1, help="number of hold-outs, each with another seed")
    parser.add_argument("--datasets", nargs="+", default=sets, metavar="NAME", help="names, learn or held-out")
    parser.add_argument("--cores", type=int, default=CORES)
    parser.add_argument("--again", choices=["failed", "all"], default="", help="run these once more")
    parser.add_argument("--label", default=OURS, help="another name for this package's results: for ablations")
    parser.add_argument("--options", type=json.loads, default={}, metavar="JSON", help="more keywords of AutoMLConfig")


def _setup(asked: argparse.Namespace) -> None:
    for name in dict.fromkeys(SYSTEMS[system].environment for system in asked.systems):
        if environments.is_ready(name):
            print(f"{name}: is there")
        else:
            print(f"{name}: {environments.create(name):.0f} s", flush=True)


def _run(asked: argparse.Namespace) -> None:
    available = _available()
    if not available:
        return
    wanted = {job.key: job for job in _jobs(asked, datasets.chosen(available, asked.datasets))}
    _stop_if_unready(asked.systems)
    keys = results.to_do(wanted, results.read(results_file()), again=asked.again)
    print(f"{len(keys)} of {len(wanted)} jobs to do, {sum(key.budget_s for key in keys) / 60:.0f} min of budget")
    for number, key in enumerate(keys, 1):
        result = jobs.run(wanted[key])
        results.append(results_file(), result)
        print(f"{number}/{len(keys)} {_line(result)}", flush=True)


def _jobs(asked: argparse.Namespace, sets: Iterable[datasets.Dataset]) -> Iterable[Job]:
    # Systems innermost: so a benchmark that is stopped has compared them on what it has done.
    for budget_s, fold, dataset, name in itertools.product(asked.budgets, range(asked.folds), sets, asked.systems):
        own: dict[str, Any] = {"label": asked.label, "options": asked.options} if name == OURS else {"label": name}
        yield Job(system=SYSTEMS[name], dataset=dataset, fold=fold, budget_s=budget_s, cores=asked.cores, **own)


def _available() -> tuple[datasets.Dataset, ...]:
    found = datasets.available()
    if not found:
        given = os.environ.get(datasets.FOLDER_VARIABLE)
        print(f"Skipped: {datasets.FOLDER_VARIABLE} must name a folder with manifest.json, but is {given!r}.")
    return found


def _stop_if_unready(names: Iterable[str]) -> None:
    unready = [name for name in names if not environments.is_ready(SYSTEMS[name].environment)]
    if unready:
        raise SystemExit(f"First: python -m benchmarks.quality setup {' '.join(unready)}")


def _line(result: results.Result) -> str:
    what = f"{result.system:17} {result.dataset:20} fold {result.fold} {result.budget_s:4g} s:"
    if result.score is None:
        return f"{what} failed after {result.total_s:.0f} s: {result.problem.splitlines()[-1][:160]}"
    used = f"fit {result.fit_s:.1f} s of {result.total_s:.1f} s, {result.memory_mb / 1024:.1f} GB"
    return f"{what} {result.metric} {result.score:.4f}, {used}, left behind {result.left_behind}"


def _report(asked: argparse.Namespace) -> None:
    found = [r for r in results.read(results_file()).values() if r.cores == asked.cores]
    kept = [r for r in found if not asked.budgets or r.budget_s in asked.budgets]
    systems = asked.systems or list(dict.fromkeys(r.system for r in kept))
    print(report(kept, systems))


def _anytime(asked: argparse.Namespace) -> None:
    known = {dataset.name for dataset in datasets.available()} | {"learn", "held-out"}
    asked.datasets = [name for name in asked.datasets if name in known]
    _run(asked)
    names = {asked.label if name == OURS else name: None for name in asked.systems}
    found = results.read(results_file()).values()
    kept = [r for r in found if r.cores == asked.cores and r.budget_s in asked.budgets]
    print(anytime.curves(kept, list(names)))


if __name__ == "__main__":
    main()
