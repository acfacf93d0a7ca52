"""SIPp and we write, subscribe and inform each other, by scenario files of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.stage import step
from tests.interop.conftest import Play, StartSipp
from tests.interop.sipp_process import HOST, SCENARIOS, TRANSPORT_OPTIONS
from tests.interop.us import us

TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])
PRESENCE = [["Event", "presence"]]
REFER = [["Event", "refer"]]


@pytest.mark.peer("message", "sipp")
@pytest.mark.peer("subscribe", "sipp")
@pytest.mark.conformance(104, 105)
@TRANSPORTS
def test_sipp_writes_to_us_and_subscribes(
    start_sipp: StartSipp, play: Play, free_port: Callable[[], int], transport: str
) -> None:
    port = free_port()
    run = play(
        us(
            step("REQUEST", "message", method="MESSAGE", checks=[{"header": "body", "value": "^Hello from SIPp"}]),
            step("Response", statusCode=202, request="message"),
            step("REQUEST", "subscribe", method="SUBSCRIBE", match=PRESENCE),
            step("SendRequest", method="NOTIFY", headers=PRESENCE, body="open"),
            port=port,
            pbxTransport=transport,
        )
    )
    sipp = start_sipp(
        "-sf", str(SCENARIOS / "uac_messages.xml"), f"{HOST}:{port}", "-m", "1", *TRANSPORT_OPTIONS[transport]
    )
    result = asyncio.run(sipp.end())
    run.completes()
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.peer("subscribe", "sipp")
@pytest.mark.conformance(104)
@TRANSPORTS
def test_we_subscribe_at_sipp(start_sipp: StartSipp, play: Play, transport: str) -> None:
    sipp = start_sipp("-sf", str(SCENARIOS / "uas_messages.xml"), "-m", "1", *TRANSPORT_OPTIONS[transport])
    asyncio.run(sipp.listening(transport))
    run = play(
        us(
            step(
                "SendRequest",
                method="SUBSCRIBE",
                targetUri=f"sip:sipp@{HOST}:{sipp.port};transport={transport.lower()}",
                headers=[*PRESENCE, ["Expires", "60"]],
            ),
            step("REQUEST", "open", method="NOTIFY", checks=[{"header": "body", "value": "^open"}]),
            step("REQUEST", "over", method="NOTIFY", checks=[{"header": "Subscription-State", "value": "^terminated"}]),
            pbxTransport=transport,
        )
    )
    result = asyncio.run(sipp.end())
    run.completes()
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.peer("refer-outside", "sipp")
@pytest.mark.conformance(96, 97)
@TRANSPORTS
def test_sipp_refers_us_outside_of_any_call(
    start_sipp: StartSipp, play: Play, free_port: Callable[[], int], transport: str
) -> None:
    port = free_port()
    told: dict[str, Any] = {"method": "NOTIFY", "contentType": "message/sipfrag;version=2.0"}
    over = [*REFER, ["Subscription-State", "terminated;reason=noresource"]]
    run = play(
        us(
            step("REQUEST", method="REFER", checks=[{"header": "Refer-To", "value": "carol"}]),
            step("SendRequest", "trying", headers=REFER, body="SIP/2.0 100 Trying\n", **told),
            step("SendRequest", "busy", headers=over, body="SIP/2.0 486 Busy Here\n", **told),
            port=port,
            pbxTransport=transport,
        )
    )
    sipp = start_sipp(
        "-sf", str(SCENARIOS / "uac_refer.xml"), f"{HOST}:{port}", "-m", "1", *TRANSPORT_OPTIONS[transport]
    )
    result = asyncio.run(sipp.end())
    run.completes()
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.peer("refer-outside", "sipp")
@pytest.mark.conformance(97)
@TRANSPORTS
def test_we_refer_sipp_outside_of_any_call(start_sipp: StartSipp, play: Play, transport: str) -> None:
    sipp = start_sipp("-sf", str(SCENARIOS / "uas_refer.xml"), "-m", "1", *TRANSPORT_OPTIONS[transport])
    asyncio.run(sipp.listening(transport))
    run = play(
        us(
            step(
                "SendRequest",
                method="REFER",
                targetUri=f"sip:sipp@{HOST}:{sipp.port};transport={transport.lower()}",
                headers=[["Refer-To", "<sip:carol@192.0.2.9>"]],
                expectStatus="202",
            ),
            step("NOTIFY", "trying", outside=True, statusCode=100),
            step("NOTIFY", "answered", outside=True, statusCode=200, eventPackage="refer"),
            pbxTransport=transport,
        )
    )
    result = asyncio.run(sipp.end())
    run.completes()
    assert result.verdict == {"successful": 1}, result.errors


@pytest.mark.peer("message", "sipp")
@pytest.mark.conformance(105)
@TRANSPORTS
def test_info_goes_both_ways_within_a_call_to_sipp(start_sipp: StartSipp, play: Play, transport: str) -> None:
    sipp = start_sipp("-sf", str(SCENARIOS / "uas_info.xml"), "-m", "1", *TRANSPORT_OPTIONS[transport])
    asyncio.run(sipp.listening(transport))
    run = play(
        us(
            step("MakeCall", targetUri=f"sip:sipp@{HOST}:{sipp.port};transport={transport.lower()}"),
            step(
                "SendRequest",
                callId="call-1",
                method="INFO",
                contentType="application/dtmf-relay",
                body="Signal=5\nDuration=160",
            ),
            step("REQUEST", callId="call-1", method="INFO", checks=[{"header": "body", "value": "^7"}]),
            step("Release"),
            pbxTransport=transport,
        )
    )
    result = asyncio.run(sipp.end())
    run.completes()
    assert result.verdict == {"successful": 1}, result.errors
