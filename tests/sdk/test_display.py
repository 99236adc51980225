"""What a notebook shows for a run, an experiment and a workspace; and the quick start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl_widgets import AutoMLRun, ConfigError, Experiment, Workspace, automl
from automl_widgets.sdk import display
from automl_widgets.view import screen, widget
from automl_widgets.view.publisher import Publisher


def a_table(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "noise": rng.normal(size=n), "churn": np.where(x > 0, "yes", "no")})


def test_in_a_terminal_a_run_displays_as_azures_repr(finished: AutoMLRun, capsys: pytest.CaptureFixture[str]) -> None:
    finished._ipython_display_()
    assert capsys.readouterr().out == f"{finished!r}\n"
    assert repr(finished).startswith("Run(Experiment: tests, Id: AutoML_")


def test_in_a_notebook_a_run_displays_its_view_once_a_cell(
    finished: AutoMLRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(widget, "_display", lambda data, _: shown.append(data))
    for module in (screen, widget.screen):
        monkeypatch.setattr(module, "is_kernel", lambda: True)
    monkeypatch.setattr(screen, "display_picture", lambda bundle: "id")
    monkeypatch.setattr(Publisher, "add_picture", lambda *_: None)  # else it goes to the output of later tests
    monkeypatch.setattr(display, "_cell", lambda: 7)
    again = AutoMLRun(finished.experiment, finished.id)
    display.show_here(again)
    again._ipython_display_()
    assert len(shown) == 1
    monkeypatch.setattr(display, "_cell", lambda: 8)
    again._ipython_display_()
    assert shown[-1]["text/plain"] == repr(finished)


def test_hosts_that_know_no_widgets_get_the_picture(finished: AutoMLRun) -> None:
    assert "automl-picture" in finished._repr_html_()


def test_a_workspace_lists_its_experiments_and_their_runs_with_links(
    finished: AutoMLRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = finished.experiment.workspace
    monkeypatch.chdir(ws.folder.parent)
    html = ws._repr_html_()
    best = finished.record.best_iteration
    assert f"<code>{finished.id}</code>" in html
    assert f'href="automl_workspace/runs/{finished.id}/iterations/{best}/code.py"' in html
    assert finished.experiment._repr_html_().count("<details") == 1


def test_an_empty_workspace_says_how_to_begin(elsewhere: Path) -> None:
    ws = Workspace.create("<b>mine</b>")
    assert "No experiment yet" in ws._repr_html_()
    assert "<b>mine" not in ws._repr_html_()
    assert "No run yet." in Experiment(ws, "first")._repr_html_()


def test_the_quick_start_runs_and_shows(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = automl(a_table(), target="churn", minutes=1, iterations=1, n_cross_validations=2)
    run.wait_for_completion()
    said = capsys.readouterr().out
    assert "Classification of 'churn'; task='regression' would make it a regression." in said
    assert run.id in said
    assert (run.experiment.name, run.get_status()) == ("churn", "Completed")
    assert run.record.settings.experiment_timeout_s == 60


def test_the_quick_start_names_what_is_wrong(elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match="must be a column of `data`: x, noise, churn, but got 'chrun'"):
        automl(a_table(), target="chrun")
    with pytest.raises(ConfigError, match="`minutes` must be a number above 0, but got minutes=0"):
        automl(a_table(), target="churn", minutes=0)
