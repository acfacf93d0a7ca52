"""DTMF digits between us and baresip, linphone and pjsua2, as telephone-events in the stream."""

from __future__ import annotations

import re

import pytest

from tests.engine.stage import step
from tests.interop.conftest import Play
from tests.interop.phone import Happening, Phone
from tests.interop.us import TALK, us

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
