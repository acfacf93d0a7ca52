"""DTMF digits between us and baresip, linphone and pjsua2, as telephone-events in the stream."""

from __future__ import annotations

import re

import pytest

from tests.engine.stage import step
from tests.interop.conftest import Play
from tests.interop.phone import Happening, Phone
from tests.interop.us import TALK, us
from tests.peers import needs_codec

DIGITS = "159#"


@pytest.mark.conformance(118)
@pytest.mark.peer("dtmf")
def test_phone_hears_each_digit_once(phone: Phone, play: Play) -> None:
    call = step("MakeCall", targetUri=phone.uri())
    run = play(us(call, step("CONNECTED"), TALK, step("SendDTMF", digits=DIGITS), TALK, step("Release")))
    phone.until(Happening.INCOMING)
    phone.answer()

    heard = [phone.until(Happening.DIGIT)["digit"] for _ in DIGITS]

    run.completes()
    assert "".join(heard) == DIGITS
    assert len(re.findall(phone.words[Happening.DIGIT], phone.log(), re.MULTILINE)) == len(DIGITS)


@pytest.mark.conformance(119)
@pytest.mark.peer("dtmf")
def test_we_hear_each_digit_of_the_phone_once(phone: Phone, play: Play) -> None:
    each = [step("DTMFReceived", expectedDigit=digit) for digit in DIGITS]
    run = play(us(step("MakeCall", targetUri=phone.uri()), step("CONNECTED"), *each, step("Release")))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    for digit in DIGITS:
        phone.send_digit(digit)

    run.completes()


@pytest.mark.conformance(118)
@pytest.mark.peer("dtmf", "baresip")
@pytest.mark.parametrize("phone", ["baresip codec:opus"], indirect=True)
def test_digits_go_both_ways_beside_opus_on_the_clock_that_the_phone_has(phone: Phone, play: Play) -> None:
    needs_codec("opus")
    call = step("MakeCall", targetUri=phone.uri())
    hears = step("DTMFReceived", expectedDigit="7")
    run = play(us(call, TALK, step("SendDTMF", digits=DIGITS), hears, step("Release"), codecs=["opus"]))
    phone.until(Happening.INCOMING)
    phone.answer()

    heard = [phone.until(Happening.DIGIT)["digit"] for _ in DIGITS]
    phone.send_digit("7")
    run.completes()

    assert "".join(heard) == DIGITS
    answer = next(message.raw for message in run.messages if message.status_code == 200)
    assert re.findall("(opus|telephone-event)/([0-9]+)", answer) == [("opus", "48000"), ("telephone-event", "8000")]
