"""Answers to what a page asks of a run (`Request` of js/src/types.ts). Not here: how question and answer travel.

Whatever a page sends, the answer is a message: a bad question is answered with ``op: error``, it never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from automl_widgets.errors import AutoMLError
from automl_widgets.records import RUN_ENDED
from automl_widgets.view import snapshot
from automl_widgets.view.wishes import BadRequestError, count, wish

if TYPE_CHECKING:
    from automl_widgets.store import Store

Answer: TypeAlias = tuple[dict[str, Any], list[bytes]]

STATIC = Path(__file__).parent.parent / "static"
PLOTLY = STATIC / "plotly-subset.js.gz"
FILES = ("code.py", "pipeline.json", "diagnostics.json", "explanation.json")
LOG_LIMIT = 256 * 1024


def answer(store: Store, run_id: str, message: object) -> Answer:
    """Return the answer to a page's message, and its buffers.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    run_id : str
        The run that the page shows.
    message : object
        Anything; `Request` of js/src/types.ts if it comes from our page.
    """
    number = message.get("id") if isinstance(message, Mapping) else None
    number = number if isinstance(number, int) and not isinstance(number, bool) else 0
    try:
        content, buffers = _handler(message)(store, run_id, message)
    except (AutoMLError, OSError) as error:
        return {"op": "error", "id": number, "message": str(error)}, []
    return {**content, "id": number}, buffers


def _handler(message: object) -> Callable[[Store, str, Any], Answer]:
    if not isinstance(message, Mapping):
        raise BadRequestError(f"A message must be an object with `op` and `id`, but got {type(message).__name__}.")
    handlers = {"hello": _hello, "log": _log, "file": _file, "command": _command, "plotly": _plotly}
    operation = message.get("op")
    if not isinstance(operation, str) or operation not in handlers:
        raise BadRequestError(f"`op` must be one of {', '.join(handlers)}, but got op={operation!r:.100}.")
    return handlers[operation]


def _hello(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    have = count(message, "have")
    after = have if have <= store.seq(run_id) else 0
    return {"op": "patch", "patch": snapshot.patch(store, run_id, after, facts=True)}, []


def _log(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    i, start = count(message, "i"), count(message, "from")
    text, end, size = store.read_log(run_id, i, start, LOG_LIMIT)
    return {"op": "log", "chunk": {"i": i, "from": min(start, end), "to": end, "size": size, "text": text}}, []


def _file(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    name = message.get("name")
    if name not in FILES:
        raise BadRequestError(f"`name` must be one of {', '.join(FILES)}, but got name={name!r:.100}.")
    return {"op": "file", "text": store.read_file(run_id, count(message, "i"), name)}, []


def _command(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    kind, arguments = wish(message.get("command"))
    state = store.run(run_id).state
    if state == "interrupted" or (state in RUN_ENDED and kind != "explain"):
        raise BadRequestError(f"The run is {state}: nothing of it can be changed any more.")
    return {"op": "taken", "command_id": store.post_command(run_id, kind, arguments)}, []


def _plotly(store: Store, run_id: str, message: Mapping[str, Any]) -> Answer:
    if not PLOTLY.exists():
        raise BadRequestError("The charts' library was not built: run `make build`.")
    return {"op": "plotly"}, [PLOTLY.read_bytes()]
