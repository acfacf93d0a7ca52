"""Requests outside a call, from the phones that can send them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.stage import step
from tests.interop.baresip.phone import Baresip
from tests.interop.conftest import Play
from tests.interop.phone import Happening, Phone
from tests.interop.us import us


@pytest.mark.peer("options")
@pytest.mark.conformance(40)
@pytest.mark.parametrize("phone", ["baresip"], indirect=True)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_options_of_baresip_are_answered(
    phone: Baresip, play: Play, free_port: Callable[[], int], transport: str
) -> None:
    port = free_port()
    run = play(us(step("TIMEOUT", timeout=60_000), port=port))

    phone.ask_options(f"sip:1001@127.0.0.1:{port};transport={transport}")

    phone.child.story.until("^-+ OPTIONS of sip:1001@")
    run.stop()
    assert set(run.flow()) == {"< OPTIONS", "> 200 OPTIONS"}


@pytest.mark.peer("options")
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_phone_answers_our_options(phone: Phone, play: Play, transport: str) -> None:
    ask = step("SendRequest", method="OPTIONS", targetUri=phone.uri(transport), expectStatus="200")
    run = play(us(ask))

    run.completes()
    assert run.flow() == ["> OPTIONS", "< 200 OPTIONS"]


@pytest.mark.peer("message")
@pytest.mark.conformance(105)
@pytest.mark.parametrize("phone", ["linphone", "pjsua2"], indirect=True)
def test_phone_takes_our_message(phone: Phone, play: Play) -> None:
    to = phone.uri()
    run = play(us(step("SendRequest", method="MESSAGE", targetUri=to, body="good morning", contentType="text/plain")))

    phone.story.until("good morning")
    run.completes()


@pytest.mark.peer("message")
@pytest.mark.conformance(105)
@pytest.mark.parametrize("phone", ["pjsua2"], indirect=True)
def test_phone_sends_a_message_within_a_call(phone: Phone, play: Play) -> None:
    message = step("REQUEST", method="MESSAGE", callId="call-1")
    run = play(us(step("MakeCall", targetUri=phone.uri()), message, step("Release")))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.child.tell("message good morning")

    run.completes()
    (received,) = [message.raw for message in run.messages if message.method == "MESSAGE" and not message.status_code]
    assert received.endswith("good morning")
    assert "> 200 MESSAGE" in run.flow()
