"""The non-INVITE server transaction over time. Source: RFC 3261 §17.2.2."""

from __future__ import annotations

import pytest

from sipflow.sip.orders import RequestReceived, TransactionFailed
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


def test_provisional_answers_repeated_requests() -> None:
    bench = CoreBench()
    transaction = bench.accept(a_request("OPTIONS"))
    bench.respond(transaction, 100)
    bench.receive(a_request("OPTIONS"))
    bench.respond(transaction, 200)
    bench.receive(a_request("OPTIONS"))
    assert (len(bench.sent("SIP/2.0 100")), len(bench.sent("SIP/2.0 200"))) == (2, 2)


@pytest.mark.conformance(13)
def test_undeliverable_response_is_told_and_forgotten() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request("OPTIONS")), 200)
    bench.layer.transport_failed(bench.flow, "connection refused", bench.now)
    assert [type(order) for order in bench.drain()] == [TransactionFailed]
    assert len(bench.layer) == 0
