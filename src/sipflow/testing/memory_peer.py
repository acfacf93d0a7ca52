"""A peer on a network in memory that says exactly what a test tells it, and remembers what it hears."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from itertools import count

from sipflow.base.errors import FramingError
from sipflow.base.sayings import Told
from sipflow.sip.flow import Address, Flow
from sipflow.testing.memory_network import MemoryEndpoint, MemoryNetwork
from sipflow.testing.wire_text import AUDIO, RawMessage, Value, request_text, response_text

PATIENCE_S = 100.0
"""Virtual seconds to wait for a message: longer than any timer of SIP."""


@dataclass(frozen=True, slots=True)
class Heard(RawMessage):
    """A message that came, with its flow and time."""

    flow: Flow
    at: float

    @property
    def to_tag(self) -> str:
        """Empty where there is none."""
        return self.header("To").partition(";tag=")[2]

    @property
    def branch(self) -> str:
        """The branch of the top Via."""
        return self.headers("Via")[0].partition("branch=")[2].partition(";")[0]

    def is_a(self, what: str | int) -> bool:
        """Whether it is a request of this method, or a response of this status."""
        return what in (self.method, self.status)


class MemoryPeer:
    """A scripted peer. `start` it first."""

    def __init__(self, transport: str = "UDP", name: str = "peer") -> None:
        self.transport = transport
        self.name = name
        self.heard: list[Heard] = []
        """Everything that came, in order."""
        self._unread: list[Heard] = []
        self._news = asyncio.Event()
        self._endpoint: MemoryEndpoint | None = None
        self._numbers = count(1)

    async def start(self, network: MemoryNetwork, host: str = "127.0.0.1", port: int = 0) -> None:
        self._endpoint = await network.bind(host, port, self)

    @property
    def endpoint(self) -> MemoryEndpoint:
        if self._endpoint is None:
            raise RuntimeError("the peer has not been started")
        return self._endpoint

    @property
    def address(self) -> Address:
        return self.endpoint.local

    @property
    def uri(self) -> str:
        """Where it can be called."""
        return f"sip:{self.name}@{self.address}" + (
            "" if self.transport == "UDP" else f";transport={self.transport.lower()}"
        )

    async def close(self) -> None:
        await self.endpoint.close()

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        message = Heard(data, flow.remote, flow, now)
        self.heard.append(message)
        self._unread.append(message)
        self._news.set()

    def stream_broken(self, fault: FramingError, flow: Flow, now: float) -> None:
        """A network in memory carries whole messages."""

    def batch_ended(self, now: float) -> None:
        """Nothing is put off to the end of a burst."""

    def transport_failed(self, flow: Flow, reason: Told, now: float) -> None:
        """Nobody need know."""

    def connection_closed(self, flow: Flow, now: float) -> None:
        """Nor of this."""

    def send(self, data: bytes, to: Address | Flow) -> None:
        """Say these bytes: to an address, or on the flow by which something came."""
        self.endpoint.send(data, to if isinstance(to, Flow) else Flow(self.transport, self.address, to))

    def times(self, what: str | int) -> list[float]:
        """When messages of this method or status came."""
        return [message.at for message in self.heard if message.is_a(what)]

    def forget(self) -> None:
        """Drop all that came, heard or not."""
        self.heard.clear()
        self._unread.clear()

    def count(self, what: str | int) -> int:
        """How many messages of this method or status have come."""
        return len(self.times(what))

    async def hear(self, what: str | int, limit_s: float = PATIENCE_S) -> Heard:
        """The oldest message of this method or status that was not heard yet. AssertionError where none comes."""
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    for message in self._unread:
                        if message.is_a(what):
                            self._unread.remove(message)
                            return message
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            lines = [message.start_line for message in self._unread]
            raise AssertionError(f"expected {what} within {limit_s} s, got {lines}") from None

    def new_branch(self) -> str:
        return f"z9hG4bK-{self.name}-{next(self._numbers)}"

    def via(self, branch: str) -> str:
        """A Via of this peer's."""
        return f"SIP/2.0/{self.transport} {self.address};rport;branch={branch}"

    async def expect_call(self) -> Callee:
        """The next INVITE outside a dialog, ready to be answered."""
        while (invite := await self.hear("INVITE")).to_tag:
            pass
        return Callee(self, invite)

    def caller(self, target: Address, **headers: str | None) -> Caller:
        """A call to an address, not placed yet; `headers` go into its every request."""
        return Caller(self, target, headers)


class Caller:
    """The scripted peer as one that calls."""

    def __init__(self, peer: MemoryPeer, target: Address, headers: dict[str, str | None]) -> None:
        number = next(peer._numbers)
        self.peer = peer
        self.target = target
        self.uri = f"sip:agent@{target}"
        self.call_id = f"call-{number}@{peer.name}"
        self.tag = f"{peer.name}{number}"
        self.to_tag = ""
        """Of the dialog, once a response has told it."""
        self.cseq = 0
        self.branch = ""
        """Of the last request that opened a transaction."""
        self._headers = headers

    def ask(
        self, method: str, body: str = "", *, cseq: int | None = None, branch: str = "", to_tag: str | None = None,
        **headers: str | None,
    ) -> str:  # fmt: skip
        """Send a request: the next CSeq and a new branch, if not given. Returns the branch."""
        if cseq is None:
            self.cseq += method not in ("ACK", "CANCEL")
            cseq = self.cseq
        branch = branch or (self.branch if method == "CANCEL" else self.peer.new_branch())
        if method not in ("ACK", "CANCEL"):
            self.branch = branch
        tag = (self.to_tag if to_tag is None else to_tag) if method != "CANCEL" else ""
        text = request_text(
            method,
            self.uri,
            via=self.peer.via(branch),
            from_=f"<sip:{self.peer.name}@{self.peer.address}>;tag={self.tag}",
            to=f"<{self.uri}>" + (f";tag={tag}" if tag else ""),
            call_id=self.call_id,
            contact=self.peer.uri,
            cseq=cseq,
            body=body,
            headers=self._headers | headers,
        )
        self.peer.send(text, self.target)
        return branch

    def invite(self, body: str = AUDIO, *, cseq: int | None = None, branch: str = "", **headers: str | None) -> str:
        """Place the call, or send a re-INVITE once there is a To tag. Returns the branch."""
        return self.ask("INVITE", body, cseq=cseq, branch=branch, to_tag=None, **headers)

    async def hear(self, what: str | int, limit_s: float = PATIENCE_S) -> Heard:
        """A response to this peer, or a request; the To tag of an INVITE's response is the dialog's."""
        message = await self.peer.hear(what, limit_s)
        if message.status > 100 and message.header("CSeq").endswith(" INVITE") and not self.to_tag:
            self.to_tag = message.to_tag
        return message

    def reply(self, status: int, body: str = "", *, to: Heard, **headers: str | None) -> None:
        """Answer a request within the dialog."""
        self.peer.send(
            response_text(to, status, tag=self.tag, contact=self.peer.uri, body=body, headers=headers), to.flow
        )

    async def connect(self, body: str = AUDIO) -> Heard:
        """Place the call and acknowledge its 200, which is returned."""
        self.invite(body)
        answer = await self.hear(200)
        self.ask("ACK")
        return answer


class Callee:
    """The scripted peer as one that is called; every To tag it uses is a callee of its own."""

    def __init__(self, peer: MemoryPeer, invite: Heard) -> None:
        self.peer = peer
        self.invite = invite
        self._cseq = 100

    def reply(
        self, status: int, tag: str = "callee", body: str = "", *, to: Heard | None = None, **headers: Value
    ) -> None:
        """Answer the INVITE, or the request `to`."""
        request = to or self.invite
        contact = f"sip:{tag or self.peer.name}@{self.peer.address}"
        self.peer.send(
            response_text(request, status, tag=tag, contact=contact, body=body, headers=headers), request.flow
        )

    def ask(
        self, method: str, tag: str = "callee", body: str = "", *, cseq: int | None = None, **headers: str | None
    ) -> str:
        """Send a request within the dialog of a tag. Returns its branch."""
        if cseq is None:
            self._cseq += 1
            cseq = self._cseq
        branch = self.peer.new_branch()
        text = request_text(
            method,
            re.sub(r"^<|>.*", "", self.invite.header("Contact")),
            via=self.peer.via(branch),
            from_=f"{self.invite.header('To')};tag={tag}",
            to=self.invite.header("From"),
            call_id=self.invite.header("Call-ID"),
            contact=f"sip:{tag}@{self.peer.address}",
            cseq=cseq,
            body=body,
            headers=headers,
        )
        self.peer.send(text, self.invite.flow)
        return branch
