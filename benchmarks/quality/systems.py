"""What is compared: a name, the environment it runs in, the adapter that calls it, and its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.quality.environments import OWN

OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One row of the tables; `adapter` is a module of benchmarks.quality.adapters."""

    name: str
    environment: str
    adapter: str
    options: Mapping[str, object] = field(default_factory=dict)


SYSTEMS = {
    system.name: system
    for system in (
        System(name=OURS, environment=OWN, adapter="ours"),
        System(
            name="autogluon_best", environment="autogluon", adapter="autogluon", options={"presets": "best_quality"}
        ),
        System(
            name="autogluon_medium", environment="autogluon", adapter="autogluon", options={"presets": "medium_quality"}
        ),
        System(  # its newest preset for machines without a GPU, which no alias names
            name="autogluon_best_v150",
            environment="autogluon",
            adapter="autogluon",
            options={"presets": "best_quality_v150"},
        ),
        System(name="flaml", environment="flaml", adapter="flaml"),
        System(name="lightautoml", environment="lightautoml", adapter="lightautoml"),
        System(name="mljar", environment="mljar", adapter="mljar", options={"mode": "Compete"}),
        System(name="h2o", environment="h2o", adapter="h2o"),
    )
}

# What a benchmark runs unless told otherwise: a third AutoGluon would shift everybody's ranks.
DEFAULT = tuple(name for name in SYSTEMS if name != "autogluon_best_v150")
