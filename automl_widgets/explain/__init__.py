"""SHAP for one fitted pipeline or ensemble, in the columns that the user gave."""

from __future__ import annotations

from automl_widgets.explain.explainer import explain
from automl_widgets.explain.result import ShapResult, six_parts, summarise
from automl_widgets.explain.sample import sampled

__all__ = ["ShapResult", "explain", "sampled", "six_parts", "summarise"]
