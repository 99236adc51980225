"""What a user can do to a run while it lives: wait, stop, pause, have an iteration explained.

A wish is a row in the store's `commands`; the engine takes it, in whichever process it lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import NotFoundError, RunStateError
from automl_widgets.records import RUN_ENDED, TRIAL_ENDED, IterationRecord, Json
from automl_widgets.sdk import console, words
from automl_widgets.sdk.again import find_data
from automl_widgets.sdk.reading import ReadableRun

if TYPE_CHECKING:
    from automl_widgets.engine.executors.protocol import Executor

POLL_S = 1.0


class SteerableRun(ReadableRun):
    """The part of `AutoMLRun` that waits, stops and goes."""

    def wait_for_completion(self, show_output: bool = False, wait_post_processing: bool = False) -> dict[str, Any]:
        """Return when the run has ended, its explanation included.

        Parameters
        ----------
        show_output : bool, default False
            Print a line for each iteration as it ends.
        wait_post_processing : bool, default False
            Accepted for Azure ML's sake: post-processing is always waited for.

        Returns
        -------
        dict
            As `get_details`.
        """
        if show_output:
            self._follow()
        seq = 0
        while self.record.state not in RUN_ENDED:
            seq = self.store.wait(self.run_id, seq, POLL_S)
        _settle_widgets(self.run_id)
        return self.get_details()

    def _follow(self) -> None:
        for line in console.opening(self.run_id, self.record.properties.get("target", "local")):
            console.say(line)
        rails_shown = False
        table, seq = console.Table(self.goal), 0
        while True:
            ended = self.record.state in RUN_ENDED
            rails = self.store.guardrails(self.run_id)
            if not rails_shown and (rails or ended):
                rails_shown = True
                alerts = [rail for rail in rails if rail.state != "passed"]
                setup = console.setup_lines(self.record.properties.get("setup", ""))
                lines = [*(console.guardrail_lines(alerts) if alerts else ()), *console.heading(), *setup]
                for line in lines:
                    console.say(line)
            if rails_shown:
                for line in table.rows(self.store.iterations(self.run_id)):
                    console.say(line)
            if ended:
                break
            seq = self.store.wait(self.run_id, seq, POLL_S)
        record = self.record
        console.say()
        console.say(f"{words.RUN_STATUS[record.state]}: {record.reason or ''}".rstrip(": "))

    def cancel(self) -> None:
        """Stop the run: what is running ends, the best model and the ensembles of what is done are kept."""
        self._steer("cancel")

    def cancel_iteration(self, iteration: int) -> None:
        """Cancel one iteration, running or not started; the run goes on.

        Raises
        ------
        NotFoundError
            If the run will never have such an iteration.
        RunStateError
            If the iteration has ended.
        """
        record = self._iteration(iteration)
        if record is not None and record.state in TRIAL_ENDED:
            raise RunStateError(f"Iteration {iteration} has ended already: it is {record.state}.")
        self._steer("cancel_iteration", iteration=iteration)

    def pause(self) -> None:
        """Start no further iteration; what is running goes on to its end."""
        self._steer("pause")

    def resume(self, **data: object) -> None:
        """Go on: after `pause`, or, in this kernel, with a run whose kernel has ended.

        Iterations that had ended stay as they are, those that were running are tried again, and the time that the run
        had used counts.

        Parameters
        ----------
        **data : optional
            The data by the keywords of AutoMLConfig (`X` and `y`, `training_data`, ...): needed only if they are not
            in the run's folder any more.

        Raises
        ------
        RunStateError
            If the run has ended, or if its data are not in its folder and were not given.
        DataError
            If the data given are not those that the run began with.
        """
        record = self.record
        if record.state != "interrupted":
            if any(value is not None for value in data.values()):
                raise RunStateError(f"No data is needed: the run is {words.RUN_STATUS[record.state]}, not interrupted.")
            self._steer("resume")
            return
        from automl_widgets.sdk.submission import go_on

        table, path = find_data(record, self.folder, data, "resume")
        go_on(self.experiment.workspace, record, table, path)

    def explain(self, iteration: int, **data: object) -> None:
        """Have an iteration's SHAP values computed, in a worker; `retrieve_model_explanation` returns them.

        Parameters
        ----------
        iteration : int
            Which one.
        **data : optional
            The data by the keywords of AutoMLConfig: needed if the run has ended and they are not in its folder.

        Raises
        ------
        RunStateError
            If the iteration has no fitted model, or no engine is alive to do it.
        """
        record = self._iteration(iteration)
        if record is None or record.state != "completed":
            state = record.state if record else "not started"
            raise RunStateError(f"Iteration {iteration} cannot be explained: it is {state}, but must be completed.")
        self._listened("explain", data)
        self._steer("explain", iteration=iteration, after_end=True)

    def attend(self, kind: str) -> None:
        """Have an engine in this kernel take up a run that none works on: for a wish that comes from its page.

        Parameters
        ----------
        kind : str
            What is wished: `resume` of a run that was interrupted, else of one that has ended.

        Raises
        ------
        RunStateError
            If its data are not in its folder any more.
        """
        if self.record.state == "interrupted":
            self.resume()
        else:
            self._listened("continue_experiment" if kind != "explain" else kind)

    def _steer(self, kind: str, after_end: bool = False, **arguments: Json) -> int:
        state = self.record.state
        if state == "interrupted" or (state in RUN_ENDED and not after_end):
            raise RunStateError(f"{kind} is not possible: the run is {words.RUN_STATUS[state]} ({self.record.reason}).")
        return self.store.post_command(self.run_id, kind, arguments)

    def _listened(self, kind: str, data: Mapping[str, object] | None = None) -> None:
        """Have an engine in this process listen to a run that has ended."""
        record = self.record
        if record.state not in RUN_ENDED or record.state == "interrupted":
            return
        from automl_widgets.engine import runner

        listening = runner.listener(self.store, self.run_id)
        if listening is None:
            table, path = find_data(record, self.folder, data or {}, kind)
            listening = runner.resume(self.store, self.run_id, table, data=path, executor=self._executor())
        listening.wake()

    def _executor(self) -> Executor | None:
        """Return where the run is carried out; None for this machine."""
        from automl_widgets.sdk.submission import executor_for

        return executor_for(self.experiment.workspace, self.record)

    def _iteration(self, iteration: int) -> IterationRecord | None:
        """Return the iteration's record, None if it has not been created yet."""
        last = max(self.record.n_iterations, len(self.store.iterations(self.run_id))) - 1
        if isinstance(iteration, bool) or not isinstance(iteration, int) or not 0 <= iteration <= last:
            raise NotFoundError(f"No iteration {iteration!r}: this run has 0 to {last}.")
        return next((r for r in self.store.iterations(self.run_id) if r.iteration == iteration), None)


def _settle_widgets(run_id: str) -> None:
    """Let the widgets of the run show its end before the cell that waited for it ends."""
    from automl_widgets.view import widget

    widget.settle(run_id)
