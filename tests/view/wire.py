"""The shapes of js/src/types.ts, read from that file, and a check of values against them. No test."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

TYPES = Path(__file__).parents[2] / "js" / "src" / "types.ts"


def shapes() -> dict[str, dict[str, tuple[str, bool]]]:
    """Interfaces as name -> field -> (type, whether it may be absent)."""
    text = re.sub(r"/\*\*.*?\*/", "", TYPES.read_text(), flags=re.DOTALL)
    found = {}
    for name, body in re.findall(r"export interface (\w+) \{(.*?)\}\s*(?=\n(?:export|/\*|\n)|$)", text, re.DOTALL):
        fields = re.findall(r"(\w+)(\??): ((?:[^;{}]|\{[^}]*\})+)", body)
        found[name] = {field: (kind.strip(), bool(absent)) for field, absent, kind in fields}
    return found


def aliases() -> dict[str, str]:
    text = TYPES.read_text()
    return {name: " ".join(body.split()) for name, body in re.findall(r"export type (\w+) =(.*?);", text, re.DOTALL)}


def check(value: Any, kind: str, where: str = "patch") -> None:
    """Raise AssertionError unless `value` has the TypeScript type `kind`."""
    kind = kind.strip()
    known, named = shapes(), aliases()
    if kind in named:
        kind = named[kind].lstrip("| ")
    options = _split(kind, "|")
    if len(options) > 1:
        assert any(_fits(value, option, where) for option in options), f"{where}: {value!r} is no {kind}"
        return
    if kind in known:
        _check_object(value, known[kind], where)
    elif kind.endswith("[]"):
        assert isinstance(value, list), f"{where}: {value!r} is no list"
        for k, item in enumerate(value):
            check(item, kind[:-2], f"{where}[{k}]")
    else:
        _check_leaf(value, kind, where)


def _check_leaf(value: Any, kind: str, where: str) -> None:
    record = re.fullmatch(r"Record<string, (.*)>", kind)
    inline = re.fullmatch(r"\{(.*)\}", kind)
    if record:
        assert isinstance(value, dict), f"{where}: {value!r} is no object"
        for key, item in value.items():
            check(item, record[1], f"{where}.{key}")
    elif inline:
        fields = {name.strip(): (rest, False) for name, rest in (f.split(":", 1) for f in inline[1].split(";") if f)}
        _check_object(value, fields, where)
    elif kind.startswith("["):
        assert isinstance(value, list), f"{where}: {value!r}"
        assert len(value) == kind.count(",") + 1, f"{where}: {value!r}"
    elif kind.startswith('"'):
        assert value == kind.strip('"'), f"{where}: {value!r} is not {kind}"
    else:
        assert _is_plain(value, kind), f"{where}: {value!r} is no {kind}"


def _is_plain(value: Any, kind: str) -> bool:
    if kind == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if kind.isdigit():
        return bool(value == int(kind))
    return {"string": isinstance(value, str), "boolean": isinstance(value, bool), "null": value is None}[kind]


def _check_object(value: Any, fields: dict[str, tuple[str, bool]], where: str) -> None:
    assert isinstance(value, dict), f"{where}: {value!r} is no object"
    assert set(value) <= set(fields), f"{where}: unknown {set(value) - set(fields)}"
    for name, (kind, may_be_absent) in fields.items():
        if name in value:
            check(value[name], kind, f"{where}.{name}")
        else:
            assert may_be_absent, f"{where}: {name} is missing"


def _fits(value: Any, kind: str, where: str) -> bool:
    try:
        check(value, kind, where)
    except AssertionError:
        return False
    return True


def _split(kind: str, separator: str) -> list[str]:
    """Split at separators outside of brackets."""
    parts, depth = [""], 0
    for character in kind:
        depth += (character in "<{[(") - (character in ">}])")
        if character == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts
