"""The INVITE client transaction over time. Source: RFC 3261 §17.1.1, RFC 6026 §7.2."""

from __future__ import annotations

import pytest

from sipflow.sip.invite_client import State
from sipflow.sip.message import Request, parse_message
from sipflow.sip.orders import ResponseReceived, TransactionFailed, Transmit
from sipflow.testing.core_bench import CoreBench


def sent_acks(bench: CoreBench) -> list[Request]:
    messages = [parse_message(entry.order.data) for entry in bench.log if isinstance(entry.order, Transmit)]
    return [message for message in messages if isinstance(message, Request) and message.method == "ACK"]


@pytest.mark.conformance(20)
def test_invite_is_retransmitted_at_doubling_intervals_until_32_s() -> None:
    bench = CoreBench()
    bench.request()
    bench.advance(31.999)
    assert bench.sent("INVITE") == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    assert bench.handed_up(TransactionFailed) == []
    bench.advance(0.001)
    failed = [entry for entry in bench.log if isinstance(entry.order, TransactionFailed)]
    assert [(entry.at, entry.order.timed_out) for entry in failed if isinstance(entry.order, TransactionFailed)] == [
        (32.0, True)
    ]


@pytest.mark.conformance(20, 34)
def test_invite_without_answer_leaves_nothing() -> None:
    bench = CoreBench()
    bench.request()
    bench.advance(70)
    assert len(bench.sent("INVITE")) == 7
    assert bench.remembers == 0


@pytest.mark.conformance(21)
def test_invite_is_sent_once_on_tcp_and_still_gives_up() -> None:
    bench = CoreBench("TCP")
    bench.request()
    bench.advance(70)
    assert bench.sent("INVITE") == [0]
    assert bench.handed_up(TransactionFailed) == [32.0]
    assert bench.remembers == 0


@pytest.mark.conformance(22)
def test_provisional_ends_retransmission_and_timer_b() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.advance(0.6)
    bench.answer(invite, 180)
    bench.advance(3600)
    assert bench.sent("INVITE") == [0, 0.5]
    assert bench.handed_up(TransactionFailed) == []
    assert invite.state == State.PROCEEDING


@pytest.mark.conformance(22)
def test_every_provisional_is_passed_up() -> None:
    bench = CoreBench()
    invite = bench.request()
    for status in (100, 180, 183, 180):
        bench.answer(invite, status)
    assert len(bench.handed_up(ResponseReceived)) == 4


@pytest.mark.conformance(23, 2)
@pytest.mark.parametrize("status", [302, 486, 500, 603])
def test_refusal_is_acknowledged_within_the_transaction(status: int) -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.answer(invite, status, tag="theirs")
    sent = bench.requests[invite]
    (ack,) = sent_acks(bench)
    assert ack.uri == sent.uri
    assert [str(via) for via in ack.vias] == [sent.via]
    assert ack.branch == sent.branch
    assert ack.route == list(sent.routes)
    assert ack.header("From") == sent.from_
    assert ack.header("To") == f"{sent.to};tag=theirs"
    assert ack.header("Call-ID") == sent.call_id
    assert (ack.cseq, ack.cseq_method) == (sent.cseq, "ACK")
    assert ack.max_forwards == 70
    assert ack.body == b""


@pytest.mark.conformance(23)
def test_repeated_refusal_is_acknowledged_again_but_passed_up_once() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.answer(invite, 486)
    for _ in range(3):
        bench.advance(10)
        bench.answer(invite, 486)
    assert bench.sent("ACK") == [0, 10, 20, 30]
    assert len(set(map(bytes, [ack.raw for ack in sent_acks(bench)]))) == 1
    assert len(bench.handed_up(ResponseReceived)) == 1


@pytest.mark.conformance(23, 34)
def test_refused_invite_is_forgotten_after_timer_d() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.advance(1)
    bench.answer(invite, 486)
    bench.advance(31.75)
    assert len(bench.layer) == 1
    bench.advance(0.25)
    assert bench.remembers == 0
    assert bench.answer(invite, 486) == []


@pytest.mark.conformance(23, 34)
def test_refused_invite_is_forgotten_at_once_on_tcp() -> None:
    bench = CoreBench("TCP")
    invite = bench.request()
    bench.answer(invite, 486)
    bench.advance(0)
    assert len(bench.layer) == 0


@pytest.mark.conformance(29)
def test_every_repeated_success_is_passed_up_until_timer_m() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.answer(invite, 200)
    bench.advance(31.9)
    bench.answer(invite, 200)
    bench.answer(invite, 200, tag="fork")
    assert bench.handed_up(ResponseReceived) == [0, 31.9, 31.9]
    assert bench.sent("ACK") == []
    bench.advance(0.2)
    assert bench.answer(invite, 200) == []
    assert bench.remembers == 0


def test_refusal_after_a_success_is_dropped() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.answer(invite, 200)
    assert bench.answer(invite, 486) == []
    assert bench.answer(invite, 180) == []


def test_success_after_a_refusal_is_dropped() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.answer(invite, 486)
    assert bench.answer(invite, 200) == []


@pytest.mark.conformance(13)
def test_invite_that_can_not_be_delivered_fails_at_once() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.layer.transport_failed(bench.flow, "connection refused", bench.now)
    (failed,) = bench.drain()
    assert isinstance(failed, TransactionFailed)
    assert (failed.transaction, failed.timed_out, failed.reason) == (invite, False, "connection refused")
    assert len(bench.layer) == 0
    bench.advance(70)
    assert bench.sent("INVITE") == [0]
    assert bench.remembers == 0


@pytest.mark.conformance(13)
def test_failure_of_another_address_is_not_ours() -> None:
    bench = CoreBench()
    bench.request()
    elsewhere = bench.flow._replace(remote=bench.flow.remote._replace(port=9))
    bench.layer.transport_failed(elsewhere, "connection refused", bench.now)
    bench.layer.transport_failed(bench.flow._replace(transport="TCP"), "connection reset", bench.now)
    assert bench.drain() == []
    assert len(bench.layer) == 1


@pytest.mark.conformance(25)
@pytest.mark.parametrize(
    "headers",
    [
        {"Via": "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKother"},
        {"Via": "SIP/2.0/UDP 10.0.0.1:5060"},
        {"CSeq": "1 BYE"},
        {"Via": "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother, SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKours1"},
        {"Via": "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKours1, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKother"},
    ],
    ids=["branch", "no-branch", "method", "not-on-top", "more-than-one-via"],
)
def test_response_that_is_not_ours_is_dropped(headers: dict[str, str]) -> None:
    bench = CoreBench()
    invite = bench.request()
    assert bench.answer(invite, 200, **headers) == []
    assert invite.state == State.CALLING


@pytest.mark.conformance(25)
def test_response_matches_whatever_else_it_says() -> None:
    bench = CoreBench()
    invite = bench.request()
    bench.answer(invite, 180, CSeq="77 INVITE", Call_ID="other", From="<sip:x@y>;tag=z")
    assert len(bench.handed_up(ResponseReceived)) == 1
