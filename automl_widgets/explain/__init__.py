"""SHAP for one fitted pipeline or ensemble."""
