"""What tells of a run: its report, and two iterations beside each other. Not here: how a page looks (``view``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from automl_widgets.errors import RunStateError
from automl_widgets.sdk import words
from automl_widgets.sdk.child import IterationRun
from automl_widgets.sdk.sharing import ShareableRun

if TYPE_CHECKING:
    from automl_widgets.sdk.comparison import Comparison


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

    def compare(self, i: int, j: int, metric: str | None = None) -> Comparison:
        """Compare two iterations on the rows that both held back.

        A test tells whether their scores differ more than folds do (Nadeau and Bengio's corrected resampled t test),
        a table which rows only one of them gets wrong: two that err on different rows make a good ensemble.

        Parameters
        ----------
        i, j : int
            The iterations.
        metric : str, optional
            By which, the primary one by default.

        Returns
        -------
        Comparison
            With `test`, `p_value`, `errors` (a DataFrame) and `figure("roc")`; printed, it says it in words.

        Raises
        ------
        NotFoundError
            If there is no such iteration or metric.
        RunStateError
            If one of them has not completed, or they held back different rows.
        """
        from automl_widgets.sdk.comparison import compared

        first, second = (self._with_a_model(one) for one in (i, j))
        return compared(first, second, metric)

    def _with_a_model(self, iteration: int) -> IterationRun:
        record = self._iteration(iteration)
        if record is None or record.state != "completed":
            status = words.ITERATION_STATUS[record.state] if record else "Not started"
            raise RunStateError(f"Iteration {iteration} is in {status} state: only those that completed are compared.")
        return IterationRun(self, iteration)  # type: ignore[arg-type]
