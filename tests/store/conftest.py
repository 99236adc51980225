from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automl_widgets.store import MemoryStore, SqliteStore, Store
from tests.store.nouns import Clock, a_run


@pytest.fixture
def clock() -> Clock:
    return Clock()


IMPLEMENTATIONS: tuple[Callable[..., Store], ...] = (SqliteStore, MemoryStore)


@pytest.fixture(params=IMPLEMENTATIONS, ids=["sqlite", "memory"])
def kind(request: pytest.FixtureRequest) -> Callable[..., Store]:
    """Every implementation of the seam."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def store(kind: Callable[..., Store], tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An empty store."""
    store = kind(tmp_path / "workspace", clock=clock)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: Clock) -> Iterator[SqliteStore]:
    """A SQLite store with the run `run_1`."""
    store = SqliteStore(tmp_path / "workspace", clock=clock)
    store.create_run(a_run())
    yield store
    store.close()
