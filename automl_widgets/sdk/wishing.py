"""What a user wishes of a run's search, while it goes on and after its end. What comes of it is the engine's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Self

from automl_widgets.errors import RunStateError
from automl_widgets.records import RUN_ENDED, Json
from automl_widgets.sdk import words
from automl_widgets.sdk.steering import SteerableRun

ANSWER_S = 10.0
"""An engine answers a wish within a tenth of a second; a slow machine is given more."""
BUSY_STAGE = "building ensembles"
"""In this stage wishes wait for the run's end."""


class WishingRun(SteerableRun):
    """The part of `AutoMLRun` that steers its search."""

    def more(self, iterations: int | None = None, minutes: float | None = None) -> str:
        """Give a run that searches more iterations or more time.

        Returns
        -------
        str
            What the engine makes of it; empty if it has not answered yet.

        Raises
        ------
        RunStateError
            If the run has ended (see `continue_experiment`) or does not allow it.
        """
        if self.record.state in RUN_ENDED:
            raise RunStateError(f"The run is {words.RUN_STATUS[self.record.state]}: continue_experiment(...) goes on.")
        return self._wish("more", iterations=iterations, minutes=minutes)

    def continue_experiment(
        self,
        iterations: int | None = None,
        experiment_timeout_minutes: float | None = None,
        experiment_exit_score: float | None = None,
        show_output: bool = False,
        **data: object,
    ) -> Self:
        """Go on with a run that has ended: what it has found stays, new iterations and new ensembles follow.

        Parameters
        ----------
        iterations : int, optional
            How many more; by default as many as fit into the time.
        experiment_timeout_minutes : float, optional
            How much more time, from now on; by default no limit.
        experiment_exit_score : float, optional
            End as soon as an iteration is that good.
        show_output : bool, default False
            Wait, and print a line for each iteration as it ends.
        **data : optional
            The data by the keywords of AutoMLConfig: needed only if they are not in the run's folder any more.

        Returns
        -------
        AutoMLRun
            This run.

        Raises
        ------
        RunStateError
            If the run has not ended, or if its data are not there and were not given.
        """
        state = self.record.state
        if state not in RUN_ENDED or state == "interrupted":
            hint = "resume() goes on" if state == "interrupted" else "more(...) gives it more"
            raise RunStateError(f"The run is {words.RUN_STATUS[state]}, it has not ended: {hint}.")
        self._listened("continue_experiment", data)
        self._wish(
            "more",
            iterations=iterations,
            minutes=experiment_timeout_minutes,
            exit_score=experiment_exit_score,
        )
        if show_output:
            self.wait_for_completion(show_output=True)
        return self

    def block_algorithm(self, algorithm: str) -> str:
        """Try an algorithm no more from now on; what has been started of it stays."""
        return self._wish("block", algorithm=algorithm)

    def allow_algorithm(self, algorithm: str) -> str:
        """Try an algorithm again that was blocked or not allowed."""
        return self._wish("allow", algorithm=algorithm)

    def more_like(self, iteration: int, count: int = 5, **data: object) -> str:
        """Try so many recipes near that of an iteration, next in line and on top of those planned.

        Parameters
        ----------
        iteration : int
            Which one.
        count : int, default 5
            How many.
        **data : optional
            The data by the keywords of AutoMLConfig: needed if the run has ended and they are not in its folder.
        """
        self._iteration(iteration)
        return self._wish("like", data, iteration=iteration, count=count)

    def retry(self, iteration: int, **data: object) -> str:
        """Try an iteration again that ended without a score: same recipe, next attempt. A run that has ended goes on.

        Parameters
        ----------
        iteration : int
            Which one.
        **data : optional
            The data by the keywords of AutoMLConfig: needed if the run has ended and they are not in its folder.

        Raises
        ------
        NotFoundError
            If the run will never have such an iteration.
        RunStateError
            If it has a score, runs still, or is an ensemble.
        """
        self._iteration(iteration)
        return self._wish("retry", data, iteration=iteration)

    def get_wishes(self) -> list[dict[str, Any]]:
        """Return what was wished of the run while it ran, and what came of it: so it came to its result."""
        return [
            {
                "kind": wish.kind,
                "arguments": dict(wish.arguments),
                "time": words.utc(wish.taken_at),
                "accepted": wish.is_accepted,
                "answer": wish.answer,
                "since_iteration": wish.since,
            }
            for wish in self.store.wishes(self.run_id)
        ]

    def _wish(self, kind: str, data: Mapping[str, object] | None = None, **arguments: Json) -> str:
        """Leave a wish and return the engine's answer; one that builds ensembles answers later."""
        self._listened(kind, data)
        given = {name: value for name, value in arguments.items() if value is not None}
        number = self._steer(kind, after_end=True, **given)
        deadline = time.monotonic() + ANSWER_S
        while time.monotonic() < deadline and self.record.stage != BUSY_STAGE:
            wish = next((w for w in self.store.wishes(self.run_id) if w.number == number), None)
            if wish is not None and not wish.is_accepted:
                raise RunStateError(wish.answer)
            if wish is not None:
                _wake_widgets(self.run_id)
                return wish.answer
            time.sleep(0.02)
        return ""


def _wake_widgets(run_id: str) -> None:
    """Let the widgets of the run look at it again: one that had ended may go on."""
    from automl_widgets.view.publisher import publishers

    for publisher in publishers(run_id):
        publisher.wake()
