"""SendRequest, REQUEST, RESPONSE, Response to a request, and SendRaw in running scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from sipflow.base.events import SipMessageSeen
from tests.documents import Json
from tests.engine.stage import C, Stage, failed, lane, on_stage, scenario, step
from tests.engine.test_steering import play


def messages(*bob: Any, **alice: Any) -> Json:
    return scenario(
        lane("a", "1001", step("SendRequest", method="MESSAGE", targetUri="1002", body="Hello,\nBob", **alice)),
        lane("b", "1002", *bob),
    )


def test_message_is_answered_with_200_and_taken() -> None:
    stage = play(messages(step("REQUEST", method="MESSAGE", checks=[{"header": "body", "value": "Bob$"}])))
    assert set(stage.states().values()) == {C}
    message = stage.events.of(SipMessageSeen)[0]
    assert message.raw.endswith("\r\n\r\nHello,\r\nBob")
    assert "Content-Type: text/plain" in message.raw


def test_message_that_came_before_its_node_is_not_lost() -> None:
    stage = play(messages(step("TIMEOUT", timeout=3000), step("REQUEST", method="MESSAGE", timeout=0)))
    assert stage.at("a.SendRequest") < 1


def test_response_node_answers_what_a_request_node_took() -> None:
    flow = messages(
        step("REQUEST", "take", method="MESSAGE"),
        step("TIMEOUT", timeout=2000),
        step("Response", statusCode=202, reason="Later", request="take"),
        expectStatus="202",
        checks=[{"header": "start-line", "value": "Later$"}],
    )
    assert play(flow).at("a.SendRequest") == pytest.approx(2.0, abs=0.05)


def test_request_that_nobody_answers_gets_500_after_20_seconds() -> None:
    flow = messages(
        step("REQUEST", "take", method="MESSAGE"),
        step("TIMEOUT", timeout=25_000),
        step("Response", on_failure=(step("TIMEOUT", "end", timeout=1),), statusCode=200, request="take"),
        expectStatus="500",
    )
    stage = play(flow)
    assert stage.at("a.SendRequest") == pytest.approx(20, abs=0.1)
    assert "answered already" in stage.error_of("b.Response")


def test_request_that_still_waits_at_cleanup_gets_500() -> None:
    flow = scenario(
        lane("a", "1001", step("SendRequest", method="MESSAGE", targetUri="1002")),
        lane(
            "b",
            "1002",
            step("REQUEST", "take", method="MESSAGE"),
            step("CONNECTED", timeout=50),
            step("Response", request="take"),
        ),
    )
    stage, end = failed(flow)
    assert end.node_id == "b.CONNECTED"
    assert "500" in stage.wire("b")


def test_request_and_its_response_are_told_by_their_status() -> None:
    _, end = failed(messages(step("TIMEOUT", timeout=1), expectStatus="4xx"))
    assert end.error == "expected 4xx to MESSAGE, got 200 OK"


def test_unknown_method_is_refused_unless_somebody_waits_for_it() -> None:
    def ask(*bob: Any) -> Json:
        sent = step("SendRequest", method="PING", targetUri="1002", expectStatus="501" if not bob else "200")
        return scenario(lane("a", "1001", sent), lane("b", "1002", *bob or (step("TIMEOUT", timeout=1),)))

    play(ask())
    play(ask(step("REQUEST", method="PING")))


def in_calls() -> Json:
    """Alice has two calls with Bob, and sends INFO in the second."""
    return scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", "c1", targetUri="1002", callId="one"),
            step("MakeCall", "c2", targetUri="1002", callId="two"),
            step("SendRequest", method="INFO", callId="two", body="5", contentType="application/dtmf"),
            step("RESPONSE", "r-info", callId="two", method="INFO", statusCode="2xx"),
            step("RESPONSE", "r-invite", callId="one", method="INVITE", statusCode="200"),
            step("Release", "e1", callId="one"),
            step("Release", "e2", callId="two"),
            step("RESPONSE", "r-bye", callId="one", method="BYE", timeout=0),
        ),
        lane(
            "b",
            "1002",
            step("INCOMING", "i1", callId="one"),
            step("Answer", "a1", callId="one"),
            step("INCOMING", "i2", callId="two"),
            step("Answer", "a2", callId="two"),
            step("REQUEST", "q", callId="two", method="INFO", checks=[{"header": "body", "value": "^5$"}]),
            step("DISCONNECTED", "d", callId="one"),
            step("REQUEST", "bye", callId="one", method="BYE", timeout=0),
        ),
    )


def test_requests_and_responses_within_calls() -> None:
    assert set(play(in_calls()).states().values()) == {C}


def test_subscription_is_told_and_ended() -> None:
    event = [["Event", "presence"]]
    flow = scenario(
        lane(
            "a",
            "1001",
            step("SendRequest", "subscribe", method="SUBSCRIBE", targetUri="1002", headers=event),
            step("REQUEST", "told", method="NOTIFY", checks=[{"header": "body", "value": "open"}]),
            step("SendRequest", "end", method="SUBSCRIBE", targetUri="1002", headers=[*event, ["Expires", "0"]]),
            step("REQUEST", "over", method="NOTIFY", checks=[{"header": "Subscription-State", "value": "^terminated"}]),
        ),
        lane(
            "b",
            "1002",
            step("REQUEST", "asked", method="SUBSCRIBE"),
            step("SendRequest", "tell", method="NOTIFY", headers=event, body="open"),
            step("REQUEST", "again", method="SUBSCRIBE", checks=[{"header": "Expires", "value": "^0$"}]),
            step(
                "SendRequest",
                "last",
                method="NOTIFY",
                headers=[*event, ["Subscription-State", "terminated;reason=timeout"]],
            ),
        ),
    )
    stage = play(flow)
    assert set(stage.states().values()) == {C}
    assert len({one.sip_call_id for one in stage.events.of(SipMessageSeen)}) == 1


def test_subscription_within_a_call_is_told_on_the_call() -> None:
    event = ["Event", "dialog"]
    subscribe: Any = {"method": "SUBSCRIBE", "callId": "call-1"}
    over = [event, ["Subscription-State", "terminated;reason=noresource"]]
    flow = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1002"),
            step("SendRequest", "subscribe", headers=[event], **subscribe),
            step("NOTIFY", "told", eventPackage="dialog"),
            step("Release"),
            step("NOTIFY", "over", eventPackage="dialog"),
        ),
        lane(
            "b",
            "1002",
            step("INCOMING"),
            step("Answer"),
            step("REQUEST", "asked", **subscribe),
            step("SendRequest", "tell", method="NOTIFY", callId="call-1", headers=[event], body="1"),
            step("DISCONNECTED"),
            step("SendRequest", "last", method="NOTIFY", callId="call-1", headers=over),
        ),
    )
    assert set(play(flow).states().values()) == {C}


RAW = """OPTIONS sip:1002@here SIP/2.0
Via: SIP/2.0/UDP {{ own.host }}:{{ own.port }};rport;branch={{ new.branch }}
From: <sip:{{ own.dn }}@here>;tag={{ new.tag }}
To: <sip:1002@here>
Call-ID: {{ new.call_id }}
CSeq: 1 OPTIONS
Max-Forwards: 70
{{ var.extra }}
Content-Length: 0

"""


def test_raw_text_is_sent_with_its_templates_replaced() -> None:
    flow = scenario(
        lane(
            "a",
            "1001",
            step("SendRaw", text=RAW, targetUri="1002"),
            step("RESPONSE", statusCode="420", method="OPTIONS", checks=[{"header": "Unsupported", "value": "moon"}]),
        ),
        lane("b", "1002", step("TIMEOUT", timeout=100)),
    )

    async def scene(stage: Stage) -> None:
        await stage.completes(extra="Require: moon")

    on_stage(flow, scene)


def test_raw_bytes_and_what_is_none() -> None:
    flow = scenario(lane("a", "1001", step("SendRaw", text="0d 0a 0D0A", format="hex", targetUri="sip:x@127.0.0.1:9")))
    assert set(play(flow).states().values()) == {C}
    _, end = failed(
        scenario(lane("a", "1001", step("SendRaw", text="xyz", format="hex", targetUri="sip:x@127.0.0.1:9")))
    )
    assert "hexadecimal" in end.error


def test_hold_by_hand_holds_the_call() -> None:
    offer = (
        "v=0\no=hand 1 1 IN IP4 {{ own.host }}\ns=-\nc=IN IP4 {{ own.host }}\nt=0 0\n"
        "m=audio {{ call.call-1.media_port }} RTP/AVP 0\na=sendonly\n"
    )
    update = step("SendRequest", method="UPDATE", callId="call-1", contentType="application/sdp", body=offer)
    flow = scenario(
        lane("a", "1001", step("MakeCall", targetUri="1002"), update, step("Retrieve"), step("Release")),
        lane("b", "1002", *(step(name) for name in ("INCOMING", "Answer", "HELD", "RETRIEVED", "DISCONNECTED"))),
    )
    stage = play(flow)
    sent = [one for one in stage.events.of(SipMessageSeen) if one.direction == "sent" and "m=audio" in one.raw]
    assert [one.note for one in sent] == [
        *("sendrecv", "sendrecv"),
        *("sendonly", "recvonly"),
        *("sendrecv", "sendrecv"),
    ]
    ports = [one.raw.partition("m=audio ")[2].split(" ")[0] for one in sent if one.instance_id == "a"]
    assert len(set(ports)) == 1
