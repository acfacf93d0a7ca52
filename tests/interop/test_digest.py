"""Passwords proved between us and SIPp, baresip, linphone and pjsua2 without a proxy: by us, and to us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.engine.stage import step
from tests.interop.conftest import Play, StartSipp
from tests.interop.phone import Happening, Phone
from tests.interop.sipp_process import SCENARIOS
from tests.interop.us import TALK, us

BYE = step("DISCONNECTED", cause="bye")
GUARD = {"challenge": "calls", "challengeUser": "alice", "challengePassword": "alicepw"}


@pytest.mark.peer("digest-by-us", "sipp")
@pytest.mark.conformance(55, 61, 62)
def test_sipp_verifies_our_password(start_sipp: StartSipp, play: Play) -> None:
    sipp = start_sipp("-sf", str(SCENARIOS / "uas_verifies_digest.xml"), "-m", "1")
    asyncio.run(sipp.listening())
    call = step("MakeCall", targetUri=f"sip:bob@127.0.0.1:{sipp.port}")
    run = play(us(call, TALK, step("Release"), authUser="alice", password="alicepw"))

    run.completes()
    result = asyncio.run(sipp.end())
    assert result.verdict == {"successful": 1}, result.errors
    assert run.repeated == []
    assert "alicepw" not in str(run.events.events)


@pytest.mark.peer("digest-by-us", "sipp")
@pytest.mark.conformance(50)
def test_sipp_refuses_a_wrong_password(start_sipp: StartSipp, play: Play) -> None:
    sipp = start_sipp("-sf", str(SCENARIOS / "uas_verifies_digest.xml"), "-m", "1")
    asyncio.run(sipp.listening())
    call = step("MakeCall", targetUri=f"sip:bob@127.0.0.1:{sipp.port}")
    run = play(us(call, authUser="alice", password="bobpw"))

    assert "403" in (run.fails().error or "")


@pytest.mark.peer("digest-of-peer", "sipp")
@pytest.mark.conformance(64)
def test_sipp_proves_its_password(start_sipp: StartSipp, play: Play, free_port: Callable[[], int]) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Answer"), BYE, port=port, **GUARD, challengeAlgorithms="MD5"))
    login = ("-au", "alice", "-ap", "alicepw", "-key", "caller", "alice")
    sipp = start_sipp("-sf", str(SCENARIOS / "uac_answers_401.xml"), f"127.0.0.1:{port}", *login, "-m", "1")

    run.completes()
    result = asyncio.run(sipp.end())
    assert result.verdict == {"successful": 1}, result.errors
    assert run.repeated == []


@pytest.mark.peer("digest-of-peer")
@pytest.mark.conformance(57, 64)
@pytest.mark.parametrize(
    ("phone", "algorithms"),
    [
        ("baresip as:alice:alicepw", {}),
        ("linphone as:alice:alicepw", {}),
        ("linphone as:alice:alicepw", {"challengeAlgorithms": "SHA-256, MD5"}),
        ("pjsua2 as:alice:alicepw", {"challengeAlgorithms": "SHA-256"}),
    ],
    indirect=["phone"],
)
def test_phone_proves_its_password(
    phone: Phone, algorithms: dict[str, str], play: Play, free_port: Callable[[], int]
) -> None:
    port = free_port()
    run = play(us(step("INCOMING"), step("Answer"), BYE, port=port, **GUARD, **algorithms))
    phone.dial(f"sip:1001@127.0.0.1:{port}")
    phone.until(Happening.ESTABLISHED)
    phone.hang_up()

    run.completes()
    assert run.flow()[:5] == ["< INVITE", "> 401 INVITE", "< ACK", "< INVITE", "> 200 INVITE"]
    assert "alicepw" not in str(run.events.events)


@pytest.mark.peer("digest-of-peer")
@pytest.mark.conformance(64)
@pytest.mark.parametrize("phone", ["pjsua2 as:alice:bobpw"], indirect=True)
def test_phone_with_a_wrong_password_does_not_get_in(phone: Phone, play: Play, free_port: Callable[[], int]) -> None:
    port = free_port()
    run = play(us(step("INCOMING", timeout=60_000), port=port, **GUARD))
    phone.dial(f"sip:1001@127.0.0.1:{port}")
    phone.until(Happening.CLOSED)
    run.stop()

    assert not run.events.story.says("us.INCOMING completed")
    assert not phone.has_seen(Happening.ESTABLISHED)
    assert "> 401 INVITE" in run.flow()
