"""The flow of a registration over UDP is kept open, and made anew where it fails. Source: RFC 5626 §4.4.2, §4.5."""

from __future__ import annotations

import asyncio
import struct
from ipaddress import ip_address
from itertools import pairwise

import pytest

from sipflow.sip.flow import Address
from sipflow.sip.stun import COOKIE
from sipflow.testing.agents import Stage, rest, virtual
from sipflow.testing.memory_peer import Heard, MemoryPeer
from sipflow.testing.wire_text import Value
from sipflow.ua.registration import RegistrationState
from tests.ua.test_registration import Scene, set_up

SEEN = Address("192.0.2.1", 4000)
OUTBOUND = pytest.mark.parametrize("headers", [{"Require": "outbound"}, {"Path": "<sip:edge.example;lr;ob>"}])


def is_request(message: Heard) -> bool:
    return message.data[:2] == b"\x00\x01"


def asked(peer: MemoryPeer) -> list[Heard]:
    """The Binding Requests that came."""
    return [message for message in peer.heard if is_request(message)]


def bound(peer: MemoryPeer, request: Heard, seen: Address = SEEN) -> None:
    """Answer a Binding Request."""
    host = int(ip_address(seen.host)) ^ COOKIE
    attribute = struct.pack("!HHHHI", 0x20, 8, 1, seen.port ^ COOKIE >> 16, host)
    peer.send(b"\x01\x01" + struct.pack("!H", len(attribute)) + request.data[4:20] + attribute, request.flow)


async def kept(stage: Stage, **headers: Value) -> Scene:
    """Alice, registered with somebody who keeps flows, for an hour."""
    scene = await set_up(stage, is_outbound=True)
    await scene.registered(expires_s=3600, **headers)
    return scene


async def next_asked(scene: Scene, known: int) -> Heard:
    while len(asked(scene.registrar)) <= known:
        await rest(0.1)
    return asked(scene.registrar)[known]


@pytest.mark.conformance(52)
@OUTBOUND
@virtual
async def test_binding_requests_go_every_24_to_29_seconds(headers: dict[str, Value]) -> None:
    async with Stage() as stage:
        scene = await kept(stage, **headers)
        for known in range(5):
            bound(scene.registrar, await next_asked(scene, known))
        times = [message.at for message in asked(scene.registrar)]
        assert all(24 <= later - earlier <= 29.1 for earlier, later in pairwise(times))
        assert len({message.data for message in asked(scene.registrar)}) == 5
        assert scene.registrar.count("REGISTER") == 1
        assert [text for _, text in scene.told if "sees us" in text] == [
            f"sip:{scene.registrar.address} sees us at {SEEN}"
        ]


@virtual
async def test_registrar_says_how_often() -> None:
    async with Stage() as stage:
        scene = await kept(stage, Require="outbound", Flow_Timer="10")
        first = await next_asked(scene, 0)
        bound(scene.registrar, first)
        assert 8 <= (await next_asked(scene, 1)).at - first.at <= 10.1


@virtual
async def test_silence_is_a_failed_flow_after_seven_requests() -> None:
    async with Stage() as stage:
        scene = await kept(stage, Require="outbound")
        await scene.hear(limit_s=29 + 39.6)
        first, *more = [message.at for message in asked(scene.registrar)]
        assert [round(at - first, 3) for at in more] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert scene.registrar.times("REGISTER")[1] - first == pytest.approx(39.5, abs=0.01)
        assert scene.registration.state is RegistrationState.LOST


@pytest.mark.parametrize("refused", [True, False])
@virtual
async def test_flow_that_is_refused_or_has_moved_is_made_anew_at_once(refused: bool) -> None:
    async with Stage() as stage:
        scene = await kept(stage, Require="outbound")
        bound(scene.registrar, await next_asked(scene, 0))
        request = await next_asked(scene, 1)
        if refused:
            scene.registrar.send(b"\x01\x11\x00\x00" + request.data[4:20], request.flow)
        else:
            bound(scene.registrar, request, Address("192.0.2.1", 4001))
        scene.grant(await scene.hear(limit_s=0.1))
        await rest(0.1)
        assert scene.registration.state is RegistrationState.GRANTED


@virtual
async def test_registrar_that_says_nothing_of_outbound_gets_crlf_where_that_is_wished() -> None:
    async with Stage() as stage:
        scene = await set_up(stage, keep_alive_s=20)
        await scene.registered(expires_s=3600)
        await rest(100)
        pings = [tapped for tapped in stage.network.tap if tapped.data == b"\r\n\r\n"]
        assert 5 <= len(pings) <= 6
        assert asked(scene.registrar) == []


@virtual
async def test_nothing_is_sent_once_the_registration_is_taken_back() -> None:
    async with Stage() as stage:
        scene = await kept(stage, Require="outbound")
        await next_asked(scene, 0)
        removal = asyncio.ensure_future(scene.registration.unregister())
        scene.reply(await scene.hear())
        await removal
        count = len(stage.network.tap)
        await rest(100)
        assert len(stage.network.tap) == count
