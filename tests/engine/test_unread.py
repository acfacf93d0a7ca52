"""What comes and cannot be read is told: a tester must not look for an answer that was there, in another protocol."""

from __future__ import annotations

import asyncio

import pytest

from sipflow.base.errors import FramingError, SipParseError
from sipflow.base.events import ActionLogged, Level
from sipflow.base.sayings import Saying
from sipflow.engine.unread import MAX_SENDERS, Unread
from sipflow.sip.flow import Address, Flow
from tests.engine.meeting import A, calls, meets
from tests.engine.peer import Peer
from tests.engine.stage import Stage, scenario

FAULT = SipParseError(Saying.of("header-missing-here", header="Content-Length"), "")


def flow(port: int, transport: str = "TCP") -> Flow:
    return Flow(transport, A, Address("127.0.0.1", port))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"HTTP/1.1 400", ["what 127.0.0.1:6000 sent by UDP can't be read: not a SIP start line: 'HTTP/1.1 400'"]),
        (b"\r\n\r\n", []),
        (b"\0", []),
    ],
    ids=["another protocol", "keep-alive", "filler"],
)
def test_datagram_that_is_no_message_is_told_once(data: bytes, told: list[str]) -> None:
    async def scene(_stage: Stage, peer: Peer) -> None:
        await peer.hear("INVITE")
        for _ in range(3):
            peer.send(data, A)
        await asyncio.sleep(1)

    stage, _ = meets(scenario(calls(timeout=4000)), scene, fails=True)

    warnings = [event for event in stage.events.of(ActionLogged) if event.level is Level.WARNING]
    assert [(event.instance_id, event.message) for event in warnings] == [("a", text) for text in told]


def test_broken_stream_is_told_with_what_it_lacks() -> None:
    told: list[str] = []

    Unread(lambda text: told.append(str(text))).take(
        FramingError(FAULT.what, b"SIP/2.0 180 Ringing\r\n", ()), b"SIP/2.0 180 Ringing\r\n", flow(6000)
    )

    assert told == [
        "what 127.0.0.1:6000 sent by TCP can't be read: Content-Length missing: 'SIP/2.0 180 Ringing\\r\\n'"
    ]


def test_flood_from_many_senders_is_told_of_a_few() -> None:
    told: list[Saying] = []
    unread = Unread(told.append)

    for port in range(1000, 3000):
        unread.take(FAULT, b"x", flow(port))

    assert len(told) == MAX_SENDERS


def test_password_in_what_cannot_be_read_is_masked() -> None:
    told: list[str] = []

    Unread(lambda text: told.append(str(text))).take(FAULT, b"INVITE sip:me:hunter2@h SIP/2.0", flow(6000))

    assert "hunter2" not in told[0]
