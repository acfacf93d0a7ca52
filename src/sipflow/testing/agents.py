"""Real user agents on a network in memory, and the verbs by which tests move calls on any network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, Self, TypeVar

from sipflow.base.call_events import CallEvent, Connected, Disconnected, Progressed
from sipflow.base.ids import RandomIds
from sipflow.media import MediaStream, RtpPort, StreamSettings
from sipflow.net import endpoint
from sipflow.sdp import RtcpMux, Srtp
from sipflow.sip.extensions import Reliability
from sipflow.sip.flow import Flow
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.session_timer import TimerWishes
from sipflow.sip.timers import Timing
from sipflow.testing.clock import VirtualClock
from sipflow.testing.media_ports import MemoryMediaPorts
from sipflow.testing.memory_network import MemoryNetwork
from sipflow.testing.memory_peer import MemoryPeer
from sipflow.testing.under_way import Weather
from sipflow.testing.virtual_time import run_virtual
from sipflow.ua import (
    AgentSettings,
    Call,
    Credentials,
    Gate,
    IncomingCall,
    IncomingCalls,
    MediaNames,
    NegotiatedSession,
    OutgoingCall,
    UserAgent,
)

P = ParamSpec("P")
E = TypeVar("E", bound=CallEvent)

PATIENCE_S = 100.0
"""Virtual seconds to wait for something: longer than any timer of SIP."""


def virtual(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Let an async test run on virtual time; it fails where it leaves a task or a timer behind."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        run_virtual(test(*args, **kwargs), strict=True)

    return run


class Seen(NamedTuple):
    """One message at one agent."""

    at: float
    direction: str
    """`sent` or `received`."""
    message: Request | Response
    flow: Flow

    def is_a(self, what: str | int) -> bool:
        """Whether it is a request of this method, or a response of this status."""
        message = self.message
        return what == (message.method if isinstance(message, Request) else message.status)


class Party:
    """A user agent with its waiting calls, its ports, and everything it has said and heard."""

    def __init__(
        self,
        settings: AgentSettings,
        network: MemoryNetwork,
        seed: int,
        gate: Gate | None = None,
        media: MemoryMediaPorts | None = None,
        srtp: Srtp = Srtp.OFF,
        rtcp_mux: RtcpMux = RtcpMux.ACCEPT,
    ) -> None:
        """With `media`, streams run on these ports, which others may share; without, the ports exist on paper only."""
        self.ports = media or MemoryMediaPorts()
        self.incoming = IncomingCalls()
        self.log: list[Seen] = []
        loop = asyncio.get_running_loop()
        ids = RandomIds(seed)
        clock = VirtualClock(loop)

        def stream_on(port: RtpPort) -> MediaStream:
            return MediaStream(port, self.ports.ticker, clock=clock, ids=ids, settings=StreamSettings())

        new_stream = None if media is None else stream_on
        self.media: list[str] = []
        """What has happened to media, as the agent tells it."""
        self.agent = UserAgent(
            settings,
            network=network,
            clock=clock,
            ids=ids,
            new_session=lambda: NegotiatedSession(
                self.ports,
                settings.host,
                settings.codecs,
                ids.number(2**31),
                new_stream,
                srtp,
                rtcp_mux,
                lambda: MediaNames(network.resolver, self.agent.spawn, uses_ipv6=":" in settings.host),
            ),
            on_incoming=self.incoming.put,
            on_message=lambda direction, data, flow: self.log.append(
                Seen(loop.time(), direction, parse_message(data), flow)
            ),
            gate=gate,
            on_media=lambda _call, what, detail, _report: self.media.append(f"{what} {detail}".rstrip()),
        )

    @property
    def uri(self) -> str:
        """Where it can be called."""
        return self.agent.identity.contact(self.agent.settings.transport)

    def call(self, target: str, **headers: str) -> OutgoingCall:
        """Place a call; underscores in header names are hyphens."""
        return self.agent.call(target, tuple((name.replace("_", "-"), value) for name, value in headers.items()))

    async def take(self) -> IncomingCall:
        """The next call that comes in. Raises TimeoutError where none does."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.incoming.take(lambda _: True)

    def sent(self, what: str | int) -> list[Request | Response]:
        """Messages of this method or status that the agent sent, retransmissions included."""
        return [seen.message for seen in self.log if seen.direction == "sent" and seen.is_a(what)]

    def times(self, what: str | int) -> list[float]:
        """When the agent sent messages of this method or status."""
        return [seen.at for seen in self.log if seen.direction == "sent" and seen.is_a(what)]

    def received(self, what: str | int) -> list[Request | Response]:
        """Messages of this method or status that came."""
        return [seen.message for seen in self.log if seen.direction == "received" and seen.is_a(what)]


def held_by(agent: UserAgent) -> dict[str, int]:
    """How many calls, dialogs, transactions, timers and work orders an agent holds; what it has none of is left out."""
    layer = agent.layer
    counts = {"calls": len(agent.calls), "dialogs": len(agent.dialogs), "transactions": len(layer)}
    counts |= {"timers": len(layer.timers), "orders": len(layer.orders)}
    return {what: number for what, number in counts.items() if number}


class Stage:
    """A network in memory for one test.

    At its end everything is closed; nothing may be left open, and nothing may have been raised where only the
    loop could see it.
    """

    def __init__(self, weather: Weather | None = None) -> None:
        self.network = MemoryNetwork(weather or Weather())
        self.media = MemoryMediaPorts()
        self.parties: list[Party] = []
        self.peers: list[MemoryPeer] = []
        self.escaped: list[dict[str, Any]] = []
        """What was raised out of a callback of the loop, as the loop tells it."""

    async def __aenter__(self) -> Self:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.escaped.append(context))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for party in self.parties:
            await party.agent.close()
        for peer in self.peers:
            await peer.close()
        for context in self.escaped:
            if isinstance(context.get("exception"), Exception):
                raise context["exception"]
            raise AssertionError(context["message"])
        if kind is None:
            self.expect_nothing_left()

    def expect_nothing_left(self) -> None:
        """Raises AssertionError where an agent holds on to something once it is closed."""
        left = [str(address) for address in self.network.open_endpoints]
        for party in self.parties:
            held = held_by(party.agent) | ({"ports": party.ports.open_ports} if party.ports.open_ports else {})
            left += [f"{number} {what} of {party.agent.settings.user}" for what, number in held.items()]
        if left:
            raise AssertionError(f"left behind: {', '.join(left)}")

    async def agent(
        self,
        user: str,
        *,
        transport: str = "UDP",
        host: str = "127.0.0.1",
        codecs: tuple[str, ...] = ("PCMU", "PCMA"),
        timing: Timing | None = None,
        display_name: str = "",
        credentials: Credentials | None = None,
        gate: Gate | None = None,
        reliable: Reliability = Reliability.SUPPORTED,
        session_timer: TimerWishes | None = None,
        domain: str = "",
        proxy: str = "",
        keep_alive_s: float = 0.0,
        has_media: bool = False,
        srtp: Srtp = Srtp.OFF,
        rtcp_mux: RtcpMux = RtcpMux.ACCEPT,
    ) -> Party:
        """A user agent that listens; all that have media share the ports of the stage."""
        settings = AgentSettings(
            user=user,
            host=host,
            transport=transport,
            codecs=codecs,
            timing=timing or Timing(),
            display_name=display_name,
            credentials=credentials or Credentials(),
            reliable=reliable,
            session_timer=session_timer or TimerWishes(),
            domain=domain,
            proxy=proxy,
            streams=endpoint.StreamSettings(keep_alive_s=keep_alive_s),
        )
        media = self.media if has_media else None
        seed = len(self.parties) + 1
        party = Party(settings, self.network, seed, gate=gate, media=media, srtp=srtp, rtcp_mux=rtcp_mux)
        await party.agent.start()
        self.parties.append(party)
        return party

    async def peer(self, transport: str = "UDP", name: str = "peer", host: str = "127.0.0.1") -> MemoryPeer:
        """A scripted peer that listens."""
        peer = MemoryPeer(transport, name)
        await peer.start(self.network, host)
        self.peers.append(peer)
        return peer


async def happens(call: Call, kind: type[E], limit_s: float = PATIENCE_S) -> E:
    """Take the next event of this kind. Raises AssertionError where none comes."""
    try:
        async with asyncio.timeout(limit_s):
            event = await call.mailbox.wait(lambda event: isinstance(event, kind))
    except TimeoutError:
        raise AssertionError(
            f"expected {kind.__name__} within {limit_s} s, got {[str(event) for event in call.mailbox.history]}"
        ) from None
    assert isinstance(event, kind)
    return event


async def ringing(call: OutgoingCall, status: int = 180) -> Progressed:
    """Wait until the far end rings."""
    event = await happens(call, Progressed)
    assert event.status == status
    return event


async def connected(*calls: Call) -> None:
    """Wait until calls are connected."""
    for call in calls:
        await happens(call, Connected)


async def disconnected(call: Call, limit_s: float = PATIENCE_S) -> Disconnected:
    """Wait until the far end, the clock or the network has ended a call."""
    return await happens(call, Disconnected, limit_s)


async def connected_pair(caller: Party, callee: Party, **headers: str) -> tuple[OutgoingCall, IncomingCall]:
    """A call from one to the other, rung and answered: both its ends, connected."""
    outgoing = caller.call(callee.uri, **headers)
    incoming = await callee.take()
    incoming.ring()
    await ringing(outgoing)
    incoming.answer()
    await connected(outgoing, incoming)
    return outgoing, incoming


async def hang_up(call: Call, limit_s: float = PATIENCE_S) -> None:
    """End a call and wait until that is done. Raises TimeoutError where it never is."""
    call.release()
    async with asyncio.timeout(limit_s):
        await call.released.wait()


async def rest(seconds: float) -> None:
    """Let virtual time pass."""
    await asyncio.sleep(seconds)
