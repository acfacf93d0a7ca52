"""Which message belongs to which transaction, and what is left when all have ended. Source: RFC 3261 §17."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sipflow.base.errors import LocalProtocolError
from sipflow.sip.flow import Address, Flow
from sipflow.sip.invite_client import On as InviteOn
from sipflow.sip.message import Request, Response, parse_message
from sipflow.sip.orders import AckReceived, RequestReceived, Transmit
from sipflow.sip.transaction import ClientTransaction, ServerTransaction
from sipflow.testing.core_bench import US, CoreBench
from sipflow.testing.wire_text import a_request

OLD_VIA = "SIP/2.0/UDP 10.0.0.2:5060"


@pytest.mark.conformance(31)
@pytest.mark.parametrize(
    "other",
    [
        {"Via": "SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKother"},
        {"Via": "SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKpeer"},
        {"Via": "SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bKpeer"},
    ],
    ids=["branch", "host", "port"],
)
def test_request_is_another_one_by_branch_or_sent_by(other: dict[str, str]) -> None:
    bench = CoreBench()
    bench.accept(a_request("OPTIONS"))
    bench.accept(a_request("OPTIONS", **other))
    assert len(bench.layer) == 2


@pytest.mark.conformance(31)
def test_request_is_another_one_by_method_but_the_ack_belongs_to_its_invite() -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    bench.accept(a_request("CANCEL"))
    bench.respond(invite, 486)
    assert bench.receive(a_request("ACK")) == []
    assert len(bench.layer) == 2


@pytest.mark.conformance(31)
def test_request_is_the_same_whatever_else_has_changed() -> None:
    bench = CoreBench()
    bench.accept(a_request("OPTIONS"))
    changed = a_request("OPTIONS", Call_ID="other", CSeq="9 OPTIONS", From="<sip:x@y>;tag=1")
    assert bench.receive(changed) == []


@pytest.mark.conformance(31)
@pytest.mark.parametrize(
    "via", [OLD_VIA, f"{OLD_VIA};branch=1", f"{OLD_VIA};branch=z9hG4bK"], ids=["none", "old", "bare"]
)
def test_request_without_cookie_is_matched_by_what_rfc_2543_compares(via: str) -> None:
    bench = CoreBench()
    bench.accept(a_request("OPTIONS", Via=via))
    assert bench.receive(a_request("OPTIONS", Via=via)) == []
    bench.accept(a_request("OPTIONS", Via=via, CSeq="2 OPTIONS"))
    bench.accept(a_request("OPTIONS", Via=via, Call_ID="other"))
    bench.accept(a_request("OPTIONS", Via=via, From="<sip:alice@10.0.0.2>;tag=other"))
    bench.accept(a_request("OPTIONS", Via=via, uri="sip:other@10.0.0.1"))
    assert len(bench.layer) == 5


@pytest.mark.conformance(31)
def test_ack_without_cookie_finds_its_invite() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request(Via=OLD_VIA)), 486)
    assert bench.receive(a_request("ACK", Via=OLD_VIA, To="<sip:bob@10.0.0.1>;tag=ours")) == []
    bench.advance(2)
    assert bench.sent("SIP/2.0 486") == [0]


@pytest.mark.conformance(32)
def test_request_by_a_second_path_is_marked_until_the_first_has_ended() -> None:
    bench = CoreBench()
    second = "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKsecond"
    first = bench.accept(a_request())
    assert not first.is_merged
    assert bench.accept(a_request(Via=second)).is_merged
    assert not bench.accept(a_request("OPTIONS")).is_merged
    assert not bench.accept(a_request(Via=f"{second}3", To="<sip:bob@10.0.0.1>;tag=in-a-dialog")).is_merged


@pytest.mark.conformance(32)
def test_request_by_a_third_path_is_marked_after_the_second_has_ended() -> None:
    bench = CoreBench()
    bench.respond(bench.accept(a_request()), 180)
    for path in ("second", "third"):
        merged = bench.accept(a_request(Via=f"SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK{path}"))
        assert merged.is_merged
        bench.respond(merged, 482)
        bench.advance(40)


@pytest.mark.conformance(32, 34)
def test_merged_requests_leave_nothing() -> None:
    bench = CoreBench()
    for number in range(4):
        bench.respond(
            bench.accept(a_request(Via=f"SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK{number}")), 482 if number else 486
        )
    bench.advance(70)
    assert bench.remembers == 0


@pytest.mark.conformance(42)
def test_ack_that_belongs_to_nothing_is_handed_up_and_forgotten() -> None:
    bench = CoreBench()
    assert [type(order) for order in bench.receive(a_request("ACK"))] == [AckReceived]
    assert bench.remembers == 0


def test_cancelled_invite_is_found_by_its_branch() -> None:
    bench = CoreBench()
    invite = bench.accept(a_request())
    assert bench.layer.cancelled_invite(a_request("CANCEL")) is invite
    assert bench.layer.cancelled_invite(a_request("CANCEL", Via="SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKo")) is None


def test_cancel_of_another_request_finds_no_invite() -> None:
    bench = CoreBench()
    bench.accept(a_request("OPTIONS"))
    assert bench.layer.cancelled_invite(a_request("CANCEL")) is None


@pytest.mark.conformance(13)
def test_transport_failure_reaches_every_transaction_on_its_flow() -> None:
    bench = CoreBench()
    for method in ("INVITE", "BYE", "OPTIONS"):
        bench.request(method)
    bench.layer.transport_failed(bench.flow, "connection refused", bench.now)
    assert len(bench.drain()) == 3
    assert len(bench.layer) == 0


@pytest.mark.conformance(16)
def test_broken_request_is_refused_without_a_transaction() -> None:
    bench = CoreBench()
    broken = a_request(CSeq="x", Via="SIP/2.0/UDP 10.0.0.2:5099;branch=z9hG4bKb")
    bench.layer.refuse_statelessly(broken, bench.flow, 400, "Bad Request")
    bench.layer.refuse_statelessly(broken, bench.flow, 400, "Bad Request")
    first, second = bench.drain()
    assert first == second
    assert isinstance(first, Transmit)
    assert first.flow.remote == Address("10.0.0.2", 5099)
    response = parse_message(first.data)
    assert isinstance(response, Response)
    assert (response.status, response.header("Call-ID"), bool(response.to_tag)) == (400, "call@10.0.0.2", True)
    assert bench.remembers == 0


def without(header: str) -> Request:
    fields: dict[str, Any] = {header: None}
    return a_request(**fields)


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_refusal_copies_what_there_is(missing: str) -> None:
    bench = CoreBench()
    bench.layer.refuse_statelessly(without(missing), bench.flow, 400, "Bad Request")
    (order,) = bench.drain()
    assert isinstance(order, Transmit)
    response = parse_message(order.data)
    names = {name for name, _ in response.header_lines}
    assert names == {"Via", "From", "To", "Call-ID", "CSeq", "Content-Length"} - {missing}


@pytest.mark.conformance(9, 11)
@pytest.mark.parametrize(
    ("via", "stamped", "port"),
    [
        ("SIP/2.0/UDP 10.0.0.2:5060;branch=z", None, 5060),
        ("SIP/2.0/UDP 10.0.0.2;branch=z", None, 5060),
        ("SIP/2.0/UDP 10.0.0.2:7000;branch=z", None, 7000),
        ("SIP/2.0/UDP 10.0.0.2:7000;rport;branch=z", ";rport=5062;branch=z;received=10.0.0.2", 5062),
        ("SIP/2.0/UDP host.example:7000;branch=z", ";branch=z;received=10.0.0.2", 7000),
        ("SIP/2.0/UDP 10.0.0.2:7000;branch=z;received=1.2.3.4", None, 7000),
        ("SIP/2.0/UDP 10.0.0.2;maddr=1.2.3.4;branch=z", None, 5060),
    ],
)
def test_via_tells_where_the_response_goes(via: str, stamped: str | None, port: int) -> None:
    bench = CoreBench()
    bench.flow = Flow("UDP", US, Address("10.0.0.2", 5062))
    request = a_request("OPTIONS", Via=f"{via}, SIP/2.0/UDP 192.0.2.1;branch=z9")
    (order,) = bench.respond(bench.accept(request), 200)
    assert isinstance(order, Transmit)
    assert order.flow == bench.flow._replace(remote=Address("10.0.0.2", port))
    top = via if stamped is None else via[: via.index(";")] + stamped
    assert parse_message(order.data).list_values("Via") == [top, "SIP/2.0/UDP 192.0.2.1;branch=z9"]


@pytest.mark.conformance(8)
def test_response_on_a_stream_keeps_its_connection_and_knows_where_to_open_another() -> None:
    bench = CoreBench("TCP")
    bench.flow = Flow("TCP", US, Address("10.0.0.2", 50_123), connection=7)
    (order,) = bench.respond(bench.accept(a_request("OPTIONS", Via="SIP/2.0/TCP 10.0.0.2:5064;branch=z9hG4bKt")), 200)
    assert isinstance(order, Transmit)
    assert order.flow == Flow("TCP", US, Address("10.0.0.2", 5064), connection=7)


def test_cleared_layer_is_empty() -> None:
    bench = CoreBench()
    bench.request()
    bench.accept(a_request())
    bench.layer.clear()
    assert bench.remembers == 0


STEPS = st.one_of(
    st.tuples(st.just("advance"), st.sampled_from([0.0, 0.1, 0.2, 0.5, 1.0, 4.0, 5.0, 31.0, 33.0])),
    st.tuples(st.just("request"), st.sampled_from(["INVITE", "BYE", "OPTIONS", "CANCEL"])),
    st.tuples(st.just("answer"), st.sampled_from([100, 180, 200, 302, 486, 503, 603])),
    st.tuples(st.just("receive"), st.sampled_from(["INVITE", "ACK", "BYE", "OPTIONS", "CANCEL", "FOO"])),
    st.tuples(st.just("respond"), st.sampled_from([100, 180, 200, 302, 486, 500])),
    st.tuples(st.just("fail"), st.sampled_from(["connection refused"])),
    st.tuples(st.just("abandon"), st.just(0)),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(["UDP", "TCP"]),
    st.lists(st.tuples(STEPS, st.integers(0, 3), st.integers(0, 3)), max_size=60),
)
def test_layer_never_raises_but_on_misuse_and_forgets_everything(
    transport: str, walk: list[tuple[tuple[str, object], int, int]]
) -> None:
    bench = CoreBench(transport)
    clients: list[ClientTransaction] = []
    servers: list[ServerTransaction] = []
    for (kind, what), pick, other in walk:
        if kind == "advance":
            assert isinstance(what, float)
            bench.advance(what)
        elif kind == "request":
            clients.append(bench.request(str(what)))
        elif kind == "answer" and clients:
            assert isinstance(what, int)
            bench.answer(clients[pick % len(clients)], what, tag=f"tag{other}")
        elif kind == "receive":
            via = f"SIP/2.0/{transport} 10.0.0.2;branch=z9hG4bK{pick}"
            new = bench.receive(a_request(str(what), Via=via, CSeq=f"{other} {what}"))
            servers += [order.transaction for order in new if isinstance(order, RequestReceived)]
        elif kind == "respond" and servers:
            assert isinstance(what, int)
            with contextlib.suppress(LocalProtocolError):
                bench.respond(servers[pick % len(servers)], what)
        elif kind == "fail":
            bench.layer.transport_failed(bench.flow, str(what), bench.now)
            bench.drain()
        elif kind == "abandon":
            for client in clients[pick:]:
                if client.method == "INVITE":
                    client.feed(InviteOn.ABANDON, bench.now)
    # What waits for us alone waits for ever: a ringing INVITE, a request that we have not answered.
    for client in clients:
        if client.method == "INVITE":
            client.feed(InviteOn.ABANDON, bench.now)
    for server in servers:
        with contextlib.suppress(LocalProtocolError):
            bench.respond(server, 500)
    bench.advance(70)
    assert bench.remembers == 0
