"""A protected port by itself: what passes before there are keys, and how a handshake fails."""

from __future__ import annotations

import struct

import pytest

from sipflow.media import SecurePort, Source
from sipflow.media.identity import own_identity
from sipflow.media.secure_port import HANDSHAKE_LIMIT_S
from sipflow.sdp import CODECS, Direction, DtlsTerms, Fingerprint, Session, Terms
from sipflow.testing.agents import rest, virtual
from sipflow.testing.media_ports import MemoryMediaPorts

HOST = "127.0.0.1"
PACKET = struct.pack("!BBHII", 0x80, 0, 1, 160, 7) + bytes(160)
REPORT = struct.pack("!BBHI", 0x80, 201, 1, 7)


class Side:
    """A protected port, what it has told, and what came through it."""

    def __init__(self, ports: MemoryMediaPorts) -> None:
        self.told: list[str] = []
        self.came: list[bytes] = []
        self.port = SecurePort(ports.open(HOST), lambda what, detail: self.told.append(f"{what} {detail}"))
        self.port.read(self)

    def rtp_received(self, data: bytes, source: Source) -> None:
        self.came.append(data)

    def rtcp_received(self, data: bytes, source: Source) -> None:
        self.came.append(data)

    def agree(self, other: Side, terms: Terms | None) -> None:
        number = other.port.port
        self.port.agree(Session(CODECS["PCMU"], None, Direction.SENDRECV, HOST, number, 20, number + 1, security=terms))

    def send_to(self, other: Side) -> tuple[bool, bool]:
        number = other.port.port
        return self.port.send_rtp(PACKET, (HOST, number)), self.port.send_rtcp(REPORT, (HOST, number + 1))


def terms(*, is_client: bool, digest: bytes = b"") -> DtlsTerms:
    own = own_identity().fingerprint
    return DtlsTerms(is_client, (Fingerprint("sha-256", digest) if digest else own,))


@virtual
async def test_nothing_passes_before_there_are_keys_and_all_after() -> None:
    ports = MemoryMediaPorts()
    alice, bob = Side(ports), Side(ports)
    assert alice.send_to(bob) == (False, False)
    alice.agree(bob, terms(is_client=True))  # its ClientHello waits until the other side knows whom it is from
    await rest(0.1)
    bob.agree(alice, terms(is_client=False))
    await rest(0.1)

    assert alice.send_to(bob) == bob.send_to(alice) == (True, True)
    await rest(0.1)

    assert alice.came == bob.came == [PACKET, REPORT]
    assert alice.told == bob.told == ["stream-secured SRTP, DTLS, AES_CM_128_HMAC_SHA1_80"]


@virtual
async def test_plain_agreement_lets_packets_through_as_they_are() -> None:
    ports = MemoryMediaPorts()
    alice, bob = Side(ports), Side(ports)
    for one, other in ((alice, bob), (bob, alice)):
        one.agree(other, None)
    alice.send_to(bob)
    await rest(0.1)

    assert bob.came == [PACKET, REPORT]
    assert bob.told == ["stream-plain RTP without protection"]


@virtual
async def test_wrong_certificate_fails_the_media_once_and_lets_nothing_through() -> None:
    ports = MemoryMediaPorts()
    alice, bob = Side(ports), Side(ports)
    bob.agree(alice, terms(is_client=False))
    alice.agree(bob, terms(is_client=True, digest=bytes(32)))
    await rest(1)

    assert alice.send_to(bob) == (False, False)
    (failure,) = alice.told
    assert failure.startswith("stream-failed expected a certificate with the fingerprint of the session description")


@virtual
async def test_handshake_that_nobody_answers_fails_after_its_limit() -> None:
    ports = MemoryMediaPorts()
    alice, bob = Side(ports), Side(ports)
    alice.agree(bob, terms(is_client=True))
    await rest(HANDSHAKE_LIMIT_S - 1)
    before = list(alice.told)
    await rest(2)

    assert before == []
    assert alice.told == ["stream-failed expected the DTLS handshake to end within 15 s"]


@pytest.mark.parametrize("is_client", [True, False])
@virtual
async def test_closing_during_a_handshake_leaves_nothing_behind(is_client: bool) -> None:
    ports = MemoryMediaPorts()
    alice, bob = Side(ports), Side(ports)
    alice.agree(bob, terms(is_client=is_client))
    for side in (alice, bob, alice):
        side.port.close()
    await rest(HANDSHAKE_LIMIT_S + 1)

    assert ports.open_ports == 0
    assert alice.told == []
