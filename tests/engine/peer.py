"""A peer that answers by itself, so that a test need only say what is special."""

from __future__ import annotations

from collections.abc import Mapping

from sipflow.sip.flow import Address, Flow
from sipflow.testing import MemoryNetwork
from sipflow.testing.memory_peer import Callee, Heard, MemoryPeer
from sipflow.testing.wire_text import AUDIO, request_text


class Peer(MemoryPeer):
    """Answers each request by its method with the given statuses; one that has none is met with silence.

    A refusal of its INVITE gets its ACK.
    """

    def __init__(self, answers: Mapping[str, tuple[int, ...]]) -> None:
        super().__init__()
        self.answers = dict(answers)
        self.acknowledges = True

    @classmethod
    async def bind(cls, network: MemoryNetwork, port: int = 6000, **answers: tuple[int, ...]) -> Peer:
        peer = cls(answers)
        await peer.start(network, port=port)
        return peer

    def message_received(self, data: bytes, flow: Flow, now: float) -> None:
        super().message_received(data, flow, now)
        message = self.heard[-1]
        for status in self.answers.get(message.method, ()):
            self.answer(message, status)
        if self.acknowledges and message.status >= 300 and message.header("CSeq").endswith(" INVITE"):
            self.acknowledge(message)

    def acknowledge(self, refusal: Heard) -> None:
        """Send the ACK to a refusal."""
        text = request_text(
            "ACK",
            f"sip:agent@{refusal.flow.remote}",
            via=self.via(refusal.branch),
            from_=refusal.header("From"),
            to=refusal.header("To"),
            call_id=refusal.header("Call-ID"),
            contact=self.uri,
            cseq=int(refusal.header("CSeq").split()[0]),
        )
        self.send(text, refusal.flow)

    @property
    def methods(self) -> list[str]:
        """The methods of all requests heard, retransmissions included."""
        return [message.method for message in self.heard if message.method]

    @property
    def statuses(self) -> list[int]:
        """The status codes of all responses heard, retransmissions included."""
        return [message.status for message in self.heard if message.status]

    def last(self, method: str) -> Heard:
        """The last request of a method."""
        return [message for message in self.heard if message.method == method][-1]

    def answer(self, request: Heard, status: int) -> None:
        """Answer a request, with a description where that is due."""
        has_body = request.method == "INVITE" and status in (183, 200)
        Callee(self, request).reply(status, "" if status == 100 else "peer", AUDIO if has_body else "")

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
        """Send a request of a Call-ID that the test chooses; `uri` is the whole Request-URI."""
        text = request_text(
            method,
            uri or f"sip:{number}@{to}",
            via=self.via(f"z9hG4bK{call_id}{method}"),
            from_=f"<sip:peer@{self.address}>;tag=peer",
            to=f"<sip:{number}@{to}>",
            call_id=call_id,
            contact=self.uri,
            body=body,
            headers=headers,
        )
        self.send(text, to)

    def invite(self, to: Address, call_id: str = "call", **headers: str) -> None:
        """Offer a call."""
        self.ask("INVITE", to, call_id=call_id, body=AUDIO, **headers)

    def cancel(self, to: Address, call_id: str = "call") -> None:
        """Take an offered call back."""
        self.ask("CANCEL", to, call_id=call_id, Via=self.via(f"z9hG4bK{call_id}INVITE"))

    def hang_up(self) -> None:
        """End the call of the last INVITE that was answered."""
        Callee(self, self.last("INVITE")).ask("BYE", "peer")
