"""From a configuration to where its run is carried out, and to its data. Not here: the run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import ConfigError
from automl_widgets.sdk.datastore import references_of
from automl_widgets.sdk.detaching import is_detached

if TYPE_CHECKING:
    from automl_widgets.data.load import Table
    from automl_widgets.engine.cluster.beside import Beside
    from automl_widgets.engine.executors.protocol import Executor
    from automl_widgets.engine.setup import DataScript
    from automl_widgets.records import RunRecord
    from automl_widgets.sdk.compute import ComputeTarget
    from automl_widgets.sdk.config import AutoMLConfig
    from automl_widgets.sdk.workspace import Workspace

    Carrier = Callable[[Table | DataScript], object]

TARGET, ENVIRONMENT, DETACHED = "target", "runtime_env", "detached"
"""Names of a run's properties."""


def place_of(config: AutoMLConfig, workspace: Workspace) -> dict[str, str]:
    """Return the properties of a run that say where it is carried out; none for this machine.

    Raises
    ------
    ConfigError
        If `compute_target` and the run configuration name two places.
    NotSupportedError
        If the environment cannot be had there, or the run cannot go on there without this kernel.
    """
    target = _target(config)
    is_wanted = getattr(config.run_configuration, "detached", None)
    if target is None:
        if is_wanted:
            raise ConfigError(
                ["`detached` needs a `compute_target`: a run on this machine alone ends with its kernel."]
            )
        return {}
    place = {TARGET: target.name, ENVIRONMENT: json.dumps(_environment(config, target))}
    return place | ({DETACHED: "yes"} if is_detached(target, workspace, is_wanted) else {})


def carrier(workspace: Workspace, run: RunRecord) -> Carrier:
    """Return what starts a new run where it is to be carried out, given its data; a cluster is started if need be."""
    if DETACHED in run.properties:
        return partial(_send, workspace, run, cluster_for(workspace, run))
    from automl_widgets.engine import runner

    executor = executor_for(workspace, run)
    return lambda table: runner.start(workspace.store, run.run_id, table, executor=executor)


def go_on(workspace: Workspace, run: RunRecord, table: Table | None, data: str | None) -> None:
    """Go on with an interrupted run where it was carried out: its data, or where they lie."""
    if DETACHED in run.properties:
        _send(workspace, run, cluster_for(workspace, run), table)
        return
    from automl_widgets.engine import runner

    runner.resume(workspace.store, run.run_id, table, data=data, executor=executor_for(workspace, run))


def _send(workspace: Workspace, run: RunRecord, cluster: Beside, what: Table | DataScript | None) -> None:
    from automl_widgets.engine.cluster.sending import send

    send(workspace.store, run.run_id, what, cluster, json.loads(run.properties[ENVIRONMENT]))


def executor_for(workspace: Workspace, run: RunRecord) -> Executor | None:
    """Return the executor of a run's compute target, its cluster started if need be; None for this machine."""
    if TARGET not in run.properties:
        return None
    from automl_widgets.engine.cluster.beside import ClusterExecutor

    return ClusterExecutor(cluster_for(workspace, run), json.loads(run.properties.get(ENVIRONMENT, "{}")))


def cluster_for(workspace: Workspace, run: RunRecord) -> Beside:
    """Return the cluster of a run's compute target, started if need be."""
    from automl_widgets.sdk.clusters import cluster_of
    from automl_widgets.sdk.compute import ComputeTarget

    name = run.properties[TARGET]
    return cluster_of(workspace, name, ComputeTarget(workspace, name).provisioning)


def data_of(config: AutoMLConfig, workspace: Workspace) -> Table | DataScript:
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
    name, target = script.relative_to(folder).as_posix(), _target(config)
    wanted = getattr(config.run_configuration, "data_references", {})
    references = references_of(workspace, wanted, sees_disk=target is None or not target.provisioning.address)
    return DataScript(files=packed(folder), script=name, given=config.inputs, references=references)


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
