"""Scenario files, run by the engine on real sockets while the test drives the peers."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path

from sipflow.base.events import NodeStateChanged, RunEvent, ScenarioCompleted, ScenarioFailed, SipMessageSeen
from sipflow.engine import Engine
from sipflow.media import UdpMediaPorts
from sipflow.scenario.document import write_json
from sipflow.scenario.repository import FileRepository
from sipflow.testing import EventList
from tests.documents import Json
from tests.interop.child import Story
from tests.loopback.engines import an_engine
from tests.repetitions import Seen, repeated_though_answered

LIMIT_S = 30.0
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
FIRST_RTP_PORT = 20_000 + 1_000 * (_WORKER % 12)
"""A thousand for each worker, off those of all other runs: a capture sees everybody on the loopback interface."""


class _Told(EventList):
    """The events of a run, and a story of its nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story("the run")

    def emit(self, event: RunEvent) -> None:
        super().emit(event)
        if isinstance(event, NodeStateChanged):
            self.story.add(f"{event.node_id} {event.new_state.value} {event.error or ''}")
        elif event.is_terminal:
            self.story.close()


class Run:
    """One run of a scenario, in a thread of its own. `start` it, drive the peers, and ask how it ended."""

    def __init__(self, path: Path, document: Json) -> None:
        path.write_text(write_json(document), encoding="utf-8")
        self._path = path
        self._ports = UdpMediaPorts(FIRST_RTP_PORT, FIRST_RTP_PORT + 999)
        self._started = threading.Event()
        self._end: RunEvent | None = None
        self._error: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._engine: Engine | None = None
        self.events = _Told()

    def start(self, variables: Mapping[str, str] | None = None) -> None:
        """Return once its instances listen. Raises what the start raised."""
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live(variables)), name=self._path.stem)
        self._thread.start()
        assert self._started.wait(LIMIT_S), "the run did not start"
        if self._error is not None:
            raise self._error

    def until(self, node_id: str) -> None:
        """Wait until a node has completed; a node is called after instance and name, such as `us.HELD`."""
        self.events.story.until(f"^{re.escape(node_id)} completed")

    def completes(self) -> None:
        """Wait for its end: it must complete, and leave no port open."""
        end = self._wait()
        assert isinstance(end, ScenarioCompleted), f"{end}\n{self.log()}"

    def fails(self) -> ScenarioFailed:
        """Wait for its end: it must fail."""
        end = self._wait()
        assert isinstance(end, ScenarioFailed), f"{end}\n{self.log()}"
        return end

    def stop(self) -> None:
        """End it, if it still runs."""
        if self._thread.is_alive() and self._loop is not None and self._engine is not None:
            asyncio.run_coroutine_threadsafe(self._stop_if_running(self._engine), self._loop)
        self._thread.join(LIMIT_S)

    @property
    def messages(self) -> list[SipMessageSeen]:
        """Every SIP message of the run so far."""
        return self.events.of(SipMessageSeen)

    def lines(self, direction: str) -> list[str]:
        """The start lines of the messages `sent` or `received`, in order."""
        return [message.raw.partition("\r\n")[0] for message in self.messages if message.direction == direction]

    def flow(self) -> list[str]:
        """The messages in short, such as `> INVITE` for one we sent and `< 200 INVITE` for one we received.

        Each is told once, however often it was repeated.
        """
        told: dict[tuple[str, str], str] = {}
        for m in self.messages:
            way, status = ">" if m.direction == "sent" else "<", f"{m.status_code} " if m.status_code else ""
            told.setdefault((way, m.raw), f"{way} {status}{m.method}")
        return list(told.values())

    @property
    def repeated(self) -> list[str]:
        """The start lines of messages that went over the wire again though they had been answered."""
        return repeated_though_answered([Seen(m.timestamp / 1000, m.direction, m.raw) for m in self.messages])

    def log(self) -> str:
        """All nodes and messages of the run, for a person to read."""
        messages = (
            f"--- {message.timestamp / 1000:.3f} {message.direction} {message.transport}\n{message.raw}"
            for message in self.messages
        )
        return "\n".join((self.events.story.chapter(), *messages))

    def _wait(self) -> RunEvent:
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive(), f"the run did not end\n{self.log()}"
        if self._error is not None:
            raise self._error
        assert self._ports.open_ports == 0
        assert self._end is not None
        return self._end

    async def _live(self, variables: Mapping[str, str] | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._engine = an_engine(
            FileRepository(self._path), self.events, self._ports, self._path.parent, self._path.parent
        )
        try:
            await self._engine.start_scenario(str(self._path), variables)
            self._started.set()
            self._end = await self._engine.wait_ended()
        except Exception as error:  # told by whoever waits
            self._error = error
        finally:
            self._started.set()

    @staticmethod
    async def _stop_if_running(engine: Engine) -> None:
        if engine.is_running():
            await engine.stop_scenario()
