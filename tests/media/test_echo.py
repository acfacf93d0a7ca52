"""A peer that sends back what it gets, as test tools do."""

from __future__ import annotations

import asyncio

from sipflow.rtp import Goodbye, parse_rtcp
from sipflow.testing.agents import virtual
from tests.media.streams import HOST, pair


@virtual
async def test_our_own_packets_sent_back_are_heard_and_no_collision() -> None:
    here, there = pair()
    await asyncio.sleep(1)
    before = here.sent()
    there.stream.close()
    for packet in before:
        there.port.send_rtp(bytes(packet), (HOST, here.port.port))

    await asyncio.sleep(1)

    assert {packet.ssrc for packet in here.sent()} == {before[0].ssrc}
    assert [packet for _, packet in here.heard.packets[-len(before) :]] == before
    assert not [packet for data in here.reports() for packet in parse_rtcp(data) if isinstance(packet, Goodbye)]
    here.close()
    there.close()
