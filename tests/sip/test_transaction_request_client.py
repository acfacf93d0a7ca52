"""The non-INVITE client transaction over time. Source: RFC 3261 §17.1.2."""

from __future__ import annotations

import pytest

from sipflow.sip.orders import ResponseReceived, TransactionFailed
from sipflow.testing.core_bench import CoreBench


@pytest.mark.conformance(24)
def test_request_is_retransmitted_up_to_t2_apart_until_32_s() -> None:
    bench = CoreBench()
    bench.request("BYE")
    bench.advance(70)
    assert bench.sent("BYE") == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
    assert bench.handed_up(TransactionFailed) == [32.0]
    assert bench.remembers == 0


@pytest.mark.conformance(24)
def test_provisional_slows_retransmission_to_t2_but_does_not_end_it() -> None:
    bench = CoreBench()
    bye = bench.request("BYE")
    bench.advance(0.6)
    bench.answer(bye, 100)
    bench.advance(70)
    assert bench.sent("BYE") == [0, 0.5, 1.5, 5.5, 9.5, 13.5, 17.5, 21.5, 25.5, 29.5]
    assert bench.handed_up(TransactionFailed) == [32.0]


@pytest.mark.conformance(24)
def test_request_is_sent_once_on_tcp_and_still_gives_up() -> None:
    bench = CoreBench("TCP")
    bench.request("BYE")
    bench.advance(70)
    assert bench.sent("BYE") == [0]
    assert bench.handed_up(TransactionFailed) == [32.0]


@pytest.mark.conformance(24)
@pytest.mark.parametrize("status", [200, 302, 481, 500, 603])
def test_final_response_is_passed_up_once_and_absorbed_for_t4(status: int) -> None:
    bench = CoreBench()
    bye = bench.request("BYE")
    bench.answer(bye, status)
    bench.advance(4.9)
    assert bench.answer(bye, status) == []
    assert len(bench.layer) == 1
    bench.advance(0.1)
    assert len(bench.layer) == 0
    assert bench.handed_up(ResponseReceived) == [0]
    assert bench.sent("BYE") == [0]
    assert bench.sent("ACK") == []


@pytest.mark.conformance(34)
def test_answered_request_leaves_nothing() -> None:
    bench = CoreBench()
    bench.answer(bench.request("BYE"), 200)
    bench.advance(70)
    assert bench.remembers == 0


@pytest.mark.conformance(24, 34)
def test_answered_request_is_forgotten_at_once_on_tcp() -> None:
    bench = CoreBench("TCP")
    bench.answer(bench.request("BYE"), 200)
    bench.advance(0)
    assert len(bench.layer) == 0


@pytest.mark.conformance(13)
def test_request_that_can_not_be_delivered_fails_at_once() -> None:
    bench = CoreBench()
    bench.request("BYE")
    bench.layer.transport_failed(bench.flow, "connection refused", bench.now)
    assert [type(order) for order in bench.drain()] == [TransactionFailed]
    bench.advance(70)
    assert bench.sent("BYE") == [0]
    assert bench.remembers == 0
