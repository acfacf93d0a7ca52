"""Offers and answers between two negotiations, and what stands in them."""

from __future__ import annotations

from sipflow.sdp import Negotiation, RtcpMux, SessionDescription

AUDIO = "m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n"


def negotiation(
    *codecs: str,
    host: str = "192.0.2.1",
    port: int = 10_000,
    session_id: int = 42,
    user: str = "-",
    mux: RtcpMux = RtcpMux.ACCEPT,
) -> Negotiation:
    return Negotiation(
        codecs=codecs or ("PCMU", "PCMA"), host=host, port=port, session_id=session_id, user=user, mux=mux
    )


def body(media: str, *, version: int = 1, session: str = "c=IN IP4 192.0.2.9\n", timing: str = "t=0 0\n") -> bytes:
    """A description of the peer's; lines end with LF here."""
    return f"v=0\no=peer 7 {version} IN IP4 192.0.2.9\ns=-\n{session}{timing}{media}".encode()


def answer_to(offer: bytes, ours: Negotiation | None = None) -> SessionDescription:
    ours = ours or negotiation()
    ours.receive_offer(offer)
    return SessionDescription.parse(ours.create_answer())


def agree(offerer: Negotiation, answerer: Negotiation, direction: str = "sendrecv") -> tuple[str, str]:
    """One exchange; returns what the offerer and what the answerer does from here on."""
    answerer.receive_offer(offerer.create_offer(direction))
    session = offerer.receive_answer(answerer.create_answer())
    assert answerer.current is not None
    return session.local_direction, answerer.current.local_direction


def streams(description: SessionDescription) -> list[str]:
    return [f"{m.kind} {m.port} {m.protocol} {' '.join(m.formats)}" for m in description.media]


def version_of(text: bytes) -> int:
    return SessionDescription.parse(text).origin.version
