"""Where a model goes wrong: curves and tables of predictions for rows held back, and what tells two models apart.

Pure: arrays in, small JSON-able dictionaries out. Not here: how predictions are made (``engine``) or drawn (``view``).
"""

from __future__ import annotations

from automl_widgets.diagnostics.document import Evidence, diagnose

__all__ = ["Evidence", "diagnose"]
