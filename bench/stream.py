"""A made-up run without an end: calls between instances, one after another, as a busy run tells of them.

A few calls are never hung up: their bars stand in the ladder to its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from sipflow.base.events import (
    ActionLogged,
    Level,
    MediaChanged,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioStarted,
    SipMessageSeen,
)

RUN_ID = "run-bench"
PAIRS = 10
STEPS = 12
FIGURES = {"packetsSent": 150.0, "packetsReceived": 148.0, "lost": 2.0, "lostThere": 0.0, "jitterMs": 1.5, "mos": 4.1}
STANDING = 500
"""One call in so many is never hung up."""
BODY = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


def document() -> dict[str, Any]:
    """A scenario with as many instances and steps as the run speaks of."""
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    for index in range(2 * PAIRS):
        x = index * 260
        nodes.append(
            {"id": f"i{index}", "type": "sipInstance", "position": {"x": x, "y": 0}, "data": {"dn": f"{1000 + index}"}}
        )
        before = f"i{index}"
        for step in range(STEPS):
            node_id = f"i{index}-{step}"
            data = {"event": "TIMEOUT", "sipInstanceId": f"i{index}"}
            nodes.append({"id": node_id, "type": "event", "position": {"x": x, "y": 120 * (step + 1)}, "data": data})
            edges.append({"id": f"e{node_id}", "source": before, "target": node_id, "sourceHandle": "success"})
            before = node_id
    return {"nodes": nodes, "edges": edges}


def events(scenario_id: str, now_ms: Callable[[], int], steps: int = STEPS) -> Iterator[RunEvent]:
    """The run's events, stamped as they are taken, through so many steps of each instance; it never ends by itself."""
    seqs = count(1)

    def base(**more: Any) -> dict[str, Any]:
        return {"run_id": RUN_ID, "seq": next(seqs), "timestamp": now_ms(), **more}

    yield ScenarioStarted(**base(scenario_id=scenario_id))
    for number in count():
        caller, callee = f"i{2 * (number % PAIRS)}", f"i{2 * (number % PAIRS) + 1}"
        for instance in (caller, callee):
            node_id = f"{instance}-{number // PAIRS % steps}"
            for old, new in (
                (NodeState.PENDING, NodeState.RUNNING),
                (NodeState.RUNNING, NodeState.COMPLETED),
            ):
                yield NodeStateChanged(**base(node_id=node_id, instance_id=instance, previous_state=old, new_state=new))
        yield ActionLogged(
            **base(message=f"call {number} is placed", level=Level.INFO, instance_id=caller, call_id="call-1")
        )
        ends = caller, callee
        for request in ("INVITE", "ACK", "BYE"):
            if request == "BYE" and number % STANDING == STANDING - 1:
                continue
            yield from _message(base, number, ends, request)
            if request == "INVITE":
                yield from _message(base, number, ends[::-1], request, 180, "Ringing")
                yield from _media(base, ends, "stream-started", f"PCMU sendrecv with {number}")
            if request == "BYE":
                yield from _media(base, ends, "stream-stopped", "")
            if request != "ACK":
                yield from _message(base, number, ends[::-1], request, 200, "OK")
            if request == "BYE":
                yield from _media(base, ends, "statistics", f"148 packets received, 2 lost, call {number}")


def _media(
    base: Callable[..., dict[str, Any]], ends: tuple[str, str], what: str, detail: str
) -> Iterator[MediaChanged]:
    """What the streams at both ends tell."""
    said = {
        "detail": {"code": "stream-with", "values": {"codec": "PCMU", "direction": "sendrecv", "peer": "192.0.2.1"}}
    }
    for instance in ends:
        yield MediaChanged(
            **base(instance_id=instance, call_id="call-1"),
            media=what,
            detail=detail,
            figures=FIGURES if what == "statistics" else None,
            said=said if what == "stream-started" else None,
        )


def _message(
    base: Callable[..., dict[str, Any]],
    number: int,
    ends: tuple[str, str],
    method: str,
    status: int | None = None,
    reason: str | None = None,
) -> Iterator[SipMessageSeen]:
    """One message, seen at both ends."""
    addresses = [f"127.0.0.1:{5060 + 2 * int(end[1:])}" for end in ends]
    start = f"SIP/2.0 {status} {reason}" if status else f"{method} sip:{ends[1]}@{addresses[1]} SIP/2.0"
    head = "".join(f"X-Header-{index}: value {number} of some length\r\n" for index in range(8))
    raw = f"{start}\r\nCall-ID: {number}@bench\r\nCSeq: 1 {method}\r\n{head}\r\n{BODY}"
    first_seq = 0
    for index, direction in enumerate(("sent", "received")):
        fields = base(instance_id=ends[index], call_id="call-1")
        first_seq = first_seq or fields["seq"]
        yield SipMessageSeen(
            **fields,
            first_seq=first_seq,
            sip_call_id=f"{number}@bench",
            direction=direction,
            transport="UDP",
            local_address=addresses[index],
            remote_address=addresses[1 - index],
            method=method,
            status_code=status,
            reason=reason,
            cseq=1,
            note="sendrecv" if method == "INVITE" else "",
            raw=raw,
        )
