"""Recorded runs as capture files: block by block, and as tshark reads them."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from sipflow.base.events import NodeState, NodeStateChanged, RunEvent
from sipflow.engine.recorder import event_line
from sipflow.engine.wire import masked
from sipflow.report.frames import Framer, read_endpoint
from sipflow.report.pcapng import ENHANCED_PACKET, capture, wire_bytes
from tests.peers import find_peer
from tests.report.builders import ALICE, BOB, NAMES, START_MS, Story

STRANGER = "192.0.2.7:5080"
TSHARK_LIMIT_S = 30
CHECKSUMS = [f"-o{name}.check_checksum:TRUE" for name in ("ip", "udp", "tcp")]


def invite(number: int, *, via: str = "UDP", head: str = "", body: bytes = b"") -> str:
    """An INVITE as an event tells it."""
    lines = [
        "INVITE sip:bob@127.0.0.1 SIP/2.0",
        f"Via: SIP/2.0/{via} 127.0.0.1:5060;branch=z9hG4bK{number};rport",
        "Max-Forwards: 70",
        "From: <sip:alice@127.0.0.1>;tag=a",
        "To: <sip:bob@127.0.0.1>",
        "Call-ID: c1@127.0.0.1",
        f"CSeq: {number} INVITE",
        f"{head}Contact: <sip:alice@127.0.0.1:5060>",
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}",
        "",
        "",
    ]
    return masked(("\r\n".join(lines).encode() + body).decode("utf-8", "backslashreplace"))


def written(events: Iterable[RunEvent]) -> bytes:
    """The file of these events."""
    lines = [event_line(event) for event in events]
    return b"".join(capture(lambda: lines, NAMES, "call ‮"))


def packets(events: Iterable[RunEvent]) -> list[tuple[int, bytes, str]]:
    """Time in ms, packet and comment of every packet, read from the file's blocks."""
    data, found, at = written(events), [], 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        assert size % 4 == 0
        assert data[at + size - 4 : at + size] == struct.pack("<I", size)
        if kind == ENHANCED_PACKET:
            _, high, low, length, _ = struct.unpack_from("<IIIII", data, at + 8)
            start = at + 28
            comment = start + length + -length % 4
            code, comment_length = struct.unpack_from("<HH", data, comment)
            assert code == 1
            text = data[comment + 4 : comment + 4 + comment_length].decode()
            found.append((((high << 32) + low) // 1_000, data[start : start + length], text))
        at += size
    return found


def test_message_between_two_instances_is_one_packet() -> None:
    [(at, packet, _)] = packets(Story().passed("a", "b", "INVITE", raw=invite(1), at=12))

    assert at == START_MS + 12
    assert packet[28:] == invite(1).encode()
    assert struct.unpack("!HH", packet[20:24]) == (5060, 5062)


def test_every_time_on_the_wire_is_a_packet_whichever_end_saw_it() -> None:
    story = Story()
    lost = story.sent("a", BOB, "INVITE", raw=invite(1))
    again = story.passed("a", "b", "INVITE", raw=invite(1), at=500)
    strange = [story.received("b", STRANGER, "INVITE", raw=invite(2), at=600 + more) for more in (0, 500)]

    told = packets([lost, *again, *strange])

    assert [at - START_MS for at, _, _ in told] == [0, 500, 600, 1_100]
    assert [packet[12:16] for _, packet, _ in told] == [b"\x7f\0\0\1"] * 2 + [b"\xc0\0\2\7"] * 2


def test_escaped_bytes_are_bytes_again() -> None:
    body = b"\x00\x80\xff \\x41 \xed\x86\xb5\xed\x99\x94"

    assert wire_bytes(invite(1, body=body)).partition(b"\r\n\r\n")[2] == body


def test_credentials_stay_masked_and_the_length_fits_a_masked_body() -> None:
    head = "Authorization: Digest username=alice, response=0123\r\n"
    data = wire_bytes(invite(1, head=head, body=b"see sip:alice:secret@127.0.0.1"))

    assert b"0123" not in data
    assert b"secret" not in data
    assert b"Content-Length: %d\r\n" % len(data.partition(b"\r\n\r\n")[2]) in data


def test_comment_names_instance_call_and_node_and_hides_nothing() -> None:
    story = Story()
    running = story.event(
        NodeStateChanged, instance_id="a", node_id="n1", previous_state=NodeState.PENDING, new_state=NodeState.RUNNING
    )
    message = story.sent("a", STRANGER, "INVITE", raw=invite(1), call_id="call\u202e")

    assert packets([running, message])[0][2] == "#2 sent by alice, call call\\u202e, at MakeCall (n1)"


def test_what_has_no_numeric_address_is_no_packet() -> None:
    assert packets([Story().sent("a", "bob.test:5060", "INVITE", raw=invite(1))]) == []
    assert read_endpoint("[::1]:5060") == read_endpoint("[0:0::1%lo]:5060")
    assert [read_endpoint(text) for text in ("127.0.0.1", "127.0.0.1:70000", "", "[::1]:x")] == [None] * 4


def test_stream_runs_between_the_ports_that_the_far_ends_saw() -> None:
    story = Story()
    here = {"transport": "TCP", "raw": invite(1, via="TCP")}
    there = {"transport": "TCP", "raw": "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"}
    told = packets(
        [
            story.sent("a", BOB, "INVITE", **here),
            story.received("b", "127.0.0.1:40001", "INVITE", **here),
            story.sent("b", ALICE, "200 OK", **there),
            story.received("a", BOB, "200 OK", **there),
        ]
    )

    ports_and_numbers = [struct.unpack("!HHII", packet[20:32]) for _, packet, _ in told]
    size = len(invite(1, via="TCP"))
    assert ports_and_numbers == [(40001, 5062, 1, 1), (5062, 40001, 1, 1 + size)]


def test_long_message_on_a_stream_is_cut_into_segments() -> None:
    source, target = read_endpoint(ALICE), read_endpoint(BOB)
    assert source is not None
    assert target is not None

    cut = list(Framer().packets("TCP", source, target, b"x" * 130_001))

    assert [len(packet) - 40 for packet in cut] == [65_000, 65_000, 1]


@pytest.mark.interop
def test_tshark_reads_every_message_and_has_nothing_to_say_about_the_rest(tmp_path: Path) -> None:
    story = Story()
    udp, tcp, binary = invite(1), invite(2, via="TCP"), invite(3, body=b"\xff\xfe\x00odd")
    again = [event for at in (0, 500) for event in story.passed("a", "b", "INVITE", raw=udp, at=at)]
    stream = [
        event
        for number in range(4, 8)
        for event in story.passed("a", "b", "INVITE", raw=invite(number, via="TCP"), transport="TCP", at=number * 200)
    ]
    six = story.message(
        "sent", "[2001:db8::1]:5060", "[2001:db8::2]:5062", "INVITE", raw=binary, instance="a", at=2_000
    )
    six_stream = story.message("sent", "[::1]:5060", "[::1]:5062", "INVITE", raw=tcp, transport="TCP", at=2_100)
    lone = story.received("b", STRANGER, "INVITE", raw=invite(9), at=2_200)
    path = tmp_path / "run.pcapng"
    path.write_bytes(written([*again, *stream, six, replace(six_stream, instance_id="a"), lone]))

    fields = ["frame.time_epoch", "sip.CSeq.seq", "udp.port", "tcp.port", "ipv6.src", "frame.comment"]
    told = ask_tshark(path, "-T", "fields", *[part for field in fields for part in ("-e", field)])

    rows = [dict(zip(fields, line.split("\t"), strict=True)) for line in told.splitlines()]
    assert [row["sip.CSeq.seq"] for row in rows] == ["1", "1", "4", "5", "6", "7", "3", "2", "9"]
    times = [round((float(row["frame.time_epoch"]) * 1_000) - START_MS) for row in rows]
    assert times == [0, 500, 800, 1_000, 1_200, 1_400, 2_000, 2_100, 2_200]
    assert [bool(row["tcp.port"]) for row in rows] == [False] * 2 + [True] * 4 + [False, True, False]
    assert (rows[6]["ipv6.src"], rows[7]["ipv6.src"]) == ("2001:db8::1", "::1")
    assert rows[0]["frame.comment"] == "#1 sent by alice, call call-1"
    severities = ask_tshark(path, "-Y", "_ws.expert.severity >= 0x400000 || _ws.malformed", "-V")
    assert severities == ""


def ask_tshark(path: Path, *options: str) -> str:
    """What tshark says of a file: it must have nothing to complain about. As root it warns of that alone."""
    told = subprocess.run(
        [find_peer("tshark"), "-n", "-r", str(path), *CHECKSUMS, *options],
        capture_output=True,
        text=True,
        timeout=TSHARK_LIMIT_S,
        check=True,
    )
    assert [line for line in told.stderr.splitlines() if "Running as user" not in line] == []
    return told.stdout
