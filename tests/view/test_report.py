"""The report: one file, whole, small, escaped, and true about what there is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl_widgets.diagnostics import Evidence, diagnose
from automl_widgets.errors import NotFoundError, RunStateError, WorkspaceError
from automl_widgets.explain import ShapResult, sampled
from automl_widgets.records import Explanation, Guardrail, Profile
from automl_widgets.store import open_store
from automl_widgets.view.report import report_html, svg, write_report
from automl_widgets.view.report.html import shown
from tests.view.runs import RUN, a_finished_store, a_store, completed, fill, iteration
from tests.view.test_picture import Words

EVIL = '<script>alert("x")</script>\u202e'


class Page(Words):
    """Text and tags of a page; the tags that are never closed are left out."""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta",):
            super().handle_starttag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)


def classes(n: int, labels: list[str]) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(len(labels)), n)
    rows = np.arange(n)
    y = (rows % len(labels)).astype(np.int64)
    X, names = rng.normal(size=(n, 3)), [EVIL, "b", "c"]
    return diagnose(
        Evidence(
            task="classification", y=y, prediction=proba, row=rows, fold=rows % 5, labels=labels, X=X,
            feature_names=names,
        )
    )  # fmt: skip


def values(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    y, rows = rng.normal(size=n), np.arange(n)
    return diagnose(Evidence(task="regression", y=y, prediction=y + rng.normal(size=n), row=rows, fold=rows % 5))


def stored(tmp_path: Path, files: dict[str, Any], **fields: Any) -> Any:
    """A workspace with a run of two iterations; `files` of the best one."""
    store = fill(open_store(tmp_path), **fields)
    for i in range(2):
        store.put_iteration(RUN, completed(i, 0.9 + i / 100))
    store.update_run(RUN, best_iteration=1)
    folder = store.iteration_folder(RUN, 1)
    for name, content in files.items():
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return store


def sample(n_features: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    result = ShapResult(
        values=rng.normal(size=(2, 50, n_features)), expected=np.zeros(2), rows=np.arange(50), method="tree",
        unit="log-odds", n_rows=50, n_background=0, seconds=0.1,
    )  # fmt: skip
    return sampled(result, rng.normal(size=(50, n_features)), [EVIL] * n_features, ["no", EVIL])


def test_the_report_tells_all_that_the_issue_names(tmp_path: Path) -> None:
    files = {"diagnostics.json": classes(200, ["no", "yes"]), "code.py": "def build(): ...  # <here>"}
    page = Page(report_html(stored(tmp_path, files), RUN))
    assert page.open == []
    for text in (
        "my digits", "Model card", "1,797 rows, 2 columns", "Leaderboard", "0.9100", "learning_rate",
        "Confusion matrix", "ROC", "Calibration", "Thresholds for yes", "random_state", "scikit-learn", "1.9.1",
        "def build(): ...  # <here>",
    ):  # fmt: skip
        assert text in page.text


def test_it_needs_nothing_from_outside_and_forbids_scripts(tmp_path: Path) -> None:
    page = report_html(stored(tmp_path, {"diagnostics.json": classes(200, ["no", "yes"])}), RUN)
    assert not re.findall(r"(?:src|href)=[\"'](?!#)", page)
    assert "url(" not in page
    assert "default-src 'none'" in page
    assert {"script", "link", "img", "iframe"}.isdisjoint(Page(page).tags)


def test_what_people_call_things_is_escaped_everywhere(tmp_path: Path) -> None:
    profile = Profile(
        task="classification", n_rows=200, n_columns=1, feature_names=(EVIL,), column_purposes=("text",),
        classes=("no", EVIL), class_counts=(100, 100),
    )  # fmt: skip
    files = {"diagnostics.json": classes(200, ["no", EVIL]), "explanation.json": sample(), "code.py": EVIL}
    store = stored(tmp_path, files, profile=profile, reason=EVIL, stage=EVIL)
    store.put_guardrails(RUN, [Guardrail(name=EVIL, state="alerted", description=EVIL, details=({EVIL: EVIL},))])
    features = (EVIL, "b")
    store.put_explanation(
        RUN, Explanation(iteration=1, state="completed", features=features, overall=(1.0, 0.5), unit=EVIL, method=EVIL)
    )
    store.put_iteration(RUN, iteration(2, state="failed", reason=EVIL))
    page = report_html(store, RUN, notes={EVIL: EVIL})
    assert "<script" not in page.lower()
    assert "\u202e" not in page
    assert Page(page).text.count('alert("x")') > 10


@pytest.mark.parametrize(
    "diagnostics",
    [classes(3000, [str(k) for k in range(60)]), classes(40, ["no", "yes"]), values(200), values(5000)],
    ids=["60 classes", "2 classes", "200 values", "5000 values"],
)
def test_charts_of_each_kind_of_diagnostics_are_whole_and_small(tmp_path: Path, diagnostics: dict[str, Any]) -> None:
    store = stored(tmp_path, {"diagnostics.json": diagnostics, "explanation.json": sample(30)})
    store.put_explanation(RUN, Explanation(iteration=1, state="completed", features=("a",), overall=(1.0,)))
    page = report_html(store, RUN)
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page)
    assert Page(page).open == []
    assert len(page.encode()) < 3_000_000


def test_a_run_as_large_as_they_come_stays_under_three_megabytes(tmp_path: Path) -> None:
    names = tuple(f"column {k} {'x' * 60}" for k in range(5000))
    profile = Profile(
        task="classification", n_rows=10**6, n_columns=5000, feature_names=names, column_purposes=("numeric",) * 5000,
        classes=tuple(range(500)), class_counts=(2000,) * 500,
    )  # fmt: skip
    files = {"diagnostics.json": classes(20_000, [f"class {k}" for k in range(500)]), "code.py": "x = 1\n" * 200_000}
    store = a_finished_store(1500)
    assert len(report_html(store, RUN).encode()) < 3_000_000
    assert len(report_html(stored(tmp_path, files, profile=profile), RUN).encode()) < 3_000_000


def test_a_run_without_a_score_says_so() -> None:
    page = Page(report_html(a_store(state="preparing", profile=None, plan=None), RUN))
    for text in ("no iteration has a score", "No data were read.", "No iteration has been started.", "The run is"):
        assert text in page.text


def test_what_was_not_stored_is_named() -> None:
    page = Page(report_html(a_finished_store(), RUN, iteration=0)).text
    for text in ("No diagnostics were stored", "run.explain(iteration)", "No code was stored"):
        assert text in page


@pytest.mark.parametrize(
    "damaged", ["{", "[1]", '{"n_rows": "<b>"}', '{"confusion": {}, "n_rows": 3, "n_folds": "<script>"}']
)
def test_a_damaged_file_takes_no_other_section_along(tmp_path: Path, damaged: str) -> None:
    page = report_html(stored(tmp_path, {"diagnostics.json": damaged, "code.py": "x = 1"}), RUN)
    assert Page(page).open == []
    assert "x = 1" in page
    assert "<script" not in page
    assert "cannot be read" in page or "No diagnostics were stored" in page


def test_notes_fill_the_card_and_what_nobody_said_is_marked() -> None:
    page = Page(report_html(a_finished_store(), RUN, notes={"intended use": "Sorting letters"})).text
    assert "Intended use" in page
    assert "Sorting letters" in page
    assert "not stated" in page


def test_an_iteration_without_a_score_or_that_is_not_there_is_refused() -> None:
    store = a_store()
    store.put_iteration(RUN, iteration(0, state="failed", reason="ValueError: k"))
    with pytest.raises(RunStateError, match="failed and has no score: ValueError: k"):
        report_html(store, RUN, iteration=0)
    with pytest.raises(NotFoundError, match="no iteration 7"):
        report_html(store, RUN, iteration=7)


def test_the_file_goes_where_it_is_wanted(tmp_path: Path) -> None:
    store = a_finished_store()
    assert write_report(store, RUN, tmp_path).name == f"{RUN}.html"
    assert write_report(store, RUN, tmp_path / "new" / "a.html").read_text(encoding="utf-8").startswith("<!DOCTYPE")
    with pytest.raises(WorkspaceError, match="Cannot"):
        write_report(store, RUN, tmp_path / f"{RUN}.html" / "below.html")


def test_text_that_cannot_be_encoded_does_not_stop_it(tmp_path: Path) -> None:
    assert shown("a\ud800\x00b") == "a··b"
    assert write_report(a_finished_store(), RUN, tmp_path, notes={"owner": "\ud800"}).stat().st_size > 1000


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1e-9, 1e-9), (1e12, 3e12), (-3.0, 0.5)])
def test_ticks_are_round_and_inside(span: tuple[float, float]) -> None:
    found = svg.ticks(span)
    assert 2 <= len(found) <= 11
    assert all(span[0] - 1e-12 <= value <= span[1] * (1 + 1e-9) for value in found)
