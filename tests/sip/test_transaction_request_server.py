"""The non-INVITE server transaction over time. Source: RFC 3261 §17.2.2."""

from __future__ import annotations

import pytest

from sipflow.base.errors import LocalProtocolError
from sipflow.sip.orders import RequestReceived, TransactionFailed
from sipflow.sip.request_server import RequestServerTransaction
from sipflow.testing.core_bench import CoreBench
from sipflow.testing.wire_text import a_request


@pytest.mark.conformance(30)
def test_repeated_request_gets_the_same_response_and_is_handed_up_once() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request("OPTIONS")), 200)
    first = bench.log[-1].order
    bench.advance(31.9)
    assert bench.receive(a_request("OPTIONS")) == [first]
    assert len(bench.handed_up(RequestReceived)) == 1


@pytest.mark.conformance(30)
def test_repeated_request_is_discarded_before_there_is_a_response() -> None:
    bench = CoreBench()
    bench.accept(a_request("OPTIONS"))
    bench.advance(3)
    assert bench.receive(a_request("OPTIONS")) == []


@pytest.mark.conformance(30, 34)
def test_answered_request_is_forgotten_after_timer_j() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request("OPTIONS")), 200)
    bench.advance(31.999)
    assert len(bench.layer) == 1
    bench.advance(0.001)
    assert bench.remembers == 0


@pytest.mark.conformance(30, 34)
def test_answered_request_is_forgotten_at_once_on_tcp() -> None:
    bench = CoreBench("TCP")
    bench.respond(bench.accept(a_request("OPTIONS")), 200)
    bench.advance(0)
    assert bench.remembers == 0


def test_response_is_never_sent_again_by_itself() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request("BYE")), 481)
    bench.advance(70)
    assert bench.sent("SIP/2.0") == [0]


def test_no_trying_is_sent_by_itself() -> None:
    bench = CoreBench()
    bench.accept(a_request("OPTIONS"))
    bench.advance(10)
    assert bench.sent("SIP/2.0") == []


@pytest.mark.conformance(13)
def test_undeliverable_response_is_told_and_forgotten() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request("OPTIONS")), 200)
    bench.layer.transport_failed(bench.flow, "connection refused", bench.now)
    assert [type(order) for order in bench.drain()] == [TransactionFailed]
    assert len(bench.layer) == 0


@pytest.mark.conformance(33)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_request_whose_answer_takes_its_time_gets_100_once_its_client_repeats_it_at_t2(transport: str) -> None:
    bench = CoreBench(transport)
    transaction = bench.accept(a_request("INFO"))
    assert isinstance(transaction, RequestServerTransaction)
    transaction.expect_delay(bench.now)
    bench.advance(3.4)
    assert bench.sent("SIP/2.0") == []
    bench.advance(20)
    assert bench.sent("SIP/2.0 100") == [3.5]
    bench.receive(a_request("INFO"))
    assert len(bench.sent("SIP/2.0 100")) == 2
    bench.respond(transaction, 200)
    assert len(bench.sent("SIP/2.0 200")) == 1


@pytest.mark.conformance(33)
def test_request_that_is_answered_in_time_gets_no_100() -> None:
    bench = CoreBench()
    transaction = bench.accept(a_request("INFO"))
    assert isinstance(transaction, RequestServerTransaction)
    transaction.expect_delay(bench.now)
    bench.advance(2)
    bench.respond(transaction, 200)
    bench.advance(40)
    assert bench.sent("SIP/2.0 100") == []


@pytest.mark.conformance(33)
@pytest.mark.parametrize("status", [100, 180, 183, 408])
def test_response_that_only_an_invite_may_get_is_refused_here(status: int) -> None:
    bench = CoreBench()
    transaction = bench.accept(a_request("INFO"))
    with pytest.raises(LocalProtocolError, match=f"a {status} is no response"):
        bench.respond(transaction, status)
    assert bench.sent("SIP/2.0") == []
    bench.respond(transaction, 200)
