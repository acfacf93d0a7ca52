"""Transfers with baresip, linphone and pjsua2, blind and attended, by them and by us (RFC 3515, RFC 3891)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.stage import lane, scenario, step
from tests.interop.conftest import Play, StartPhone
from tests.interop.phone import Happening, Phone

FreePort = Callable[[], int]
BYE = step("DISCONNECTED", cause="bye")
ANSWER = (step("INCOMING"), step("Ringing"), step("Answer"))


@pytest.mark.peer("blind-by-us")
@pytest.mark.conformance(96, 97, 99)
def test_we_transfer_the_phone(phone: Phone, play: Play, free_port: FreePort) -> None:
    port = free_port()
    call = step("MakeCall", targetUri=phone.uri())
    run = play(
        scenario(
            lane("us", "1001", call, step("BlindTransfer", targetUri=f"sip:1002@127.0.0.1:{port}")),
            lane("third", "1002", *ANSWER, BYE, localPort=port),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.until(Happening.ESTABLISHED)
    run.until("us.BlindTransfer")
    phone.hang_up()

    run.completes()


@pytest.mark.peer("blind-by-us")
@pytest.mark.conformance(97, 99)
def test_we_transfer_the_phone_to_somebody_busy(phone: Phone, play: Play, free_port: FreePort) -> None:
    port = free_port()
    call = step("MakeCall", targetUri=phone.uri())
    refused = step("BlindTransfer", "refer", (step("Release"),), targetUri=f"sip:1002@127.0.0.1:{port}")
    run = play(
        scenario(
            lane("us", "1001", call, refused),
            lane("third", "1002", step("INCOMING"), step("Response", statusCode=486), localPort=port),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()

    run.completes()
    phone.until(Happening.CLOSED)


@pytest.mark.peer("blind-by-peer")
@pytest.mark.conformance(96, 97, 98)
def test_phone_transfers_us(phone: Phone, play: Play, free_port: FreePort) -> None:
    port = free_port()
    call = step("MakeCall", targetUri=phone.uri())
    run = play(
        scenario(
            lane("us", "1001", call, step("TRANSFERRED"), BYE, step("Release", callId="call-1-transfer")),
            lane("third", "1002", *ANSWER, BYE, localPort=port),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.transfer(f"sip:1002@127.0.0.1:{port}")

    run.completes()
    phone.until(Happening.CLOSED)


@pytest.mark.peer("attended-by-peer")
@pytest.mark.conformance(100, 101, 103)
@pytest.mark.parametrize("phone", ["pjsua2", "linphone"], indirect=True)
def test_phone_transfers_us_to_its_other_call(phone: Phone, play: Play, free_port: FreePort) -> None:
    ours, port = free_port(), free_port()
    run = play(
        scenario(
            lane(
                *("us", "1001", *ANSWER, step("TRANSFERRED"), BYE, step("Release", callId="call-1-transfer")),
                localPort=ours,
            ),
            lane(
                *("third", "1002", *ANSWER, step("DISCONNECTED", cause="replaced")),
                *(step("DISCONNECTED", cause="bye", callId="call-1-replaced"),),
                localPort=port,
            ),
        )
    )
    phone.dial(f"sip:1001@127.0.0.1:{ours}")
    phone.until(Happening.ESTABLISHED)
    phone.hold()
    phone.until(Happening.HOLDING)
    phone.dial(f"sip:1002@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    phone.transfer_to_consulted()

    run.completes()


@pytest.mark.peer("attended-by-us")
@pytest.mark.conformance(100, 101)
@pytest.mark.parametrize("phone", ["pjsua2", "linphone"], indirect=True)
def test_we_transfer_the_phone_to_our_other_call(
    phone: Phone, start_phone: StartPhone, play: Play, free_port: FreePort
) -> None:
    """The other call is with the other one of the two, which must take an INVITE with Replaces."""
    other = start_phone("linphone" if phone.user == "pjsua2" else "pjsua2")
    other.rest()
    consult = step("MakeCall", targetUri=other.uri(), callId="call-2")
    transfer = step("MuteTransfer", primaryCallId="call-1", consultCallId="call-2")
    run = play(scenario(lane("us", "1001", step("MakeCall", targetUri=phone.uri()), consult, transfer)))
    for one in (phone, other):
        one.until(Happening.INCOMING)
        one.answer()
        one.until(Happening.ESTABLISHED)

    run.completes()
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()
    other.until(Happening.CLOSED)
    other.rest()
