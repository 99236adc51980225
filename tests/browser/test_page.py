"""The view of recorded runs in a page without a kernel: looks, keyboard, table, chart, menus, and what is hostile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import BENIGN
from tests.browser.page import GRID, Player, Stage

LOOKS = [
    ("running", 1280, "light"),
    ("running", 1280, "dark"),
    ("running", 1280, "vscode"),
    ("running", 600, "light"),
    ("running", 960, "plain-dark"),
    ("running", 2000, "dark"),
    ("finished", 2560, "light"),
    ("empty", 1280, "light"),
    ("setupFailed", 1280, "dark"),
    ("failed", 1280, "dark"),
    ("five", 1280, "light"),
    ("interrupted", 720, "light"),
    ("many", 1400, "light"),
    ("hostile", 1280, "dark"),
    ("regression", 1280, "light"),
]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    started = Stage()
    yield started
    started.stop()


@pytest.fixture
def player(stage: Stage, browser: Any) -> Iterator[Player]:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("localStorage.clear()")
    yield Player(page, stage.url)
    page.close()
    assert not [error for error in errors if not any(text in error for text in BENIGN)]


@pytest.mark.parametrize(("state", "width", "theme"), LOOKS, ids=str)
def test_nothing_serious_stands_in_the_way_of_anyone(
    player: Player, pictures: Path, state: str, width: int, theme: str
) -> None:
    player.play(state, width, theme).charts()
    player.page.screenshot(path=pictures / f"page-{state}-{width}-{theme}.png", full_page=True)
    assert player.complaints() == []
    article = player.page.locator("article.rd")
    assert article.evaluate("node => node.scrollWidth <= node.clientWidth"), "nothing sticks out at the side"
    label = player.page.locator(".tools .count")
    assert label.evaluate("node => node.scrollWidth <= node.clientWidth"), "how many rows there are is read whole"


def test_the_keyboard_alone_walks_filters_opens_compares_and_closes(player: Player) -> None:
    page = player.play("running").page
    player.row(14).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert player.focused() == "11"
    page.keyboard.press("Enter")
    assert player.focused() == "tab Overview"
    page.keyboard.press("ArrowRight")
    assert player.focused() == "tab Log"
    page.keyboard.press("Escape")
    assert player.focused() == "11", "Escape closes the panel and goes back to its row"
    page.keyboard.press("/")
    page.keyboard.type("svm")
    assert sorted(player.iterations()) == [7, 14]
    page.keyboard.press("Escape")
    assert len(player.iterations()) == 20
    player.row(3).focus()
    page.keyboard.press("c")
    assert page.get_by_role("heading", name="2 iterations compared").is_visible()


def test_what_brings_the_data_is_the_first_row_with_its_log_and_no_iteration(player: Player) -> None:
    page = player.play("setupDone").page
    page.get_by_role("columnheader", name="Duration").get_by_role("button").click()
    assert player.iterations()[0] == -1
    assert page.locator(".tools .count").inner_text() == "20 iterations"
    player.row(-1).focus()
    page.keyboard.press("Enter")
    assert player.focused() == "tab Log"
    page.wait_for_selector(".log pre >> text=reading 12 files from the datastore")
    page.keyboard.press("Escape")
    assert player.focused() == "-1"


def test_a_row_menu_opens_by_key_and_every_entry_says_why_it_is_shut(player: Player) -> None:
    page = player.play("running").page
    player.row(3).focus()
    page.keyboard.press("Shift+F10")
    menu = page.get_by_role("menu", name="Iteration 3")
    hints = {item.inner_text().split("\n")[0]: item for item in menu.get_by_role("menuitem").all()}
    assert list(hints) == [
        *("Open", "Compare with best", "Explain", "Copy code", "Copy parameters", "Download log", "Download report"),
        *("5 more like this", "Block LogisticRegression", "Retry", "Cancel"),
    ]
    assert hints["Retry"].get_attribute("title") == "has a score"
    page.keyboard.press("Escape")
    assert player.focused() == "3"


@pytest.mark.parametrize(
    ("iteration", "label", "words"),
    [
        (3, "5 more like this", "5 more iterations like 3"),
        (3, "Block LogisticRegression", "No further iterations of LogisticRegression"),
        (9, "Retry", "Iteration 9 will run again"),
    ],
)
def test_what_is_asked_of_the_engine_is_confirmed(player: Player, iteration: int, label: str, words: str) -> None:
    player.play("running").do(iteration, label)
    player.page.wait_for_selector(f".toast >> text={words}")


def test_cancelling_shows_at_once_and_stopping_asks_first(player: Player) -> None:
    page = player.play("running").page
    player.do(15, "Cancel")
    assert "cancelling" in player.row(15).inner_text()
    page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("alertdialog")
    assert "13 finished iterations are kept, with their models." in dialog.inner_text()
    assert player.focused() == "BUTTON Keep running"
    page.get_by_role("button", name="Stop now").click()
    assert page.get_by_role("button", name="stopping…").get_attribute("aria-disabled") == "true"


def test_more_time_is_a_menu_that_says_what_is_not_limited(player: Player) -> None:
    page = player.play("running").page
    page.get_by_role("button", name="More time").click()
    page.get_by_role("menuitem", name="15 more minutes").click()
    page.wait_for_selector(".toast >> text=15 more minutes for the run")
    page = player.play("many").page
    page.get_by_role("button", name="More time").click()
    assert page.get_by_role("menuitem", name="1 more hour").get_attribute("aria-disabled") == "true"


@pytest.mark.parametrize(("state", "reason"), [("finished", "The run has ended"), ("hostile", "The kernel does not")])
def test_a_button_that_cannot_be_pressed_says_why(player: Player, state: str, reason: str) -> None:
    page = player.play(state).page
    for name in ("Pause", "Stop") if state == "finished" else ("Pause", "More time", "Stop"):
        button = page.get_by_role("button", name=name)
        assert str(button.get_attribute("title")).startswith(reason)
        button.click(force=True)
    assert page.get_by_role("menu").count() + page.get_by_role("alertdialog").count() == 0


def test_the_table_is_narrowed_and_sorted_by_whatever_it_shows(player: Player) -> None:
    page = player.play("running", width=1680).page
    page.get_by_label("Algorithm").select_option("LightGBM")
    assert sorted(player.iterations()) == [0, 10, 11, 15, 16]
    page.get_by_label("State").select_option("queued")
    assert player.iterations() == [16]
    page.get_by_label("State").press("Escape")
    page.get_by_role("columnheader", name="Duration").get_by_role("button").click()
    durations = page.locator(f"{GRID} [data-key=duration][role=gridcell]").all_inner_texts()
    assert durations[:2] == ["2 m 00 s", "1 m 52 s"]
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("menuitemcheckbox", name="accuracy", exact=True).click()
    page.keyboard.press("Escape")
    assert page.get_by_role("columnheader", name="accuracy").is_visible()


def test_ticked_rows_stand_beside_each_other(player: Player, pictures: Path) -> None:
    page = player.play("running").page
    for iteration in (11, 3, 7):
        player.row(iteration).hover()
        player.row(iteration).locator(".tick").click()
    page.get_by_role("heading", name="3 iterations compared").wait_for()
    assert page.locator(".cmp thead bdi").all_inner_texts() == ["LightGBM", "LogisticRegression", "SVM"]
    best = page.locator(".cmp tr", has_text="AUC_weighted").locator("b").all_inner_texts()
    assert best == ["0.9983 ± 0.0006"]
    page.screenshot(path=pictures / "page-compare.png")
    assert player.complaints() == []
    page.get_by_role("button", name="Leave out iteration 3").click()
    page.get_by_role("heading", name="2 iterations compared").wait_for()


def test_a_line_of_the_parallel_coordinates_selects_its_row_and_the_other_way_round(
    player: Player, pictures: Path
) -> None:
    page = player.play("many", width=1400).page
    page.get_by_label("Horizontal axis").select_option("parameters")
    page.wait_for_selector(".parallel path.run")
    player.row(3116).click()
    assert page.locator(".parallel path.chosen").get_attribute("data-i") == "3116"
    page.locator(".parallel").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert page.locator(".parallel path.chosen").get_attribute("data-i") != "3116"
    page.screenshot(path=pictures / "page-parallel.png")
    with page.expect_download() as saved:
        page.get_by_label("Save as PNG").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_point_of_the_chart_selects_its_row(player: Player) -> None:
    page = player.play("running").charts().page
    page.locator(".chartbox:not(.parallel)").focus()
    for key in ("Home", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert player.row(1).get_attribute("aria-selected") == "true"
    with page.expect_download() as saved:
        page.get_by_label("Save as PNG").click()
    assert Path(saved.value.path()).read_bytes().startswith(b"\x89PNG")


def test_of_five_thousand_rows_only_those_in_view_are_drawn(player: Player) -> None:
    page = player.play("many").page
    grid = page.locator(GRID)
    assert grid.get_attribute("aria-rowcount") == "5001"
    for share in (0.5, 1.0):
        page.locator(".rows").evaluate("(node, share) => { node.scrollTop = share * node.scrollHeight }", share)
        page.wait_for_timeout(100)
        assert 10 < len(player.iterations()) < 60
    assert page.locator(f"{GRID} [aria-rowindex='5001']").is_visible()


def test_a_log_of_a_hundred_thousand_lines_opens_and_is_searched(player: Player) -> None:
    page = player.play("longlog").page
    player.row(14).click()
    page.get_by_role("tab", name="Log").click()
    page.wait_for_selector("[role=log] >> text=line 99999")
    assert page.locator("[role=log] div").count() < 300
    search = page.get_by_label("Search log")
    search.fill("line 98765")
    search.press("Enter")
    page.wait_for_selector("[role=log] mark")


def test_names_of_another_hand_are_text_and_nothing_more(player: Player, pictures: Path) -> None:
    page = player.page
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    player.play("hostile").charts()
    for tab in ("Overview", "Log", "Importance", "Code"):
        page.get_by_role("tab", name=tab).click()
    page.get_by_label("Horizontal axis").select_option("parameters")
    page.wait_for_timeout(300)
    for iteration in (0, 2):
        player.row(iteration).hover()
        player.row(iteration).locator(".tick").click()
    page.wait_for_selector(".cmp")
    page.screenshot(path=pictures / "page-hostile-compare.png")
    assert page.locator("article.rd img, article.rd script").count() == 0
    assert "<img src=x onerror=alert(1)>" in page.locator(".cmp").inner_text()
    assert dialogs == []


def test_less_motion_and_forced_colours_are_obeyed(player: Player, pictures: Path) -> None:
    page = player.page
    page.emulate_media(reduced_motion="reduce", forced_colors="active")
    player.play("running")
    assert page.locator(".chip .spin").evaluate("node => getComputedStyle(node).animationName") == "none"
    selected = page.locator(f"{GRID} [aria-selected=true]")
    assert selected.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    page.screenshot(path=pictures / "page-forced-colours.png")


def test_a_closed_view_leaves_no_trace_in_the_page(player: Player) -> None:
    page = player.play("running").charts().page
    count: Callable[[], int] = lambda: int(page.evaluate("document.querySelectorAll('*').length"))  # noqa: E731
    before = count()
    page.evaluate(
        "() => { const raf = window.requestAnimationFrame; window.frames_asked = 0;"
        " window.requestAnimationFrame = f => { window.frames_asked += 1; return raf(f) }; unmount() }"
    )
    page.wait_for_timeout(1500)
    assert page.locator(".automl-run").count() == 0
    assert page.evaluate("window.frames_asked") == 0
    assert count() == before - 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_rows_of_an_explanation_stand_below_the_bars(player: Player, pictures: Path, theme: str) -> None:
    page = player.play("running", 1280, theme).page
    player.row(11).click()
    page.get_by_role("tab", name="Importance").click()
    page.wait_for_selector(".swarm path.b4")
    page.get_by_label("Class of the rows").select_option("3")
    page.get_by_label("Row", exact=True).select_option("31")
    assert "row 31 for 3" in page.locator(".diag .cap").last.inner_text()
    page.locator(".steps").scroll_into_view_if_needed()
    page.screenshot(path=pictures / f"page-explanation-{theme}.png", full_page=True)
    assert player.complaints() == []
    page.get_by_role("button", name="One row: show as table").click()
    assert page.get_by_role("region", name="One row as table").locator("tbody tr").count() == 12


def test_the_report_of_an_iteration_is_downloaded(player: Player) -> None:
    page = player.play("running").page
    with page.expect_download() as download:
        player.do(11, "Download report")
    assert download.value.suggested_filename == "AutoML_7f3c21e4-report-11.html"
    assert Path(download.value.path()).read_text().startswith("<!DOCTYPE html>")
