"""The INVITE server transaction, and the 2xx that the core repeats, over time.

Source: RFC 3261 §17.2.1, §13.3.1.4, RFC 6026 §7.1.
"""

from __future__ import annotations

import math

import pytest

from sipflow.base.errors import LocalProtocolError
from sipflow.sip.invite_server import InviteServerTransaction, State
from sipflow.sip.message import Response, parse_message
from sipflow.sip.orders import AckReceived, TransactionFailed, Transmit
from sipflow.sip.reliable_response import On, ReliableResponse
from sipflow.testing.core_bench import CoreBench
from sipflow.testing.wire_text import a_request

REFUSED = [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


class Owner:
    """Sent a 2xx; remembers when it was given up."""

    def __init__(self) -> None:
        self.gave_up: list[float] = []

    def never_acknowledged(self, status: int, now: float) -> None:
        self.gave_up.append(now)


def accept(bench: CoreBench) -> tuple[ReliableResponse, Owner]:
    """Take an INVITE and answer it with 200."""
    invite = a_request()
    transaction = bench.accept(invite)
    assert isinstance(transaction, InviteServerTransaction)
    owner = Owner()
    data = b"SIP/2.0 200 OK\r\n" + transaction.head.encode() + b"\r\n"
    success = ReliableResponse(transaction, 200, invite.cseq, data, owner, bench.now)
    bench.drain()
    return success, owner


@pytest.mark.parametrize("late_s", [0.4, 3.0, 20.0])
def test_success_is_given_up_in_time_however_late_the_timers_fire(late_s: float) -> None:
    bench = CoreBench()
    _, owner = accept(bench)
    for _ in range(math.ceil(40 / late_s)):
        bench.clock.advance(late_s)
        bench.layer.timers.fire(bench.now)
        bench.drain()
    assert len(owner.gave_up) == 1
    assert 32 <= owner.gave_up[0] < 32 + late_s
    assert bench.remembers == 0


def last_response(bench: CoreBench) -> Response:
    message = parse_message([entry.order.data for entry in bench.log if isinstance(entry.order, Transmit)][-1])
    assert isinstance(message, Response)
    return message


@pytest.mark.conformance(26)
def test_trying_is_sent_within_200_ms() -> None:
    bench = CoreBench()
    bench.accept(a_request())
    bench.advance(0.149)
    assert bench.sent("SIP/2.0") == []
    bench.advance(60)
    assert bench.sent("SIP/2.0 100 Trying") == [0.15]


@pytest.mark.conformance(26, 35)
def test_trying_carries_no_to_tag() -> None:
    bench = CoreBench()
    bench.accept(a_request())
    bench.advance(1)
    trying = last_response(bench)
    assert (trying.status, trying.to.tag) == (100, "")
    assert trying.header("To") == "<sip:bob@10.0.0.1>"


@pytest.mark.conformance(26)
@pytest.mark.parametrize("status", [180, 200, 486])
def test_no_trying_once_the_user_has_answered(status: int) -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    bench.advance(0.1)
    bench.respond(invite, status)
    bench.advance(20)
    assert bench.sent("SIP/2.0 100") == []


@pytest.mark.conformance(26)
def test_repeated_invite_brings_trying_early_and_then_the_last_provisional() -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    bench.receive(a_request())
    assert bench.sent("SIP/2.0 100") == [0]
    bench.respond(invite, 180)
    bench.receive(a_request())
    assert bench.sent("SIP/2.0 180") == [0, 0]


@pytest.mark.conformance(27)
def test_refusal_is_repeated_up_to_t2_apart_until_32_s() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 486)
    bench.advance(70)
    assert bench.sent("SIP/2.0 486") == REFUSED
    assert bench.handed_up(TransactionFailed) == [32.0]
    assert bench.remembers == 0


@pytest.mark.conformance(27)
def test_refusal_is_sent_once_on_tcp_and_its_ack_still_awaited() -> None:
    bench = CoreBench("TCP")
    bench.respond(bench.accept(a_request()), 486)
    bench.advance(70)
    assert bench.sent("SIP/2.0 486") == [0]
    assert bench.handed_up(TransactionFailed) == [32.0]
    assert bench.remembers == 0


@pytest.mark.conformance(27)
def test_refusal_answers_every_repeated_invite() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 486)
    bench.receive(a_request())
    assert bench.sent("SIP/2.0 486") == [0, 0]


@pytest.mark.conformance(27, 34)
def test_ack_to_a_refusal_ends_repetition_and_is_absorbed_for_t4() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 486)
    bench.advance(0.7)
    assert bench.receive(a_request("ACK")) == []
    bench.advance(4.9)
    assert bench.receive(a_request("ACK")) == []
    assert bench.receive(a_request()) == []
    assert bench.sent("SIP/2.0 486") == [0, 0.5]
    assert len(bench.layer) == 1
    bench.advance(0.2)
    assert len(bench.layer) == 0
    bench.advance(70)
    assert bench.remembers == 0


@pytest.mark.conformance(27, 34)
def test_acknowledged_refusal_is_forgotten_at_once_on_tcp() -> None:
    bench = CoreBench("TCP")
    bench.respond(bench.accept(a_request()), 486)
    bench.receive(a_request("ACK"))
    bench.advance(0)
    assert len(bench.layer) == 0


@pytest.mark.conformance(27, 31, 77)
def test_ack_with_another_branch_does_not_end_repetition() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 486)
    bench.receive(a_request("ACK", Via="SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKother"))
    bench.advance(2)
    assert bench.sent("SIP/2.0 486") == [0, 0.5, 1.5]


@pytest.mark.conformance(42)
def test_ack_before_any_final_response_changes_nothing() -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    assert bench.receive(a_request("ACK")) == []
    bench.respond(invite, 180)
    assert bench.receive(a_request("ACK")) == []
    assert invite.state == State.PROCEEDING


@pytest.mark.conformance(28)
def test_repeated_invite_is_absorbed_once_accepted() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 200)
    bench.advance(31.9)
    assert bench.receive(a_request()) == []
    assert bench.sent("SIP/2.0 200") == [0]
    bench.advance(0.2)
    assert len(bench.layer) == 0


@pytest.mark.conformance(28)
def test_every_ack_to_a_success_is_passed_up() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 200)
    bench.receive(a_request("ACK", Via="SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKack"))
    bench.receive(a_request("ACK"))
    assert bench.handed_up(AckReceived) == [0, 0]


@pytest.mark.conformance(28)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_success_is_repeated_on_every_transport_until_32_s(transport: str) -> None:
    bench = CoreBench(transport)
    success, owner = accept(bench)
    bench.advance(31.999)
    assert bench.sent("SIP/2.0 200") == REFUSED
    assert (owner.gave_up, success.is_pending) == ([], True)
    bench.advance(50)
    assert (owner.gave_up, success.is_pending) == ([32.0], False)
    assert bench.sent("SIP/2.0 200") == REFUSED
    assert bench.remembers == 0


@pytest.mark.conformance(28, 77)
def test_success_is_repeated_no_more_after_its_ack() -> None:
    bench = CoreBench()
    success, owner = accept(bench)
    bench.advance(1)
    success.feed(On.ACKNOWLEDGE, bench.now)
    bench.advance(70)
    assert bench.sent("SIP/2.0 200") == [0, 0.5]
    assert owner.gave_up == []
    assert bench.remembers == 0


@pytest.mark.parametrize("status", [180, 486])
def test_nothing_but_a_success_follows_a_success(status: int) -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    bench.respond(invite, 200)
    with pytest.raises(LocalProtocolError):
        bench.respond(invite, status)
    assert bench.drain() == []


@pytest.mark.conformance(13)
def test_undeliverable_provisional_is_told() -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    bench.respond(invite, 180)
    bench.layer.transport_failed(bench.flow, "connection refused", bench.now)
    assert [type(order) for order in bench.drain()] == [TransactionFailed]
    assert len(bench.layer) == 0


def test_abandoned_invites_leave_nothing_after_70_s() -> None:
    bench = CoreBench()
    for number in range(500):
        via = f"SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{number}"
        bench.respond(bench.accept(a_request(Via=via, Call_ID=f"c{number}")), 486)
    bench.advance(70)
    assert bench.remembers == 0
