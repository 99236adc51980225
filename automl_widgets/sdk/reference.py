"""The parameters of AutoMLConfig for readers: the docstring's section and the page docs/configuration.md.

``python -m automl_widgets.sdk.reference`` prints the page.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator

from automl_widgets.sdk.keywords import Parameter
from automl_widgets.sdk.parameters import ALIASES, PARAMETERS

TITLES = {
    "task": "The task",
    "data": "Data",
    "validation": "Validation",
    "search": "The search",
    "limits": "Limits",
    "ensembles": "Ensembles",
    "output": "Output",
}


def numpydoc(indent: str = "    ") -> str:
    """Return the section Parameters of the docstring, without its heading, for the parameters that are built."""
    lines: list[str] = []
    deep = indent + "    "
    for parameter in _built():
        lines.append(f"{indent}{parameter.name} : {parameter.kind.type}{_default(parameter)}")
        lines += textwrap.wrap(parameter.meaning, 108, initial_indent=deep, subsequent_indent=deep)
    return "\n".join(lines).lstrip()


def configuration_page() -> str:
    """Return docs/configuration.md."""
    return "\n".join([*_intro(), *_built_tables(), *_other_tables(), *_alias_table(), ""])


def _built() -> Iterator[Parameter]:
    return (p for p in PARAMETERS.values() if p.status == "built")


def _default(parameter: Parameter) -> str:
    return {"required": "", "None": ", optional"}.get(parameter.default, f", default {parameter.default}")


def _intro() -> Iterator[str]:
    yield "# Configuration"
    yield ""
    yield "<!-- Written by automl_widgets.sdk.reference.configuration_page(); a test compares. -->"
    yield ""
    yield "`AutoMLConfig(task, **parameters)` checks everything at once: one error lists all problems, and an unknown"
    yield "name gets the nearest known one as a suggestion. `None` always means the default."


def _built_tables() -> Iterator[str]:
    for group, title in TITLES.items():
        yield from ("", f"## {title}", "", "| parameter | value | default | meaning |", "|---|---|---|---|")
        for p in _built():
            if p.group == group:
                yield f"| `{p.name}` | {_cell(p.kind.type)} | {_cell(p.default)} | {_cell(p.meaning)} |"


def _other_tables() -> Iterator[str]:
    sections = {
        "not supported yet": "Azure ML knows these; here they raise an error that says so.",
        "no effect": "Accepted, with a warning.",
    }
    for status, sentence in sections.items():
        yield from ("", f"## {status.capitalize()}", "", sentence, "", "| parameter | remark |", "|---|---|")
        yield from (f"| `{p.name}` | {_cell(p.meaning)} |" for p in PARAMETERS.values() if p.status == status)


def _alias_table() -> Iterator[str]:
    yield from (
        "",
        "## Older names",
        "",
        "Accepted. Where the older name says no more than the current one, a warning names it.",
        "",
    )
    yield from ("| older name | current name |", "|---|---|")
    for name, (parameter, alias) in ALIASES.items():
        times = "" if alias.divide_by == 1 else f" (the value divided by {alias.divide_by:g})"
        yield f"| `{name}` | `{parameter.name}`{times} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(configuration_page())
