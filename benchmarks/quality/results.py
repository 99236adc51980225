"""What was measured: one JSON line a job, appended, so that a benchmark goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What makes two jobs the same job."""

    system: str
    dataset: str
    fold: int
    budget_s: float
    cores: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One job's outcome. A failed one has no `score`, and the end of its log in `problem`."""

    system: str
    dataset: str
    fold: int
    budget_s: float
    cores: int
    task: str
    group: str
    metric: str
    score: float | None = None
    error: float | None = None
    constant_error: float | None = None
    fit_s: float | None = None
    predict_s: float | None = None
    total_s: float = 0.0
    memory_mb: float = 0.0
    left_behind: int = 0
    problem: str = ""
    ended_at: str = ""

    @property
    def key(self) -> Key:
        """What makes it the same job as another."""
        return Key(**{field.name: getattr(self, field.name) for field in fields(Key)})


def append(path: Path, result: Result) -> None:
    """Add one line; what an interrupted writer left unfinished stays a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torn = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("a") as file:
        file.write(("\n" if torn else "") + json.dumps(asdict(result)) + "\n")


def read(path: Path) -> dict[Key, Result]:
    """Return the last result of each job; lines that are not whole are left out."""
    found: dict[Key, Result] = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        result = _parsed(line)
        if result is not None:
            found[result.key] = result
    return found


def to_do(keys: Iterable[Key], done: Mapping[Key, Result], *, again: str = "") -> list[Key]:
    """Return the jobs without a result; with `again` also those that `failed`, or `all`."""

    def is_open(key: Key) -> bool:
        return key not in done or again == "all" or (again == "failed" and done[key].error is None)

    return [key for key in keys if is_open(key)]


def _parsed(line: str) -> Result | None:
    try:
        return Result(**json.loads(line))
    except (json.JSONDecodeError, TypeError):
        return None
