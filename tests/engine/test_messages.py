"""Messages as events: exact, complete, without secrets; and listeners that fail."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from sipflow.base.events import RunEvent, ScenarioCompleted, SipMessageSeen
from sipflow.engine.wire import describe, masked
from sipflow.sip.flow import Address, Flow
from sipflow.testing import EventList, MemoryNetwork, Weather
from sipflow.testing.wire_text import AUDIO
from tests.engine.meeting import A, calls, meets
from tests.engine.peer import Peer
from tests.engine.stage import Stage, completed, lane, on_stage, scenario, step
from tests.examples import example

FLOW = Flow("UDP", Address("127.0.0.1", 5060), Address("::1", 5062))
SPELLED = {
    *("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Type", "Content-Length", "Allow"),
    *("Supported", "Require", "User-Agent", "Expires", "Accept", "Event", "Refer-To", "Referred-By", "Replaces"),
    *("Subscription-State", "RSeq", "RAck", "Authorization", "WWW-Authenticate", "Allow-Events"),
}
"""Names of header fields, of what the examples below send."""
CALL = scenario(
    lane("a", "1001", step("MakeCall", targetUri="1002", callId="mine"), step("Release", callId="mine")),
    lane("b", "1002", step("INCOMING"), step("Answer"), step("DISCONNECTED")),
)


def messages(stage: Stage, instance_id: str, direction: str) -> list[SipMessageSeen]:
    return [e for e in stage.events.of(SipMessageSeen) if (e.instance_id, e.direction) == (instance_id, direction)]


def test_both_sights_of_a_message_name_the_first() -> None:
    stage = completed(CALL)
    sent, received = (messages(stage, "a", "sent"), messages(stage, "b", "received"))

    assert [event.method for event in sent] == ["INVITE", "ACK", "BYE"]
    assert [event.first_seq for event in received] == [event.seq for event in sent]


@pytest.mark.parametrize("name", ["attended-transfer", "challenged-call", "reliable-ringing", "subscribe-notify"])
def test_names_of_header_fields_are_written_long_and_as_the_rfcs_spell_them(name: str) -> None:
    stage = completed(example(name))
    written = {
        line.partition(":")[0]
        for event in stage.events.of(SipMessageSeen)
        if event.direction == "sent"
        for line in event.raw.partition("\r\n\r\n")[0].split("\r\n")[1:]
    }
    assert {"Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards", "Contact", "Content-Length"} <= written
    assert written <= SPELLED


def test_request_has_every_field() -> None:
    stage = completed(CALL)
    invite = messages(stage, "a", "sent")[0].to_json()
    raw = invite.pop("raw")
    assert raw.startswith(
        "INVITE sip:1002@127.0.0.1:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bK"
    )
    assert "\r\n\r\nv=0\r\n" in raw
    call_id = invite.pop("sipCallId")
    assert f"\r\nCall-ID: {call_id}\r\n" in raw
    assert invite == {
        "event": "scenario:sip-message",
        "runId": stage.events.events[0].run_id,
        "seq": 5,
        "timestamp": stage.events.events[0].timestamp,
        "nodeId": None,
        "instanceId": "a",
        "callId": "mine",
        "firstSeq": 5,
        "direction": "sent",
        "transport": "UDP",
        "localAddress": "127.0.0.1:5060",
        "remoteAddress": "127.0.0.1:5062",
        "method": "INVITE",
        "statusCode": None,
        "reason": None,
        "cseq": 1,
        "note": "sendrecv",
    }


def test_response_has_the_method_of_its_cseq_and_status_and_reason() -> None:
    stage = completed(CALL)
    answer = messages(stage, "a", "received")[0]
    assert (answer.method, answer.status_code, answer.reason, answer.cseq) == ("INVITE", 200, "OK", 1)
    assert (answer.local_address, answer.remote_address) == ("127.0.0.1:5060", "127.0.0.1:5062")
    assert answer.note == "sendrecv"
    assert (answer.call_id, answer.node_id) == ("mine", None)


def test_message_between_two_instances_gives_two_events_of_the_same_bytes() -> None:
    for name in ("two-party-call", "three-parties", "ten-instances"):
        stage = completed(example(name))
        sent = sorted(e.raw for e in stage.events.of(SipMessageSeen) if e.direction == "sent")
        received = sorted(e.raw for e in stage.events.of(SipMessageSeen) if e.direction == "received")
        assert sent == received
        for one in stage.events.of(SipMessageSeen):
            if one.direction == "received":
                other = next(e for e in stage.events.of(SipMessageSeen) if e.raw == one.raw and e.direction == "sent")
                assert (other.local_address, other.remote_address) == (one.remote_address, one.local_address)
                assert (other.sip_call_id, other.seq < one.seq) == (one.sip_call_id, True)


def test_messages_over_tcp_say_so() -> None:
    document = scenario(
        *(
            lane(n, d, *s, pbxTransport="TCP")
            for n, d, s in (
                ("a", "1001", (step("MakeCall", targetUri="1002"), step("Release"))),
                ("b", "1002", (step("INCOMING"), step("Answer"), step("DISCONNECTED"))),
            )
        )
    )
    stage = completed(document)
    assert {event.transport for event in stage.events.of(SipMessageSeen)} == {"TCP"}
    assert {event.local_address for event in messages(stage, "b", "received")} == {"127.0.0.1:5062"}


def test_retransmissions_are_events_too() -> None:
    stage, peer = meets(scenario(calls(timeout=4000)), fails=True)
    sent = messages(stage, "a", "sent")
    assert len(sent) == peer.methods.count("INVITE") == 4
    assert len({event.raw for event in sent}) == 1


def test_received_duplicates_are_events_too() -> None:
    stage = completed(CALL, network=MemoryNetwork(Weather(duplicate=1.0)))
    invites = [event for event in messages(stage, "b", "received") if event.method == "INVITE"]
    assert len([event for event in invites if event.status_code is None]) == 2


def test_note_tells_the_direction_of_the_stream() -> None:
    async def scene(stage: Stage, peer: Peer) -> None:
        peer.ask("INVITE", A, body=AUDIO + "a=sendonly\r\n")

    document = scenario(lane("b", "1002", step("INCOMING"), step("Ringing", statusCode=183), localPort=5060))
    stage, _ = meets(document, scene)
    assert messages(stage, "b", "received")[0].note == "sendonly"
    assert messages(stage, "b", "sent")[0].note == "recvonly"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b'Authorization: Digest username="u", response="secret"', "Authorization: Digest ***"),
        (b'Proxy-Authorization: Digest response="secret"', "Proxy-Authorization: Digest ***"),
        (b"AUTHORIZATION  :Digest response=secret", "AUTHORIZATION  :Digest ***"),
        (b"Authorization: Basic secret", "Authorization: Basic ***"),
        (b"Authorization: Digest a=b,\r\n response=secret,\r\n\turi=secret", "Authorization: Digest ***"),
        (b"Authorization:\r\n Digest response=secret", "Authorization: ***"),
        (b"Authorization: Digest a\nsecret\rsecret", "Authorization: Digest ***"),
        (b"Authorization: secret", "Authorization: ***"),
        (b"Contact: <sip:user:secret@host>", "Contact: <sip:user:***@host>"),
        (b"Contact: SIPS:user;a=b:secret@host:5061;x=y", "Contact: SIPS:user;a=b:***@host:5061;x=y"),
        (b"Contact: sip:a@b,sip:user:secret@host", "Contact: sip:a@b,sip:user:***@host"),
        (b"Contact: <sip:user:" + b"secret" * 99 + b"@host>", "Contact: <sip:user:***@host>"),
        (b'Contact: "a:secretary" <sip:user@host:5060>', 'Contact: "a:secretary" <sip:user@host:5060>'),
        (b"X-Bytes: \xff\xc3\xa4", "X-Bytes: \\xff\u00e4"),
    ],
)
def test_raw_masks_credentials_and_escapes_what_is_not_utf_8(line: bytes, shown: str) -> None:
    fields = describe("received", b"OPTIONS sip:h SIP/2.0\r\n" + line + b"\r\nCall-ID: x\r\n\r\nb\xfe", FLOW)
    assert fields is not None
    assert fields["raw"] == f"OPTIONS sip:h SIP/2.0\r\n{shown}\r\nCall-ID: x\r\n\r\nb\\xfe"


def test_password_in_a_target_shows_in_no_event() -> None:
    document = scenario(
        lane("a", "1001", step("MakeCall", targetUri="sip:x:hunter2@127.0.0.1:6000", timeout=100)),
        lane("b", "1002", step("MakeCall", targetUri="{{ var.bad }}")),
    )

    async def scene(stage: Stage) -> None:
        await stage.start(bad="mailto:sip:x:hunter2@h")
        await stage.engine.wait_ended()
        assert "hunter2" not in str([event.to_json() for event in stage.events])
        assert ":***@" in str([event.to_json() for event in stage.events])

    on_stage(document, scene)


def test_description_of_a_broken_message_says_what_it_can() -> None:
    fields = describe("received", b"INVITE sip:h SIP/2.0\r\nCSeq: nonsense\r\n\r\n", FLOW)
    assert fields is not None
    assert (fields["method"], fields["cseq"], fields["sip_call_id"]) == ("INVITE", None, "")
    fields = describe("sent", b"SIP/2.0 200 OK\r\n\r\n", FLOW)
    assert fields is not None
    assert (fields["method"], fields["cseq"], fields["status_code"]) == ("", None, 200)
    assert fields["remote_address"] == "[::1]:5062"
    assert describe("received", b"\r\n\r\n", FLOW) is None


def test_description_never_raises_whatever_came() -> None:
    chance = random.Random(1)
    whole = completed(CALL).events.of(SipMessageSeen)[0].raw.encode()
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 20)):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
        describe("received", bytes(data), FLOW)


def test_keys_of_media_are_masked() -> None:
    key = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
    text = (
        f"v=0\r\nk=base64:{key}\r\nm=audio 5004 RTP/SAVP 0\r\n"
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}|2^20|1:4;inline:{key}|2:4 FEC_KEY=inline:{key}\r\n"
        f"a=key-mgmt:mikey {key}\r\na=sendrecv\r\n"
    )

    shown = masked(text)

    assert key not in shown
    assert "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***\r\na=key-mgmt:mikey ***\r\na=sendrecv\r\n" in shown


@pytest.mark.parametrize(
    "text",
    [
        "sip:a:" * 50_000,
        "inline:" * 50_000,
        "sip:" * 50_000 + "@",
        "a@" * 50_000,
        "\r\nAuthorization: x\r\n y" * 10_000,
        "Authorization" + "\t" * 99_999,
    ],
)
def test_masking_takes_linear_time(text: str) -> None:
    began = time.process_time()
    masked(text)
    assert time.process_time() - began < 1


class Failing(EventList):
    """Raises on every event, after keeping it."""

    def emit(self, event: RunEvent) -> None:
        super().emit(event)
        raise RuntimeError("listener is gone")


def test_listener_that_raises_never_breaks_the_run() -> None:
    completed(example("two-party-call"), listener=Failing())


def test_listener_that_blocks_costs_the_run_only_its_own_time() -> None:
    class Slow(EventList):
        def emit(self, event: RunEvent) -> None:
            super().emit(event)
            asyncio.get_running_loop().jump(0.01)  # type: ignore[attr-defined]

    completed(example("two-party-call"), listener=Slow())


def test_listener_may_start_the_next_run_at_the_end() -> None:
    class Again(EventList):
        stage: Stage
        starting: asyncio.Task[str] | None = None

        def emit(self, event: RunEvent) -> None:
            super().emit(event)
            if event.is_terminal and self.starting is None:
                self.starting = asyncio.create_task(self.stage.start())

    listener = Again()

    async def scene(stage: Stage) -> None:
        listener.stage = stage
        first = await stage.start()
        assert isinstance(await stage.engine.wait_ended(), ScenarioCompleted)
        assert listener.starting is not None
        second = await listener.starting
        assert second != first
        assert isinstance(await stage.engine.wait_ended(), ScenarioCompleted)
        stage.expect_nothing_left()

    on_stage(CALL, scene, listener=listener)
