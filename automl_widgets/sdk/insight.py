"""What tells of a run to others: its report. Not here: what a page or a chart looks like (``view``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from automl_widgets.sdk.sharing import ShareableRun


class TellingRun(ShareableRun):
    """The part of `AutoMLRun` that tells of its result."""

    def report(
        self,
        path: str | Path = "report.html",
        iteration: int | None = None,
        notes: Mapping[str, str] | None = None,
    ) -> Path:
        """Write one HTML file that tells all of the run, without a kernel, a network or a script.

        It holds a model card, the data's profile and guardrails, the leaderboard, diagnostics and explanation of one
        model, settings, versions, and the code that rebuilds it. It can be written at any time.

        Parameters
        ----------
        path : str or Path, default "report.html"
            A file, which is replaced; or a folder, for a file named after the run.
        iteration : int, optional
            The iteration whose model is shown, by default the best.
        notes : mapping, optional
            What only you can say, for the model card: `intended use`, `not intended for`, `ethical considerations`,
            `owner`, `licence`, or any other heading.

        Returns
        -------
        Path
            Where it is.

        Raises
        ------
        NotFoundError
            If there is no such iteration.
        RunStateError
            If that iteration has no score.
        WorkspaceError
            If the file cannot be written.
        """
        from automl_widgets.view.report import write_report

        return write_report(self.store, self.run_id, path, iteration, notes)
