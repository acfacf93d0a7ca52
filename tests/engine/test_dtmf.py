"""Digits from one instance to another, and what is said where they can't go."""

from __future__ import annotations

import pytest

from sipflow.base.errors import ScenarioInvalid
from sipflow.base.events import MediaChanged, ScenarioCompleted, ScenarioFailed, SipMessageSeen
from sipflow.testing import MemoryMediaPorts, Weather
from sipflow.testing.memory_peer import Callee, Heard
from sipflow.testing.wire_text import AUDIO
from tests.engine.peer import Peer
from tests.engine.stage import Stage, completed, failed, lane, on_stage, scenario, step

PEER = "sip:x@127.0.0.1:6000"
CALLS, SENDS, REST = step("MakeCall", targetUri="1002"), step("SendDTMF", digits="45"), step("TIMEOUT", timeout=9000)
WITHOUT_EVENTS = AUDIO.replace(" 101\r\na=rtpmap:101 telephone-event/8000", "")


class PlainPeer(Peer):
    """A peer that has not agreed to telephone-events."""

    def answer(self, request: Heard, status: int) -> None:
        Callee(self, request).reply(status, "peer", WITHOUT_EVENTS if request.method == "INVITE" else "")


@pytest.mark.parametrize("method", ["rfc4733", "info", "auto"])
@pytest.mark.conformance(118)
def test_digits_are_received_in_order_each_once(method: str) -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("SendDTMF", digits="12#a", method=method)),
        lane(
            "b",
            "1002",
            step("INCOMING"),
            step("Answer"),
            step("DTMFReceived", expectedDigit="1"),
            step("DTMFReceived", "rest", pattern="2#A", variable="rest"),
            step("Assert", condition='var.rest == "2#A"'),
        ),
    )
    stage = completed(document, ports=MemoryMediaPorts(weather=Weather(1, 0.01, 0.05, loss=0.1, duplicate=0.1)))
    told = [
        event.detail for event in stage.events.of(MediaChanged) if event.media == "dtmf" and event.instance_id == "b"
    ]
    by = "info" if method == "info" else "rfc4733"
    assert told == [f"received {digit} by {by}" for digit in "12#A"]


def test_digit_that_did_not_come_is_told_with_those_that_did() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1002"),
            step("SendDTMF", digits="45"),
            REST,
        ),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DTMFReceived", expectedDigit="1", timeout=3000)),
    )
    _, end = failed(document)
    assert "expected the digit 1, got connected, then digit 4, then digit 5 within 3 s" in end.error


def test_pattern_that_is_not_met_tells_the_digits() -> None:
    document = scenario(
        lane(
            "a",
            "1001",
            step("MakeCall", targetUri="1002"),
            step("SendDTMF", digits="45"),
            REST,
        ),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DTMFReceived", pattern="[0-9]{4}", timeout=3000)),
    )
    _, end = failed(document)
    assert "expected digits that match [0-9]{4}, got 45 within 3 s" in end.error


@pytest.mark.conformance(120)
@pytest.mark.parametrize("method", ["rfc4733", "auto", "info"])
def test_digits_without_telephone_events_fail_in_clear_words_or_go_by_info(method: str) -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri=PEER), step("SendDTMF", digits="7", method=method))
    )

    async def scene(stage: Stage) -> None:
        peer = await PlainPeer.bind(stage.network, INVITE=(200,), INFO=(200,), BYE=(200,))
        await stage.start()
        end = await stage.engine.wait_ended()
        if method == "rfc4733":
            assert isinstance(end, ScenarioFailed)
            assert "the other side has not agreed to telephone-event" in end.error
            assert "INFO" not in peer.methods
        else:
            assert isinstance(end, ScenarioCompleted)
            assert peer.last("INFO").body == b"Signal=7\r\nDuration=160\r\n"
        await peer.close()

    on_stage(document, scene)


def test_wait_for_digits_that_can_not_come_in_the_stream_says_so() -> None:
    waits = step("DTMFReceived", expectedDigit="1", timeout=1000)
    document = scenario(lane("a", "1001", step("MakeCall", targetUri=PEER), waits))

    async def scene(stage: Stage) -> None:
        peer = await PlainPeer.bind(stage.network, INVITE=(200,), BYE=(200,))
        await stage.start()
        end = await stage.engine.wait_ended()
        assert isinstance(end, ScenarioFailed)
        assert "within 1 s; telephone-event is not agreed on, and the instance does not listen for tones" in end.error
        await peer.close()

    on_stage(document, scene)


def test_info_that_is_refused_fails_the_node() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri=PEER), step("SendDTMF", digits="7", method="info"))
    )

    async def scene(stage: Stage) -> None:
        peer = await Peer.bind(stage.network, INVITE=(200,), INFO=(415,), BYE=(200,))
        await stage.start()
        end = await stage.engine.wait_ended()
        assert isinstance(end, ScenarioFailed)
        assert "expected 2xx to INFO with the digit 7, got 415" in end.error
        await peer.close()

    on_stage(document, scene)


def test_digits_on_hold_and_after_the_end_are_refused_and_cut_off_at_the_end_of_the_call() -> None:
    on_hold = scenario(
        lane("a", "1001", CALLS, step("Hold"), step("TIMEOUT", timeout=2000)),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("HELD"), step("SendDTMF", digits="1")),
    )
    assert "the stream is recvonly: nothing may be sent" in failed(on_hold)[1].error
    held_meanwhile = scenario(
        lane("a", "1001", CALLS, step("TIMEOUT", timeout=500), step("Hold"), step("TIMEOUT", "rest", timeout=9000)),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("SendDTMF", digits="1234567890")),
    )
    error = failed(held_meanwhile)[1].error
    assert "expected all of 1234567890 to be sent, got the stream is recvonly: nothing may be sent" in error
    cut_off = scenario(
        lane("a", "1001", CALLS, step("TIMEOUT", timeout=500), step("Release")),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("SendDTMF", digits="1234567890")),
    )
    assert "expected all of 1234567890 to be sent, got the call has ended" in failed(cut_off)[1].error


def test_digits_in_the_sound_are_heard_once_each_where_that_is_wished() -> None:
    tones = step("PlayAudio", filePath="sound:dtmf-15#A")
    document = scenario(
        lane("a", "1001", CALLS, step("TIMEOUT", timeout=30_000), tones, step("TIMEOUT", "gap", timeout=60_000), tones),
        lane(
            "b",
            "1002",
            step("INCOMING"),
            step("Answer"),
            step("TIMEOUT", timeout=40_000),
            step("DTMFReceived", pattern="15#A"),
            step("DTMFReceived", "again", pattern="15#A", timeout=90_000),
            inBandDtmf=True,
        ),
    )
    stage = completed(document, ports=MemoryMediaPorts(weather=Weather(3, 0.01, 0.03, duplicate=0.1)))
    told = [event.detail for event in stage.events.of(MediaChanged) if event.media == "dtmf"]
    assert told == [f"received {digit} by in-band" for digit in "15#A15#A"]


def test_digits_in_the_sound_are_only_sound_unless_they_are_wished() -> None:
    document = scenario(
        lane("a", "1001", CALLS, step("PlayAudio", filePath="sound:dtmf-15"), REST),
        lane("b", "1002", step("INCOMING"), step("Answer"), step("DTMFReceived", timeout=3000)),
    )
    _, end = failed(document)
    assert end.error == "expected a digit, got connected within 3 s on call call-1"


def test_media_uses_the_ports_of_the_instance_alone() -> None:
    takes = (step("INCOMING"), step("Answer"), step("INCOMING", callId="2"), step("Answer", "second", callId="2"))
    document = scenario(
        lane("a", "1001", CALLS, step("MakeCall", "full", targetUri="1002", callId="2"), REST),
        lane("b", "1002", *takes, rtpPorts="20001-20003"),
    )
    stage, end = failed(document)
    sent = [event for event in stage.events.of(SipMessageSeen) if event.instance_id == "b" and event.status_code == 200]
    assert "m=audio 20002 " in sent[0].raw
    assert end.node_id == "second"
    assert "no free pair of ports up to 20002" in end.error


@pytest.mark.parametrize("ports", ["20000", "20001-20002", "80-90", "20000-70000", "x-y", "20010-20000"])
def test_range_without_room_for_a_pair_is_a_finding(ports: str) -> None:
    with pytest.raises(ScenarioInvalid, match="a first and a last port"):
        failed(scenario(lane("a", "1001", REST, rtpPorts=ports)))
