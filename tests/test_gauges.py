"""The gauges of the house that no linter has."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = sorted((ROOT / "automl_widgets").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FRONT_END = sorted((ROOT / "js" / "src").rglob("*.ts"))
SMELLS = "C901,PLR0912,PLR0915,BLE001,S110,E722"


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _nodes(path: Path, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds))


@pytest.mark.parametrize("path", [*PACKAGE, *FRONT_END], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_400_lines(path: Path) -> None:
    assert _lines(path) <= 400


def test_no_function_is_longer_than_60_lines() -> None:
    functions = [(p, n) for p in PACKAGE for n in _nodes(p, ast.FunctionDef, ast.AsyncFunctionDef)]
    documented = {id(n): _docstring_lines(n) for _, n in functions}
    long = {f"{p.name}:{n.name}": n.end_lineno - n.lineno - documented[id(n)] for p, n in functions}  # type: ignore[attr-defined]
    assert {name: length for name, length in long.items() if length > 60} == {}


def test_no_class_is_the_program() -> None:
    found = {}
    for path in PACKAGE:
        for node in _nodes(path, ast.ClassDef):
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef) and not m.name.startswith("__")]  # type: ignore[attr-defined]
            code = sum(m.end_lineno - m.lineno + 1 - _docstring_lines(m) for m in methods)
            if len(methods) > 15 or code > 200:
                found[f"{path.name}:{node.name}"] = (len(methods), code)  # type: ignore[attr-defined]
    protocols = {"protocol.py:Store"}
    assert {name: size for name, size in found.items() if name not in protocols | STORES} == {}


STORES = {"sqlite.py:SqliteStore", "memory.py:MemoryStore"}
"""One method for each promise of the protocol; docs/decisions/001-store-is-one-seam.md."""


def _docstring_lines(node: ast.AST) -> int:
    body = getattr(node, "body", [])
    first = body[0] if body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return (first.end_lineno or 0) - first.lineno + 1 if is_text and first else 0


def test_every_pytest_raises_says_what_it_matches() -> None:
    for path in TESTS:
        for node in _nodes(path, ast.Call):
            called = ast.unparse(node.func)  # type: ignore[attr-defined]
            if called == "pytest.raises":
                assert any(keyword.arg == "match" for keyword in node.keywords), f"{path}:{node.lineno}"  # type: ignore[attr-defined]


def test_structural_smells_stay_under_one_in_a_thousand_lines() -> None:
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--ignore-noqa",
        "--quiet",
        "--output-format=concise",
    ]
    command += ["--select", SMELLS, "automl_widgets"]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [line for line in out.stdout.splitlines() if ":" in line]
    assert [line for line in found if any(code in line for code in ("BLE001", "S110", "E722"))] == []
    assert len(found) * 1000 <= sum(map(_lines, PACKAGE)), "\n".join(found)


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    text = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in text
