"""A peer on the memory network that says what a test tells it to, and understands no more SIP than that needs."""

from __future__ import annotations

from collections.abc import Mapping

from sipflow.sip.flow import Address, Flow
from sipflow.testing import MemoryEndpoint, MemoryNetwork, RawMessage
from sipflow.testing.wire_text import AUDIO, sip_text


class Peer:
    """Answers each request by its method with the given statuses, and keeps all that it heard.

    A method that has no answers is met with silence. Use `bind`, and `close` at the end.
    """

    def __init__(self, answers: Mapping[str, tuple[int, ...]]) -> None:
        self.heard: list[RawMessage] = []
        self.answers = dict(answers)
        self._endpoint: MemoryEndpoint | None = None

    @classmethod
    async def bind(cls, network: MemoryNetwork, port: int = 6000, **answers: tuple[int, ...]) -> Peer:
        peer = cls(answers)
        peer._endpoint = await network.bind("127.0.0.1", port, peer)
        return peer

    @property
    def address(self) -> Address:
        return self._open().local

    @property
    def methods(self) -> list[str]:
        """The methods of all requests heard, retransmissions included."""
        return [message.method for message in self.heard if message.method]

    @property
    def statuses(self) -> list[int]:
        """The status codes of all responses heard, retransmissions included."""
        return [message.status for message in self.heard if message.status]

    def last(self, method: str) -> RawMessage:
        """The last request of a method."""
        return [message for message in self.heard if message.method == method][-1]

    def answer(self, request: RawMessage, status: int, **headers: str) -> None:
        """Answer a request, with a description where that is due."""
        is_invite = request.method == "INVITE"
        to = request.header("To")
        body = AUDIO if is_invite and status in (183, 200) else ""
        fields: dict[str, str | list[str] | None] = {
            "Via": request.headers("Via"),
            "From": request.header("From"),
            "To": to if ";tag=" in to or status == 100 else f"{to};tag=peer",
            "Call-ID": request.header("Call-ID"),
            "CSeq": request.header("CSeq"),
            "Contact": f"<sip:peer@{self.address}>",
            **headers,
        }
        self._send(sip_text(f"SIP/2.0 {status} Because", fields, body), request.source)

    def ask(
        self,
        method: str,
        to: Address,
        *,
        number: str = "1002",
        uri: str = "",
        call_id: str = "call",
        body: str = "",
        **headers: str,
    ) -> None:
        """Send a request, by default one to a number that belongs to no dialog; `uri` is the whole Request-URI."""
        fields: dict[str, str | list[str] | None] = {
            "Via": f"SIP/2.0/UDP {self.address};branch=z9hG4bK{call_id}{method}",
            "Max-Forwards": "70",
            "From": f"<sip:peer@{self.address}>;tag=peer",
            "To": f"<sip:{number}@{to}>",
            "Call-ID": call_id,
            "CSeq": f"1 {method}",
            "Contact": f"<sip:peer@{self.address}>",
            **headers,
        }
        self._send(sip_text(f"{method} {uri or f'sip:{number}@{to}'} SIP/2.0", fields, body), to)

    def invite(self, to: Address, call_id: str = "call", **headers: str) -> None:
        """Offer a call."""
        self.ask("INVITE", to, call_id=call_id, body=AUDIO, **headers)

    def cancel(self, to: Address, call_id: str = "call") -> None:
        """Take an offered call back."""
        self.ask("CANCEL", to, call_id=call_id, Via=f"SIP/2.0/UDP {self.address};branch=z9hG4bK{call_id}INVITE")

    async def close(self) -> None:
        await self._open().close()

    def _send(self, data: bytes, to: Address) -> None:
        self._open().send(data, Flow("UDP", self.address, to))

    def _open(self) -> MemoryEndpoint:
        assert self._endpoint is not None
        return self._endpoint

    # The seam of the network

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        message = RawMessage(data, flow.remote)
        self.heard.append(message)
        for status in self.answers.get(message.method, ()):
            self.answer(message, status)

    def batch_ended(self, now: float) -> None:
        pass

    def transport_failed(self, flow: Flow, reason: str, now: float) -> None:
        pass
