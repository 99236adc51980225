"""The static picture and the text: true, small, escaped, and valid without style or script."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from automl_widgets.records import Explanation, Guardrail, Recipe
from automl_widgets.view.chart import MAX_POINTS, chart, thinned
from automl_widgets.view.picture import picture
from automl_widgets.view.snapshot import patch
from automl_widgets.view.text import text_table
from tests.view.runs import RUN, a_finished_store, a_store, completed, iteration


def of(store: Any) -> dict[str, Any]:
    return patch(store, RUN, 0)


class Words(HTMLParser):
    """Text of a page and its tags, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_picture_tells_name_state_best_and_rows() -> None:
    page = picture(of(a_finished_store()))
    words = Words(page)
    assert words.open == []
    assert page.startswith(f'<div class="automl-picture" data-run="{RUN}">')
    for text in ("my digits", "completed", "best AUC_weighted: 0.9040", "LightGBM", "all 5 iterations done", "b 0.5"):
        assert text in words.text
    assert {"script", "link", "img"}.isdisjoint(words.tags)


def test_the_picture_is_small_with_thousands_of_rows() -> None:
    store = a_store()
    for i in range(1284):
        store.put_iteration(RUN, completed(i, 0.5 + i / 5000))
    page = picture(of(store))
    assert len(page.encode()) < 60_000
    assert "and 1,234 more" in page
    assert page.count("<circle") <= MAX_POINTS


def test_hostile_names_are_escaped() -> None:
    evil = '<script>alert("x")</script>'
    store = a_store(tags={evil: evil}, reason=evil, stage=evil)
    recipe = Recipe(algorithm=evil, preprocessor='" onload="x')
    store.put_iteration(RUN, iteration(0, recipe=recipe, state="failed", reason=evil))
    store.put_guardrails(RUN, [Guardrail(name=evil, state="alerted", description=evil)])
    store.put_explanation(RUN, Explanation(iteration=0, state="completed", features=(evil,), overall=(1.0,), unit=evil))
    page = picture({**of(store), "run": '"><script>'}, note=evil)
    assert "<script" not in page
    assert "<style" not in page
    assert 'onload="' not in page


def test_the_error_of_a_missing_model_above_is_hidden_by_style_alone() -> None:
    page = picture(of(a_finished_store()))
    assert page.count("<style>") == 1
    assert f'.automl-picture[data-run="{RUN}"]' in page
    assert re.sub(r"<style>.*?</style>", "", page).count("style=") <= 1


def test_nothing_scored_yet_has_no_chart() -> None:
    page = picture(of(a_store(state="preparing")))
    assert "<svg" not in page
    assert "no score yet" in page


@pytest.mark.parametrize("scores", [[0.5], [0.5, 0.5], [0.9, 0.91, 0.9, 0.92, 0.1], [-3.0, 1e9]])
def test_the_chart_is_well_formed_and_inside_its_frame(scores: list[float]) -> None:
    store = a_store()
    for i, score in enumerate(scores):
        store.put_iteration(RUN, completed(i, score))
    drawn = ElementTree.fromstring(chart(of(store)))
    circles = [node for node in drawn if node.tag == "circle"]
    assert 1 <= len(circles) <= len(scores)
    assert all(0 <= float(node.get("cy", -1)) <= 170 for node in circles)


def test_an_outlier_is_a_triangle_at_the_edge() -> None:
    store = a_store()
    for i, score in enumerate([0.90, 0.91, 0.92, 0.90, 0.93, 0.1]):
        store.put_iteration(RUN, completed(i, score))
    assert chart(of(store)).count("<circle") == 5


def test_thinning_keeps_the_points_that_were_the_best_when_they_came() -> None:
    points = [(i, float(i % 7 == 0) * i) for i in range(2000)]
    best, steps = 0.0, []
    for i, score in points:
        best = max(best, score)
        steps.append((i, best))
    kept = thinned(points, steps)
    assert len(kept) <= MAX_POINTS
    assert kept == sorted(kept)
    assert points[1995] in kept


def test_the_text_has_one_line_for_each_row_and_counts_the_others() -> None:
    store = a_store()
    store.put_iteration(RUN, iteration(30, state="running", stage="fold 2 of 5"))
    store.put_iteration(RUN, iteration(31, state="failed", reason="ValueError: k must be positive"))
    for i in range(25):
        store.put_iteration(RUN, completed(i, 0.5 + i / 100))
    lines = text_table(of(store)).splitlines()
    assert lines[0] == f"my digits ({RUN}): running"
    assert "fold 2 of 5" in lines[5]
    assert lines[-1] == "and 7 more"
    assert len(lines) == 4 + 1 + 20 + 1


def test_the_data_script_has_a_line_of_its_own() -> None:
    noted = {
        "script": "get_data.py",
        "state": "failed",
        "reason": "KeyError: '<y>'",
        "started_at": 1.0,
        "ended_at": 4.2,
    }
    store = a_store(properties={"setup": json.dumps(noted)})
    line = next(line for line in text_table(of(store)).splitlines() if "Setup" in line)
    assert line.split() == ["Setup", "3.2", "s", "failed:", "KeyError:", "'<y>'"]
    page = picture(of(store))
    assert "Setup, get_data.py: 3.2 s, failed: KeyError: '<y>'" in Words(page).text
    assert "<y>" not in page
    assert "Setup" not in picture(of(a_store()))


def test_the_cause_stands_beside_what_has_no_score() -> None:
    store = a_store()
    store.put_iteration(RUN, iteration(0, state="oom", reason="needed 9.1 GB"))
    assert "out of memory: needed 9.1 GB" in text_table(of(store))
    assert "1 without a score" in picture(of(store))
