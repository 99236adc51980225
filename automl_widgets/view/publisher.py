"""The one thread that brings a run from the store to a screen. Not here: what a patch holds, how a screen shows it.

It waits for the store, sends at most ten patches a second, and ends by itself: when the run has ended and all is shown,
or when the screen has gone. `Publisher.wake` starts it again, for what may still come (an explanation).

It is a plain thread on purpose: nbclient and papermill drop every message whose parent is not the running cell, and
only a plain thread takes the running cell for its parent.
"""

from __future__ import annotations

import contextvars
import logging
import sys
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from automl_widgets.errors import AutoMLError, NotFoundError
from automl_widgets.records import RUN_ENDED
from automl_widgets.view import screen, snapshot
from automl_widgets.view.brought import with_logs
from automl_widgets.view.tails import Tails

if TYPE_CHECKING:
    from automl_widgets.store import Store

PERIOD_S = 0.1
LOG_PERIOD_S = 0.5
IDLE_PERIOD_S = 2.0
"""How soon a screen that went away, or an engine that died, is noticed."""
PICTURE_PERIOD_S = 2.0
LINGER_S = 30.0
"""How long to wait for the answer to a command after the run has ended."""
N_PICTURES = 8
"""Cells that are run again leave their pictures behind: only the latest ones are kept up to date."""
N_FAILURES = 5

logger = logging.getLogger(__name__)


class Publisher:
    """Shows one run on one screen.

    Parameters
    ----------
    store : Store
        Where the run is kept.
    first : dict
        The whole patch that the screen shows already.
    screen_of : callable
        Returns the screen, or None when it is gone: a weak reference, so that nothing here keeps it alive.
    note : str, optional
        One line in every picture.
    """

    def __init__(
        self, store: Store, first: snapshot.Patch, screen_of: Callable[[], screen.Screen | None], note: str = ""
    ) -> None:
        self.run_id = str(first["run"])
        self._store, self._screen_of, self._note = store, screen_of, note
        self._replica = snapshot.Replica(first)
        self._tails = Tails(store, self.run_id, with_logs(first))
        self._kept_seq = self._replica.seq
        self._pictures: list[str] = []
        self._picture_seq, self._picture_due = self._replica.seq, 0.0
        self._awake_until = 0.0
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._flushed = threading.Condition()
        with _registering:
            _publishers.add(self)

    def wake(self, linger_s: float = LINGER_S) -> None:
        """Start the thread if it has ended; keep it for `linger_s` seconds even if the run has ended."""
        with self._lock:
            self._awake_until = max(self._awake_until, time.monotonic() + linger_s)
            if self._thread is None or not self._thread.is_alive():
                self._thread = _thread(self._publish)
                self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def add_picture(self, display_id: str) -> None:
        """Keep a displayed picture up to date from now on."""
        with self._lock:
            self._pictures = [*self._pictures, display_id][-N_PICTURES:]

    def draw_again(self) -> None:
        """Send the picture once more although nothing has changed: a page that was reloaded may hold an old one."""
        self._picture_seq = -1
        self.wake(0.0)

    def settle(self, timeout_s: float) -> bool:
        """Wait until all that is stored now is shown; then bring the pictures up to date from the calling thread."""
        target, deadline = self._store.seq(self.run_id), time.monotonic() + timeout_s
        self.wake(linger_s=timeout_s)
        with self._flushed:
            while not self._is_shown(target) and self.is_alive and time.monotonic() < deadline:
                self._flushed.wait(PERIOD_S)
        self._draw(self._whole())
        return self._is_shown(target)

    def _is_shown(self, seq: int) -> bool:
        ended = self._replica.state in RUN_ENDED
        return min(self._replica.seq, self._kept_seq if ended else seq) >= seq and not self._tails

    def _publish(self) -> None:
        failures = 0
        while failures < N_FAILURES:
            try:
                if not self._step():
                    return
                failures = 0
            except NotFoundError:
                return
            except (AutoMLError, OSError):
                failures += 1
                logger.debug("The view of %s could not read the store.", self.run_id, exc_info=True)
                time.sleep(failures)
        logger.error("The view of %s has stopped: the store cannot be read.", self.run_id)

    def _step(self) -> bool:
        """Wait for a change and show it; return whether there is more to do."""
        seq = self._store.wait(self.run_id, self._replica.seq, self._patience())
        page = self._screen_of()
        if page is None or not page.is_open:
            return False
        self._show_changes(page, seq)
        if chunks := self._tails.read():
            page.push({"op": "logs", "chunks": chunks})
        self._refresh_static(page)
        del page
        with self._flushed:
            self._flushed.notify_all()
        with self._lock:
            if self._is_done():
                self._thread = None
                return False
        time.sleep(PERIOD_S)
        return True

    def _patience(self) -> float:
        if self._tails:
            return 0.0
        picture_waits = bool(self._pictures) and self._picture_seq < self._replica.seq
        return LOG_PERIOD_S if self._tails.is_watching or picture_waits else IDLE_PERIOD_S

    def _show_changes(self, page: screen.Screen, seq: int) -> None:
        if seq > self._replica.seq:
            new = snapshot.patch(self._store, self.run_id, self._replica.seq)
        elif self._store.run(self.run_id).state != self._replica.state:
            # the owner has died: the store derives that when it is read, no change announces it
            new = snapshot.patch(self._store, self.run_id, self._replica.seq, facts=True)
        else:
            return
        self._replica.apply(new)
        self._tails.follow(with_logs(new))
        page.show_patch(new)

    def _is_done(self) -> bool:
        is_waiting = self._replica.is_explaining or self._tails or self._picture_seq < self._replica.seq
        return self._replica.state in RUN_ENDED and not is_waiting and time.monotonic() > self._awake_until

    def _refresh_static(self, page: screen.Screen) -> None:
        """Bring up to date what a later reader finds: whole state and pictures.

        The whole state is kept when the number of changes has doubled, so that its cost for each change is constant,
        and at the end.
        """
        seq, ended = self._replica.seq, self._replica.state in RUN_ENDED
        if seq > self._kept_seq and (ended or seq >= 2 * self._kept_seq):
            self._kept_seq = seq
            page.keep(self._whole())
        if seq > self._picture_seq and (ended or time.monotonic() > self._picture_due):
            whole, began = self._whole(), time.monotonic()
            page.push({"op": "picture", "html": self._draw(whole)})
            cost_s = time.monotonic() - began
            self._picture_due = time.monotonic() + max(PICTURE_PERIOD_S, 20 * cost_s)

    def _draw(self, whole: snapshot.Patch) -> str:
        bundle = screen.picture_bundle(whole, self._note)
        with self._lock:
            self._picture_seq = whole["seq"]
            pictures = list(self._pictures)
        for display_id in pictures:
            screen.update_picture(display_id, bundle)
        return bundle["text/html"]

    def _whole(self) -> snapshot.Patch:
        return self._replica.whole(time.time())


_publishers: weakref.WeakSet[Publisher] = weakref.WeakSet()
_registering = threading.Lock()


def publishers(run_id: str) -> list[Publisher]:
    """Return those of this process that show a run."""
    with _registering:
        return [publisher for publisher in _publishers if publisher.run_id == run_id]


def _thread(target: Callable[[], Any]) -> threading.Thread:
    ipykernel = sys.modules.get("ipykernel")
    if ipykernel is not None and ipykernel.version_info[:2] == (7, 0):
        # 7.0 alone raises LookupError when a plain thread displays something
        context = contextvars.copy_context()
        return threading.Thread(target=context.run, args=(target,), daemon=True, name="automl-publisher")
    return threading.Thread(target=target, daemon=True, name="automl-publisher")
