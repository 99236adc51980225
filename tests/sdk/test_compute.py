"""Compute targets, environments and scripts as far as no cluster is needed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from automl_widgets import (
    AmlCompute,
    AutoMLConfig,
    ComputeTarget,
    ComputeTargetException,
    CondaDependencies,
    Experiment,
    RunConfiguration,
    Workspace,
)
from automl_widgets.data.script import keywords, packed, run_get_data
from automl_widgets.errors import ConfigError, DataError, NotSupportedError
from automl_widgets.sdk.runconfig import EnvironmentDefinition, runtime_env


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace.create(path=tmp_path)


def test_what_cannot_be_a_cluster_is_told_at_once() -> None:
    with pytest.raises(ConfigError, match=r"2 problems with AmlCompute\.provisioning_configuration:") as caught:
        AmlCompute.provisioning_configuration(vm_size="STANDARD_D2V2", min_nodes=3, max_nodes=2)
    assert "Did you mean 'STANDARD_D2_V2'?" in caught.value.problems[0]
    assert "`min_nodes` must be at most `max_nodes` (2)" in caught.value.problems[1]
    with pytest.raises(TypeError, match="unexpected keyword argument 'nodes'"):
        AmlCompute.provisioning_configuration(nodes=2)


@pytest.mark.parametrize("character", "`~!@#$%^&*()=+_[]{}\\|;:'\",<>/?. ")
def test_a_character_that_no_name_may_have_is_named(ws: Workspace, character: str) -> None:
    with pytest.raises(ConfigError, match="it must not include") as caught:
        ComputeTarget.create(ws, f"auto{character}ml", AmlCompute.provisioning_configuration())
    assert repr(character) in str(caught.value)


def test_a_name_of_64_characters_is_too_long(ws: Workspace) -> None:
    with pytest.raises(ConfigError, match="shorter than 64 characters, but has 64"):
        ComputeTarget.create(ws, "a" * 64, AmlCompute.provisioning_configuration())


def test_a_target_that_does_not_exist_is_an_exception_that_azures_notebooks_catch(ws: Workspace) -> None:
    with pytest.raises(ComputeTargetException, match="ComputeTargetNotFound: Compute Target with name cpu not found"):
        ComputeTarget(ws, "cpu")
    assert ws.compute_targets == {}


def test_without_the_extra_a_target_says_what_to_install(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotSupportedError, match=r"pip install 'automl_widgets\[ray\]'"):
        ComputeTarget.create(ws, "cpu", AmlCompute.provisioning_configuration())


def test_an_environment_becomes_rays() -> None:
    environment = EnvironmentDefinition(environment_variables={"A": "1"})
    environment.docker.enabled, environment.docker.base_image = True, RunConfiguration.DEFAULT_CPU_IMAGE
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_indexurl="https://example.org", pip_packages=["humanize"]
    )
    made = runtime_env(environment, ["humanize"])
    assert made == {"pip": ["--index-url https://example.org", "humanize"], "env_vars": {"A": "1"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda e: setattr(e.docker, "base_image", "ubuntu"), "base_image='ubuntu'"),
        (lambda e: e.python.conda_dependencies.add_conda_package("gdal"), "gdal"),
        (lambda e: e.python.conda_dependencies.set_python_version("3.6"), "python_version='3.6'"),
    ],
)
def test_what_no_run_can_have_is_said_before_it_starts(change: object, words: str) -> None:
    environment = EnvironmentDefinition()
    environment.docker.enabled = True
    change(environment)  # type: ignore[operator]
    with pytest.raises(NotSupportedError, match=words):
        runtime_env(environment, [])


def test_wrong_requirements_and_frameworks_are_refused() -> None:
    with pytest.raises(ConfigError, match="is no requirement of pip"):
        CondaDependencies.create(pip_packages=["scikit learn"])
    with pytest.raises(ConfigError, match="`framework` must be 'python'"):
        RunConfiguration(framework="TensorFlow")


def test_the_project_travels_without_what_is_ignored(tmp_path: Path) -> None:
    for name in ("get_data.py", "lib/code.py", "data/large.bin", "notes.csv", ".amlignore", "lib/__pycache__/x.pyc"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("data/\n*.csv\n" if name == ".amlignore" else "")
    assert sorted(packed(tmp_path)) == ["get_data.py", "lib/code.py"]


def test_a_project_that_is_too_large_says_how_to_leave_things_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("automl_widgets.data.script.LIMIT_MB", 0.001)
    (tmp_path / "large.bin").write_bytes(b"0" * 2000)
    with pytest.raises(DataError, match=r"Name what the script does not need in a file \.amlignore"):
        packed(tmp_path)
    with pytest.raises(DataError, match="`path` must be a folder"):
        packed(tmp_path / "none")


def test_the_table_form_becomes_training_data() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "y": [0]})
    found = keywords({"data_train": frame, "label": "y", "columns": ["a"]})
    assert (list(found["training_data"].columns), found["label_column_name"]) == (["a", "y"], "y")


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        ([1], "must return a dictionary, but returned list"),
        ({"X": [[1]], "z": 1}, "returned `z`"),
        ({"X": [[1]], "y": [1], "data_train": [1], "label": "y"}, "return one form"),
        ({"X": [[1]]}, "returned no `y`"),
    ],
)
def test_what_get_data_may_not_return_is_told(returned: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        keywords(returned)


def test_a_script_without_get_data_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(DataError, match=r"must define a function get_data\(\)"):
        run_get_data({}, lambda **_: None, files={"a.py": b"x = 1"}, script="a.py")


def test_a_script_brings_the_data_of_a_local_run_too(ws: Workspace, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "get_data.py").write_text(
        "def get_data():\n    return {'X': [[float(i)] for i in range(40)], 'y': [i % 2 for i in range(40)]}\n"
    )
    with pytest.raises(ConfigError, match="cannot be given beside `data_script`"):
        AutoMLConfig("classification", X=[[1]], y=[1], data_script="get_data.py")
    config = AutoMLConfig(
        "classification", path=project, data_script="get_data.py", iterations=1, debug_log=str(tmp_path / "log")
    )
    run = Experiment(ws, "local").submit(config)
    run.wait_for_completion()
    assert (run.get_status(), run.record.profile.n_rows) == ("Completed", 40)
    config = AutoMLConfig("classification", path=project, data_script="other.py", iterations=1)
    with pytest.raises(ConfigError, match="`data_script` must be a file, but there is none"):
        Experiment(ws, "local").submit(config)


def test_a_script_that_fails_is_a_row_of_its_own_with_its_log(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from click.testing import CliRunner

    from automl_widgets.view.cli import main

    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "get_data.py").write_text("print('reading', flush=True)\nimport no_such_package\n")
    config = AutoMLConfig(
        "classification", path=tmp_path / "project", data_script="get_data.py", iterations=1, debug_log=None
    )
    run = Experiment(ws, "local").submit(config, show_output=True)
    printed = capsys.readouterr().out
    assert "     Setup   get_data.py" in printed
    assert "ERROR: ModuleNotFoundError: No module named 'no_such_package'" in printed
    assert list(run.get_children()) == []
    log = Path(run.get_details()["logFiles"]["logs/setup.txt"])
    assert log.read_text().startswith("reading\n")
    assert run.get_all_logs() == [str(log)]
    shown = CliRunner().invoke(main, ["--workspace", str(ws.folder), "logs", run.run_id, "setup", "--follow"])
    assert (shown.exit_code, shown.output.startswith("reading\n")) == (0, True), shown.output
    assert "no_such_package" in (run.record.error or "")
