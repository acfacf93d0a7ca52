"""Scenarios that journeys begin with."""

from __future__ import annotations

from itertools import pairwise

from tests.documents import Json


def waits(*timeouts_ms: int) -> Json:
    """One instance that waits so long, one time after the other: "Wait 1", "Wait 2", …"""
    alice = node("alice", "sipInstance", 40, label="Alice", dn="1001")
    steps = [
        node(f"wait-{n}", "event", 40 + 120 * n, event="TIMEOUT", label=f"Wait {n}", timeout=timeout_ms)
        for n, timeout_ms in enumerate(timeouts_ms, 1)
    ]
    return chain(alice, *steps)


def node(node_id: str, kind: str, y: int, x: int = 60, **data: object) -> Json:
    """A node as it is stored."""
    return {"id": node_id, "type": kind, "position": {"x": x, "y": y}, "data": data}


def chain(*nodes: Json) -> Json:
    """A document of nodes that follow each other on success."""
    return {"nodes": list(nodes), "edges": [wire(one["id"], other["id"]) for one, other in pairwise(nodes)]}


def wire(source: str, target: str, branch: str = "success") -> Json:
    """A wire as it is stored."""
    return {"id": f"{source}-{branch}", "source": source, "target": target, "sourceHandle": branch}


def call_refused() -> Json:
    """Alice calls Bob, who is busy; a node that nothing leads to stands beside her call."""
    alice = chain(
        node("alice", "sipInstance", 40, label="Alice", dn="1001"),
        node("call", "command", 160, command="MakeCall", label="Call Bob", targetUri="1002"),
    )
    bob = chain(
        node("bob", "sipInstance", 40, x=640, label="Bob", dn="1002"),
        node("incoming", "event", 160, x=640, event="INCOMING", label="Alice calls"),
        node("busy", "command", 280, x=640, command="Response", label="Busy", statusCode=486),
    )
    wait = node("wait", "event", 280, x=320, event="TIMEOUT", label="Wait a little", timeout=100, sipInstanceId="alice")
    return {"nodes": [*alice["nodes"], wait, *bob["nodes"]], "edges": [*alice["edges"], *bob["edges"]]}


def crossed_hearing() -> Json:
    """Alice calls Bob, and says wrongly who hears whom: nothing of her in Bob's ear, much of it in Carol's."""
    alice = chain(
        node("alice", "sipInstance", 40, label="Alice", dn="1001"),
        node("call", "command", 160, command="MakeCall", label="Call Bob", targetUri="1002"),
        node(
            "hears",
            "command",
            280,
            command="AssertHears",
            label="Who hears whom?",
            expected="Alice <- Bob, Carol <- Alice",
            durationMs=1_500,
        ),
    )
    bob = chain(
        node("bob", "sipInstance", 40, x=360, label="Bob", dn="1002"),
        node("incoming", "event", 160, x=360, event="INCOMING", label="Alice calls"),
        node("answer", "command", 280, x=360, command="Answer", label="Answer"),
        node("end", "event", 400, x=360, event="DISCONNECTED", label="Alice leaves"),
    )
    carol = chain(
        node("carol", "sipInstance", 40, x=660, label="Carol", dn="1003"),
        node("wait", "event", 160, x=660, event="TIMEOUT", label="Wait a little", timeout=100),
    )
    parts = (alice, bob, carol)
    return {name: [each for part in parts for each in part[name]] for name in ("nodes", "edges")}


def call_with_tone(seconds: int) -> Json:
    """Alice calls Bob, and plays him a tone for so long."""
    alice = chain(
        node("alice", "sipInstance", 40, label="Alice", dn="1001"),
        node("call", "command", 160, command="MakeCall", label="Call Bob", targetUri="1002"),
        node("play", "command", 280, command="PlayAudio", label="Play a tone", filePath=f"sound:tone-440:{seconds}"),
        node("hang-up", "command", 400, command="Release", label="Hang up"),
    )
    bob = chain(
        node("bob", "sipInstance", 40, x=360, label="Bob", dn="1002"),
        node("incoming", "event", 160, x=360, event="INCOMING", label="Alice calls"),
        node("answer", "command", 280, x=360, command="Answer", label="Answer"),
        node("end", "event", 400, x=360, event="DISCONNECTED", label="Alice leaves", timeout=60_000),
    )
    return {name: [*alice[name], *bob[name]] for name in ("nodes", "edges")}
