from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from automl_widgets.own import Own, OwnMetric, packed
from automl_widgets.records import Settings
from automl_widgets.share.pack import pack
from automl_widgets.store import SqliteStore
from tests.view import runs as stored

DATA = f"data.{'0' * 32}.p5"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """A workspace with a run that has ended, of two iterations with files."""
    store = SqliteStore(tmp_path / "here")
    stored.fill(store, settings=_SETTINGS)
    for i in range(2):
        store.put_iteration(stored.RUN, stored.completed(i, 0.9 + 0.01 * i, pid=77))
        folder = store.iteration_folder(stored.RUN, i)
        (folder / "model.pkl").write_bytes(pickle.dumps({"model": i}))
        (folder / "log.txt").write_text("fold 1 of 5\n")
        (folder / "code.py").write_text("import sklearn\n")
        (folder / "pipeline.json").write_text("[]")
        np.savez(folder / "oof.npz", prediction=np.zeros(3))
    store.put_explanation(stored.RUN, stored.a_finished_store(2).explanation(stored.RUN, 1))  # type: ignore[arg-type]
    store.put_guardrails(stored.RUN, [])
    (store.run_folder(stored.RUN) / DATA).write_bytes(b"data")
    store.update_run(stored.RUN, state="completed", best_iteration=1, reason="all 2 iterations done")
    yield store
    store.close()


_OWN = Own(metric=OwnMetric(name="mine", packed=packed(len), goal="max"))
_SETTINGS = replace(
    Settings(task="classification", primary_metric="AUC_weighted"), debug_log="/etc/cron.d/evil", own=_OWN
)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty workspace on another machine."""
    store = SqliteStore(tmp_path / "there")
    yield store
    store.close()


@pytest.fixture
def archive(store: SqliteStore, tmp_path: Path) -> Path:
    """The run of `store` as a file, with everything."""
    return pack(store, stored.RUN, tmp_path / "run.zip", data=True)
