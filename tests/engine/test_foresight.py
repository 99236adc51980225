"""Recipes that are proposed before their slot is free."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automl_widgets.engine.clerk import Clerk
from automl_widgets.engine.executors.inline import InlineExecutor
from automl_widgets.engine.foresight import Foresight
from automl_widgets.engine.launch import Course
from automl_widgets.engine.prepare import course_for
from automl_widgets.records import IterationRecord, Recipe


@pytest.fixture
def course(workshop, store) -> Course:
    run_id = workshop.prepared({"score": 0.7})
    plan = replace(store.run(run_id).plan, n_tuned=3, tunable_algorithms=("KNN",))
    run = store.update_run(run_id, plan=plan)
    executor = InlineExecutor()
    return course_for(store, run, executor, None, executor.put(str(store.run_folder(run_id)), {}))


@pytest.fixture
def proposals(monkeypatch) -> list[int]:
    """The iterations for which a recipe was proposed, in order."""
    found: list[int] = []

    def propose(plan, history, settings, profile, iteration, between):
        found.append(iteration)
        return Recipe(algorithm="KNN", parameters={"n": len(found), "past": len(history)})

    monkeypatch.setattr("automl_widgets.search.tuner.propose", propose)
    return found


def test_a_recipe_is_proposed_once_ahead_of_its_launch(course, store, proposals):
    foresight = Foresight(Clerk(store, course.run_id))
    for iteration in (0, 1, 1):
        foresight.look(course, iteration)
    assert foresight.recipe(course, 1).parameters == {"n": 1, "past": 0}
    assert proposals == [1]


def test_one_that_follows_from_what_has_changed_is_proposed_again(course, store, proposals):
    clerk = Clerk(store, course.run_id)
    foresight = Foresight(clerk)
    foresight.look(course, 1)
    assert foresight.recipe(replace(course), 1).parameters["n"] == 2
    course = replace(course, waits_for=(0, 1, 1, 1))
    foresight.look(course, 1)
    clerk.records[0] = IterationRecord(iteration=0, state="completed")
    assert foresight.recipe(course, 1).parameters == {"n": 4, "past": 1}
