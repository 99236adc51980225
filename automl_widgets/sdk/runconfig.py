"""RunConfiguration and CondaDependencies: the environment of a run, in Azure ML's words. Not here: any installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from automl_widgets.errors import ConfigError, NotSupportedError

DEFAULT_CPU_IMAGE = "default"
"""The image of the cluster's nodes themselves."""
DEFAULT_GPU_IMAGE = DEFAULT_CPU_IMAGE


class CondaDependencies:
    """Packages that a run needs, and the version of Python.

    Examples
    --------
    >>> dependencies = CondaDependencies.create(pip_packages=["scikit-learn"], python_version="3.11")
    >>> dependencies.add_pip_package("scipy>=1.11")
    >>> list(dependencies.pip_packages)
    ['scikit-learn', 'scipy>=1.11']
    """

    def __init__(self) -> None:
        self._pip: list[str] = []
        self._conda: list[str] = []
        self._channels: list[str] = ["conda-forge"]
        self._python: str | None = None
        self._index: str | None = None

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: Sequence[str] | None = None,
        conda_packages: Sequence[str] | None = None,
        python_version: str | None = None,
        pin_sdk_version: bool = True,
    ) -> CondaDependencies:
        """Return dependencies.

        Parameters
        ----------
        pip_indexurl : str, optional
            Where pip looks for packages.
        pip_packages, conda_packages : sequence of str, optional
            Requirements. One that is installed already is not installed again.
        python_version : str, optional
            Must be the version of the nodes' Python, if given.
        pin_sdk_version : bool
            Kept for Azure ML's signature.
        """
        made = CondaDependencies()
        made._index, made._python = pip_indexurl, python_version
        for text in pip_packages or ():
            made.add_pip_package(text)
        for text in conda_packages or ():
            made.add_conda_package(text)
        return made

    @property
    def pip_packages(self) -> tuple[str, ...]:
        """Requirements of pip."""
        return tuple(self._pip)

    @property
    def conda_packages(self) -> tuple[str, ...]:
        """Requirements of conda."""
        return tuple(self._conda)

    @property
    def python_version(self) -> str | None:
        """As given."""
        return self._python

    def add_pip_package(self, pip_package: str) -> None:
        """Add a requirement of pip, in the place of an earlier one of the same package."""
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            name = Requirement(pip_package).name
        except (InvalidRequirement, TypeError) as error:
            raise ConfigError([f"{pip_package!r} is no requirement of pip: {error}."], "CondaDependencies") from error
        self.remove_pip_package(name)
        self._pip.append(pip_package)

    def remove_pip_package(self, pip_package: str) -> None:
        """Take a package out."""
        from packaging.requirements import Requirement

        self._pip = [text for text in self._pip if Requirement(text).name != Requirement(pip_package).name]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a requirement of conda."""
        self._conda.append(conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Take a package out."""
        self._conda = [text for text in self._conda if text != conda_package]

    def set_python_version(self, version: str) -> None:
        """Name the version of Python."""
        self._python = version

    def add_channel(self, channel: str) -> None:
        """Add a channel of conda."""
        self._channels.append(channel)

    def as_dict(self) -> dict[str, Any]:
        """Return what conda's environment file says."""
        python = [f"python={self._python}"] if self._python else []
        pip = [{"pip": [*([f"--index-url {self._index}"] if self._index else []), *self._pip]}] if self._pip else []
        return {"channels": self._channels, "dependencies": [*python, *self._conda, *pip]}

    def serialize_to_string(self) -> str:
        """Return conda's environment file; JSON, which is YAML."""
        import json

        return json.dumps({"name": "project_environment", **self.as_dict()}, indent=2)

    def save(self, path: str | Path = "conda_dependencies.yml") -> str:
        """Write conda's environment file and return its path."""
        Path(path).write_text(self.serialize_to_string())
        return str(path)


@dataclass(slots=True)
class DockerSection:
    """The image of a run."""

    enabled: bool = False
    base_image: str | None = None


@dataclass(slots=True)
class PythonSection:
    """The packages of a run."""

    conda_dependencies: CondaDependencies = field(default_factory=CondaDependencies)
    user_managed_dependencies: bool = False


@dataclass(slots=True)
class EnvironmentDefinition:
    """Image, packages and variables of a run."""

    docker: DockerSection = field(default_factory=DockerSection)
    python: PythonSection = field(default_factory=PythonSection)
    environment_variables: dict[str, str] = field(default_factory=dict)


class RunConfiguration:
    """Where a run is carried out, and in what environment.

    Parameters
    ----------
    script, arguments, communicator
        Kept for Azure ML's signature.
    framework : str, optional
        ``"python"``, in any case.
    conda_dependencies : CondaDependencies, optional
        The same as ``environment.python.conda_dependencies``.
    detached : bool, optional
        Whether the run goes on when its kernel ends, carried out by the cluster alone: by default on a cluster
        that was attached and is not on this machine.

    Attributes
    ----------
    DEFAULT_CPU_IMAGE : str
        The image of the cluster's nodes themselves.
    target : ComputeTarget or str
    environment : object
        ``docker.enabled``, ``docker.base_image``, ``python.conda_dependencies``, ``environment_variables``.

    Examples
    --------
    >>> run_config = RunConfiguration(framework="python")
    >>> run_config.environment.docker.enabled = True
    >>> run_config.environment.docker.base_image = RunConfiguration.DEFAULT_CPU_IMAGE
    >>> run_config.framework, run_config.target
    ('Python', 'local')
    """

    DEFAULT_CPU_IMAGE = DEFAULT_CPU_IMAGE

    def __init__(
        self,
        script: str | None = None,
        arguments: Sequence[str] | None = None,
        framework: str | None = None,
        communicator: str | None = None,
        conda_dependencies: CondaDependencies | None = None,
        detached: bool | None = None,
    ) -> None:
        if framework is not None and framework.lower() != "python":
            raise ConfigError([f"`framework` must be 'python', but got framework={framework!r}."], "RunConfiguration")
        self.script, self.arguments, self.communicator = script, arguments, communicator
        self.framework = "Python"
        self.target: object = "local"
        self.node_count = 1
        self.max_run_duration_seconds: float | None = None
        self.auto_prepare_environment = True
        self.data_references: dict[str, object] = {}
        self.detached = detached
        self.environment = EnvironmentDefinition()
        if conda_dependencies is not None:
            self.environment.python.conda_dependencies = conda_dependencies

    def __repr__(self) -> str:
        dependencies = self.environment.python.conda_dependencies
        return f"RunConfiguration(target={self.target!r}, pip_packages={list(dependencies.pip_packages)})"


def runtime_env(environment: EnvironmentDefinition, missing: Sequence[str]) -> dict[str, Any]:
    """Return Ray's description of an environment.

    Parameters
    ----------
    environment : EnvironmentDefinition
    missing : sequence of str
        Requirements of pip that the nodes do not meet: what they have is not installed again.

    Raises
    ------
    NotSupportedError
        For what no run can have: an image of its own, conda's packages, another Python.

    Examples
    --------
    >>> runtime_env(EnvironmentDefinition(), ["humanize"])
    {'pip': ['humanize']}
    """
    docker, python = environment.docker, environment.python.conda_dependencies
    if docker.enabled and docker.base_image not in (None, "", DEFAULT_CPU_IMAGE):
        raise NotSupportedError(
            f"A run has the image of its cluster's nodes, but got base_image={docker.base_image!r}. Give the nodes "
            "that image (docs/compute.md), and leave `base_image` at DEFAULT_CPU_IMAGE."
        )
    if python.conda_packages:
        raise NotSupportedError(
            f"Packages of conda belong into the nodes' image, but got {', '.join(python.conda_packages)}. Those of "
            "PyPI are installed for the run: give them as `pip_packages`."
        )
    _check_python(python.python_version)
    described: dict[str, Any] = {}
    if missing:
        index = [f"--index-url {python._index}"] if python._index else []
        described["pip"] = [*index, *missing]
    if environment.environment_variables:
        described["env_vars"] = dict(environment.environment_variables)
    return described


def _check_python(version: str | None) -> None:
    import platform

    here = platform.python_version()
    if version and not f"{here}.".startswith(f"{version}."):
        raise NotSupportedError(
            f"The nodes' Python must be the kernel's, {here}, but got python_version={version!r}. "
            "Leave it out, or use a kernel and nodes of that version."
        )
