"""Transfers with baresip, linphone and pjsua2, blind and attended, by them and by us (RFC 3515, RFC 3891)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.stage import Step, lane, scenario, step
from tests.interop.conftest import Play, StartPhone
from tests.interop.phone import Happening, Phone
from tests.interop.tone import tones_in

FreePort = Callable[[], int]
BYE = step("DISCONNECTED", cause="bye")
ANSWER = (step("INCOMING"), step("Ringing"), step("Answer"))
SOUNDING = ["baresip", "linphone tone", "pjsua2 tone"]
"""The phones, each playing a tone of 440 Hz."""


def sounds(own_hz: int, other_hz: int, call_id: str = "call-1", duration_ms: int = 150) -> tuple[Step, ...]:
    """Play a tone on a call from now on, and hear that of the other side.

    Who ends the call then listens for longer.
    """
    return (
        step("PlayAudio", filePath=f"sound:tone-{own_hz}:20", wait=False, callId=call_id),
        step("AUDIO", kind="tone", frequency=other_hz, durationMs=duration_ms, callId=call_id),
    )


@pytest.mark.peer("blind-by-us")
@pytest.mark.conformance(96, 97, 99)
@pytest.mark.parametrize("phone", SOUNDING, indirect=True)
def test_we_transfer_the_phone_and_it_talks_with_the_third(phone: Phone, play: Play, free_port: FreePort) -> None:
    port = free_port()
    call = step("MakeCall", targetUri=phone.uri())
    transfer = step("BlindTransfer", targetUri=f"sip:1002@127.0.0.1:{port}")
    run = play(
        scenario(
            lane("us", "1001", call, *sounds(600, 440), transfer),
            lane("third", "1002", *ANSWER, *sounds(1300, 440), step("TIMEOUT", timeout=500), BYE, localPort=port),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.until(Happening.ESTABLISHED)
    run.until("us.BlindTransfer")
    run.until("third.TIMEOUT")
    phone.hang_up()

    run.completes()
    if phone.user != "linphone":  # whose recorder keeps to the first of two calls that overlap
        assert 1300 in tones_in(phone.heard())


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
@pytest.mark.parametrize("phone", SOUNDING, indirect=True)
def test_phone_transfers_us_and_we_talk_with_the_third(phone: Phone, play: Play, free_port: FreePort) -> None:
    port = free_port()
    call = step("MakeCall", targetUri=phone.uri())
    moved = (*sounds(600, 1000, "call-1-transfer", 300), step("Release", callId="call-1-transfer"))
    run = play(
        scenario(
            lane("us", "1001", call, *sounds(600, 440), step("TRANSFERRED"), BYE, *moved),
            lane("third", "1002", *ANSWER, *sounds(1000, 600), BYE, localPort=port),
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    run.until("us.AUDIO")
    phone.transfer(f"sip:1002@127.0.0.1:{port}")

    run.completes()
    phone.until(Happening.CLOSED)


@pytest.mark.peer("attended-by-peer")
@pytest.mark.conformance(100, 101, 103)
@pytest.mark.parametrize("phone", ["pjsua2 tone", "linphone tone"], indirect=True)
def test_phone_transfers_us_to_its_other_call(phone: Phone, play: Play, free_port: FreePort) -> None:
    ours, port = free_port(), free_port()
    moved = (*sounds(600, 1000, "call-1-transfer", 300), step("Release", callId="call-1-transfer"))
    replaced = (
        step("DISCONNECTED", cause="replaced"),
        *sounds(1000, 600, "call-1-replaced"),
        step("DISCONNECTED", cause="bye", callId="call-1-replaced"),
    )
    run = play(
        scenario(
            lane("us", "1001", *ANSWER, step("TRANSFERRED"), BYE, *moved, localPort=ours),
            lane("third", "1002", *ANSWER, *sounds(1000, 440), *replaced, localPort=port),
        )
    )
    phone.dial(f"sip:1001@127.0.0.1:{ours}")
    phone.until(Happening.ESTABLISHED)
    phone.hold()
    phone.until(Happening.HOLDING)
    phone.dial(f"sip:1002@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    run.until("third.AUDIO")
    phone.transfer_to_consulted()

    run.completes()


@pytest.mark.peer("attended-by-us")
@pytest.mark.conformance(100, 101)
@pytest.mark.parametrize("phone", ["pjsua2 tone", "linphone tone"], indirect=True)
def test_we_transfer_the_phone_to_our_other_call(
    phone: Phone, start_phone: StartPhone, play: Play, free_port: FreePort
) -> None:
    """The other call is with the other one of the two, which must take an INVITE with Replaces."""
    other = start_phone("linphone" if phone.user == "pjsua2" else "pjsua2", "tone")
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
