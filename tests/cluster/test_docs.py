"""docs/compute.md: its commands are commands of the Ray that is installed, its cluster.yaml are valid there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("ray", reason="the extra `ray` is not installed")
TEXT = (Path(__file__).parents[2] / "docs" / "compute.md").read_text()
WORDS = r"\bray (?:start|up|down|attach|stop|status|get-auth-token)\b[^\n`;)]*"
COMMANDS = sorted({found.strip() for found in re.findall(WORDS, TEXT)})


def blocks() -> list[dict[str, Any]]:
    return [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, flags=re.DOTALL)]


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_ray_has_these_options(line: str) -> None:
    from ray.scripts.scripts import cli

    _, name, *words = shlex.split(line)
    known = {option for parameter in cli.commands[name].params for option in parameter.opts}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("kind", ["local", "aws"])
def test_the_launchers_files_are_valid(kind: str) -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    (config,) = [block for block in blocks() if block.get("provider", {}).get("type") == kind]
    validate_config(prepare_config(config))
