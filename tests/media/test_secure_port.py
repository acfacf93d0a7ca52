"""A protected port by itself: what passes before there are keys, and how a handshake fails."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from sipflow.media import SecurePort, Source
from sipflow.media.identity import own_identity
from sipflow.media.secure_port import HANDSHAKE_LIMIT_S
from sipflow.media.srtp import REPLAYED
from sipflow.sdp import CODECS, Direction, DtlsTerms, Fingerprint, MasterKey, SdesTerms, Session, Terms
from sipflow.sdp.security import SUITES
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

    def agree(self, other: Side, terms: Terms | None, *, is_muxed: bool = False) -> None:
        number = other.port.port
        rtcp = number if is_muxed else number + 1
        session = Session(CODECS["PCMU"], None, Direction.SENDRECV, HOST, number, 20, rtcp)
        self.port.agree(replace(session, security=terms, is_muxed=is_muxed))

    def send_to(self, other: Side, *, is_muxed: bool = False) -> tuple[bool, bool]:
        number = other.port.port
        rtcp = number if is_muxed else number + 1
        return (
            self.port.send_rtp(PACKET, (HOST, number)),
            self.port.send_rtcp(REPORT, (HOST, rtcp), is_muxed=is_muxed),
        )


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


@pytest.mark.parametrize("how", ["plain", "sdes", "dtls"])
@virtual
async def test_reports_on_a_shared_port_go_by_its_keys_and_by_no_other_port(how: str) -> None:
    ports = MemoryMediaPorts()
    ports.tap = []
    alice, bob = Side(ports), Side(ports)
    keys = {alice: MasterKey(b"a" * 30), bob: MasterKey(b"b" * 30)}
    for one, other in ((alice, bob), (bob, alice)):
        sdes = SdesTerms(SUITES["AES_CM_128_HMAC_SHA1_80"], keys[one], (keys[other],))
        wanted = {"plain": None, "sdes": sdes, "dtls": terms(is_client=one is alice)}[how]
        one.agree(other, wanted, is_muxed=True)
    await rest(0.1)
    assert alice.send_to(bob, is_muxed=True) == bob.send_to(alice, is_muxed=True) == (True, True)
    await rest(0.1)

    assert alice.came == bob.came == [PACKET, REPORT]
    assert {packet.target[1] % 2 for packet in ports.tap} == {packet.source[1] % 2 for packet in ports.tap} == {0}
    assert (how == "plain") == (REPORT in [packet.data for packet in ports.tap])


@virtual
async def test_reports_that_leave_a_shared_port_have_a_handshake_of_their_own_and_audio_keeps_its_keys() -> None:
    ports = MemoryMediaPorts()
    alice, bob = Side(ports), Side(ports)
    for is_muxed in (True, False, True):
        alice.agree(bob, terms(is_client=True), is_muxed=is_muxed)
        bob.agree(alice, terms(is_client=False), is_muxed=is_muxed)
        await rest(0.1)
        number = bob.port.port if is_muxed else bob.port.port + 1
        assert alice.port.send_rtcp(REPORT, (HOST, number), is_muxed=is_muxed)
    assert alice.port.send_rtp(PACKET, (HOST, bob.port.port))
    await rest(0.1)

    assert bob.came == [REPORT, REPORT, REPORT, PACKET]
    assert alice.told == bob.told == ["stream-secured SRTP, DTLS, AES_CM_128_HMAC_SHA1_80"]


@virtual
async def test_key_that_stays_knows_what_came_under_it_where_the_other_one_changes() -> None:
    ports = MemoryMediaPorts()
    ports.tap = []
    alice, bob = Side(ports), Side(ports)
    suite, keys = SUITES["AES_CM_128_HMAC_SHA1_80"], [MasterKey(bytes([n]) * 30) for n in range(3)]
    alice.agree(bob, SdesTerms(suite, keys[0], (keys[1],)))
    bob.agree(alice, SdesTerms(suite, keys[1], (keys[0],)))
    alice.send_to(bob)
    await rest(0.1)
    bob.agree(alice, SdesTerms(suite, keys[2], (keys[0],)))

    for sent in list(ports.tap):
        ports.send(sent.data, sent.source, sent.target)
    await rest(0.1)

    assert bob.came == [PACKET, REPORT]
    assert bob.port.faults == {REPLAYED: 2}


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
