"""The second notebook, cell by cell, on a smaller search."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytest.importorskip("ray", reason="the extra `ray` is not installed")
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_remote_cluster.ipynb"
SMALLER = {
    '"iterations": 20': '"iterations": 3',
    '"n_cross_validations": 5': '"n_cross_validations": 2',
    "data[10:,:]": "data[10:210,:]",
    "target[10:]": "target[10:210]",
    "X_valid=X_test,": "X_valid=X_test, allowed_models=['LogisticRegression', 'DecisionTree'],",
}


def test_the_second_notebook_runs_from_target_to_explanation(tmp_path: Path) -> None:
    text = NOTEBOOK.read_text()
    book = nbformat.reads(text, as_version=4)
    sources = "".join(cell.source for cell in book.cells)
    assert all(old in sources for old in SMALLER)
    for cell in book.cells:
        for old, new in SMALLER.items():
            cell.source = cell.source.replace(old, new)
    NotebookClient(book, timeout=200, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = "".join(
        output.text for cell in book.cells for output in cell.get("outputs", ()) if output.output_type == "stream"
    )
    assert "AmlCompute wait for completion finished\nMinimum number of nodes requested have been provisioned" in printed
    assert "Running on remote compute: automlcl\nParent Run ID: AutoML_" in printed
    assert "Completed: all 3 iterations done" in printed
    assert "'x" in printed  # names of features, by importance
