"""A pipeline or an ensemble as a short script that rebuilds it with its learners' own libraries. Worker side.

The script is written from the estimators themselves, so that it says what was fitted. The few classes of
``estimators`` are put into it as they stand; a featurizer is imported, being the one step that no other library has.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from automl_widgets.records import Recipe, Task
from automl_widgets.search.build import build

WIDTH = 100
STACK_FOLDS = 5

_BUILD = '''

def build():
    """Return the model, unfitted."""
    return {model}


# X is a table of shape (n_rows, n_columns), y its target:
#
#     model = build()
#     model.fit(X, y){weights}
#     model.{predict}(X)
'''
_FEATURIZED = """
# The step `datatransformer` makes numbers of raw columns. It is automl_widgets' own; put a ColumnTransformer of
# your own in its place to do without.
"""


def to_code(
    recipe: Recipe, *, task: Task, random_state: int, n_rows: int, n_features: int, is_sparse: bool = False
) -> str:
    """Return a script with a function ``build()`` that returns a recipe's pipeline, unfitted.

    The parameters are those of `build.build`.

    Examples
    --------
    >>> recipe = Recipe(algorithm="KNN", preprocessor="MaxAbsScaler", parameters={"n_neighbors": 3})
    >>> script = to_code(recipe, task="classification", random_state=0, n_rows=100, n_features=4)
    >>> 'KNeighborsClassifier(n_jobs=1, n_neighbors=3, weights="distance")' in script
    True
    """
    from sklearn.pipeline import Pipeline

    steps = build(
        recipe, task=task, random_state=random_state, n_rows=n_rows, n_features=n_features, is_sparse=is_sparse
    )
    return model_to_code(Pipeline(steps))


def model_to_code(model: Any, title: str = "") -> str:
    """Return a script with a function ``build()`` that returns a model like the one given, unfitted.

    Parameters
    ----------
    model : estimator
        A pipeline, fitted or not, a `PreFittedSoftVoting` or a `StackEnsemble`; the last two become scikit-learn's
        voting and stacking, which fit their members themselves.
    title : str, optional
        First line of the script, by default the names of the pipeline's steps.
    """
    from sklearn.base import is_classifier

    model = _public(model)
    source = _Source()
    expression = source.of(model, indent=4)
    names = [name for name, _ in getattr(model, "steps", ())] or [type(model).__name__]
    parts = [f'"""{title or " ".join(names)}."""\n', *sorted(source.imports), *source.classes]
    if "datatransformer" in names:
        parts.append(_FEATURIZED)
    weights = f"  # with weights of rows: {names[-1]}__sample_weight=weights" if hasattr(model, "steps") else ""
    predict = "predict_proba" if is_classifier(model) else "predict"
    return "\n".join(parts) + _BUILD.format(model=expression, weights=weights, predict=predict)


def _public(model: Any) -> Any:
    """Return scikit-learn's own ensemble of the same members."""
    from sklearn import ensemble as of_sklearn

    from automl_widgets.search.ensemble import PreFittedSoftVoting, StackEnsemble

    kind = "Regressor" if getattr(model, "classes", None) is None else "Classifier"
    if isinstance(model, PreFittedSoftVoting):
        how: dict[str, Any] = {"voting": "soft"} if kind == "Classifier" else {}
        weights = None if model.weights is None else [round(float(w), 6) for w in model.weights]
        return getattr(of_sklearn, f"Voting{kind}")(_named_apart(model.estimators), weights=weights, **how)
    if isinstance(model, StackEnsemble):
        how = {"stack_method": "predict_proba"} if kind == "Classifier" else {}
        members = _named_apart(model.base_learners)
        return getattr(of_sklearn, f"Stacking{kind}")(members, model.meta_learner, cv=STACK_FOLDS, **how)
    return model


def _named_apart(members: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the members under names of which each occurs once, as scikit-learn wants it."""
    names = [name for name, _ in members]
    return [(name if names.count(name) == 1 else f"{name} {k}", model) for k, (name, model) in enumerate(members, 1)]


@dataclass(slots=True)
class _Source:
    """Expressions, and what has to stand above them."""

    imports: set[str] = field(default_factory=set)
    classes: list[str] = field(default_factory=list)

    def of(self, value: Any, indent: int) -> str:
        """Return an expression for a parameter's value; lines after the first are indented by `indent`."""
        if hasattr(value, "get_params"):
            self._provide(type(value))
            given = [f"{name}={self.of(v, indent + 4)}" for name, v in _set_parameters(value).items()]
            return _call(f"{type(value).__name__}(", given, ")", indent)
        if isinstance(value, list):
            return _call("[", [self.of(item, indent + 4) for item in value], "]", indent)
        if isinstance(value, tuple):
            return "(" + ", ".join(self.of(item, indent) for item in value) + ("," if len(value) == 1 else "") + ")"
        if isinstance(value, str):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if callable(value):
            return str(value.__name__)
        return repr(value.item() if hasattr(value, "item") else value)

    def _provide(self, kind: type) -> None:
        module = kind.__module__
        if module != "automl_widgets.search.estimators":
            public = module.split("._")[0] if module.startswith(("sklearn", "automl_widgets")) else module.split(".")[0]
            self.imports.add(f"from {public} import {kind.__name__}")
            return
        text = f"\n\n{inspect.getsource(kind).rstrip()}"
        if text in self.classes:
            return
        self.classes.append(text)
        used = vars(inspect.getmodule(kind))
        self.imports |= {"from __future__ import annotations", "from typing import Any"}
        for name, thing in used.items():
            if f"{name}(" in text or f"{name}," in text or f"{name}." in text:
                self._import(name, thing, kind)

    def _import(self, name: str, thing: Any, kind: type) -> None:
        if name == "np":
            self.imports.add("import numpy as np")
        elif getattr(thing, "__module__", "").startswith("sklearn") and thing is not kind:
            self.imports.add(f"from {thing.__module__.split('._')[0]} import {name}")


def _set_parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters that are not the class's defaults; steps and members come first."""
    kind = type(estimator)
    required = {
        n for n, p in inspect.signature(kind).parameters.items() if p.default is p.empty and p.kind < p.VAR_POSITIONAL
    }
    given = estimator.get_params(deep=False)
    defaults = {} if required else kind().get_params(deep=False)
    if required:
        defaults = {n: p.default for n, p in inspect.signature(kind).parameters.items() if n not in required}
    return {n: v for n, v in given.items() if n not in defaults or not _same(v, defaults[n])}


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    if hasattr(value, "get_params") or isinstance(value, list):
        return False
    return bool(value == default) or (value != value and default != default)


def _call(opening: str, items: Sequence[str], closing: str, indent: int) -> str:
    """Return a call or a list on one line, or with an item a line where that is too long."""
    line = opening + ", ".join(items) + closing
    if "\n" not in line and len(line) + indent <= WIDTH:
        return line
    pad = " " * (indent + 4)
    return opening + "\n" + "".join(f"{pad}{item},\n" for item in items) + " " * indent + closing
