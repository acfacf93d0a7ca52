"""Encrypted media with baresip, linphone and pjsua2: SDES and DTLS, called and calling, demanded and offered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sipflow.base.events import MediaChanged
from tests.engine.stage import step
from tests.interop.conftest import Play
from tests.interop.phone import Happening, Phone
from tests.interop.pjsua2.phone import Pjsua2
from tests.interop.runs import Run
from tests.interop.us import us

CASES = [
    ("sdes", "baresip media:srtp-mand"),
    ("sdes", "linphone media:srtp"),
    ("sdes", "pjsua2 srtp"),
    ("sdes-optional", "baresip media:srtp"),
    ("sdes-optional", "pjsua2 srtp-optional"),
    ("dtls", "baresip media:dtls_srtp"),
    ("dtls", "linphone media:dtls"),
]
"""What we want, and a phone that wants the same. The package of pjsua2 knows no DTLS."""
SOUND = step("PlayAudio", filePath="sound:tone-1000:2")
"""Longer than the second after which a lost first flight of a handshake is sent again."""
REST = step("TIMEOUT", timeout=100)


def media(run: Run, what: str) -> list[MediaChanged]:
    return [event for event in run.events.of(MediaChanged) if event.media == what]


def flows(run: Run, phone: Phone, how: str) -> None:
    """Fail unless media was protected so, and both could read what the other sent."""
    if isinstance(phone, Pjsua2):
        run.until("us.PlayAudio")
        phone.child.tell("packets")
        assert int(phone.story.until(r"^PACKETS (\d+)")[1]) > 20
    run.completes()
    kind = how.partition("-")[0].upper()
    assert [event.detail for event in media(run, "stream-secured")] == [f"SRTP, {kind}, AES_CM_128_HMAC_SHA1_80"]
    (statistics,) = media(run, "statistics")
    assert statistics.figures is not None
    assert (statistics.figures["packetsReceived"] or 0) > 20
    assert (statistics.figures["packetsSent"] or 0) > 20
    assert media(run, "stream-failed") == []
    assert not [event for event in media(run, "stream-faults") if "0 failed authentication" not in event.detail]


@pytest.mark.peer("srtp")
@pytest.mark.parametrize(("how", "phone"), CASES, indirect=["phone"])
def test_phone_is_called_with_encrypted_media(phone: Phone, play: Play, how: str) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri()), SOUND, REST, step("Release"), srtp=how))
    phone.until(Happening.INCOMING)
    phone.answer()

    flows(run, phone, how)


@pytest.mark.peer("srtp")
@pytest.mark.parametrize(("how", "phone"), CASES, indirect=["phone"])
def test_phone_calls_with_encrypted_media(phone: Phone, play: Play, free_port: Callable[[], int], how: str) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Answer"), SOUND, REST, step("Release"), port=port, srtp=how))
    phone.dial(f"sip:1001@127.0.0.1:{port}")

    flows(run, phone, how)


@pytest.mark.conformance(115)
@pytest.mark.peer("rtcp-mux")
@pytest.mark.parametrize(
    ("how", "phone"),
    [("dtls", "baresip rtcp-mux media:dtls_srtp"), ("off", "pjsua2 rtcp-mux")],
    indirect=["phone"],
)
def test_phone_reports_on_the_port_of_its_media_where_it_takes_the_offer(phone: Phone, play: Play, how: str) -> None:
    talk = step("TIMEOUT", timeout=8_000)  # each reports every five seconds
    run = play(
        us(
            step("MakeCall", targetUri=phone.uri()),
            talk,
            step("Release"),
            srtp=how,
            rtcpMux="offer",
            idleAudio="silence",
        )
    )
    phone.until(Happening.INCOMING)
    phone.answer()
    run.completes()

    answer = next(message.raw for message in run.messages if message.status_code == 200)
    assert "a=rtcp-mux" in answer
    (statistics,) = media(run, "statistics")
    assert statistics.figures is not None
    assert statistics.figures["lostThere"] is not None  # by DTLS there is no key for a report on another port
    assert [event.detail for event in media(run, "stream-faults")] == []


@pytest.mark.peer("srtp")
@pytest.mark.parametrize("phone", ["baresip", "pjsua2"], indirect=True)
def test_phone_without_encryption_fails_the_call_where_it_is_demanded(phone: Phone, play: Play) -> None:
    run = play(us(step("MakeCall", targetUri=phone.uri()), step("Release"), srtp="sdes"))

    assert "488" in (run.fails().error or "")
