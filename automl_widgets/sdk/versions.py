"""Versions of the packages a model depends on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import metadata


def warn_of_differences(used: Mapping[str, str]) -> None:
    """Warn of each package whose installed version is not the one that was used."""
    for name, version in used.items():
        if name == "python":
            continue
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = "not installed"
        if installed != version:
            warnings.warn(f"the run used {name} {version}; installed is {installed}", UserWarning, stacklevel=3)
