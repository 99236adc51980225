"""The second notebook, cell by cell, on a smaller search."""

from __future__ import annotations

from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from tests.engine.executors.driving import is_gone, wait_until

pytest.importorskip("ray", reason="the extra `ray` is not installed")
NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_remote_cluster.ipynb"
SMALLER = {
    '"iterations": 20': '"iterations": 3',
    '"n_cross_validations": 5': '"n_cross_validations": 2',
    "data[10:,:]": "data[10:210,:]",
    "target[10:]": "target[10:210]",
    "X_valid=X_test,": "X_valid=X_test, allowed_models=['LogisticRegression', 'DecisionTree'],",
}


def test_the_second_notebook_runs_and_nothing_of_its_cluster_outlives_its_kernel_when_that_is_killed(
    tmp_path: Path,
) -> None:
    text = NOTEBOOK.read_text()
    book = nbformat.reads(text, as_version=4)
    sources = "".join(cell.source for cell in book.cells)
    assert all(old in sources for old in SMALLER)
    for cell in book.cells:
        for old, new in SMALLER.items():
            cell.source = cell.source.replace(old, new)
    client = NotebookClient(book, timeout=200, resources={"metadata": {"path": str(tmp_path)}})
    with client.setup_kernel():
        for number, cell in enumerate(book.cells[:-1]):  # the last one lets the cluster go
            client.execute_cell(cell, number)
        kernel = psutil.Process(client.km.provisioner.pid)
        processes = kernel.children(recursive=True)
        assert any(process.name() == "gcs_server" for process in processes)
        kernel.kill()
        wait_until(lambda: all(is_gone(process.pid) for process in processes), 15)
    printed = "".join(
        output.text for cell in book.cells for output in cell.get("outputs", ()) if output.output_type == "stream"
    )
    assert "AmlCompute wait for completion finished\nMinimum number of nodes requested have been provisioned" in printed
    assert "Running on remote compute: automlcl\nParent Run ID: AutoML_" in printed
    assert "Completed: all 3 iterations done" in printed
    assert "'x" in printed  # names of features, by importance
