"""The door of the command `automl-widgets` and of ``python -m automl_widgets``. Not here: a command (``view.cli``)."""

from __future__ import annotations

import sys

NEEDED = ("click", "rich")


def main() -> None:
    """Run the command line."""
    try:
        from automl_widgets.view import cli
    except ModuleNotFoundError as error:
        needed = (error.name or "").split(".")[0]
        if needed not in NEEDED:
            raise
        sys.exit(f"The command line needs {needed}: pip install 'automl_widgets[cli]'")
    cli.main(prog_name="automl-widgets")


if __name__ == "__main__":
    main()
