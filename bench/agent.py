"""The user agent under measurement, as a process of its own: `python -m bench.agent`.

It takes every call (180, then 200) and places calls when told to. Commands come as lines on stdin, each is
answered by one JSON object on stdout: `call N TARGET`, `hold N TARGET` (call without hanging up), `collect`,
`report`, `quit`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.profiling import profiled
from sipflow.base.call_events import CallEvent, Cause, Connected, Disconnected
from sipflow.base.clock import SystemClock
from sipflow.base.garbage import collect_seldom
from sipflow.base.ids import RandomIds
from sipflow.media import MediaPorts, MediaStream, RtpPort, StreamSettings, UdpMediaPorts
from sipflow.net.network import AsyncioNetwork
from sipflow.sip.timers import Timing
from sipflow.testing import MemoryMediaPorts
from sipflow.ua import AgentSettings, CallSession, IncomingCall, NegotiatedSession, PreparedSession, UserAgent

HOST = "127.0.0.1"
BODY = (
    b"v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
)
"""The description that SIPp's own scenarios carry."""

SESSIONS = ("prepared", "negotiated", "bound", "streaming")


def session_factory(kind: str) -> Callable[[], CallSession]:
    """How calls get their sessions: ready-made, real offer and answer, these with bound RTP ports, or with media."""
    if kind == "prepared":
        return lambda: PreparedSession(BODY)
    ports: MediaPorts = MemoryMediaPorts() if kind == "negotiated" else UdpMediaPorts()
    ids, clock, settings = RandomIds(), SystemClock(), StreamSettings()

    def stream_on(port: RtpPort) -> MediaStream:
        return MediaStream(port, ports.ticker, clock=clock, ids=ids, settings=settings)

    new_stream = stream_on if kind == "streaming" else None
    return lambda: NegotiatedSession(ports, HOST, ("PCMU", "PCMA"), ids.number(1 << 62), new_stream)


class BenchAgent:
    """One user agent and its counts. Callbacks only: no task per call."""

    def __init__(self, session: str, open_calls: int, timing: Timing) -> None:
        self.connected = 0
        """Calls of both directions that were answered and acknowledged."""
        self.failed = 0
        self._open_calls = open_calls
        self._to_start = 0
        self._unsettled = 0
        self._target = ""
        self._releases = True
        self._settled = asyncio.Event()
        self.agent = UserAgent(
            AgentSettings(user="bench", timing=timing),
            network=AsyncioNetwork(),
            clock=SystemClock(),
            ids=RandomIds(),
            new_session=session_factory(session),
            on_incoming=self._take,
        )

    async def place(self, calls: int, target: str, *, releases: bool) -> None:
        """Place calls, `open_calls` at a time; returns when all have ended or, without release, stand."""
        self._target, self._releases = target, releases
        self._unsettled, self._to_start = calls, calls
        self._settled.clear()
        for _ in range(min(self._open_calls, calls)):
            self._start()
        await self._settled.wait()
        if releases:
            for call in list(self.agent.calls):
                await call.ended.wait()

    def _start(self) -> None:
        self._to_start -= 1
        call = self.agent.call(self._target)

        def listen(event: CallEvent) -> None:
            if isinstance(event, Connected):
                self.connected += 1
                if self._releases:
                    call.release()
                self._settle()
            elif isinstance(event, Disconnected):
                self.failed += 1
                self._settle()

        call.mailbox.listener = listen

    def _settle(self) -> None:
        self._unsettled -= 1
        if self._to_start:
            self._start()
        elif not self._unsettled:
            self._settled.set()

    def _take(self, call: IncomingCall) -> None:
        call.mailbox.listener = self._count
        call.ring()
        call.answer()

    def _count(self, event: CallEvent) -> None:
        if isinstance(event, Connected):
            self.connected += 1
        elif isinstance(event, Disconnected) and event.cause is not Cause.BYE:
            self.failed += 1

    def report(self) -> dict[str, Any]:
        """What has happened so far."""
        return {"connected": self.connected, "failed": self.failed, "transactions": len(self.agent.layer)}


async def serve(options: argparse.Namespace) -> None:
    """Do what stdin says, until it says `quit` or ends."""
    bench = BenchAgent(options.session, options.open, Timing(t1=options.t1))
    await bench.agent.start()
    say({"port": bench.agent.local.port})
    commands = asyncio.StreamReader()
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while line := (await commands.readline()).decode().split():
        if line[0] == "quit":
            break
        started = time.monotonic()
        if line[0] in ("call", "hold"):
            await bench.place(int(line[1]), line[2], releases=line[0] == "call")
        elif line[0] == "collect":
            gc.collect()
        say(bench.report() | {"seconds": time.monotonic() - started})
    pipe.close()
    await bench.agent.close()


def say(answer: dict[str, Any]) -> None:
    """Answer the parent with one line."""
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Serve, and with `--profile` say at the end where the time went."""
    parser = argparse.ArgumentParser(prog="python -m bench.agent", description=__doc__)
    parser.add_argument("--session", choices=SESSIONS, default=SESSIONS[0])
    parser.add_argument("--open", type=int, default=100, metavar="N", help="calls open at a time when calling")
    parser.add_argument("--t1", type=float, default=Timing().t1, metavar="SECONDS", help="timer T1 of RFC 3261")
    parser.add_argument("--profile", action="store_true", help="say at the end where the time went")
    options = parser.parse_args()
    collect_seldom()
    if not options.profile:
        asyncio.run(serve(options))
        return
    _, text = profiled(lambda: asyncio.run(serve(options)))
    say({"profile": text})


if __name__ == "__main__":
    main()
