"""What a user brings to a run, estimators and a metric, in a form that is stored and sent. Not here: their use.

Objects travel as pickles that hold the code of what is defined in a notebook or script (cloudpickle), so that workers
have them, and a run that is resumed in another kernel.
"""

from __future__ import annotations

import base64
import functools
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from automl_widgets.errors import TrialError


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnModel:
    """An estimator of the user's, and what is searched of it."""

    name: str
    packed: str
    """The estimator, unfitted."""
    space: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """For each parameter either `values`, or `low`, `high` and `log`."""
    supports_weights: bool = False
    supports_sparse: bool = True
    supports_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMetric:
    """A score of the user's: a function of truth and prediction."""

    name: str
    packed: str
    """The function, with its options bound."""
    goal: Literal["max", "min"]
    of_probabilities: bool = False
    """It is given probabilities, as scikit-learn gives them, in place of labels."""
    positive_label: Any = None
    """For two classes: whose probability it is given; the last one's by default."""
    uses_weights: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """All that a user brings."""

    models: tuple[OwnModel, ...] = ()
    metric: OwnMetric | None = None


NOTHING = Own()


UNTRUSTED = "untrusted:"
"""How a pickle begins that came with an imported run, until the user trusts its maker: it is not loaded."""


def locked(own: Own, is_locked: bool) -> Own:
    """Return the same with pickles that are not loaded, or with pickles that are."""

    def changed(text: str) -> str:
        return UNTRUSTED * is_locked + text.removeprefix(UNTRUSTED)

    models = tuple(replace(model, packed=changed(model.packed)) for model in own.models)
    return Own(models=models, metric=own.metric and replace(own.metric, packed=changed(own.metric.packed)))


def told(own: Own) -> dict[str, Any]:
    """Return what people want to read of it: names, in place of pickles."""
    return {"models": [model.name for model in own.models], "metric": own.metric.name if own.metric else None}


def packed(value: Any) -> str:
    """Return an object as text; raises whatever is in the way of that."""
    import cloudpickle

    return base64.b64encode(cloudpickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)).decode()


@functools.lru_cache(maxsize=64)
def unpacked(text: str, what: str) -> Any:
    """Return the object, which is not to be changed: it is the same each time.

    Parameters
    ----------
    text : str
        As `packed` has made it.
    what : str
        What it is, for the message.

    Raises
    ------
    TrialError
        If what it needs is not there, or it came with an imported run that is not trusted.

    Examples
    --------
    >>> unpacked(packed({"a": 1}), "your model 'mine'")
    {'a': 1}
    """
    if text.startswith(UNTRUSTED):
        raise TrialError(f"{what} is code that came with an imported run. If you know who made it, call run.trust().")
    try:
        return pickle.loads(base64.b64decode(text))
    except Exception as error:
        raise TrialError(
            f"{what} cannot be loaded here: {type(error).__name__}: {error}. Its module must be importable wherever "
            "the run goes on: install it, or define it in the notebook."
        ) from error
