"""Where trials run: one protocol, several kinds of process."""

from automl_widgets.engine.executors.shared import shared_executor

__all__ = ["shared_executor"]
