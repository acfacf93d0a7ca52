"""How readers are joined, and kept from holding up the run."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from sipflow.base.events import EventEmitter, RunEvent

logger = logging.getLogger(__name__)

MAX_WAITING = 100_000
"""Events that wait for a reader; what comes then is dropped, and the gap shows in `seq`."""
TICK_S = 0.1


class Reader(EventEmitter, Protocol):
    """A listener that writes somewhere."""

    def tick(self) -> None:
        """Some time has passed: show it, if time is shown."""
        ...

    def close(self) -> None:
        """Write what is left; nothing follows."""
        ...


class Readers:
    """Several readers as one. A reader that fails is left out from then on."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = list(readers)

    def emit(self, event: RunEvent) -> None:
        self._each(lambda reader: reader.emit(event))

    def tick(self) -> None:
        self._each(lambda reader: reader.tick())

    def close(self) -> None:
        self._each(lambda reader: reader.close())

    def _each(self, act: Callable[[Reader], None]) -> None:
        for reader in tuple(self._readers):
            try:
                act(reader)
            except Exception as error:
                self._readers.remove(reader)
                if not isinstance(error, BrokenPipeError):
                    logger.warning("%s stopped reading: %r", type(reader).__name__, error)


class Background:
    """Feeds a reader from a thread of its own, because pipes and terminals may block for as long as they like."""

    def __init__(self, reader: Reader, *, max_waiting: int = MAX_WAITING) -> None:
        self._reader = Readers([reader])
        self._queue: queue.Queue[RunEvent | None] = queue.Queue(max_waiting)
        self._dropped = 0
        self._end: RunEvent | None = None
        """The terminal event, where there was no room for it: it is told all the same."""
        self._thread = threading.Thread(target=self._feed, name="sipflow-report", daemon=True)
        self._thread.start()

    def emit(self, event: RunEvent) -> None:
        """Queue the event, or drop it where too many wait."""
        try:
            self._queue.put_nowait(event)
        except queue.Full:
            if event.is_terminal:
                self._end = event
            else:
                self._dropped += 1

    def tick(self) -> None:
        """Do nothing: the thread keeps its own time."""

    def close(self) -> None:
        """Wait until everything queued has been written."""
        if self._dropped:
            logger.warning("%d events were dropped: their reader is too slow", self._dropped)
        if self._end is not None:
            self._queue.put(self._end)
        self._queue.put(None)
        self._thread.join()

    def _feed(self) -> None:
        while True:
            try:
                event = self._queue.get(timeout=TICK_S)
            except queue.Empty:
                self._reader.tick()
                continue
            if event is None:
                self._reader.close()
                return
            self._reader.emit(event)
