"""baresip, linphone and pjsua2 call us and are called, in the ways a call can go."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.stage import step
from tests.interop.conftest import Play
from tests.interop.phone import Happening, Phone
from tests.interop.us import TALK, us

TRANSPORTS = pytest.mark.parametrize("transport", ["UDP", "TCP"])


@pytest.mark.peer("call-out")
@TRANSPORTS
def test_phone_answers_and_we_hang_up(phone: Phone, play: Play, transport: str) -> None:
    run = play(
        us(step("MakeCall", targetUri=phone.uri(transport)), step("RINGING"), step("CONNECTED"), TALK, step("Release"))
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)

    run.completes()
    phone.until(Happening.CLOSED)
    assert run.repeated == []


@pytest.mark.peer("call-out")
@TRANSPORTS
def test_phone_answers_and_hangs_up(phone: Phone, play: Play, transport: str) -> None:
    run = play(
        us(step("MakeCall", targetUri=phone.uri(transport)), step("CONNECTED"), step("DISCONNECTED", cause="bye"))
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    phone.until(Happening.CLOSED)
    assert run.repeated == []


@pytest.mark.peer("busy")
@TRANSPORTS
def test_phone_refuses_our_call(phone: Phone, play: Play, transport: str) -> None:
    busy = step("DISCONNECTED", cause="rejected")
    run = play(us(step("MakeCall", "call", (busy,), targetUri=phone.uri(transport))))
    phone.until(Happening.INCOMING)
    phone.hang_up()

    run.completes()
    phone.until(Happening.CLOSED)
    assert run.flow()[-2:] in (["< 486 INVITE", "> ACK"], ["< 603 INVITE", "> ACK"])
    assert run.repeated == []


@pytest.mark.peer("cancel")
@TRANSPORTS
def test_we_cancel_while_the_phone_rings(phone: Phone, play: Play, transport: str) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri(transport), completeOn="ringing"), step("Release")))
    phone.until(Happening.INCOMING)

    run.completes()
    phone.until(Happening.CLOSED)
    assert sorted(run.flow()[-4:]) == sorted(["> CANCEL", "< 200 CANCEL", "< 487 INVITE", "> ACK"])


@pytest.mark.peer("call-in")
@TRANSPORTS
def test_we_answer_the_phone_and_it_hangs_up(
    phone: Phone, play: Play, free_port: Callable[[], int], transport: str
) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Ringing"), step("Answer"), step("DISCONNECTED", cause="bye"), port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port};transport={transport.lower()}")
    phone.until(Happening.RINGING)
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    phone.until(Happening.CLOSED)
    assert run.repeated == []


@pytest.mark.peer("call-in")
@TRANSPORTS
def test_we_answer_the_phone_and_hang_up(
    phone: Phone, play: Play, free_port: Callable[[], int], transport: str
) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Answer"), step("CONNECTED"), TALK, step("Release"), port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port};transport={transport.lower()}")
    phone.until(Happening.ESTABLISHED)

    run.completes()
    phone.until(Happening.CLOSED)
    assert run.repeated == []


@pytest.mark.peer("busy")
@TRANSPORTS
def test_we_are_busy_for_the_phone(phone: Phone, play: Play, free_port: Callable[[], int], transport: str) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Ringing"), step("Response", statusCode=486), TALK, port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port};transport={transport.lower()}")

    run.completes()
    phone.until(Happening.CLOSED)
    assert not phone.has_seen(Happening.ESTABLISHED)
    assert run.flow()[-2:] == ["> 486 INVITE", "< ACK"]


@pytest.mark.peer("cancel")
@TRANSPORTS
def test_phone_cancels_while_we_ring(phone: Phone, play: Play, free_port: Callable[[], int], transport: str) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Ringing"), step("DISCONNECTED", cause="cancel"), port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port};transport={transport.lower()}")
    phone.until(Happening.RINGING)
    phone.hang_up()

    run.completes()
    phone.until(Happening.CLOSED)
    assert {"< CANCEL", "> 200 CANCEL", "> 487 INVITE"} <= set(run.flow())


@pytest.mark.peer("early-media")
@TRANSPORTS
def test_phone_hears_of_our_early_media(phone: Phone, play: Play, free_port: Callable[[], int], transport: str) -> None:
    port = free_port()
    early = step("Ringing", statusCode=183)
    run = play(us(step("INCOMING"), early, TALK, step("Answer"), step("DISCONNECTED"), port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port};transport={transport.lower()}")
    phone.until(Happening.PROGRESS)
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    assert run.repeated == []
