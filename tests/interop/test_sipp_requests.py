"""SIPp and we write, subscribe, refer and inform each other, by scenario files of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.documents import Json
from tests.engine.stage import Step, step
from tests.interop.conftest import Play, StartSipp
from tests.interop.sipp_process import HOST, SCENARIOS, TRANSPORT_OPTIONS, Sipp
from tests.interop.us import us

Meet = Callable[..., None]
PRESENCE = [["Event", "presence"]]
REFER = [["Event", "refer"]]


@pytest.fixture(params=["UDP", "TCP"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def both_succeed(play: Play, document: Json, start: Callable[[], Sipp]) -> None:
    run = play(document)
    result = asyncio.run(start().end())
    run.completes()
    assert result.verdict == {"successful": 1}, result.errors
    assert run.repeated == []


@pytest.fixture
def is_asked(start_sipp: StartSipp, play: Play, free_port: Callable[[], int], transport: str) -> Meet:
    """Let SIPp begin, by this file, with an instance of these steps."""

    def meet(file: str, *steps: Step) -> None:
        port = free_port()
        options = ("-sf", str(SCENARIOS / file), f"{HOST}:{port}", "-m", "1", *TRANSPORT_OPTIONS[transport])
        both_succeed(play, us(*steps, port=port, pbxTransport=transport), lambda: start_sipp(*options))

    return meet


@pytest.fixture
def asks(start_sipp: StartSipp, play: Play, transport: str) -> Meet:
    """Let an instance begin, whose first step has SIPp as its target; SIPp answers by this file."""

    def meet(file: str, first: Callable[..., Step], *steps: Step) -> None:
        sipp = start_sipp("-sf", str(SCENARIOS / file), "-m", "1", *TRANSPORT_OPTIONS[transport])
        asyncio.run(sipp.listening(transport))
        target = f"sip:sipp@{HOST}:{sipp.port};transport={transport.lower()}"
        both_succeed(play, us(first(targetUri=target), *steps, pbxTransport=transport), lambda: sipp)

    return meet


def opening(name: str, **data: Any) -> Callable[..., Step]:
    """A step whose target is not known yet."""
    return lambda **target: step(name, **data, **target)


@pytest.mark.peer("message", "sipp")
@pytest.mark.peer("subscribe", "sipp")
@pytest.mark.conformance(104, 105)
def test_sipp_writes_to_us_and_subscribes(is_asked: Meet) -> None:
    is_asked(
        "uac_messages.xml",
        step("REQUEST", "message", method="MESSAGE", checks=[{"header": "body", "value": "^Hello from SIPp"}]),
        step("Response", statusCode=202, request="message"),
        step("REQUEST", "subscribe", method="SUBSCRIBE", match=PRESENCE),
        step("SendRequest", method="NOTIFY", headers=PRESENCE, body="open"),
    )


@pytest.mark.peer("subscribe", "sipp")
@pytest.mark.conformance(104)
def test_we_subscribe_at_sipp(asks: Meet) -> None:
    asks(
        "uas_messages.xml",
        opening("SendRequest", method="SUBSCRIBE", headers=[*PRESENCE, ["Expires", "60"]]),
        step("REQUEST", "open", method="NOTIFY", checks=[{"header": "body", "value": "^open"}]),
        step("REQUEST", "over", method="NOTIFY", checks=[{"header": "Subscription-State", "value": "^terminated"}]),
    )


@pytest.mark.peer("refer-outside", "sipp")
@pytest.mark.conformance(96, 97)
def test_sipp_refers_us_outside_of_any_call(is_asked: Meet) -> None:
    told: dict[str, Any] = {"method": "NOTIFY", "contentType": "message/sipfrag;version=2.0"}
    over = [*REFER, ["Subscription-State", "terminated;reason=noresource"]]
    is_asked(
        "uac_refer.xml",
        step("REQUEST", method="REFER", checks=[{"header": "Refer-To", "value": "carol"}]),
        step("SendRequest", "trying", headers=REFER, body="SIP/2.0 100 Trying\n", **told),
        step("SendRequest", "busy", headers=over, body="SIP/2.0 486 Busy Here\n", **told),
    )


@pytest.mark.peer("refer-outside", "sipp")
@pytest.mark.conformance(97)
def test_we_refer_sipp_outside_of_any_call(asks: Meet) -> None:
    asks(
        "uas_refer.xml",
        opening("SendRequest", method="REFER", headers=[["Refer-To", "<sip:carol@192.0.2.9>"]], expectStatus="202"),
        step("NOTIFY", "trying", outside=True, statusCode=100),
        step("NOTIFY", "answered", outside=True, statusCode=200, eventPackage="refer"),
    )


@pytest.mark.peer("message", "sipp")
@pytest.mark.conformance(105)
def test_info_goes_both_ways_within_a_call_to_sipp(asks: Meet) -> None:
    digit: dict[str, Any] = {"contentType": "application/dtmf-relay", "body": "Signal=5\nDuration=160"}
    asks(
        "uas_info.xml",
        opening("MakeCall"),
        step("SendRequest", callId="call-1", method="INFO", **digit),
        step("REQUEST", callId="call-1", method="INFO", checks=[{"header": "body", "value": "^7"}]),
        step("Release"),
    )
