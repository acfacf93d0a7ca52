"""The session of a call with baresip, linphone and pjsua2 is changed: hold, late offer, 100rel, UPDATE, timers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.engine.stage import step
from tests.interop.conftest import Play
from tests.interop.phone import Happening, Phone
from tests.interop.us import TALK, us

BYE = step("DISCONNECTED", cause="bye")


@pytest.mark.peer("hold-by-peer")
@pytest.mark.conformance(108, 110)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_phone_holds_and_retrieves(phone: Phone, play: Play, transport: str) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri(transport)), step("HELD"), step("RETRIEVED"), BYE))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.hold()
    phone.until(Happening.HOLDING)
    phone.resume()
    run.until("us.RETRIEVED")
    phone.hang_up()

    run.completes()
    assert run.repeated == []


@pytest.mark.peer("hold-by-us")
@pytest.mark.conformance(108, 109, 110)
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_phone_is_held_and_retrieved(phone: Phone, play: Play, free_port: Callable[[], int], transport: str) -> None:
    port = free_port()
    run = play(
        us(step("INCOMING"), step("Answer"), step("Hold"), TALK, step("Retrieve"), TALK, step("Release"), port=port)
    )
    phone.dial(f"sip:1001@127.0.0.1:{port};transport={transport.lower()}")
    phone.until(Happening.ESTABLISHED)
    phone.until(Happening.HELD)

    run.completes()
    phone.until(Happening.CLOSED)
    assert run.repeated == []


@pytest.mark.peer("hold-by-us")
@pytest.mark.conformance(110)
def test_both_hold(phone: Phone, play: Play) -> None:
    call = step("MakeCall", targetUri=phone.uri())
    run = play(us(call, step("HELD"), step("Hold"), step("Retrieve"), step("RETRIEVED"), BYE))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.hold()
    run.until("us.Retrieve")
    phone.resume()
    run.until("us.RETRIEVED")
    phone.hang_up()

    run.completes()


@pytest.mark.peer("late-offer")
@pytest.mark.conformance(76)
def test_phone_offers_where_we_do_not(phone: Phone, play: Play) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri(), lateOffer=True), TALK, step("Release")))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)

    run.completes()
    assert run.repeated == []


@pytest.mark.peer("late-offer")
@pytest.mark.conformance(76)
@pytest.mark.parametrize("phone", ["pjsua2"], indirect=True)
def test_we_offer_where_pjsua2_does_not(phone: Phone, play: Play, free_port: Callable[[], int]) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Ringing"), step("Answer"), BYE, port=port))
    phone.child.tell(f"dial-without-offer sip:1001@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()


@pytest.mark.peer("100rel")
@pytest.mark.conformance(85)
@pytest.mark.parametrize("status", [180, 183])
@pytest.mark.parametrize("phone", ["pjsua2 100rel"], indirect=True)
def test_pjsua2_demands_reliable_ringing(phone: Phone, play: Play, free_port: Callable[[], int], status: int) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Ringing", statusCode=status), TALK, step("Answer"), BYE, port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    assert [line for line in run.flow() if "PRACK" in line] == ["< PRACK", "> 200 PRACK"]


@pytest.mark.peer("100rel")
@pytest.mark.conformance(87)
@pytest.mark.parametrize("phone", ["pjsua2"], indirect=True)
def test_we_demand_reliable_ringing(phone: Phone, play: Play) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri()), TALK, step("Release"), reliable="required"))
    phone.until(Happening.INCOMING)
    phone.answer()

    run.completes()
    assert [line for line in run.flow() if "PRACK" in line] == ["> PRACK", "< 200 PRACK"]


@pytest.mark.peer("100rel")
@pytest.mark.conformance(89)
@pytest.mark.parametrize("phone", ["baresip"], indirect=True)
def test_baresip_refuses_what_it_does_not_know(phone: Phone, play: Play) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri()), reliable="required"))

    assert "420" in (run.fails().error or "")


@pytest.mark.peer("update")
@pytest.mark.conformance(91)
@pytest.mark.parametrize("phone", ["pjsua2", "linphone"], indirect=True)
def test_hold_by_update(phone: Phone, play: Play) -> None:
    call = step("MakeCall", targetUri=phone.uri())
    run = play(us(call, step("Hold", method="UPDATE"), step("Retrieve", method="UPDATE"), step("Release")))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.HELD)

    run.completes()
    assert run.flow().count("< 200 UPDATE") == 2


@pytest.mark.peer("update")
@pytest.mark.conformance(91)
@pytest.mark.parametrize("phone", ["pjsua2"], indirect=True)
def test_pjsua2_sends_update(phone: Phone, play: Play) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri()), BYE))
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.child.tell("update")
    phone.story.until("UPDATED 200")
    phone.hang_up()

    run.completes()


@pytest.mark.peer("session-timer")
@pytest.mark.conformance(92)
@pytest.mark.parametrize("phone", ["pjsua2 timer"], indirect=True)
def test_pjsua2_asks_for_a_session_timer(phone: Phone, play: Play, free_port: Callable[[], int]) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Answer"), BYE, port=port))
    phone.dial(f"sip:1001@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    (answer,) = [m.raw for m in run.messages if m.status_code == 200 and m.method == "INVITE"]
    assert "Session-Expires: 90;refresher=" in answer


@pytest.mark.peer("session-timer")
@pytest.mark.conformance(93)
@pytest.mark.parametrize("phone", ["pjsua2 timer"], indirect=True)
def test_pjsua2_asks_again_with_our_min_se(phone: Phone, play: Play, free_port: Callable[[], int]) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Answer"), BYE, port=port, minSessionTimer=120))
    phone.dial(f"sip:1001@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    assert run.flow()[:3] == ["< INVITE", "> 422 INVITE", "< ACK"]


@pytest.mark.peer("session-timer")
@pytest.mark.conformance(93)
@pytest.mark.parametrize("phone", ["pjsua2 timer min-se-120"], indirect=True)
def test_we_ask_again_with_the_min_se_of_pjsua2(phone: Phone, play: Play) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri()), BYE, sessionTimer=90))
    phone.until(Happening.INCOMING)  # it tells of the call that it refuses, too
    phone.until(Happening.CLOSED)
    phone.until(Happening.INCOMING)
    phone.answer()
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    assert run.flow()[:4] == ["> INVITE", "< 422 INVITE", "> ACK", "> INVITE"]
