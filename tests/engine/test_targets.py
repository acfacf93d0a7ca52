"""Whom a MakeCall reaches without a PBX: a DN, a URI that means an instance, or any other URI."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.events import SipMessageSeen
from tests.engine.meeting import meets
from tests.engine.peer import Peer
from tests.engine.stage import C, Stage, completed, failed, lane, on_stage, scenario, step


def first_sent(stage: Stage, instance_id: str = "a") -> SipMessageSeen:
    """The first message that an instance sent."""
    return next(e for e in stage.events.of(SipMessageSeen) if e.instance_id == instance_id and e.direction == "sent")


def call(target: str, *, host: str = "127.0.0.1", port: int = 0, **caller: object) -> Stage:
    """Alice calls the target, Bob (dn 1002) answers and waits for the end."""
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri=target), step("Release"), **caller),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED"), localHost=host, localPort=port),
    )
    stage = completed(document)
    assert set(stage.states().values()) == {C}
    return stage


@pytest.mark.parametrize(
    "target",
    [
        "1002",
        "sip:1002@127.0.0.1",
        "sip:1002@localhost",
        "sip:1002@127.0.0.77",
        "sip:1002@[::1]",
        "SIP:%31002@127.0.0.1",
        "sip:1002@127.0.0.1:5062",
    ],
)
def test_target_means_the_instance_of_that_dn(target: str) -> None:
    sent = first_sent(call(target))
    assert (sent.local_address, sent.remote_address, sent.transport) == ("127.0.0.1:5060", "127.0.0.1:5062", "UDP")


@pytest.mark.parametrize("target", ["1002", "sip:1002@127.0.0.1", "sip:1002@10.0.0.9"])
def test_target_means_the_instance_on_whatever_address_and_port_it_listens(target: str) -> None:
    sent = first_sent(call(target, host="10.0.0.9", port=7000))
    assert sent.remote_address == "10.0.0.9:7000"


def test_ipv6_address_of_an_instance_is_bracketed() -> None:
    sent = first_sent(call("sip:1002@[::1]", host="::1", port=7000))
    assert sent.remote_address == "[::1]:7000"
    assert "INVITE sip:1002@[::1]:7000 SIP/2.0" in sent.raw


@pytest.mark.parametrize("target", ["sip:1002@127.0.0.1:7001", "sip:1002@192.0.2.1", "sip:9999@127.0.0.1"])
def test_other_uris_are_called_as_they_stand(target: str) -> None:
    document = scenario(lane("a", "1001", step("MakeCall", targetUri=target)), lane("b", "1002"))
    stage, _ = failed(document)
    sent = first_sent(stage)
    host = target.partition("@")[2]
    assert sent.remote_address == (host if ":" in host else f"{host}:5060")
    assert f"INVITE {target} SIP/2.0" in sent.raw


def test_message_to_a_name_that_nobody_knows_is_not_shown_as_sent() -> None:
    document = scenario(lane("a", "1001", step("MakeCall", targetUri="sip:1002@nowhere.example")))
    stage, end = failed(document)
    assert stage.events.of(SipMessageSeen) == []
    assert "nowhere.example: name or service not known" in end.error


@pytest.mark.parametrize(
    ("target", "default", "expected"),
    [
        ("1002", "UDP", "UDP"),
        ("1002", "TCP", "TCP"),
        ("1002", "tcp", "TCP"),
        ("sip:1002@127.0.0.1", "TCP", "TCP"),
        ("sip:1002@127.0.0.1;transport=udp", "TCP", "UDP"),
        ("sip:1002@127.0.0.1;transport=tcp", "UDP", "TCP"),
        ("sip:1002@127.0.0.1:5062;transport=TCP", "UDP", "TCP"),
    ],
)
def test_transport_of_the_uri_wins_over_that_of_the_instance(target: str, default: str, expected: str) -> None:
    stage = call(target, pbxTransport=default)
    transports = {event.transport for event in stage.events.of(SipMessageSeen)}
    assert transports == {expected}


def test_bare_dn_that_no_instance_has_fails_and_names_those_there_are() -> None:
    stage, _ = failed(scenario(lane("a", "1001", step("MakeCall", targetUri="1009")), lane("b", "1002")))
    assert stage.error_of("a.MakeCall") == (
        "expected a SIP URI or the number of an instance (1001, 1002) as target, got '1009'"
    )


@pytest.mark.parametrize("target", ["tel:+49301234", "mailto:x@y", "sip:", "sip:x@"])
def test_target_of_a_variable_that_can_not_be_called_fails_the_node(target: str) -> None:
    async def scene(stage: Stage) -> None:
        end = await stage.fails(target=target)
        assert end.node_id == "a.MakeCall"
        assert stage.wire() == []

    on_stage(scenario(lane("a", "1001", step("MakeCall", targetUri="{{ var.target }}"))), scene)


def test_instance_may_call_itself() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1001", callId="out", completeOn="sent"),
            step("INCOMING", callId="in"),
            step("Ringing", callId="in"),
            step("RINGING", callId="out"),
            step("Release", callId="out"),
            step("DISCONNECTED", callId="in", cause="cancel"),
        )
    )
    assert set(completed(document).states().values()) == {C}


def test_call_to_a_peer_goes_out_from_the_instances_own_address() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        await asyncio.sleep(0.01)
        assert peer.last("INVITE").source.port == 5060
        assert peer.last("INVITE").header("Contact") == "<sip:1001@127.0.0.1:5060>"
        assert peer.last("INVITE").header("From").startswith('"Alice" <sip:1001@127.0.0.1:5060>')

    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000"), displayName="Alice"),
    )
    meets(document, scene, INVITE=(200,), BYE=(200,))


def test_headers_of_make_call_stand_in_the_invite() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x@127.0.0.1:6000", headers=[["X-Test", "{{ var.v }}"]]))
    )

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, INVITE=(486,))
        await stage.start(v="some value")
        await stage.engine.wait_ended()
        assert peer.last("INVITE").header("X-Test") == "some value"
        await peer.close()

    on_stage(document, scene)
