"""What a cluster is to be, in Azure ML's words, checked. Not here: the cluster (``compute``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from automl_widgets.errors import ConfigError
from automl_widgets.sdk.vm_sizes import vm_size

FORBIDDEN = "`~!@#$%^&*()=+_[]{}\\|;:'\",<>/?."
NAME_LIMIT = 64
DEFAULT_SIZE = "STANDARD_D2_V2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    """A cluster that is to be made, or one to connect to. Made by `provisioning_configuration` and its like."""

    vm_size: str = DEFAULT_SIZE
    vm_priority: str = "dedicated"
    min_nodes: int = 0
    max_nodes: int = 4
    idle_seconds_before_scaledown: float = 120
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    address: str = ""
    """Of a Ray cluster that runs already."""
    cores: int = 0
    """Of one node of that; 0: as `vm_size` says."""


def checked(provisioning: Provisioning, call: str) -> Provisioning:
    """Return the same, with a size in its proper form.

    Raises
    ------
    ConfigError
        With everything that cannot be.
    """
    problems = [*_problems(provisioning)]
    if problems:
        raise ConfigError(problems, call)
    return provisioning


def _problems(what: Provisioning) -> Iterator[str]:
    try:
        vm_size(what.vm_size)
    except LookupError as error:
        yield str(error.args[0])
    if what.vm_priority not in ("dedicated", "lowpriority"):
        yield f"`vm_priority` must be 'dedicated' or 'lowpriority', but got {what.vm_priority!r}."
    for name in ("min_nodes", "max_nodes"):
        value = getattr(what, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < (name == "max_nodes"):
            low = int(name == "max_nodes")
            yield f"`{name}` must be a whole number of at least {low}, but got {name}={value!r}."
            return
    if what.min_nodes > what.max_nodes:
        yield f"`min_nodes` must be at most `max_nodes` ({what.max_nodes}), but got min_nodes={what.min_nodes}."
    if what.idle_seconds_before_scaledown < 0:
        given = what.idle_seconds_before_scaledown
        yield f"`idle_seconds_before_scaledown` must be at least 0, but got {given!r}."


def check_name(name: object) -> str:
    """Return the name of a cluster if it may be one.

    Raises
    ------
    ConfigError
        With the characters that may not be in it.

    Examples
    --------
    >>> check_name("automlcl")
    'automlcl'
    >>> check_name("auto_ml cl?")
    Traceback (most recent call last):
      ...
    automl_widgets.errors.ConfigError: 1 problem with the name of a compute target: ...
    """
    subject = "the name of a compute target"
    if not isinstance(name, str) or not name:
        raise ConfigError([f"it must be a text that is not empty, but got {name!r}."], subject)
    problems = []
    if len(name) >= NAME_LIMIT:
        problems.append(f"it must be shorter than {NAME_LIMIT} characters, but has {len(name)}.")
    bad = [c for c in dict.fromkeys(name) if c in FORBIDDEN or c.isspace() or not c.isprintable()]
    if bad:
        problems.append(f"it must not include {' '.join(map(repr, bad))}, but got {name[:80]!r}.")
    if problems:
        raise ConfigError(problems, subject)
    return name
