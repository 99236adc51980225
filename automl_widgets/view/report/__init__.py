"""A run as one HTML file that tells all of it without a kernel, a network or a script: a model card with its evidence.

Not here: a run as it goes on (``widget``), nor the small picture in a notebook (``picture``).
"""

from __future__ import annotations

from automl_widgets.view.report.page import report_html, write_report

__all__ = ["report_html", "write_report"]
