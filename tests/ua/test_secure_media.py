"""Calls whose media is protected: what is heard, what stands on the wire, and what fails and why."""

from __future__ import annotations

import struct

import pytest

from sipflow.base.call_events import Connected, Disconnected
from sipflow.sdp import RtcpMux, Srtp
from sipflow.testing.agents import Party, Stage, connected_pair, disconnected, hang_up, happens, rest, virtual
from sipflow.ua import Call
from tests.media.streams import Heard
from tests.ua.test_media import listen

SHOWN = {
    Srtp.SDES: "stream-secured SRTP, SDES, AES_CM_128_HMAC_SHA1_80",
    Srtp.DTLS: "stream-secured SRTP, DTLS, AES_CM_128_HMAC_SHA1_80",
}


async def two(stage: Stage, alice: Srtp, bob: Srtp) -> tuple[Party, Party]:
    return (
        await stage.agent("alice", has_media=True, srtp=alice),
        await stage.agent("bob", has_media=True, srtp=bob),
    )


def ears(*calls: Call) -> list[Heard]:
    return [listen(call) for call in calls]


def rtp_sizes(stage: Stage) -> set[int]:
    assert stage.media.tap is not None
    return {len(packet.data) for packet in stage.media.tap if packet.data[0] == 0x80 and packet.target[1] % 2 == 0}


@pytest.mark.parametrize("how", SHOWN)
@virtual
async def test_protected_call_is_heard_both_ways_and_by_nobody_else(how: Srtp) -> None:
    async with Stage() as stage:
        alice, bob = await two(stage, how, how)
        stage.media.tap = []
        calls = await connected_pair(alice, bob)
        heard = ears(*calls)
        await rest(1)
        assert [len(ear.packets) for ear in heard] == pytest.approx([50, 50], abs=3)
        assert rtp_sizes(stage) == {12 + 160 + 10}
        await hang_up(calls[0])
        await rest(1)
        for party in (alice, bob):
            assert SHOWN[how] in party.media
            assert not [line for line in party.media if line.startswith(("stream-faults", "stream-failed"))]


@pytest.mark.parametrize(("alice_wants", "bob_wants", "size"), [
    (Srtp.SDES_OPTIONAL, Srtp.OFF, 172), (Srtp.OFF, Srtp.SDES_OPTIONAL, 172), (Srtp.SDES_OPTIONAL, Srtp.SDES, 182),
    (Srtp.SDES, Srtp.SDES_OPTIONAL, 182),
])  # fmt: skip
@virtual
async def test_optional_protection_is_as_the_other_side_wants(alice_wants: Srtp, bob_wants: Srtp, size: int) -> None:
    async with Stage() as stage:
        alice, bob = await two(stage, alice_wants, bob_wants)
        stage.media.tap = []
        calls = await connected_pair(alice, bob)
        heard = ears(*calls)
        await rest(1)
        assert [len(ear.packets) for ear in heard] == pytest.approx([50, 50], abs=3)
        assert rtp_sizes(stage) == {size}
        await hang_up(calls[0])


@pytest.mark.parametrize("bob_wants", Srtp)
@pytest.mark.parametrize("alice_wants", Srtp)
@virtual
async def test_call_has_media_where_the_wishes_of_both_suit_and_is_refused_else(
    alice_wants: Srtp, bob_wants: Srtp
) -> None:
    async with Stage() as stage:
        alice, bob = await two(stage, alice_wants, bob_wants)
        call = alice.call(bob.uri)
        if alice_wants.suits(bob_wants):
            incoming = await bob.take()
            incoming.answer()
            await happens(call, Connected)
            await hang_up(call)
        else:
            assert (await happens(call, Disconnected)).status == 488


@pytest.mark.parametrize("how", SHOWN)
@virtual
async def test_hold_and_retrieve_leave_the_keys_in_force(how: Srtp) -> None:
    async with Stage() as stage:
        alice, bob = await two(stage, how, how)
        outgoing, incoming = await connected_pair(alice, bob)
        await rest(0.5)
        for direction in ("sendonly", "sendrecv"):
            await outgoing.modify(direction).done.wait()
        heard = ears(outgoing, incoming)
        await rest(1)
        assert [len(ear.packets) for ear in heard] == pytest.approx([50, 50], abs=3)
        await hang_up(outgoing)
        assert alice.media.count(SHOWN[how]) == 1


@pytest.mark.conformance(115)
@pytest.mark.parametrize("how", [Srtp.OFF, *SHOWN])
@virtual
async def test_port_that_rtp_and_rtcp_share_carries_both_for_the_whole_call(how: Srtp) -> None:
    async with Stage() as stage:
        alice = await stage.agent("alice", has_media=True, srtp=how, rtcp_mux=RtcpMux.OFFER)
        bob = await stage.agent("bob", has_media=True, srtp=how)
        stage.media.tap = []
        outgoing, incoming = await connected_pair(alice, bob)
        await rest(12)
        for direction in ("sendonly", "sendrecv"):
            await outgoing.modify(direction).done.wait()
        heard = ears(outgoing, incoming)
        await rest(1)
        assert [len(ear.packets) for ear in heard] == pytest.approx([50, 50], abs=3)
        for call in (outgoing, incoming):
            assert call.stream is not None
            assert call.stream.control.received >= 2
            assert call.stream.control.round_trip_s is not None
        await hang_up(outgoing)
        await rest(1)
        assert {packet.target[1] % 2 for packet in stage.media.tap} == {0}
        assert not [line for party in (alice, bob) for line in party.media if line.startswith("stream-faults")]


@virtual
async def test_plain_peer_is_refused_with_a_warning_where_protection_is_demanded() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage, Srtp.OFF, Srtp.SDES)
        call = alice.call(bob.uri)
        ended = await happens(call, Disconnected)
        assert ended.status == 488
        refusal = next(seen.message for seen in alice.log if getattr(seen.message, "status", 0) == 488)
        assert "expected audio RTP/SAVP with a=crypto" in (refusal.header("Warning") or "")


@virtual
async def test_forged_packets_are_dropped_and_counted() -> None:
    async with Stage() as stage:
        alice, bob = await two(stage, Srtp.SDES, Srtp.SDES)
        outgoing, incoming = await connected_pair(alice, bob)
        (heard,) = ears(incoming)
        session = outgoing.stream.session if outgoing.stream is not None else None
        assert session is not None
        for number in range(3):
            forged = struct.pack("!BBHII", 0x80, 0, number, 0, 99) + bytes(170)
            stage.media.send(forged, ("127.0.0.1", 9), (session.remote_host, session.remote_port))
        await rest(0.5)
        assert len(heard.packets) == pytest.approx(25, abs=3)
        await hang_up(outgoing)
        await disconnected(incoming)
        await rest(1)
        assert (
            "stream-faults packets dropped: 3 failed authentication, 0 repeated, 0 before any key, 0 no SRTP"
            in bob.media
        )
