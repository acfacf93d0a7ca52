"""A recorded run as a capture file (pcapng) that Wireshark and its kin open.

One packet is one message on the wire: what one instance sent and another received is one, a retransmission another.
Source: draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.
"""

from __future__ import annotations

import json
import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from sipflow.base.events import EventKind
from sipflow.report.frames import Framer, read_endpoint
from sipflow.report.names import Names, printable

SECTION_HEADER: Final = 0x0A0D0D0A
INTERFACE: Final = 1
ENHANCED_PACKET: Final = 6
BYTE_ORDER_MAGIC: Final = 0x1A2B3C4D
LINKTYPE_RAW: Final = 101
"""The packet begins with its IP header, of either version."""
COMMENT: Final = 1
INTERFACE_NAME: Final = 2
APPLICATION: Final = 4
MAX_OPTION_BYTES: Final = 1_000
MAX_REMEMBERED: Final = 8_192
"""Messages whose repetitions are known; the engine itself knows half as many."""
_MESSAGE: Final = EventKind.SIP_MESSAGE.value
_MARK: Final = f'"{_MESSAGE}"'.encode()
_ESCAPED: Final = re.compile(r"\\x([89a-f][0-9a-f])")
"""How the event writes a byte that is not UTF-8: bytes below 0x80 always are."""
_LENGTH: Final = re.compile(rb"^((?:Content-Length|l)[ \t]*:[ \t]*)\d+", re.IGNORECASE | re.MULTILINE)
_MASK: Final = b"***"

Lines = Callable[[], Iterable[bytes]]


def capture(lines: Lines, names: Names, title: str) -> Iterator[bytes]:
    """The file, piece by piece. `lines` gives the run's events, one line of JSON each, and is asked twice."""
    streams = _stream_ends(lines())
    yield _block(
        SECTION_HEADER, struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1), {APPLICATION: "SIPFLOW", COMMENT: title}
    )
    yield _block(INTERFACE, struct.pack("<HHI", LINKTYPE_RAW, 0, 0), {INTERFACE_NAME: "sipflow"})
    framer = Framer()
    for event, comment in _messages(lines(), names):
        is_sent = event["direction"] == "sent"
        local, remote = event["localAddress"], event["remoteAddress"]
        source, target = (local, remote) if is_sent else (remote, local)
        if event["transport"] != "UDP":
            known = streams.get(event["firstSeq"], ("", ""))
            source, target = known[0] or source, known[1] or target
        ends = read_endpoint(source), read_endpoint(target)
        if ends[0] is None or ends[1] is None:
            continue
        for packet in framer.packets(event["transport"], ends[0], ends[1], wire_bytes(event["raw"])):
            yield _packet(event["timestamp"], packet, comment)


def wire_bytes(raw: str) -> bytes:
    """A message as it was on the wire, but for what is masked: escaped bytes are bytes again.

    Where a mask stands in the body, Content-Length tells how long the body is now: a stream is cut by it.
    """
    pieces = _ESCAPED.split(raw)
    data = b"".join(
        bytes.fromhex(piece) if place % 2 else piece.encode("utf-8", "backslashreplace")
        for place, piece in enumerate(pieces)
    )
    head, blank, body = data.partition(b"\r\n\r\n")
    if _MASK in body:
        head = _LENGTH.sub(rb"\g<1>%d" % len(body), head)
    return head + blank + body


def _messages(lines: Iterable[bytes], names: Names) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each message once for every time it was on the wire, with a comment for people."""
    seen: OrderedDict[int, list[int]] = OrderedDict()
    at_work: dict[str, str] = {}
    for line in lines:
        event = json.loads(line)
        instance = event.get("instanceId") or ""
        if event["event"] == EventKind.NODE_STATE and event["newState"] == "running":
            at_work[instance] = event["nodeId"]
        if event["event"] != _MESSAGE:
            continue
        counts = seen.setdefault(event["firstSeq"], [0, 0])
        if len(seen) > MAX_REMEMBERED:
            seen.popitem(last=False)
        way = event["direction"] != "sent"
        counts[way] += 1
        if counts[way] > counts[not way]:
            yield event, _comment(event, names, at_work.get(instance))


def _comment(event: Mapping[str, Any], names: Names, node_id: str | None) -> str:
    way = "sent" if event["direction"] == "sent" else "received"
    call = f", call {printable(event['callId'])}" if event.get("callId") else ""
    node = f", at {names.node(node_id)}" if node_id else ""
    return f"#{event['seq']} {way} by {names.instance(event.get('instanceId'))}{call}{node}"


def _stream_ends(lines: Iterable[bytes]) -> dict[int, tuple[str, str]]:
    """Both ends of each message on a stream, by its number.

    The end that opened a connection has a port of its own there, which only the other end's sight of a request tells;
    a response goes back by the connection that its request came by. Source: RFC 3261 §18.2.2.
    """
    ends: dict[int, tuple[str, str]] = {}
    requests: dict[tuple[object, ...], int] = {}
    for line in lines:
        if _MARK not in line or b'"transport":"UDP"' in line:
            continue
        event = json.loads(line)
        if event["event"] != _MESSAGE:
            continue
        first = event["firstSeq"]
        transaction = event["sipCallId"], event["cseq"], event["method"]
        is_sent = event["direction"] == "sent"
        if event["statusCode"] is None:
            requests[transaction] = first
            source, target = ends.get(first, ("", ""))
            ends[first] = (source, event["remoteAddress"]) if is_sent else (event["remoteAddress"], target)
        elif transaction in requests:
            target, source = ends[requests[transaction]]
            ends[first] = source, target
    return ends


def _packet(timestamp_ms: int, packet: bytes, comment: str) -> bytes:
    # Without an option that says otherwise, time is counted in microseconds.
    high, low = divmod(timestamp_ms * 1_000, 1 << 32)
    head = struct.pack("<IIIII", 0, high, low, len(packet), len(packet))
    return _block(ENHANCED_PACKET, head + _padded(packet), {COMMENT: comment})


def _block(kind: int, body: bytes, options: Mapping[int, str]) -> bytes:
    written = b"".join(_option(code, text) for code, text in options.items()) + b"\0\0\0\0"
    size = struct.pack("<I", 12 + len(body) + len(written))
    return struct.pack("<I", kind) + size + body + written + size


def _option(code: int, text: str) -> bytes:
    value = printable(text).encode("utf-8", "replace")[:MAX_OPTION_BYTES].decode("utf-8", "ignore").encode()
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
