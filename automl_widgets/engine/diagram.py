"""The small diagram of a pipeline or an ensemble, as nodes: `pipeline.json`. Not here: how it is drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from automl_widgets.records import Member, TrialSpec


def pipeline_nodes(spec: TrialSpec, n_features: int, n_classes: int) -> dict[str, Any]:
    """Return the nodes of a pipeline from left to right: data, features, preprocessor, learner.

    Parameters
    ----------
    spec : TrialSpec
    n_features : int
        Columns after featurization.
    n_classes : int
        0 for regression.
    """
    nodes = [{"title": "data", "detail": _columns(spec.column_purposes)}]
    if spec.featurization == "auto":
        nodes.append({"title": "Featurizer", "detail": f"{n_features:,} features"})
    if spec.recipe.preprocessor:
        nodes.append({"title": spec.recipe.preprocessor.removesuffix("Wrapper"), "detail": ""})
    nodes.append({"title": spec.recipe.algorithm, "detail": _target(n_classes)})
    return {"columns": nodes}


def ensemble_nodes(spec: TrialSpec, members: Sequence[Member], weights: Sequence[float]) -> dict[str, Any]:
    """Return the members of an ensemble, the heaviest first, and the node they lead to."""
    found = [
        {"i": member.iteration, "name": member.name, "weight": weight}
        for member, weight in zip(members, weights, strict=True)
    ]
    detail = f"{len(members)} of {len(spec.members)}"
    title = spec.recipe.algorithm.removesuffix("Ensemble")
    return {
        "members": sorted(found, key=lambda node: -node["weight"]),
        "model": {"title": title, "detail": detail},
    }


def _columns(purposes: Sequence[str]) -> str:
    """Return how many columns there are of each kind.

    Examples
    --------
    >>> _columns(["numeric", "ignore", "numeric", "text"])
    '2 numeric, 1 text, 1 ignored'
    """
    counts = Counter(purposes)
    ignored = counts.pop("ignore", 0)
    words = [f"{n:,} {purpose.replace('_', ' ')}" for purpose, n in counts.most_common()]
    return ", ".join(words + [f"{ignored:,} ignored"] * bool(ignored))


def _target(n_classes: int) -> str:
    return f"{n_classes} classes" if n_classes else "regression"
