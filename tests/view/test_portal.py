"""The portal on a real Jupyter server: what it shows, whom it obeys, and everything that it must refuse."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from automl_widgets.store import SqliteStore, Store, open_store
from automl_widgets.store.place import CONFIG, FOLDER
from tests.sdk.test_resume import Kernel
from tests.view import runs as stored
from tests.view import wire
from tests.view.portal import BASE, TOKEN, PortalServer

pytest.importorskip("jupyter_server")
pytestmark = pytest.mark.timeout(120)

PLACE = f"proj/{FOLDER}"
ENDED = "AutoML_ended"
NASTY = "<script>alert(1)</script>'; DROP TABLE runs; --"
SECRET = "the-secret-of-another"
API = ("api/runs", "api/run", "api/log", "api/file", "api/compare", "api/tags", "api/command")
HOSTILE = (
    "",
    "..",
    "../..",
    "/etc",
    "\\\\host\\share",
    "C:",
    "proj/../../outside",
    f"proj/./{FOLDER}",
    f"proj//{FOLDER}",
    ".hidden/automl_workspace",
    "%2e%2e%2f",
    "proj",
    "link/automl_workspace",
    "a" * 5000,
    "proj\x00",
    NASTY,
)
"""Names that neither a workspace nor a run has."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalServer]:
    folder = tmp_path_factory.mktemp("portal")
    outside = folder / "outside"
    _workspace(outside / FOLDER)
    (outside / FOLDER / "secret.txt").write_text(SECRET)
    started = PortalServer(folder)
    _workspace(started.root / ".hidden" / FOLDER)
    (started.root / "link").symlink_to(outside)
    yield started
    started.stop()


def _workspace(folder: Path) -> Store:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG).write_text(json.dumps({"name": NASTY}))
    return open_store(folder)


@pytest.fixture
def store(server: PortalServer) -> Iterator[Store]:
    """A workspace with a run that this process holds, and one that has ended."""
    opened = _workspace(server.root / PLACE)
    stored.fill(opened)
    opened.put_iteration(stored.RUN, stored.completed(0, 0.91))
    opened.put_iteration(stored.RUN, stored.iteration(1, state="running"))
    (opened.iteration_folder(stored.RUN, 0) / "log.txt").write_text(f"fold 1\n{NASTY}\n")
    record = opened.run(stored.RUN)
    ended = {"experiment": NASTY, "state": "completed", "best_iteration": 0, "created_at": record.created_at + 1}
    opened.create_run(_changed(record, run_id=ENDED, tags={"owner": NASTY}, ended_at=1_700_000_060.0, **ended))
    opened.put_iteration(ENDED, stored.completed(0, 0.95))
    yield opened
    for run in opened.runs():
        opened.release(run.run_id)
        opened.delete_run(run.run_id)


def _changed(record: Any, **fields: Any) -> Any:
    import dataclasses

    return dataclasses.replace(record, **fields)


def at(run_id: str = stored.RUN, **more: object) -> dict[str, object]:
    return {"workspace": PLACE, "run": run_id, **more}


# What it shows


def test_the_list_is_searched_narrowed_and_sorted(server: PortalServer, store: Store) -> None:
    listed = server.ask("GET", "api/runs").json
    assert [row["run_id"] for row in listed["rows"]] == [ENDED, stored.RUN]
    assert [(one["place"], one["name"]) for one in listed["workspaces"]] == [(PLACE, NASTY)]
    assert (listed["rows"][0]["best_score"], listed["rows"][1]["n_ended"]) == (0.95, 1)
    for narrowed in ({"search": "OWNER=<script>"}, {"state": "completed"}, {"experiment": NASTY}, {"limit": 1}):
        assert [row["run_id"] for row in server.ask("GET", "api/runs", **narrowed).json["rows"]] == [ENDED]
    by_name = server.ask("GET", "api/runs", sort="score", order="ascending").json["rows"]
    assert [row["best_score"] for row in by_name] == [0.95, None]


def test_a_page_gets_the_whole_and_then_what_changes_as_it_happens(server: PortalServer, store: Store) -> None:
    whole = server.ask("GET", "api/run", **at()).json
    wire.check(whole, "Patch")
    threading.Timer(0.5, lambda: store.put_iteration(stored.RUN, stored.completed(1, 0.93))).start()
    began = time.monotonic()
    change = server.ask("GET", "api/run", **at(after=whole["seq"], wait=10)).json
    assert 0.3 < time.monotonic() - began < 8
    assert (change["after"], [row["i"] for row in change["rows"]]) == (whole["seq"], [1])


def test_logs_and_files_are_read_as_text(server: PortalServer, store: Store) -> None:
    log = server.ask("GET", "api/log", **at(iteration=0, **{"from": 7}))
    assert (log.json["text"], log.headers["X-Content-Type-Options"]) == (f"{NASTY}\n", "nosniff")
    assert log.headers["Content-Type"].startswith("application/json")
    (store.iteration_folder(stored.RUN, 0) / "code.py").write_text("import sklearn\n")
    assert server.ask("GET", "api/file", **at(iteration=0, name="code.py")).json == {"text": "import sklearn\n"}


def test_the_log_of_what_brought_the_data_is_read_and_nothing_else_by_its_number(
    server: PortalServer, store: Store
) -> None:
    (store.run_folder(stored.RUN) / "setup_log.txt").write_text(NASTY)
    assert server.ask("GET", "api/log", **at(iteration=-1)).json["text"] == NASTY
    assert server.ask("GET", "api/log", **at(iteration=-2)).status == 400
    assert server.ask("GET", "api/file", **at(iteration=-1, name="code.py")).status == 400


def test_what_the_server_loads_holds_no_learner(server: PortalServer, store: Store) -> None:
    server.ask("GET", "api/run", **at())
    maps = Path(f"/proc/{server.process.pid}/maps")
    if maps.exists():
        assert not [name for name in ("sklearn", "lightgbm", "scipy", "pandas") if name in maps.read_text()]


def test_runs_are_put_beside_each_other(server: PortalServer, store: Store) -> None:
    both = {"run": [f"{PLACE}/{ENDED}", f"{PLACE}/{stored.RUN}"]}
    ended, live = server.ask("GET", "api/compare", **both).json["runs"]
    assert (ended["scores"]["AUC_weighted"], ended["data"]["rows"], live["scores"]) == (0.95, "1797", {})
    assert [metric["goal"] for metric in ended["metrics"]] == ["max", "min"]
    assert (ended["settings"]["iterations"], ended["versions"]) == ("1000", {"scikit-learn": "1.9.1"})


@pytest.mark.parametrize(
    ("names", "status"),
    [([], 400), ([ENDED], 400), ([f"{PLACE}/{ENDED}"] * 2, 400), ([f"{PLACE}/x{k}" for k in range(6)], 400)],
)
def test_only_some_runs_are_compared(server: PortalServer, store: Store, names: list[str], status: int) -> None:
    assert server.ask("GET", "api/compare", run=names).status == status


def test_no_name_of_a_compared_run_leads_out_of_a_workspace(server: PortalServer, store: Store) -> None:
    for name in HOSTILE:
        for other in (f"{name}/{ENDED}", f"{PLACE}/{name}"):
            found = server.ask("GET", "api/compare", run=[f"{PLACE}/{ENDED}", other])
            assert (found.status, SECRET in found.text) == (404, False), other


# Tags


def test_tags_are_added_changed_and_taken_away(server: PortalServer, store: Store) -> None:
    store.set_tags(ENDED, {"old": "1", "from the kernel": "stays"})
    found = server.ask("PUT", "api/tags", {**at(ENDED), "set": {"owner": f" {NASTY} ", "new": ""}, "remove": ["old"]})
    assert (
        found.json
        == {"tags": {"owner": NASTY, "from the kernel": "stays", "new": ""}}
        == {"tags": store.run(ENDED).tags}
    )
    assert server.ask("PUT", "api/tags", {**at(ENDED), "set": {"old": "1"}, "remove": ["new"]}).status == 200


@pytest.mark.parametrize(
    "change",
    [{}, {"set": [], "remove": []}, {"set": {"a": 1}}, {"set": {" ": "b"}}, {"set": {"a": "b\nc"}},
     {"set": {"a": "\ud800"}}, {"set": {"a" * 201: "b"}}, {"remove": [None]}, {"remove": "owner"}],
)  # fmt: skip
def test_what_is_no_tag_is_refused(server: PortalServer, store: Store, change: dict[str, object]) -> None:
    assert server.ask("PUT", "api/tags", {**at(ENDED), **change}).status == 400
    assert store.run(ENDED).tags == {"owner": NASTY}


def test_a_run_has_only_so_many_tags(server: PortalServer, store: Store) -> None:
    found = server.ask("PUT", "api/tags", {**at(ENDED), "set": {f"tag {k}": "" for k in range(50)}})
    assert (found.status, "take one away first" in found.json["message"]) == (409, True)
    assert len(store.run(ENDED).tags) == 1


# Commands


def test_a_command_is_taken_by_a_living_engine(server: PortalServer, store: Store) -> None:
    taken = threading.Thread(target=_engine, args=(store, stored.RUN))
    taken.start()
    found = server.ask("POST", "api/command", {**at(), "command": {"kind": "cancel_iteration", "iteration": 1}})
    taken.join()
    assert (found.status, found.json) == (200, {"state": "taken", "answer": ""})


def _engine(store: Store, run_id: str) -> None:
    deadline = time.monotonic() + 5
    while not store.take_commands(run_id) and time.monotonic() < deadline:
        time.sleep(0.02)


def test_an_engine_that_is_held_up_finds_the_command_later(server: PortalServer, store: Store) -> None:
    found = server.ask("POST", "api/command", {**at(), "command": {"kind": "pause"}})
    assert found.json["state"] == "queued"
    assert [command.kind for command in store.take_commands(stored.RUN)] == ["pause"]


def test_a_run_whose_kernel_has_ended_says_how_it_is_resumed(server: PortalServer, store: Store) -> None:
    store.release(stored.RUN)
    found = server.ask("POST", "api/command", {**at(), "command": {"kind": "cancel"}})
    assert found.status == 409
    assert found.json["message"].endswith(f"AutoMLRun(Experiment(ws, 'digits'), '{stored.RUN}').resume()")


def test_nobody_listens_to_an_ended_run_and_so_the_wish_is_taken_back(server: PortalServer, store: Store) -> None:
    wish = {**at(ENDED), "command": {"kind": "explain", "iteration": 0}}
    with server.refused("execute"):
        found = server.ask("POST", "api/command", wish)
    assert (found.status, "no kernel listens to it any more" in found.json["message"]) == (409, True)
    found = server.ask("POST", "api/command", wish)
    assert (found.status, "no engine could be started for it" in found.json["message"]) == (409, True)
    assert store.take_commands(ENDED) == ()


def test_an_interrupted_run_is_resumed_by_a_process_of_its_own(server: PortalServer, tmp_path: Path) -> None:
    folder = server.root / "interrupted"
    folder.mkdir()
    run = Kernel(folder, {"iterations": 6}).killed_when(lambda run: len(run.store.iterations(run.id)) > 1)
    wish = {"workspace": f"interrupted/{FOLDER}", "run": run.id, "command": {"kind": "resume"}}
    with server.refused("execute"):
        assert server.ask("POST", "api/command", wish).status == 409
    replies = [threading.Thread(target=server.ask, args=("POST", "api/command", wish)) for _ in range(2)]
    for reply in replies:
        reply.start()
    for reply in replies:
        reply.join()
    assert run.record.state in ("preparing", "running", "finalizing", "completed")
    assert run.wait_for_completion()["status"] == "Completed"
    ps = [p for p in psutil.process_iter(["cmdline"]) if run.id in (p.info["cmdline"] or ())]
    assert len(ps) == 1, "two clicks are one process"
    explained = {**wish, "command": {"kind": "explain", "iteration": 0}}
    assert server.ask("POST", "api/command", explained).json["state"] == "taken"
    ps[0].terminate()


def test_a_run_of_other_packages_is_not_resumed_by_this_server(server: PortalServer, store: Store) -> None:
    store.update_run(stored.RUN, versions={"scikit-learn": "0.1"})
    store.release(stored.RUN)
    found = server.ask("POST", "api/command", {**at(), "command": {"kind": "resume"}})
    assert (found.status, "the run used scikit-learn 0.1" in found.json["message"]) == (409, True), found.text


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ({"kind": "rm -rf"}, 400, "`kind` must be one of"),
        ({"kind": "cancel_iteration", "iteration": "1; DROP"}, 400, "must be a whole number"),
        ({"kind": "cancel_iteration", "iteration": 99}, 404, "There is no iteration 99"),
        ({"kind": "cancel_iteration", "iteration": 0}, 409, "has ended already"),
        ({"kind": "explain", "iteration": 1}, 409, "must be completed"),
        (None, 400, "`kind` must be one of"),
    ],
)
def test_an_impossible_command_is_refused_in_words(
    server: PortalServer, store: Store, command: object, status: int, words: str
) -> None:
    found = server.ask("POST", "api/command", {**at(), "command": command})
    assert (found.status, words in found.json["message"]) == (status, True)
    assert store.take_commands(stored.RUN) == ()


def test_a_run_is_deleted_but_not_while_it_goes_on(server: PortalServer, store: Store) -> None:
    refused = server.ask("DELETE", "api/run", **at())
    assert (refused.status, "Stop it first" in refused.json["message"]) == (409, True)
    assert server.ask("DELETE", "api/run", **at(ENDED)).json == {"deleted": ENDED}
    assert [run.run_id for run in store.runs()] == [stored.RUN]


# Who may ask


@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}, {"Cookie": "username-127=x"}])
def test_nobody_is_answered_without_the_token(server: PortalServer, store: Store, headers: dict[str, str]) -> None:
    for path in ("", "run", "static/widget.js", "nothing", *API):
        for method in ("GET", "POST", "DELETE", "PUT"):
            found = server.ask(method, path, headers=headers, **at())
            assert found.status in (302, 403, 405), (method, path)
            assert stored.RUN not in found.text
            if found.status == 302:
                assert found.headers["Location"].startswith(f"{BASE}login?next=")


def entry(server: PortalServer) -> str:
    """The cookies of a browser that was let in by the token."""
    entered = server.ask("GET", "", headers={}, token=TOKEN)
    assert entered.status == 200
    return "; ".join(cookie.split(";")[0] for cookie in entered.cookies)


def test_a_change_needs_the_cookie_against_forgery(server: PortalServer, store: Store) -> None:
    cookies = entry(server)
    assert server.ask("GET", "api/runs", headers={"Cookie": cookies}).status == 200
    for method, path, body in (
        ("POST", "api/command", {**at(), "command": {"kind": "pause"}}),
        ("DELETE", "api/run", None),
        ("PUT", "api/tags", {**at(ENDED), "set": {"a": "b"}}),
    ):
        forged = server.ask(method, path, body, headers={"Cookie": cookies}, **at(ENDED))
        assert forged.status == 403
    assert store.take_commands(stored.RUN) == ()
    assert len(store.runs()) == 2
    assert store.run(ENDED).tags == {"owner": NASTY}


def test_a_page_from_elsewhere_is_not_answered(server: PortalServer, store: Store) -> None:
    cookies = entry(server)
    for path in API[:-2]:
        asked = at(iteration=0, name="code.py")
        assert (
            server.ask("GET", path, headers={"Origin": "https://evil.example", "Cookie": cookies}, **asked).status
            == 404
        )
    foreign = server.ask("GET", "api/runs", headers={"Authorization": f"token {TOKEN}", "Host": "evil.example"})
    assert foreign.status == 403


def test_the_authorizer_of_the_server_is_asked(server: PortalServer, store: Store) -> None:
    with server.refused("write"):
        assert server.ask("GET", "api/runs").status == 200
        assert server.ask("POST", "api/command", {**at(), "command": {"kind": "pause"}}).status == 403
        assert server.ask("DELETE", "api/run", **at(ENDED)).status == 403
        assert server.ask("PUT", "api/tags", {**at(ENDED), "set": {"a": "b"}}).status == 403


# What nobody may reach


@pytest.mark.parametrize("field", ["workspace", "run"])
@pytest.mark.parametrize("path", ["api/run", "api/log", "api/file"])
def test_no_name_leads_out_of_a_workspace(server: PortalServer, store: Store, path: str, field: str) -> None:
    for name in HOSTILE:
        found = server.ask("GET", path, **{**at(iteration=0, name="code.py"), field: name})
        assert found.status == 404, name
        assert found.headers["Content-Type"].startswith("application/json")
        assert SECRET not in found.text


def test_only_known_files_are_read(server: PortalServer, store: Store) -> None:
    for name in ("../../../store.sqlite", "model.pkl", "log.txt", "/etc/passwd", "", NASTY):
        assert server.ask("GET", "api/file", **at(iteration=0, name=name)).status == 400, name


@pytest.mark.parametrize("field", ["after", "wait", "iteration", "from", "offset"])
def test_a_number_is_a_number(server: PortalServer, store: Store, field: str) -> None:
    path = {"iteration": "api/log", "from": "api/log", "offset": "api/runs"}.get(field, "api/run")
    for number in ("-2", "1e3", "０", "1;2", NASTY, "9" * 30, "0x10"):
        assert server.ask("GET", path, **at(**{field: number})).status == 400, number


def test_links_out_of_a_workspace_are_not_followed(server: PortalServer, store: Store, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET)
    (store.iteration_folder(stored.RUN, 0) / "code.py").symlink_to(tmp_path / "secret")
    assert server.ask("GET", "api/file", **at(iteration=0, name="code.py")).status == 404
    theft = server.root / "theft" / FOLDER
    theft.mkdir(parents=True)
    (theft / CONFIG).write_text("{}")
    (theft / "store.sqlite").symlink_to(server.root.parent / "outside" / FOLDER / "store.sqlite")
    assert server.ask("GET", "api/run", workspace=f"theft/{FOLDER}", run=stored.RUN).status == 404


def test_nothing_else_is_served(server: PortalServer) -> None:
    for path in ("static/../portal/handlers.py", "static/..%2f..%2fstore", "static/portal.ts", "x/y"):
        assert server.ask("GET", path).status == 404, path


def test_a_request_that_no_page_sends_is_refused(server: PortalServer, store: Store) -> None:
    bodies = {"x" * 70_000: 413, "{": 400, "[]": 400, '"text"': 400, "null": 400, '{"run": 1}': 404, "": 400}
    for body, status in bodies.items():
        assert server.ask("POST", "api/command", body).status == status, body[:20]


def test_a_page_holds_nothing_of_a_run_and_allows_only_its_own_script(server: PortalServer, store: Store) -> None:
    first, second = (server.ask("GET", "run", **at(NASTY)) for _ in range(2))
    policy = dict(part.split(" ", 1) for part in first.headers["Content-Security-Policy"].split("; "))
    nonce = policy["script-src"].split("'")[1].removeprefix("nonce-")
    assert first.text.count("<script") == 1
    assert f'nonce="{nonce}"' in first.text
    assert nonce not in second.text
    assert (policy["default-src"], policy["style-src"], policy["base-uri"]) == ("'none'", "'self'", "'none'")
    assert not [part for part in policy.values() if "unsafe" in part or "*" in part]
    assert "frame-ancestors" in policy
    assert not [word for word in ("alert", PLACE, TOKEN) if word in first.text]


def test_the_stores_of_others_stay_as_they_are(server: PortalServer, store: Store) -> None:
    assert isinstance(store, SqliteStore)
    assert sorted(path.name for path in (server.root / PLACE / "runs").iterdir()) == sorted([ENDED, stored.RUN])
