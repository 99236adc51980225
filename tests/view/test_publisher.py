"""One thread brings a run to a screen: everything once, logs too, and it ends by itself."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automl_widgets.errors import WorkspaceError
from automl_widgets.records import Explanation
from automl_widgets.store import MemoryStore
from automl_widgets.store.files import SETUP
from automl_widgets.view import publisher as publisher_module
from automl_widgets.view import screen
from automl_widgets.view.publisher import Publisher, publishers
from automl_widgets.view.snapshot import Replica, patch
from automl_widgets.view.tails import CHUNK_BYTES, ITERATION_BYTES, Tails
from automl_widgets.view.widget import settle
from tests.view.runs import RUN, a_store, completed, iteration


class FakeScreen:
    """Remembers what it was shown, and by which threads."""

    is_open = True

    def __init__(self) -> None:
        self.patches: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.threads: set[int] = set()
        self.times: list[float] = []

    def show_patch(self, patch: dict[str, Any]) -> None:
        self.threads.add(threading.get_ident())
        self.times.append(time.monotonic())
        self.patches.append(patch)

    def keep(self, whole: dict[str, Any]) -> None:
        self.threads.add(threading.get_ident())
        self.kept.append(whole)

    def push(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    def log(self, i: int) -> str:
        chunks = [chunk for m in self.messages if m["op"] == "logs" for chunk in m["chunks"] if chunk["i"] == i]
        return "".join(chunk["text"] for chunk in chunks)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in {"PERIOD_S": 0.02, "LOG_PERIOD_S": 0.05, "IDLE_PERIOD_S": 0.1, "PICTURE_PERIOD_S": 0.05}.items():
        monkeypatch.setattr(publisher_module, name, value)
    yield
    wait_for(lambda: not any(thread.name == "automl-publisher" for thread in threading.enumerate()))


def wait_for(is_so: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def started(store: MemoryStore) -> tuple[FakeScreen, Publisher]:
    page = FakeScreen()
    first = patch(store, RUN, 0)
    found = Publisher(store, first, weakref.ref(page))
    found.wake(0.0)
    page.patches.append(first)
    return page, found


def end(store: MemoryStore, state: str = "completed") -> None:
    store.update_run(RUN, state=state, ended_at=time.time())


def test_a_screen_that_applies_all_patches_ends_with_the_whole_run() -> None:
    store = a_store()
    page, publisher = started(store)
    for i in range(40):
        store.put_iteration(RUN, iteration(i, state="running"))
        store.put_iteration(RUN, completed(i, 0.5 + i / 100))
        time.sleep(0.005)
    end(store)
    wait_for(lambda: not publisher.is_alive)
    replica = Replica(page.patches[0])
    for new in page.patches[1:]:
        assert new["after"] == replica.seq
        replica.apply(new)
    whole = patch(store, RUN, 0)
    assert replica.whole(whole["status"]["now"]) == whole
    assert page.kept[-1]["seq"] == whole["seq"]
    assert len(page.threads) == 1


def test_patches_come_at_most_so_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "PERIOD_S", 0.1)
    store = a_store()
    page, publisher = started(store)
    for i in range(300):
        store.put_iteration(RUN, completed(i, 0.5))
        time.sleep(0.002)
    end(store)
    wait_for(lambda: not publisher.is_alive)
    assert 5 <= len(page.times) <= 12
    assert min(b - a for a, b in zip(page.times, page.times[1:], strict=False)) > 0.08


def test_the_whole_is_kept_when_the_changes_have_doubled_and_at_the_end() -> None:
    store = a_store()
    page, publisher = started(store)
    for i in range(60):
        store.put_iteration(RUN, completed(i, 0.5))
        time.sleep(0.01)
    end(store)
    wait_for(lambda: not publisher.is_alive)
    assert 3 <= len(page.kept) <= 8


def test_the_thread_ends_with_the_run_and_starts_again_for_an_explanation() -> None:
    store = a_store()
    store.put_iteration(RUN, completed(0, 0.9))
    page, publisher = started(store)
    end(store)
    wait_for(lambda: not publisher.is_alive)
    publisher.wake(0.3)
    store.put_explanation(RUN, Explanation(iteration=0, state="running"))
    time.sleep(0.5)
    assert publisher.is_alive
    store.put_explanation(RUN, Explanation(iteration=0, state="completed"))
    wait_for(lambda: not publisher.is_alive)
    assert page.patches[-1]["importance"][0]["state"] == "completed"


def test_a_screen_that_is_gone_or_closed_ends_the_thread() -> None:
    store = a_store()
    page, publisher = started(store)
    page.is_open = False
    wait_for(lambda: not publisher.is_alive)
    page, publisher = started(store)
    del page
    gc.collect()
    wait_for(lambda: not publisher.is_alive)


def test_the_death_of_the_engine_is_shown_although_nothing_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store()
    page, publisher = started(store)
    seq = store.seq(RUN)
    store.release(RUN)
    wait_for(lambda: not publisher.is_alive)
    assert page.patches[-1]["status"]["state"] == "interrupted"
    assert page.patches[-1]["seq"] == seq


def test_logs_of_what_runs_are_sent_piece_by_piece() -> None:
    store = a_store()
    page, publisher = started(store)
    store.put_iteration(RUN, iteration(0, state="running"))
    path = store.iteration_folder(RUN, 0) / "log.txt"
    path.write_text("fold 1\n")
    wait_for(lambda: page.log(0) == "fold 1\n")
    path.write_text("fold 1\nfold 2 für alle\n")
    store.put_iteration(RUN, completed(0, 0.9))
    end(store)
    wait_for(lambda: not publisher.is_alive)
    assert page.log(0) == "fold 1\nfold 2 für alle\n"


def test_the_log_of_what_brings_the_data_is_followed_like_an_iterations() -> None:
    noted = {"script": "get_data.py", "state": "running", "started_at": 1.0}
    store = a_store(state="preparing", properties={"setup": json.dumps(noted)})
    page, publisher = started(store)
    path = store.run_folder(RUN) / "setup_log.txt"
    path.write_text("reading\n")
    wait_for(lambda: page.log(SETUP) == "reading\n")
    path.write_text("reading\ndone\n")
    store.update_run(RUN, properties={"setup": json.dumps({**noted, "state": "completed", "ended_at": 2.0})})
    end(store)
    wait_for(lambda: not publisher.is_alive)
    assert page.log(SETUP) == "reading\ndone\n"


def test_of_a_long_log_the_first_64_kb_are_sent_in_pieces_of_16() -> None:
    store = a_store()
    store.put_iteration(RUN, iteration(0, state="running"))
    tails = Tails(store, RUN, patch(store, RUN, 0)["rows"])
    (store.iteration_folder(RUN, 0) / "log.txt").write_text("x" * 200_000)
    pieces = []
    while chunks := tails.read():
        pieces += chunks
    assert [len(piece["text"]) for piece in pieces] == [CHUNK_BYTES] * 4
    assert pieces[-1]["to"] == ITERATION_BYTES
    assert pieces[-1]["size"] == 200_000
    assert tails.is_watching
    tails.follow([{"i": 0, "state": "completed", "attempt": 0}])
    assert tails.read() == []
    assert not tails.is_watching


def test_the_log_of_a_second_attempt_is_followed_from_its_start() -> None:
    store = a_store()
    path = store.iteration_folder(RUN, 0) / "log.txt"
    path.write_text("first attempt\n")
    tails = Tails(store, RUN, [{"i": 0, "state": "running", "attempt": 0}])
    assert tails.read()[0]["text"] == "first attempt\n"
    path.write_text("second\n")
    assert tails.read()[0] == {"i": 0, "from": 0, "to": 7, "size": 7, "text": "second\n"}
    tails = Tails(store, RUN, [{"i": 0, "state": "lost", "attempt": 0}])
    assert not tails.is_watching
    tails.follow([{"i": 0, "state": "running", "attempt": 1}])
    assert tails.is_watching


def test_pictures_follow_and_the_last_one_is_final(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, list[str]] = {}
    monkeypatch.setattr(
        screen, "update_picture", lambda which, bundle: shown.setdefault(which, []).append(bundle["text/html"])
    )
    store = a_store()
    page, publisher = started(store)
    publisher.add_picture("one")
    store.put_iteration(RUN, completed(0, 0.91))
    wait_for(lambda: "one" in shown)
    end(store)
    wait_for(lambda: not publisher.is_alive)
    assert "completed" in shown["one"][-1]
    assert page.messages[-1] == {"op": "picture", "html": shown["one"][-1]}


def test_a_page_that_was_reloaded_gets_the_last_picture_of_an_ended_run() -> None:
    store = a_store()
    page, publisher = started(store)
    end(store)
    wait_for(lambda: not publisher.is_alive)
    page.messages.clear()
    publisher.draw_again()
    wait_for(lambda: not publisher.is_alive)
    assert [message["op"] for message in page.messages] == ["picture"]


def test_settle_waits_until_all_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[str, str]] = []
    monkeypatch.setattr(
        screen, "update_picture", lambda _, bundle: drawn.append((threading.current_thread().name, bundle["text/html"]))
    )
    store = a_store()
    page, publisher = started(store)
    publisher.add_picture("one")
    end(store)
    assert settle(RUN)
    assert page.kept[-1]["seq"] == store.seq(RUN)
    assert (drawn[-1][0], "completed" in drawn[-1][1]) == ("MainThread", True)
    assert publisher in publishers(RUN)


def test_a_store_that_fails_for_good_ends_the_thread_with_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publisher_module, "N_FAILURES", 1)
    store = a_store()
    page, publisher = started(store)

    def fail(*_: object) -> int:
        raise WorkspaceError("The disk is gone.")

    monkeypatch.setattr(store, "wait", fail)
    wait_for(lambda: not publisher.is_alive)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert page.is_open
