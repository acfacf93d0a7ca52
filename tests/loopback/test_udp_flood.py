"""A flood of datagrams, in its short form (`scripts/soak flood` is the long one), and what bounds it."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.ids import RandomIds
from sipflow.sip.flow import Address, Flow
from sipflow.sip.layer import TransactionLayer
from sipflow.sip.orders import RequestReceived, Transmit
from sipflow.sip.timers import Timing
from sipflow.testing.wire_text import a_request
from tests.soak.udp_flood import flood


@pytest.mark.conformance("R8")
def test_own_calls_complete_in_a_flood_and_nothing_of_it_stays() -> None:
    verdict = asyncio.run(flood(2.0, 2_000, 50, Timing(t1=0.05, t2=0.4, t4=0.5)))
    assert verdict.sent > 1_000
    assert verdict.calls > 3
    assert (verdict.failed, verdict.left_transactions) == (0, 0)
    assert verdict.rss_after < verdict.rss_before + (30 << 20)


@pytest.mark.conformance("R8")
def test_request_beyond_the_limit_of_transactions_is_refused_without_one() -> None:
    layer = TransactionLayer(RandomIds(1), Timing(), max_servers=2)
    flow = Flow("UDP", Address("127.0.0.1", 5060), Address("127.0.0.1", 5070))
    for number in range(4):
        via = f"SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK{number}"
        layer.receive_request(a_request("OPTIONS", Via=via, Call_ID=f"c{number}"), flow, 0.0)
    assert [type(order) for order in layer.orders] == [RequestReceived, RequestReceived, Transmit, Transmit]
    refusal = layer.orders[-1]
    assert isinstance(refusal, Transmit)
    assert refusal.data.startswith(b"SIP/2.0 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 32\r\n" in refusal.data
    assert len(layer) == 2
