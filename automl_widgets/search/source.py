"""Classes of this package as source that needs the package no more: they, and whatever of it they use. Worker side.

The source is parsed, not run. Docstrings are left out; names of annotations are not followed, since nothing evaluates
them.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field

PACKAGE = "automl_widgets"


@dataclass(slots=True)
class Source:
    """Definitions in an order in which they can be run, and the imports that they need."""

    definitions: dict[str, str] = field(default_factory=dict)
    """By name."""
    imports: set[str] = field(default_factory=set)
    _homes: dict[str, str] = field(default_factory=dict)

    def add(self, module: str, name: str) -> None:
        """Add what a module of the package has under a name, behind everything that it uses.

        Raises
        ------
        ValueError
            If another module's definition of that name was added: two cannot be in one script.
        """
        if self._homes.setdefault(name, module) != module:
            raise ValueError(f"{name} is defined in {module} and in {self._homes[name]}: give one another name")
        if name in self.definitions:
            return
        node = _statements(module)[name]
        if isinstance(node, ast.alias):
            raise ValueError(f"{module} has {name} from elsewhere")
        self.definitions[name] = ""  # a function may use itself
        for used in sorted(_names(node)):
            self._follow(module, used)
        self.definitions[name] = self.definitions.pop(name) or ast.unparse(_Undocumented().visit(_copy(node)))

    def _follow(self, module: str, name: str) -> None:
        statements, imported = _statements(module), _imported(module)
        if name in statements:
            self.add(module, name)
        elif name in imported:
            home, original = imported[name]
            if not home.startswith(PACKAGE):
                self.imports.add(_import_line(home, original, name))
                return
            self.add(home, original)
            if name != original:
                self.definitions.setdefault(name, f"{name} = {original}")


def _import_line(home: str, original: str, name: str) -> str:
    alias = "" if name == (original or home.partition(".")[0]) else f" as {name}"
    return f"from {home} import {original}{alias}" if original else f"import {home}{alias}"


@functools.cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(importlib.import_module(module)))


@functools.cache
def _statements(module: str) -> dict[str, ast.stmt]:
    """Return the statements of a module that define something, by its name."""
    found: dict[str, ast.stmt] = {}
    for node in _tree(module).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                found |= {name.id: node for name in names if isinstance(name, ast.Name)}
    return found


@functools.cache
def _imported(module: str) -> dict[str, tuple[str, str]]:
    """Return (module, name in it) of each name that a module imports; the name is empty for a module itself."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module != "__future__":
            found |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.split(".")[0]: (alias.name, "") for alias in node.names}
    return found


def _names(node: ast.AST) -> set[str]:
    """Return the names that a statement uses when it runs."""
    return {found.id for found in _running(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Load)}


def _running(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _running(child)


def _copy(node: ast.stmt) -> ast.stmt:
    return ast.parse(ast.unparse(node)).body[0]


class _Undocumented(ast.NodeTransformer):
    """Takes docstrings away."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1:
            node.body = [n for n in body if not _is_text(n)]  # type: ignore[attr-defined]
        return node


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
