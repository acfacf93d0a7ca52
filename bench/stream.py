"""A made-up run without an end: calls between instances, one after another, as a busy run tells of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from sipflow.base.events import (
    ActionLogged,
    Level,
    NodeState,
    NodeStateChanged,
    RunEvent,
    ScenarioStarted,
    SipMessageSeen,
)

RUN_ID = "run-bench"
PAIRS = 10
STEPS = 12
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
        for sender, receiver, method, status, reason in (
            (caller, callee, "INVITE", None, None),
            (callee, caller, "INVITE", 180, "Ringing"),
            (callee, caller, "INVITE", 200, "OK"),
            (caller, callee, "ACK", None, None),
            (caller, callee, "BYE", None, None),
            (callee, caller, "BYE", 200, "OK"),
        ):
            yield from _message(base, number, (sender, receiver), method, status, reason)


def _message(
    base: Callable[..., dict[str, Any]],
    number: int,
    ends: tuple[str, str],
    method: str,
    status: int | None,
    reason: str | None,
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
