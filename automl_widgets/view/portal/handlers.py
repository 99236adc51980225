"""What the portal answers to whom. Every method asks for Jupyter's authentication and its authorization.

Not here: what an answer holds (``listing``, ``orders``, ``snapshot``), which folders there are (``places``).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import cached_property
from typing import Any, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.utils import ensure_async
from tornado.web import HTTPError, authenticated

from automl_widgets.errors import AutoMLError, NotFoundError, RunStateError
from automl_widgets.store import Store
from automl_widgets.store.briefs import brief_of
from automl_widgets.store.files import SETUP
from automl_widgets.view.answers import FILES, LOG_LIMIT, text_of
from automl_widgets.view.portal import beside, listing, orders, pages
from automl_widgets.view.portal.carriers import Carriers
from automl_widgets.view.portal.places import Places, name_of
from automl_widgets.view.portal.tags import retag
from automl_widgets.view.portal.watch import Watch
from automl_widgets.view.wishes import BadRequestError

RESOURCE = "automl_widgets"
MAX_BODY = 65_536
MAX_WAIT_S = 30
MAX_NUMBER = 2**53
_RUN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}")


_Method = TypeVar("_Method", bound=Callable[..., Awaitable[None]])


def _for_users(method: _Method) -> _Method:
    """Have a method called for those who are logged in, and whom the server's authorizer lets do it."""
    return cast(_Method, authenticated(authorized(method)))


class _Page(JupyterHandler):
    """An HTML page that holds nothing of any run."""

    auth_resource = RESOURCE
    page = ""

    def initialize(self, places: Places, watch: Watch, carriers: Carriers) -> None:
        """Take what all handlers share; a page needs none of it."""

    @cached_property
    def _nonce(self) -> str:
        return secrets.token_urlsafe(16)

    @property
    def content_security_policy(self) -> str:
        """Ours, then the server's own, of which a directive that ours has too does not count."""
        return f"{pages.policy(self._nonce)}; {super().content_security_policy}"

    @_for_users
    async def get(self) -> None:
        """Answer with the page."""
        if not pages.is_built():
            raise HTTPError(503, pages.NOT_BUILT)
        self.xsrf_token  # noqa: B018 - reading it sets the cookie that the page sends back
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cross-Origin-Opener-Policy", "same-origin")
        self.finish(pages.html(self.page, self.base_url, self._nonce))


class IndexPage(_Page):
    """The list of runs."""

    page = "index"


class RunPage(_Page):
    """One run."""

    page = "run"


class ComparePage(_Page):
    """Some runs beside each other."""

    page = "compare"


class _Answer(APIHandler):
    """JSON about one run, or about all; what goes wrong is a message in words."""

    auth_resource = RESOURCE
    _track_activity = False  # a page that waits is not a user at work

    def initialize(self, places: Places, watch: Watch, carriers: Carriers) -> None:
        """Take what all handlers share."""
        self.places, self.watch, self.carriers = places, watch, carriers

    async def prepare(self) -> None:
        """Refuse what is too large before it is read."""
        await super().prepare()
        if len(self.request.body) > MAX_BODY:
            raise HTTPError(413, f"A request may take at most {MAX_BODY:,} bytes.")

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say a user's mistake in its own words, and nothing about any other."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        known = _status(error)
        if known is None:
            super().write_error(status_code, **kwargs)
            return
        self.set_status(known)
        self.finish(json.dumps({"message": str(error)}))

    def log_exception(self, *error: Any) -> None:
        """Leave what was refused out of the server's log: its text may be anybody's."""
        if _status(error[1]) is None:
            super().log_exception(*error)

    def text(self, name: str, default: str = "") -> str:
        """Return an argument of the address."""
        return str(self.get_query_argument(name, default))

    def number(self, name: str, most: int = MAX_NUMBER) -> int:
        """Return an argument of the address that is a whole number from 0 on."""
        return listing.number({name: self.text(name, "0")}, name, 0, most)

    def body(self, what: str) -> dict[str, Any]:
        """Return the object that was sent."""
        found = self.get_json_body()
        if not isinstance(found, dict):
            raise BadRequestError(f"{what} must come as an object that names `workspace` and `run`.")
        return found

    async def may(self, action: str) -> bool:
        """Return whether the server's authorizer allows the user an action beyond that of the method."""
        return bool(await ensure_async(self.authorizer.is_authorized(self, self.current_user, action, RESOURCE)))

    async def run(self) -> tuple[Store, str]:
        """Return the store of the workspace and the id of the run that the address names."""
        return await self.named(self.text("workspace"), self.text("run"))

    async def named(self, workspace: object, run_id: object) -> tuple[Store, str]:
        """Return the store of a workspace and the id of a run in it, or raise NotFoundError."""
        if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id) or not isinstance(workspace, str):
            raise NotFoundError("There is no such run: an id is made of letters, digits, '_', '.' and '-'.")
        store = await self.watch.call(self.places.store, workspace)
        await self.watch.call(store.seq, run_id)
        return store, run_id

    def reply(self, value: str | dict[str, Any]) -> Future[Any]:
        """Send JSON that nobody keeps."""
        self.set_header("Cache-Control", "no-store")
        return self.finish(value if isinstance(value, str) else json.dumps(value, allow_nan=False))


class Runs(_Answer):
    """All runs of all workspaces, a page at a time."""

    @_for_users
    async def get(self) -> None:
        """Answer with the rows that were asked for."""
        asked = listing.query({name: self.text(name) for name in self.request.query_arguments})
        self.reply(await self.watch.call(self._listed, asked))

    def _listed(self, asked: listing.Query) -> dict[str, Any]:
        found, runs, workspaces = self.places.found(), [], []
        for place in found.places:
            try:
                store = self.places.store(place)
                title, briefs = name_of(store.folder), store.briefs()
            except (AutoMLError, OSError) as error:
                workspaces.append({"place": place, "name": place, "runs": 0, "trouble": str(error)})
                continue
            workspaces.append({"place": place, "name": title, "runs": len(briefs), "trouble": None})
            runs += [listing.Listed(workspace=place, title=title, run=brief) for brief in briefs]
        runs.sort(key=lambda one: -one.run.created_at)
        return {**listing.page_of(runs, asked), "workspaces": workspaces, "is_whole": found.is_whole}


class Run(_Answer):
    """One run: what changed, and its end."""

    @_for_users
    async def get(self) -> None:
        """Answer with what changed after `after`, at once or, within `wait` seconds, as soon as there is something."""
        store, run_id = await self.run()
        after, wait_s = self.number("after"), self.number("wait", MAX_WAIT_S)
        seq = await self.watch.wait(store, run_id, after, wait_s)
        self.reply(await self.watch.patch_text(store, run_id, after, seq))

    @_for_users
    async def delete(self) -> None:
        """Delete a run that has ended."""
        store, run_id = await self.run()
        await self.watch.call(store.delete_run, run_id)
        self.reply({"deleted": run_id})


class Beside(_Answer):
    """Some runs, to be compared."""

    @_for_users
    async def get(self) -> None:
        """Answer with what is known of each `run` of the address."""
        names = beside.chosen(self.get_query_arguments("run"))
        found = [await self.named(place, run_id) for place, run_id in names]
        columns = [self._column(place, *one) for (place, _), one in zip(names, found, strict=True)]
        self.reply({"runs": [await column for column in columns]})

    async def _column(self, place: str, store: Store, run_id: str) -> dict[str, Any]:
        return await self.watch.call(_column, place, store, run_id)


class Tags(_Answer):
    """The tags of a run."""

    @_for_users
    async def put(self) -> None:
        """Add, change and take away tags; answer with those that the run has then."""
        body = self.body("Tags")
        store, run_id = await self.named(body.get("workspace"), body.get("run"))
        change = retag(body, (await self.watch.call(store.run, run_id)).tags)
        await self.watch.call(store.set_tags, run_id, change.tags, change.without)
        self.reply({"tags": listing.tags_of((await self.watch.call(store.run, run_id)).tags)})


class Log(_Answer):
    """A piece of an iteration's log, or of that of the script that brought the data: -1."""

    @_for_users
    async def get(self) -> None:
        """Answer with the bytes from `from` on."""
        store, run_id = await self.run()
        i = SETUP if self.text("iteration") == str(SETUP) else self.number("iteration")
        start = self.number("from")
        text, end, size = await self.watch.call(store.read_log, run_id, i, start, LOG_LIMIT)
        self.reply({"i": i, "from": min(start, end), "to": end, "size": size, "text": text})


class File(_Answer):
    """One of the text files of an iteration."""

    @_for_users
    async def get(self) -> None:
        """Answer with its text, in JSON: no browser takes it for a page."""
        store, run_id = await self.run()
        name = self.text("name")
        if name not in FILES:
            raise BadRequestError(f"`name` must be one of {', '.join(FILES)}, but got name={name!r:.100}.")
        self.reply({"text": await self.watch.call(text_of, store, run_id, self.number("iteration"), name)})


class Command(_Answer):
    """Wishes to a run's engine."""

    @_for_users
    async def post(self) -> None:
        """Leave a wish, and answer with what became of it."""
        body = self.body("A command")
        store, run_id = await self.named(body.get("workspace"), body.get("run"))
        bring = self.carriers.bring if await self.may("execute") else None
        self.reply(await orders.give(self.watch, store, run_id, body, bring))


class Nothing(_Answer):
    """Every other address."""

    @_for_users
    async def get(self) -> None:
        """Answer that there is nothing."""
        raise NotFoundError("There is nothing at this address.")


class StaticFile(JupyterHandler):
    """The front end."""

    auth_resource = RESOURCE

    def initialize(self, places: Places, watch: Watch, carriers: Carriers) -> None:
        """Take what all handlers share."""
        self.watch = watch

    @property
    def content_security_policy(self) -> str:
        """Nothing: it is no page."""
        return f"default-src 'none'; {super().content_security_policy}"

    @_for_users
    async def get(self, name: str) -> None:
        """Answer with the file."""
        if name not in pages.FILES or not pages.is_built():
            raise HTTPError(404)
        body, kind = await self.watch.call(pages.content, name)
        is_named = self.get_query_argument("v", "") == pages.version(name)
        self.set_header("Cache-Control", "private, max-age=31536000, immutable" if is_named else "no-cache")
        self.set_header("Content-Type", kind)
        if pages.FILES[name][0].endswith(".gz"):
            self.set_header("Content-Encoding", "gzip")
        self.finish(body)


def _column(place: str, store: Store, run_id: str) -> dict[str, Any]:
    run = store.run(run_id)
    best = None if run.best_iteration is None else store.iteration(run_id, run.best_iteration)
    brief = brief_of(run, store.iterations(run_id))
    return beside.column(listing.Listed(workspace=place, title=name_of(store.folder), run=brief), run, best)


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (BadRequestError, 400),
    (NotFoundError, 404),
    (RunStateError, 409),
    (AutoMLError, 500),
)


def _status(error: object) -> int | None:
    """Return the status that says what kind of mistake it was; None if it was none of a user's."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), None)
