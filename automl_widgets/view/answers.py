"""Answers to what a page asks of a run (`Request` of js/src/types.ts). Not here: how question and answer travel.

Whatever a page sends, the answer is a message: a bad question is answered with ``op: error``, it never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from automl_widgets.errors import AutoMLError
from automl_widgets.records import RUN_ENDED
from automl_widgets.store.files import SETUP
from automl_widgets.view import snapshot
from automl_widgets.view.report import report_html
from automl_widgets.view.wishes import BadRequestError, click, count, wish

if TYPE_CHECKING:
    from automl_widgets.store import Store

Answer: TypeAlias = tuple[dict[str, Any], list[bytes]]
Attend: TypeAlias = Callable[[str], None]
"""Has an engine take up a run that none works on, for a kind of command; raises AutoMLError if that cannot be."""

STATIC = Path(__file__).parent.parent / "static"
PLOTLY = STATIC / "plotly-subset.js.gz"
FILES = ("code.py", "pipeline.json", "diagnostics.json", "explanation.json", "report.html")
"""Texts of an iteration that a page may ask for; the report is written when it is asked for."""
LOG_LIMIT = 256 * 1024
AFTER_END = ("explain", "more", "retry", "like")
"""Commands that a run takes which has ended: it goes on, an explanation apart."""


def nobody(kind: str) -> None:
    """Refuse: where only the store is at hand, no engine can be started."""
    raise BadRequestError(f"No kernel works on this run: `{kind}` is possible in a notebook that has opened it.")


def answer(store: Store, run_id: str, message: object, attend: Attend = nobody) -> Answer:
    """Return the answer to a page's message, and its buffers.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run that the page shows.
    message : object
        Anything; `Request` of js/src/types.ts if it comes from our page.
    attend : callable, optional
        Called with the kind of a command for a run that no engine works on; by default such commands are refused.
    """
    number = message.get("id") if isinstance(message, Mapping) else None
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    try:
        content, buffers = _handler(message, attend)(store, run_id, message)
    except (AutoMLError, OSError) as error:
        return {"op": "error", "id": number, "message": str(error)}, []
    return {**content, "id": number}, buffers


def _handler(message: object, attend: Attend) -> Callable[[Store, str, Any], Answer]:
    if not isinstance(message, Mapping):
        raise BadRequestError(f"A message must be an object with `op` and `id`, but got {type(message).__name__}.")
    handlers: dict[str, Callable[[Store, str, Any], Answer]] = {
        "hello": _hello,
        "log": _log,
        "file": _file,
        "command": partial(_command, attend),
        "plotly": _plotly,
    }
    operation = message.get("op")
    if not isinstance(operation, str) or operation not in handlers:
        raise BadRequestError(f"`op` must be one of {', '.join(handlers)}, but got op={operation!r:.100}.")
    return handlers[operation]


def _hello(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    have = count(message, "have")
    after = have if have <= store.seq(run_id) else 0
    return {"op": "patch", "patch": snapshot.patch(store, run_id, after, facts=True)}, []


def _log(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    i, start = count(message, "i", least=SETUP), count(message, "from")
    text, end, size = store.read_log(run_id, i, start, LOG_LIMIT)
    return {"op": "log", "chunk": {"i": i, "from": min(start, end), "to": end, "size": size, "text": text}}, []


def _file(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    name = message.get("name")
    if name not in FILES:
        raise BadRequestError(f"`name` must be one of {', '.join(FILES)}, but got name={name!r:.100}.")
    return {"op": "file", "text": text_of(store, run_id, count(message, "i"), name)}, []


def text_of(store: Store, run_id: str, i: int, name: str) -> str:
    """Return one of `FILES` of an iteration; raise AutoMLError if there is none."""
    return report_html(store, run_id, i) if name == "report.html" else store.read_file(run_id, i, name)


def _command(attend: Attend, store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    kind, arguments = wish(message.get("command"))
    state = store.run(run_id).state
    if state == "interrupted":
        if kind != "resume":
            raise BadRequestError("The run was interrupted: resume it first.")
        attend(kind)
        return {"op": "taken", "command_id": 0}, []
    if state in RUN_ENDED:
        if kind not in AFTER_END:
            raise BadRequestError(f"The run is {state}: `{kind}` changes nothing any more.")
        attend(kind)
    number = store.post_command(run_id, kind, arguments | click(message))
    return {"op": "taken", "command_id": number}, []


def _plotly(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    if not PLOTLY.exists():
        raise BadRequestError("The charts' library was not built: run `make build`.")
    return {"op": "plotly"}, [PLOTLY.read_bytes()]
