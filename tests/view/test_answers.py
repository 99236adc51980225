"""Whatever a page sends is answered: with what it asked for, or with an error in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl_widgets.store import MemoryStore
from automl_widgets.view import answers
from automl_widgets.view.answers import answer
from automl_widgets.view.wishes import wish
from tests.view import wire
from tests.view.runs import RUN, a_finished_store, a_store, completed


@pytest.fixture
def store() -> MemoryStore:
    found = a_store()
    found.put_iteration(RUN, completed(0, 0.9))
    folder = found.iteration_folder(RUN, 0)
    (folder / "log.txt").write_text("first\nsecond\n")
    (folder / "code.py").write_text("import sklearn\n")
    return found


def test_hello_is_answered_with_all_that_is_missing(store: MemoryStore) -> None:
    found, _ = answer(store, RUN, {"op": "hello", "id": 3, "have": 1})
    assert (found["op"], found["id"]) == ("patch", 3)
    wire.check(found["patch"], "Patch")
    assert found["patch"]["after"] == 1
    assert "facts" in found["patch"]


def test_hello_from_a_page_that_knows_of_more_than_there_is_gets_the_whole(store: MemoryStore) -> None:
    found, _ = answer(store, RUN, {"op": "hello", "id": 1, "have": 10_000})
    assert found["patch"]["after"] == 0


def test_a_log_is_read_from_a_byte_on(store: MemoryStore) -> None:
    found, _ = answer(store, RUN, {"op": "log", "id": 4, "i": 0, "from": 6})
    assert found == {"op": "log", "id": 4, "chunk": {"i": 0, "from": 6, "to": 13, "size": 13, "text": "second\n"}}
    found, _ = answer(store, RUN, {"op": "log", "id": 5, "i": 7, "from": 0})
    assert found["chunk"] == {"i": 7, "from": 0, "to": 0, "size": 0, "text": ""}


def test_the_log_of_what_brought_the_data_has_the_number_before_the_first(store: MemoryStore) -> None:
    (store.run_folder(RUN) / "setup_log.txt").write_text("reading\n")
    found, _ = answer(store, RUN, {"op": "log", "id": 4, "i": -1, "from": 0})
    assert found["chunk"] == {"i": -1, "from": 0, "to": 8, "size": 8, "text": "reading\n"}


def test_a_file_is_sent_if_it_is_one_of_ours(store: MemoryStore) -> None:
    found, _ = answer(store, RUN, {"op": "file", "id": 1, "i": 0, "name": "code.py"})
    assert found == {"op": "file", "id": 1, "text": "import sklearn\n"}
    found, _ = answer(store, RUN, {"op": "file", "id": 2, "i": 0, "name": "../../store.sqlite"})
    assert found["message"].startswith("`name` must be one of code.py, pipeline.json")


def test_the_report_is_written_when_it_is_asked_for(store: MemoryStore) -> None:
    store.put_iteration(RUN, completed(7, 0.9))
    found, _ = answer(store, RUN, {"op": "file", "id": 1, "i": 7, "name": "report.html"})
    assert found["text"].startswith("<!DOCTYPE html>")
    found, _ = answer(store, RUN, {"op": "file", "id": 2, "i": 99, "name": "report.html"})
    assert (found["op"], found["message"]) == ("error", "This run has no iteration 99 yet: there are 2.")


def test_a_command_goes_to_the_store(store: MemoryStore) -> None:
    found, _ = answer(store, RUN, {"op": "command", "id": 1, "command": {"kind": "cancel_iteration", "iteration": 3}})
    taken = store.take_commands(RUN)
    assert (found["op"], found["command_id"]) == ("taken", taken[0].command_id)
    assert (taken[0].kind, taken[0].arguments) == ("cancel_iteration", {"iteration": 3})


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ({"kind": "retry", "iteration": 3}, {"iteration": 3}),
        ({"kind": "like", "iteration": 3, "count": 5}, {"iteration": 3, "count": 5}),
        ({"kind": "block", "algorithm": "KNN"}, {"algorithm": "KNN"}),
        ({"kind": "more", "minutes": 15}, {"minutes": 15}),
        ({"kind": "more", "iterations": 50}, {"iterations": 50}),
        ({"kind": "pause", "evil": 1}, {}),
    ],
)
def test_a_command_is_passed_on_with_its_own_arguments_only(command: dict[str, Any], arguments: dict[str, Any]) -> None:
    assert wish(command) == (command["kind"], arguments)


@pytest.mark.parametrize(
    ("kind", "operation"),
    [("cancel", "error"), ("pause", "error"), ("explain", "taken"), ("retry", "taken"), ("more", "taken")],
)
def test_an_ended_run_takes_what_an_engine_can_still_do_and_one_is_called(kind: str, operation: str) -> None:
    message = {"op": "command", "id": 1, "command": {"kind": kind, "iteration": 0, "minutes": 5}}
    called: list[str] = []
    assert answer(a_finished_store(), RUN, message, called.append)[0]["op"] == operation
    assert called == ([kind] if operation == "taken" else [])


def test_where_no_engine_can_be_started_the_answer_says_where_one_can() -> None:
    message = {"op": "command", "id": 1, "command": {"kind": "explain", "iteration": 0}}
    ended = a_finished_store()
    assert "No kernel works on this run" in answer(ended, RUN, message)[0]["message"]
    assert ended.take_commands(RUN) == ()


def test_an_interrupted_run_can_only_be_resumed() -> None:
    store, called = a_store(), list[str]()
    store.update_run(RUN, state="interrupted")
    for kind, operation in (("cancel", "error"), ("more", "error"), ("resume", "taken")):
        command = {"kind": kind, "minutes": 5}
        assert answer(store, RUN, {"op": "command", "id": 1, "command": command}, called.append)[0]["op"] == operation
    assert called == ["resume"]


def test_the_mark_of_a_click_goes_with_its_command(store: MemoryStore) -> None:
    answer(store, RUN, {"op": "command", "id": 1, "command": {"kind": "pause"}, "click": "c0ffee"})
    assert store.take_commands(RUN)[0].arguments == {"click": "c0ffee"}
    found, _ = answer(store, RUN, {"op": "command", "id": 1, "command": {"kind": "pause"}, "click": 7})
    assert "`click` must be a name" in found["message"]


def test_the_charts_library_is_a_buffer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: MemoryStore) -> None:
    monkeypatch.setattr(answers, "PLOTLY", tmp_path / "plotly-subset.js.gz")
    assert "make build" in answer(store, RUN, {"op": "plotly", "id": 1})[0]["message"]
    (tmp_path / "plotly-subset.js.gz").write_bytes(b"gz")
    assert answer(store, RUN, {"op": "plotly", "id": 2}) == ({"op": "plotly", "id": 2}, [b"gz"])


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("hello", "A message must be an object with `op` and `id`, but got str."),
        ({"op": "eval", "id": 1}, "`op` must be one of hello, log"),
        ({"op": "hello", "id": 1, "have": -1}, "`have` must be a whole number, at least 0"),
        ({"op": "log", "id": 1, "i": True, "from": 0}, "`i` must be a whole number"),
        ({"op": "log", "id": 1, "i": -2, "from": 0}, "`i` must be a whole number, at least -1"),
        ({"op": "log", "id": 1, "i": 0, "from": -1}, "`from` must be a whole number, at least 0"),
        ({"op": "file", "id": 1, "i": -1, "name": "code.py"}, "`i` must be a whole number, at least 0"),
        ({"op": "command", "id": 1, "command": {"kind": "retry", "iteration": -1}}, "`iteration` must be"),
        ({"op": "command", "id": 1, "command": {"kind": "rm"}}, "`kind` must be one of cancel"),
        ({"op": "command", "id": 1, "command": None}, "`kind` must be one of cancel"),
        ({"op": "command", "id": 1, "command": {"kind": "explain", "iteration": "0"}}, "`iteration` must be"),
        ({"op": "command", "id": 1, "command": {"kind": "like", "iteration": 0, "count": 0}}, "`count` must be from 1"),
        ({"op": "command", "id": 1, "command": {"kind": "block", "algorithm": 7}}, "`algorithm` must be a name"),
        ({"op": "command", "id": 1, "command": {"kind": "more"}}, "`more` must say how many"),
        ({"op": "file", "id": 1, "i": 9, "name": "code.py"}, "has no code.py"),
    ],
)
def test_a_bad_message_is_answered_with_what_is_wrong(store: MemoryStore, message: object, words: str) -> None:
    found, buffers = answer(store, RUN, message)
    assert found["op"] == "error"
    assert words in found["message"]
    assert buffers == []


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "kind", "i"]), inner, max_size=3)
    ),
    max_leaves=5,
)
STORE = a_finished_store()


@given(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["hello", "log", "file", "command", "plotly"]) | junk},
        optional=dict.fromkeys(("id", "have", "i", "from", "name", "command"), junk),
    )
)
def test_no_message_raises(message: dict[str, Any]) -> None:
    found, _ = answer(STORE, RUN, message)
    assert isinstance(found["id"], int)
    assert isinstance(found["op"], str)
