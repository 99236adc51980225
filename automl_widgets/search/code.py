"""A pipeline or an ensemble as a short script that rebuilds it with its learners' own libraries. Worker side.

The script is written from the estimators themselves, so that it says what was fitted. The few classes of
``estimators`` are put into it as they stand. A featurizer of numbers becomes scikit-learn's imputer; any other one is
imported, being the one step that no other library has, and `standalone` puts that into the script too.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import math
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from automl_widgets.data.featurize import Featurizer
from automl_widgets.records import Recipe, Task
from automl_widgets.search import estimators
from automl_widgets.search.build import build, defaults_of, learner_of
from automl_widgets.search.source import Source

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
_DEFINED_BY_USER = "# {name} is yours, from a notebook or script: put its definition here."
_FEATURIZED = """\
# The step `datatransformer` makes numbers of raw columns. It is automl_widgets' own: to_code(standalone=True) puts it
# into the script, to do without that package."""
_STANDALONE = "# From here on: what makes numbers of raw columns, as it stands in automl_widgets."
_NUMBERS = frozenset({"numeric", "boolean", "ignore"})


def to_code(
    recipe: Recipe, *, task: Task, random_state: int, n_rows: int, n_features: int, is_sparse: bool = False
) -> str:
    """Return a script with a function ``build()`` that returns a recipe's pipeline, unfitted.

    The parameters are those of `build.build`.

    Examples
    --------
    >>> recipe = Recipe(algorithm="KNN", preprocessor="MaxAbsScaler", parameters={"n_neighbors": 3})
    >>> script = to_code(recipe, task="classification", random_state=0, n_rows=100, n_features=4)
    >>> 'KNeighborsClassifier(n_neighbors=3, weights="distance", n_jobs=1)' in script
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
    parts = [f'"""{title or " ".join(names)}."""\n\n{source.import_lines()}', *source.classes, *source.notes]
    if any(module.startswith("automl_widgets.") for module in source.imports):
        parts.append(_FEATURIZED)
    predict = "predict_proba" if is_classifier(model) else "predict"
    return "\n\n\n".join(parts) + _BUILD.format(model=expression, weights=_weights_hint(model), predict=predict)


def standalone(script: str) -> str:
    r"""Return a script that imports nothing of this package: what it imports is put into it.

    Examples
    --------
    >>> standalone("from automl_widgets.search.spaces import Float\nprint(Float(0.0, 1.0))").count("automl_widgets")
    1
    """
    tree, lines, source = ast.parse(script), script.splitlines(), Source()
    mine = [n for n in tree.body if isinstance(n, ast.ImportFrom) and str(n.module).startswith("automl_widgets.")]
    if not mine:
        return script
    for node in mine:
        for alias in node.names:
            source.add(getattr(importlib.import_module(str(node.module)), alias.name).__module__, alias.name)
        lines[node.lineno - 1] = ""
    head = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom)) and n not in mine]
    taken = {ast.unparse(n) for n in head}
    start = tree.body[0].end_lineno if _is_docstring(tree.body[0]) else 0
    future = [] if any("__future__" in line for line in taken) else ["", "from __future__ import annotations", ""]
    below = [line for line in lines[start:] if line.strip() not in _FEATURIZED.splitlines()]
    imports = sorted(source.imports - taken)
    text = "\n\n\n".join([_STANDALONE, *source.definitions.values()])
    return _tidy("\n".join([*lines[:start], *future, *_first(below), *imports, *_rest(below)])) + f"\n\n{text}\n"


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _first(lines: Sequence[str]) -> list[str]:
    """Return the lines up to the last import."""
    return list(lines[: _n_import_lines(lines)])


def _rest(lines: Sequence[str]) -> list[str]:
    return list(lines[_n_import_lines(lines) :])


def _n_import_lines(lines: Sequence[str]) -> int:
    return max((k for k, line in enumerate(lines, 1) if line.startswith(("import ", "from "))), default=0)


def _tidy(text: str) -> str:
    """Return a text without more than two empty lines in a row."""
    return re.sub(r"\n{4,}", "\n\n\n", text)


def _as_sklearn(featurizer: Any) -> Any:
    """Return scikit-learn's way to fill and mark missing numbers, if a fitted featurizer does no more; else itself."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    names, purposes = getattr(featurizer, "feature_names_in_", None), featurizer.purposes
    if names is None or featurizer.options or not getattr(featurizer, "groups_", ()) or not {*purposes} <= _NUMBERS:
        return featurizer
    filled: Any = SimpleImputer(strategy="median", add_indicator="ImputationMarker" not in featurizer.blocked)
    if "boolean" in purposes:
        numbers = FunctionTransformer(np.asarray, kw_args={"dtype": "float64"})
        filled = Pipeline([("numbers", numbers), ("missing", filled)])
    is_named = list(names) != [f"x{k}" for k in range(len(names))]
    if "ignore" not in purposes and not is_named:
        return filled
    used = [str(names[k]) if is_named else k for k, purpose in enumerate(purposes) if purpose != "ignore"]
    return ColumnTransformer([("numbers", filled, used)])


def _weights_hint(model: Any) -> str:
    if not hasattr(model, "steps"):
        return ""
    name, step = model.steps[-1]
    takes_them = "sample_weight" in inspect.signature(learner_of(step).fit).parameters
    return f"  # and {name}__sample_weight=weights, if rows have weights" if takes_them else ""


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

    imports: dict[str, set[str]] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def import_lines(self) -> str:
        """Return the imports, one line a module."""
        lines = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(self.imports.items())]
        if not self.classes:
            return "\n".join(lines)
        return "\n".join(
            ["from __future__ import annotations\n", "from typing import Any\n", "import numpy as np", *lines]
        )

    def of(self, value: Any, indent: int, taken: int = 0) -> str:
        """Return an expression for a parameter's value.

        Lines after the first are indented by `indent`, on the first one so many more characters are `taken`.
        """
        if isinstance(value, Featurizer):
            value = _as_sklearn(value)
        if hasattr(value, "get_params"):
            self._provide(type(value))
            given = [f"{name}={self.of(v, indent + 4, len(name) + 2)}" for name, v in _set_parameters(value).items()]
            return _call(f"{type(value).__name__}(", given, ")", indent, taken)
        if isinstance(value, list):
            return _call("[", [self.of(item, indent + 4) for item in value], "]", indent, taken)
        if isinstance(value, tuple):
            return self._tuple(value, indent)
        if isinstance(value, str):
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if callable(value):
            self._import(value)
            return str(value.__name__)
        plain = value.item() if hasattr(value, "item") else value
        return 'float("nan")' if _is_nan(plain) else repr(plain)

    def _tuple(self, values: tuple[Any, ...], indent: int) -> str:
        items: list[str] = []
        for value in values:
            items.append(self.of(value, indent, sum(map(len, items)) + 2 * len(items) + 2))
        return "(" + ", ".join(items) + ("," if len(values) == 1 else "") + ")"

    def _provide(self, kind: type) -> None:
        if kind.__module__ != estimators.__name__:
            self._import(kind)
            return
        text = inspect.getsource(kind).rstrip()
        if text in self.classes:
            return
        self.classes.append(text)
        used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)} - {kind.__name__}
        for thing in (vars(estimators)[name] for name in sorted(used) if name in vars(estimators)):
            if getattr(thing, "__module__", "").startswith("sklearn"):
                self._import(thing)

    def _import(self, thing: Any) -> None:
        module, name = getattr(thing, "__module__", None) or "numpy", thing.__name__
        if module == "builtins":
            return
        if module == "__main__":
            self._note(_DEFINED_BY_USER.format(name=name))
            return
        top = module.split(".")[0]
        public = module.split("._")[0] if top in ("sklearn", "automl_widgets") else top
        if getattr(sys.modules.get(public), name, None) is not thing:
            public = module
        self.imports.setdefault(public, set()).add(name)

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _set_parameters(estimator: Any) -> dict[str, Any]:
    """Return the parameters that are not the class's defaults, in the class's order."""
    kind = type(estimator)
    declared, defaults = inspect.signature(kind).parameters, defaults_of(kind)
    given = estimator.get_params(deep=False)
    order = [*(name for name in declared if name in given), *(name for name in given if name not in declared)]
    return {name: given[name] for name in order if name not in defaults or not _same(given[name], defaults[name])}


def _same(value: Any, default: Any) -> bool:
    if hasattr(value, "get_params") or isinstance(value, list):
        return False
    return value is default or bool(value == default) or (_is_nan(value) and _is_nan(default))


def _is_nan(value: Any) -> bool:
    """Return whether a value is NaN, of which there are many after a pickle."""
    return isinstance(value, float) and math.isnan(value)


def _call(opening: str, items: Sequence[str], closing: str, indent: int, taken: int) -> str:
    """Return a call or a list on one line, or with an item a line where that is too long."""
    line = opening + ", ".join(items) + closing
    if "\n" not in line and indent + taken + len(line) <= WIDTH:
        return line
    pad = " " * (indent + 4)
    return opening + "\n" + "".join(f"{pad}{item},\n" for item in items) + " " * indent + closing
