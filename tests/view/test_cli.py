"""The command line, on a stored run: what is printed, what reaches the engine, what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from automl_widgets.store import Store, open_store
from automl_widgets.store.place import CONFIG, FOLDER
from automl_widgets.view.cli import main
from tests.view import runs as stored

NASTY = "[bold]\x1b[31m<b>"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A workspace above the current folder, with a run that this process holds."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / CONFIG).write_text("{}")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    opened = open_store(folder)
    stored.fill(opened)
    opened.put_iteration(stored.RUN, stored.completed(0, 0.91))
    opened.put_iteration(stored.RUN, stored.iteration(1, state="failed", reason=NASTY, ended_at=1_700_000_012.0))
    return opened


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), env={"COLUMNS": "200"})


def answer(*arguments: str) -> Any:
    result = ask(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_runs_are_listed_newest_first_and_can_be_filtered(store: Store) -> None:
    assert "7f3c" in ask("runs").output
    assert [run["state"] for run in answer("runs", "--state", "running")] == ["running"]
    assert answer("runs", "--experiment", "another") == []


def test_a_run_is_shown_with_its_iterations_as_they_rank(store: Store) -> None:
    shown = ask("show", "last").output
    assert "0.9100" in shown
    assert shown.index("completed") < shown.index("failed")
    assert [row["i"] for row in answer("show", "7f3c")["rows"]] == [0, 1]


def test_numbers_are_whole_in_a_narrow_terminal(store: Store) -> None:
    shown = CliRunner().invoke(main, ["show", "last"], env={"COLUMNS": "80"}).output
    assert "0.9100" in shown
    assert "± 0.0100" in shown


def test_what_a_run_says_is_shown_and_not_obeyed(store: Store) -> None:
    shown = ask("show", "last").output
    assert "[bold]␛[31m<b>" in shown
    assert "\x1b" not in shown


def test_a_log_is_printed_whole(store: Store) -> None:
    log = store.iteration_folder(stored.RUN, 0) / "log.txt"
    log.write_text("first\nsecond \x1b[31m\n" + "x" * 100_000 + "\n")
    printed = ask("logs", "last", "0", "--follow").output
    assert printed.startswith("first\nsecond ␛[31m\n")
    assert len(printed) == len(log.read_text())
    assert answer("logs", "last", "0")["log"] == log.read_text()


@pytest.mark.parametrize(
    ("words", "kind", "arguments"),
    [
        (["cancel", "last"], "cancel", {"ensembles": True}),
        (["cancel", "last", "--no-ensembles"], "cancel", {"ensembles": False}),
        (["cancel", "last", "3"], "cancel_iteration", {"iteration": 3}),
        (["pause", "last"], "pause", {}),
        (["resume", "last"], "resume", {}),
    ],
)
def test_a_wish_reaches_the_engine(store: Store, words: list[str], kind: str, arguments: dict[str, Any]) -> None:
    assert f"{kind} was sent to {stored.RUN}" in ask(*words).output
    (command,) = store.take_commands(stored.RUN)
    assert (command.kind, command.arguments) == (kind, arguments)


def test_a_wish_to_a_run_that_has_ended_is_refused(store: Store) -> None:
    store.update_run(stored.RUN, state="completed", reason="all 2 iterations done")
    refused = ask("pause", "last")
    assert refused.exit_code == 1
    assert "has ended: completed, all 2 iterations done" in refused.output
    assert store.take_commands(stored.RUN) == ()


def test_a_wish_that_nobody_would_obey_says_how_the_run_goes_on(store: Store) -> None:
    store.release(stored.RUN)
    refused = ask("cancel", "last")
    assert "has ended, so nobody would obey" in refused.output
    assert f"automl-widgets resume {stored.RUN}" in refused.output


def test_a_run_that_cannot_be_resumed_here_says_why(store: Store) -> None:
    store.update_run(stored.RUN, versions={})
    store.release(stored.RUN)
    refused = ask("resume", "last")
    assert (refused.exit_code, "The data of the run are not in its folder" in refused.output) == (1, True)


def test_a_run_that_ended_is_watched_once(store: Store) -> None:
    store.update_run(stored.RUN, state="completed", reason="all 2 iterations done")
    assert ask("watch", "last").output.count("all 2 iterations done") >= 1


def test_a_run_is_watched_by_a_program_line_by_line(store: Store) -> None:
    store.update_run(stored.RUN, state="completed", reason="all 2 iterations done")
    (line,) = ask("watch", "last", "--json").output.splitlines()
    assert "all 2 iterations done" in json.dumps(json.loads(line))


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["show", "nothing"], "No run with an id that begins with 'nothing'"),
        (["show", NASTY], "No run with an id that begins with '[bold]\\x1b[31m<b>'"),
        (["logs", "last", "99"], "no iteration 99"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(store: Store, words: list[str], complaint: str) -> None:
    refused = ask(*words)
    assert refused.exit_code == 1
    assert complaint in refused.output


def test_a_run_is_exported_and_imported(store: Store, tmp_path: Path) -> None:
    store.update_run(stored.RUN, state="completed", best_iteration=0)
    assert ask("export", "last", "-o", "run.zip").output == "run.zip\n"
    assert "There is a run AutoML_7f3c already" in ask("import", "run.zip").output
    other = tmp_path / "other" / FOLDER
    other.mkdir(parents=True)
    (other / CONFIG).write_text("{}")
    assert "its models locked" in ask("-w", str(other), "import", "run.zip").output
    assert open_store(other).run(stored.RUN).best_iteration == 0


def test_code_and_model_of_an_iteration_are_exported(store: Store) -> None:
    store.update_run(stored.RUN, best_iteration=0)
    folder = store.iteration_folder(stored.RUN, 0)
    (folder / "code.py").write_text("import sklearn\n")
    (folder / "model.pkl").write_bytes(b"model")
    assert Path(ask("export", "last", "--what", "code").output.strip()).read_text() == "import sklearn\n"
    file = answer("export", "last", "0", "--what", "model", "-o", "m.pkl")["file"]
    assert Path(file).read_bytes() == b"model"
    assert (
        "Iteration 1 of AutoML_7f3c has no fitted model: it is failed"
        in ask("export", "last", "1", "--what", "model").output
    )


def test_without_a_workspace_there_is_nothing_to_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "No workspace here or in a folder above" in ask("runs").output


def test_the_doctor_finds_this_environment_fine(store: Store) -> None:
    found = {one["part"]: one for one in answer("doctor")}
    assert found["front-end bundle"]["state"] == "fine"
    assert "1 runs, 1 running" in found["workspace"]["found"]


def test_the_doctor_has_a_remedy_for_a_store_that_is_none(store: Store) -> None:
    store.close()
    (store.folder / "store.sqlite").write_bytes(b"no database at all" * 100)
    sick = ask("doctor")
    assert sick.exit_code == 1
    assert "is not a database" in sick.output


def test_without_its_libraries_the_command_says_what_to_install() -> None:
    code = "import sys; sys.modules['rich'] = None; from automl_widgets.__main__ import main; main()"
    refused = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "The command line needs rich" in refused.stderr
    assert "pip install 'automl_widgets[cli]'" in refused.stderr


def test_the_report_of_a_run_is_written(store: Store) -> None:
    store.update_run(stored.RUN, best_iteration=0)
    assert "report.html, " in ask("report", "last").output
    found = answer("report", "last", "-o", "new/a.html", "-i", "0")
    assert Path(found["path"]).stat().st_size == found["bytes"] > 1000
    assert "failed and has no score" in ask("report", "last", "-i", "1").output
