"""A run as a capture file, downloaded."""

from __future__ import annotations

import struct

from tests.documents import two_party
from tests.server.api import Api


def test_capture_has_a_packet_for_every_message_of_the_run(api: Api) -> None:
    run = api.play(two_party())
    events = api.ask("GET", f"/api/runs/{run['id']}/events")["events"]
    messages = {event["firstSeq"] for event in events if event["event"] == "scenario:sip-message"}

    answer = api.send("GET", f"/api/runs/{run['id']}/capture.pcapng")

    assert answer.headers["content-type"] == "application/x-pcapng"
    assert answer.headers["content-disposition"] == f'attachment; filename="{run["id"]}.pcapng"'
    assert kinds_of_blocks(answer.content) == [0x0A0D0D0A, 1] + [6] * len(messages)


def test_capture_of_a_run_that_is_not_there_is_refused(api: Api) -> None:
    assert api.refused("GET", "/api/runs/nowhere/capture.pcapng")[:2] == (404, "not-found")


def kinds_of_blocks(data: bytes) -> list[int]:
    kinds, at = [], 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        kinds.append(kind)
        at += size
    return kinds
