"""Words to build scenario documents with."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

Json = dict[str, Any]


def instance(node_id: str, dn: str | None = None, **data: Any) -> Json:
    """A sipInstance; its dn is its id unless given."""
    return {"id": node_id, "type": "sipInstance", "data": {"dn": node_id if dn is None else dn, **data}}


def node(kind: str, node_id: str, name: str, /, **data: Any) -> Json:
    return {"id": node_id, "type": kind, "data": {kind: name, **data}}


def command(node_id: str, name: str, **data: Any) -> Json:
    return node("command", node_id, name, **data)


def event(node_id: str, name: str, **data: Any) -> Json:
    return node("event", node_id, name, **data)


def edge(source: str, target: str, branch: str = "success") -> Json:
    return {"id": f"{source}-{branch}-{target}", "source": source, "target": target, "sourceHandle": branch}


def chain(*ids: str) -> list[Json]:
    """Success edges from each id to the next."""
    return [edge(source, target) for source, target in pairwise(ids)]


def document(*nodes: Json, edges: list[Json] | None = None) -> Json:
    return {"nodes": list(nodes), "edges": edges or []}


def two_party() -> Json:
    """Alice calls Bob and hangs up: no finding."""
    return document(
        instance("a", "1001"),
        command("call", "MakeCall", targetUri="1002"),
        command("end", "Release"),
        instance("b", "1002"),
        event("in", "INCOMING"),
        command("answer", "Answer"),
        event("bye", "DISCONNECTED"),
        edges=chain("a", "call", "end") + chain("b", "in", "answer", "bye"),
    )
