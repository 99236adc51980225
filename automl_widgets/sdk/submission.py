"""From a configuration to where its run is carried out, and to its data. Not here: the run."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import ConfigError

if TYPE_CHECKING:
    from automl_widgets.data.load import Table
    from automl_widgets.engine.executors.protocol import Executor
    from automl_widgets.engine.setup import DataScript
    from automl_widgets.records import RunRecord
    from automl_widgets.sdk.compute import ComputeTarget
    from automl_widgets.sdk.config import AutoMLConfig
    from automl_widgets.sdk.workspace import Workspace

TARGET, ENVIRONMENT = "target", "runtime_env"
"""Names of a run's properties."""


def place_of(config: AutoMLConfig) -> dict[str, str]:
    """Return the properties of a run that say where it is carried out; none for this machine.

    Raises
    ------
    ConfigError
        If `compute_target` and the run configuration name two places.
    NotSupportedError
        If the environment cannot be had there.
    """
    target = _target(config)
    if target is None:
        return {}
    return {TARGET: target.name, ENVIRONMENT: json.dumps(_environment(config, target))}


def executor_for(workspace: Workspace, run: RunRecord) -> Executor | None:
    """Return the executor of a run's compute target, its cluster started if need be; None for this machine."""
    name = run.properties.get(TARGET)
    if name is None:
        return None
    from automl_widgets.engine.cluster.beside import ClusterExecutor
    from automl_widgets.sdk.clusters import cluster_of
    from automl_widgets.sdk.compute import ComputeTarget

    target = ComputeTarget(workspace, name)
    cluster = cluster_of(workspace, name, target.provisioning)
    return ClusterExecutor(cluster, json.loads(run.properties.get(ENVIRONMENT, "{}")))


def data_of(config: AutoMLConfig) -> Table | DataScript:
    """Return the data, checked, or the script that will bring them.

    Raises
    ------
    ConfigError
        If the script is not in the project's folder.
    DataError
        If the data cannot be trained on, or the project's folder is too large.
    """
    if config.data_script is None:
        from automl_widgets.data.load import load

        return load(config.settings, config.inputs)
    from automl_widgets.data.script import packed
    from automl_widgets.engine.setup import DataScript

    script = Path(os.path.abspath(config.data_script))
    folder = Path(os.path.abspath(config.path or script.parent))
    if not script.is_file() and (folder / config.data_script).is_file():
        script = folder / config.data_script
    if not script.is_file():
        raise ConfigError([f"`data_script` must be a file, but there is none at {script}."])
    if not script.is_relative_to(folder):
        raise ConfigError([f"`data_script` must lie in the folder `path` ({folder}), but is {script}."])
    return DataScript(files=packed(folder), script=script.relative_to(folder).as_posix(), given=config.inputs)


def _target(config: AutoMLConfig) -> ComputeTarget | None:
    asked, configured = config.compute_target, getattr(config.run_configuration, "target", "local")
    if configured != "local" and asked not in (None, "local") and getattr(configured, "name", "") != asked.name:
        names = f"{asked.name!r} and {getattr(configured, 'name', configured)!r}"
        raise ConfigError([f"`compute_target` and the target of `run_configuration` must be one, but are {names}."])
    found: Any = configured if asked in (None, "local") else asked
    return None if found == "local" else found


def _environment(config: AutoMLConfig, target: ComputeTarget) -> dict[str, Any]:
    """Return Ray's description of the run's environment: only what the nodes lack is installed."""
    if config.run_configuration is None:
        return {}
    from automl_widgets.engine.cluster.packages import unmet
    from automl_widgets.sdk.clusters import cluster_of
    from automl_widgets.sdk.runconfig import runtime_env

    environment = config.run_configuration.environment
    wanted = environment.python.conda_dependencies.pip_packages
    runtime_env(environment, ())  # what cannot be done is said before a cluster is asked
    if target.provisioning.address and wanted:
        cluster = cluster_of(target.workspace, target.name, target.provisioning)
        return runtime_env(environment, cluster.ask("missing", wanted))
    return runtime_env(environment, unmet(wanted))
