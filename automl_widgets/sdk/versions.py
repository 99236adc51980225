"""Versions of the packages a model depends on."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from importlib import metadata


def warn_of_differences(used: Mapping[str, str]) -> None:
    """Warn of each package whose installed version is not the one that was used."""
    for difference in differences(used):
        warnings.warn(difference, UserWarning, stacklevel=3)


def differences(used: Mapping[str, str]) -> tuple[str, ...]:
    """Return in words each package whose installed version is not the one that was used."""
    here = {name: _installed(name) for name in used if name != "python"}
    return tuple(
        f"the run used {name} {used[name]}; installed is {version}"
        for name, version in here.items()
        if version != used[name]
    )


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
