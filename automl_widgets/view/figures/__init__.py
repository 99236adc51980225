"""Charts of one iteration as plotly figures. Each function takes what is stored and returns a figure.

Not here: how a number is computed (``diagnostics``, ``explain``), nor the widget's own charts (js/src/views).
"""

from __future__ import annotations

from automl_widgets.view.figures.diagnostics import DIAGNOSTICS, available, diagnostics_figure, overlaid
from automl_widgets.view.figures.explanation import Explained, beeswarm, dependence, importance, waterfall
from automl_widgets.view.figures.inspection import partial_dependence, permutation_importance

__all__ = [
    "DIAGNOSTICS",
    "Explained",
    "available",
    "beeswarm",
    "dependence",
    "diagnostics_figure",
    "importance",
    "overlaid",
    "partial_dependence",
    "permutation_importance",
    "waterfall",
]
