"""`python -m benchmarks [name ...]`: runs the benchmarks named, all of them by default."""

from __future__ import annotations

import argparse
import time

from benchmarks import budgets, categories, cluster, engine, insight, job, latency, portal, rows, screen, view, wire

ALL = {
    "engine": engine.main,
    "budgets": budgets.main,
    "rows": rows.main,
    "categories": categories.main,
    "cluster": cluster.main,
    "insight": insight.main,
    "job": job.main,
    "latency": latency.main,
    "wire": wire.main,
    "screen": screen.main,
    "view": view.main,
    "portal": portal.main,
}


def main() -> None:
    """Run what was asked for, one after the other: they share the machine."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"any of {', '.join(ALL)}")
    names = parser.parse_args().names or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        parser.error(f"no benchmark named {', '.join(unknown)}: there are {', '.join(ALL)}")
    for name in names:
        started = time.perf_counter()
        print(f"── {name}: {ALL[name].__doc__}", flush=True)
        ALL[name]()
        print(f"   ({time.perf_counter() - started:.0f} s)\n", flush=True)


if __name__ == "__main__":
    main()
