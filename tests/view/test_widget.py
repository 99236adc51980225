"""RunDetails shows the best that the place can show, and never raises because of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell

from automl_widgets.view import live, screen, server
from automl_widgets.view.live import LiveWidget, live_widget
from automl_widgets.view.widget import RunDetails
from tests.view import wire
from tests.view.runs import RUN, Run, a_finished_store, a_store


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What is displayed, as a notebook's kernel would."""
    shell = InteractiveShell.instance()
    publisher = CapturingDisplayPublisher(shell=shell)
    monkeypatch.setattr(shell, "display_pub", publisher)
    monkeypatch.setattr(screen, "is_kernel", lambda: True)
    yield publisher.outputs
    InteractiveShell.clear_instance()


def test_a_terminal_gets_a_table_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    RunDetails(Run(a_finished_store())).show()
    assert "best AUC_weighted: 0.9040" in capsys.readouterr().out


def test_a_notebook_gets_the_widget_and_a_picture_of_its_own(outputs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HAS_BUNDLE", True)
    RunDetails(Run(a_finished_store()))._ipython_display_()
    widget, picture = outputs
    assert set(widget["data"]) == {live.WIDGET_MIME, "text/plain"}
    assert widget["data"]["text/plain"] == f"RunDetails({RUN})"
    assert 'class="automl-picture"' in picture["data"]["text/html"]
    assert picture["transient"]["display_id"]


def test_without_the_built_bundle_the_picture_says_what_to_do(outputs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HAS_BUNDLE", False)
    RunDetails(Run(a_finished_store())).show()
    assert len(outputs) == 1
    assert "run `make build`" in outputs[0]["data"]["text/html"]


def test_a_front_end_that_fails_gets_the_picture_with_the_reason(outputs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no comm manager")

    monkeypatch.setattr(live, "HAS_BUNDLE", True)
    monkeypatch.setattr(live, "live_widget", fail)
    RunDetails(Run(a_finished_store())).show()
    assert "not possible here: RuntimeError: no comm manager" in outputs[0]["data"]["text/html"]


def test_html_is_one_output_and_text_is_printed(outputs: Any, capsys: pytest.CaptureFixture[str]) -> None:
    details = RunDetails(Run(a_finished_store()))
    details.show(mode="html")
    details.show(mode="text")
    assert len(outputs) == 1
    assert "my digits" in capsys.readouterr().out


def test_databricks_display_function_gets_the_picture() -> None:
    shown: list[str] = []
    RunDetails(Run(a_finished_store())).show(render_lib=shown.append)
    assert shown[0].startswith('<div class="automl-picture"')


def test_what_is_no_run_and_no_mode_is_refused() -> None:
    with pytest.raises(TypeError, match=r"`run` must be a run, as `experiment.submit\(...\)` returns it, but got int"):
        RunDetails(7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`mode` must be one of auto, widget, html, text, but got mode='svg'"):
        RunDetails(Run(a_finished_store())).show(mode="svg")  # type: ignore[arg-type]


def test_other_notebooks_get_html_and_text() -> None:
    details = RunDetails(Run(a_finished_store()))
    bundle = details._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert details._repr_html_().startswith("<div")
    assert repr(details) == f"RunDetails({RUN})"


def test_the_widgets_data_has_azures_keys() -> None:
    details = RunDetails(Run(a_finished_store(3)))
    details.show(widget_settings={"a": 1}, render_lib=lambda _: None)
    data = details.get_widget_data()
    assert set(data) == {
        *("status", "workbench_run_details_uri", "run_id", "run_properties", "child_runs"),
        *("children_metrics", "run_metrics", "run_logs", "graph", "widget_settings"),
    }
    child = data["child_runs"][2]
    assert (data["status"], child["run_id"], child["goal"]) == ("Completed", f"{RUN}_2", "AUC_weighted_max")
    assert (child["metric"], child["best_metric"], child["duration"]) == (0.902, 0.902, "00:00:08")
    series = data["children_metrics"]["series"]["AUC_weighted"]
    assert [one["name"] for one in series] == ["AUC_weighted", "AUC_weighted_max"]
    assert series[1]["data"] == [0.9, 0.901, 0.902]
    assert data["run_metrics"]["log_loss"] == pytest.approx(0.098)
    assert "metrics" not in data["run_properties"]
    assert data["widget_settings"] == {"a": 1}


def test_a_run_has_one_widget_and_a_closed_one_is_replaced() -> None:
    store = a_finished_store()
    first = live_widget(store, RUN)
    assert live_widget(store, RUN) is first
    first.close()
    assert not first.is_open
    assert live_widget(store, RUN) is not first


def test_the_widget_starts_with_the_whole_run_and_a_folder_for_commands() -> None:
    store = a_store()
    widget = LiveWidget(store, RUN)
    wire.check(widget.snap, "Patch")
    assert (widget.run_id, widget.patch, widget.server_path) == (RUN, {}, None)
    assert (store.run_folder(RUN) / "commands").is_dir()


def test_a_message_is_answered_and_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    widget = LiveWidget(a_finished_store(), RUN)
    sent: list[tuple[Any, Any]] = []
    monkeypatch.setattr(widget, "send", lambda content, buffers=None: sent.append((content, buffers)))
    for message in ({"op": "hello", "id": 1, "have": 0}, "nonsense", {"op": "log", "id": 2}):
        widget._handle_custom_msg(message, [])
    assert [content["op"] for content, _ in sent] == ["patch", "error", "error"]


def test_comms_that_reroute_messages_are_told_not_to() -> None:
    class Comm:
        def _reply_subshell_for(self, data: object, default: object) -> str:
            return "main shell"

    comm = Comm()
    live._keep_subshells(comm)
    assert comm._reply_subshell_for({}, "subshell 1") == "subshell 1"
    live._keep_subshells(object())


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("work/automl_workspace/runs/a", "work/automl_workspace/runs/a"), (".hidden/runs/a", None), ("../other", None)],
)
def test_the_path_on_the_server_is_relative_to_its_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: str, expected: str | None
) -> None:
    root = tmp_path / "root"
    (root / folder).resolve().mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JPY_PARENT_PID", "4711")
    (tmp_path / "jpserver-1.json").write_text("{")
    (tmp_path / "jpserver-12.json").write_text(json.dumps({"pid": os.getpid(), "root_dir": "/elsewhere"}))
    (tmp_path / "jpserver-4711.json").write_text(json.dumps({"pid": 4711, "root_dir": str(root)}))
    assert server.server_path(root / folder) == expected
