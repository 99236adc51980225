"""Other places than JupyterLab where a view lives, each a real server in a folder of its own. No test."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat

from tests.browser.lab import Notebook, Server, free_port

SUBMIT = """
import numpy as np
from automl_widgets import AutoMLConfig, Experiment, RunDetails, Workspace

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 5))
y = np.where(X[:, 0] + X[:, 1] ** 2 > 1, "yes", "no")
config = AutoMLConfig(task="classification", X=X, y=y, iterations=5, n_cross_validations=3)
run = Experiment(Workspace.create(), "hosts").submit(config)
"""
MARIMO = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
{submit}
    return RunDetails, mo, run


@app.cell
def _(RunDetails, mo, run):
    mo.ui.anywidget(RunDetails(run).widget)
    return


if __name__ == "__main__":
    app.run()
"""


class NotebookSeven(Server):
    """Notebook 7."""

    def _command(self, port: int) -> list[str]:
        options = [option for option in super()._command(port)[3:] if "LabApp" not in option]
        return [sys.executable, "-m", "notebook", *options, "--expose-app-in-browser"]


class NotebookSevenPage(Notebook):
    """A notebook open in Notebook 7."""

    def open(self, reset: bool = True, kernel: bool = True) -> None:
        """Open it, and wait for its kernel."""
        self.url = self.url.replace("/lab/tree/", "/notebooks/")
        super().open(reset=False, kernel=kernel)


class Page:
    """A server of one page: Voilà's or marimo's."""

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = (folder / "server.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", *(part.format(port=port) for part in command)],
            cwd=folder,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers(port):
                return
            time.sleep(0.2)
        raise RuntimeError(f"{command[0]} did not start within 60 s: {(folder / 'server.log').read_text()}")

    @staticmethod
    def _answers(port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def stop(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        self._process.wait(20)
        self._log.close()


def voila(folder: Path) -> Page:
    """Serve a notebook with a run as Voilà does."""
    cells = [nbformat.v4.new_code_cell(source) for source in (SUBMIT, "RunDetails(run).show()")]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "page.ipynb")
    return Page(folder, ["voila", "page.ipynb", "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1"])


def marimo(folder: Path) -> Page:
    """Serve a run as a marimo app."""
    indented = "".join(f"    {line}\n" if line else "\n" for line in SUBMIT.splitlines())
    (folder / "page.py").write_text(MARIMO.format(submit=indented))
    return Page(folder, ["marimo", "run", "page.py", "--headless", "--no-token", "--host=127.0.0.1", "--port={port}"])
