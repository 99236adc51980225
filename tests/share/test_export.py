"""A model in another library's form, where that is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from automl_widgets.engine.artifacts import save_model
from automl_widgets.errors import NotFoundError, NotSupportedError, RunStateError
from automl_widgets.share.export import export
from automl_widgets.share.unpack import unpack
from automl_widgets.store import SqliteStore
from tests.view import runs as stored

RUN = stored.RUN
X = np.random.default_rng(0).normal(size=(200, 3))
Y = np.where(X[:, 0] + X[:, 1] ** 2 > 0.5, "yes", "no")


def test_skops_gives_back_the_model(store: SqliteStore, tmp_path: Path) -> None:
    io = pytest.importorskip("skops.io")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    save_model(str(store.iteration_folder(RUN, 1)), model)
    path = export(store, RUN, "skops", None, tmp_path)
    assert path.name == f"{RUN}_1.skops"
    assert io.get_untrusted_types(file=path) == []
    assert np.array_equal(io.load(path).predict(X), model.predict(X))


@pytest.mark.parametrize(("what", "library"), [("skops", "skops"), ("onnx", "onnxruntime")])
def test_without_its_library_an_export_says_what_to_install(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(NotSupportedError, match=rf"pip install 'automl_widgets\[{what}\]'"):
        export(store, RUN, what, 1, tmp_path)


@pytest.mark.parametrize("what", ["model", "skops", "onnx"])
def test_the_model_of_an_untrusted_run_is_not_exported(
    there: SqliteStore, archive: Path, tmp_path: Path, what: str
) -> None:
    if what == "skops":
        pytest.importorskip("skops")
    unpack(there, archive)
    with pytest.raises(RunStateError, match="Taking a model is not possible: the run was imported"):
        export(there, RUN, what, 1, tmp_path)


def test_what_is_not_there_is_said(store: SqliteStore, tmp_path: Path) -> None:
    store.update_run(RUN, best_iteration=None)
    with pytest.raises(NotFoundError, match="No iteration of AutoML_7f3c has a score yet"):
        export(store, RUN, "code", None, tmp_path)
    with pytest.raises(NotFoundError, match="has no iteration 9"):
        export(store, RUN, "code", 9, tmp_path)
