"""The flows of RFC 3665 that go through servers, as the PBX of a scenario plays them."""

from __future__ import annotations

import pytest

from sipflow.base.events import SipMessageSeen
from sipflow.testing.agents import virtual
from tests.engine.stage import Stage
from tests.examples import example

pytestmark = pytest.mark.conformance(125)


async def flow_of(name: str) -> list[str]:
    """What went over the wire in an example but for registrations: who sent what, repetitions left out."""
    stage = Stage(example(name))
    await stage.completes()
    sent = [
        event for event in stage.events.of(SipMessageSeen) if event.direction == "sent" and event.method != "REGISTER"
    ]
    lines = [f"{event.instance_id} {event.status_code or event.method}" for event in sent]
    return [line for line in lines if not line.endswith(" 100")]


@virtual
async def test_list_of_contacts_is_changed_and_asked_for_as_in_sections_2_2_and_2_3() -> None:
    stage = Stage(example("rfc3665-2-3-list-of-contacts"))
    await stage.completes()
    seen = [one for one in stage.events.of(SipMessageSeen) if one.instance_id == "alice" and one.status_code == 200]
    assert [one.raw.count("<sip:1001@") + one.raw.count("192.0.2.4") - 2 for one in seen] == [1, 2, 2, 0, 0]


@virtual
async def test_session_is_established_through_two_proxies_as_in_section_3_2() -> None:
    assert await flow_of("rfc3665-3-2-two-proxies") == [
        *("alice INVITE", "pbx INVITE", "pbx2 INVITE"),
        *("bob 180", "pbx2 180", "pbx 180"),
        *("bob 200", "pbx2 200", "pbx 200"),
        *("alice ACK", "pbx ACK", "pbx2 ACK"),
        *("alice BYE", "pbx BYE", "pbx2 BYE"),
        *("bob 200", "pbx2 200", "pbx 200"),
    ]


@virtual
async def test_both_proxies_are_given_their_own_credentials_as_in_section_3_3() -> None:
    assert await flow_of("rfc3665-3-3-two-proxies-ask-for-passwords") == [
        *("alice INVITE", "pbx 407", "alice ACK"),
        *("alice INVITE", "pbx INVITE", "pbx2 407", "pbx ACK", "pbx 407", "alice ACK"),
        *("alice INVITE", "pbx INVITE", "pbx2 INVITE"),
        *("bob 180", "pbx2 180", "pbx 180"),
        *("bob 200", "pbx2 200", "pbx 200"),
        *("alice ACK", "pbx ACK", "pbx2 ACK"),
        *("alice BYE", "pbx BYE", "pbx2 BYE"),
        *("bob 200", "pbx2 200", "pbx 200"),
    ]


@virtual
async def test_another_proxy_is_tried_where_the_first_is_silent_as_in_section_3_4() -> None:
    flow = await flow_of("rfc3665-3-4-proxy-failure")
    assert {line for line in flow if line.startswith(("alice ", "pbx "))} == {"alice INVITE"}
    assert [line for line in flow if line != "alice INVITE"] == [
        *("alice2 INVITE", "pbx2 INVITE", "bob 180", "pbx2 180", "bob 200", "pbx2 200", "alice2 ACK", "pbx2 ACK"),
        *("alice2 BYE", "pbx2 BYE", "bob 200", "pbx2 200"),
    ]


@virtual
async def test_gateway_between_the_parties_has_a_dialog_with_each_as_in_section_3_5() -> None:
    stage = Stage(example("rfc3665-3-5-through-an-alg"))
    await stage.completes()
    calls = {
        instance: {event.sip_call_id for event in stage.events.of(SipMessageSeen) if is_of(event, instance)}
        for instance in ("alice", "pbx", "pbx2", "bob")
    }
    assert calls["alice"] == calls["pbx"]
    assert calls["pbx2"] == calls["alice"] | calls["bob"]
    assert len(calls["pbx2"]) == 2


def is_of(event: SipMessageSeen, instance: str) -> bool:
    """Whether a message of a call is this instance's."""
    return event.instance_id == instance and event.method != "REGISTER"


@virtual
async def test_redirected_call_goes_through_a_proxy_with_the_answer_in_the_ack_as_in_section_3_6() -> None:
    stage = Stage(example("rfc3665-3-6-redirect-and-proxy"))
    await stage.completes()
    seen = [event for event in stage.events.of(SipMessageSeen) if is_of(event, "bob")]
    bodies = {
        str(event.status_code or event.method): "m=audio" in event.raw
        for event in seen
        if event.method in ("INVITE", "ACK")
    }
    assert bodies == {"INVITE": False, "180": False, "200": True, "ACK": True}
    redirects = [event.status_code for event in stage.events.of(SipMessageSeen) if event.instance_id == "alice"]
    assert 302 in redirects
