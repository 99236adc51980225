"""Which packages an environment lacks. No Ray: it runs on whatever machine is asked about."""

from __future__ import annotations

from importlib import metadata


def unmet(requirements: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of pip's requirements that this Python does not meet.

    Examples
    --------
    >>> unmet(("numpy", "scikit-learn>=1.0", "numpy>=99", "no-such-package"))
    ('numpy>=99', 'no-such-package')
    """
    return tuple(text for text in requirements if not _is_met(text))


def _is_met(text: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        wanted = Requirement(text)
        return wanted.url is None and wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except (InvalidRequirement, metadata.PackageNotFoundError):
        return False
