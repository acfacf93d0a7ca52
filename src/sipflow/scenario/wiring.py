"""From nodes and edges to chains: which step follows which, and which instance runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sipflow.scenario.document import INSTANCE_TYPE, Branch, Document, Edge, Node
from sipflow.scenario.findings import Finding, Severity
from sipflow.scenario.node_api import NodeType, NodeTypes

_SHOWN_CYCLE = 8
"""Most nodes of a cycle that a finding names."""


@dataclass(slots=True)
class Step:
    """A command or event, with what follows it."""

    node: Node
    node_type: NodeType | None
    """None for a name that no type has."""
    success: str | None = None
    failure: str | None = None
    instance_id: str = ""
    """The instance it belongs to; empty where no chain reaches it and it names none."""
    is_reached: bool = False

    @property
    def next_ids(self) -> Iterator[str]:
        """The steps that may follow."""
        return (step_id for step_id in (self.success, self.failure) if step_id is not None)


@dataclass(slots=True)
class Lane:
    """An instance and where its chains start, in edge order."""

    node: Node
    node_type: NodeType | None
    starts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Wiring:
    """A document joined up. `findings` holds what is wrong with its connections."""

    lanes: dict[str, Lane] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    has_cycle: bool = False

    def report(self, severity: Severity, node: Node, message: str, field_name: str = "") -> None:
        """Add a finding about a node."""
        self.findings.append(Finding(severity, node.id, field_name, message, node.name))


def wire(document: Document, node_types: NodeTypes) -> Wiring:
    """Join a document up. Every fault is a finding; what is faulty is left out, the rest still stands."""
    wiring = Wiring(findings=list(document.findings))
    for node in document.nodes:
        _add_node(wiring, node, node_types)
    if not wiring.lanes and (document.nodes or not document.findings):
        wiring.findings.append(Finding(Severity.ERROR, None, "", "no sipInstance node: nothing could run"))
    for edge in document.edges:
        _add_edge(wiring, edge)
    _assign_instances(wiring)
    _find_cycles(wiring)
    return wiring


def _add_node(wiring: Wiring, node: Node, node_types: NodeTypes) -> None:
    node_type = node_types.find(node.type, node.type_name)
    if node.type == INSTANCE_TYPE:
        wiring.lanes[node.id] = Lane(node, node_type)
    else:
        wiring.steps[node.id] = Step(node, node_type)
    if node_type is not None or not node.type:
        return
    if node.type not in ("command", "event"):
        wiring.report(Severity.ERROR, node, f"unknown node type {node.type!r}", "type")
    elif node.type_name:
        wiring.report(Severity.ERROR, node, f"unknown {node.type} {node.type_name!r}", node.type)
    else:
        wiring.report(Severity.ERROR, node, f"names no {node.type}", node.type)


def _add_edge(wiring: Wiring, edge: Edge) -> None:
    source = wiring.lanes.get(edge.source) or wiring.steps.get(edge.source)
    target = wiring.steps.get(edge.target)
    if source is None or (target is None and edge.target not in wiring.lanes):
        for end, node_id in (("from", edge.source), ("to", edge.target)):
            if node_id not in wiring.lanes and node_id not in wiring.steps:
                known = edge.target if end == "from" else edge.source
                place = known if known in wiring.lanes or known in wiring.steps else None
                text = f"edge {edge.id!r} leads {end} {node_id!r}, which is no node"
                wiring.findings.append(Finding(Severity.ERROR, place, "", text))
    elif target is None:
        wiring.report(
            Severity.ERROR, source.node, f"edge {edge.id!r} leads to the instance {edge.target!r}, which is no step"
        )
    elif isinstance(source, Lane):
        if edge.branch is Branch.FAILURE:
            wiring.report(Severity.ERROR, source.node, f"edge {edge.id!r}: an instance has no failure branch")
        elif edge.target in source.starts:
            wiring.report(Severity.ERROR, source.node, f"edge {edge.id!r} is a second success edge to {edge.target!r}")
        else:
            source.starts.append(edge.target)
    elif getattr(source, edge.branch.value) is not None:
        wiring.report(
            Severity.ERROR, source.node, f"edge {edge.id!r} is a second {edge.branch} edge: only one may leave a node"
        )
    else:
        setattr(source, edge.branch.value, edge.target)


def _assign_instances(wiring: Wiring) -> None:
    """Give every step its instance, and report chains that run into another instance's steps."""
    for step in wiring.steps.values():
        declared = step.node.declared_instance
        if declared in wiring.lanes:
            step.instance_id = declared
        elif declared:
            wiring.report(Severity.ERROR, step.node, f"there is no instance {declared!r}", "sipInstanceId")
    for lane in wiring.lanes.values():
        _walk(wiring, lane)
        if not lane.starts:
            wiring.report(Severity.WARNING, lane.node, "has no chain: it only listens")
    for step in wiring.steps.values():
        if not step.is_reached:
            wiring.report(Severity.WARNING, step.node, "is reached by no instance: it never runs")


def _walk(wiring: Wiring, lane: Lane) -> None:
    own_id = lane.node.id
    seen: set[str] = set()
    waiting = [(start, own_id) for start in reversed(lane.starts)]
    while waiting:
        step_id, came_from = waiting.pop()
        step = wiring.steps[step_id]
        step.instance_id = step.instance_id or came_from
        if came_from == own_id != step.instance_id:
            owner, lane_name = _name(wiring, step.instance_id), _name(wiring, own_id)
            text = f"belongs to instance {owner}, but a chain of {lane_name} reaches it"
            wiring.report(Severity.ERROR, step.node, text)
        if step_id not in seen:
            seen.add(step_id)
            step.is_reached = True
            waiting += ((next_id, step.instance_id) for next_id in step.next_ids)


def _name(wiring: Wiring, instance_id: str) -> str:
    label = wiring.lanes[instance_id].node.label
    return f"{label!r} ({instance_id})" if label else repr(instance_id)


def _find_cycles(wiring: Wiring) -> None:
    """Report every way back to a step that is still open, by a depth-first walk with its own stack."""
    done: set[str] = set()
    for root in wiring.steps:
        if root in done:
            continue
        position = {root: 0}
        path = [(root, wiring.steps[root].next_ids)]
        while path:
            step_id, following = path[-1]
            next_id = next(following, None)
            if next_id is None:
                path.pop()
                del position[step_id]
                done.add(step_id)
            elif next_id in position:
                first = position[next_id]
                shown = [open_id for open_id, _ in path[first : first + _SHOWN_CYCLE]]
                _report_cycle(wiring, shown, is_whole=len(path) - first <= _SHOWN_CYCLE)
            elif next_id not in done:
                position[next_id] = len(path)
                path.append((next_id, wiring.steps[next_id].next_ids))


def _report_cycle(wiring: Wiring, ids: list[str], *, is_whole: bool) -> None:
    wiring.has_cycle = True
    text = " → ".join([*ids, *(() if is_whole else ("…",)), ids[0]])
    wiring.report(Severity.ERROR, wiring.steps[ids[0]].node, f"is part of a cycle: {text}")
