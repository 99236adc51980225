"""The recipe of the next iteration, proposed while others run: a slot need not wait for it. Decides nothing.

A proposal follows from the results of earlier iterations alone, whenever it is made. One that was made ahead is
taken if what it follows from is the same still.
"""

from __future__ import annotations

from dataclasses import dataclass

from automl_widgets.engine.clerk import Clerk
from automl_widgets.engine.launch import Course
from automl_widgets.records import IterationRecord, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a proposal follows from."""

    iteration: int
    course: Course
    past: tuple[IterationRecord, ...]


class Foresight:
    """Proposes recipes of one run, the next one ahead.

    Parameters
    ----------
    clerk : Clerk
        Knows the iterations so far.
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk
        self._ahead: tuple[Basis, Recipe] | None = None

    def look(self, course: Course, iteration: int) -> None:
        """Propose a recipe, to have it when it is asked for; those of the portfolio are known anyway."""
        if iteration >= len(course.plan.portfolio) and iteration not in self._clerk.records:
            self._ahead = self._basis(course, iteration), self.recipe(course, iteration)

    def recipe(self, course: Course, iteration: int) -> Recipe:
        """Return the recipe of an iteration that has none yet."""
        basis = self._basis(course, iteration)
        if self._ahead is not None and self._is_same(basis, self._ahead[0]):
            return self._ahead[1]
        return self._proposed(basis)

    def _basis(self, course: Course, iteration: int) -> Basis:
        return Basis(iteration=iteration, course=course, past=self._clerk.below(course.waits_for[iteration]))

    @staticmethod
    def _is_same(one: Basis, other: Basis) -> bool:
        return one.iteration == other.iteration and one.course is other.course and one.past == other.past

    def _proposed(self, basis: Basis) -> Recipe:
        from automl_widgets.search.tuner import propose

        course, past, iteration = basis.course, basis.past, basis.iteration
        between = {i: r.recipe for i, r in self._clerk.records.items() if len(past) <= i < iteration and r.recipe}
        return propose(course.plan, past, course.settings, course.profile, iteration, between)
