"""From nodes and edges to chains: which step follows which, and which instance runs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sipflow.base.sayings import Saying
from sipflow.scenario.document import INSTANCE_TYPE, Branch, Document, Edge, Node
from sipflow.scenario.findings import Finding, Problem, Severity
from sipflow.scenario.node_api import Instance, NodeType, NodeTypes, Steering

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

    @property
    def next_ids_for_good(self) -> Iterator[str]:
        """The steps that may follow, but for those that a loop runs a counted number of times."""
        is_loop = self.node_type is not None and self.node_type.steers is Steering.LOOP
        return (step_id for step_id in (None if is_loop else self.success, self.failure) if step_id is not None)


@dataclass(slots=True)
class Lane:
    """An instance and where its chains start, in edge order."""

    node: Node
    node_type: NodeType | None
    starts: list[str] = field(default_factory=list)

    @property
    def is_pbx(self) -> bool:
        """Whether it acts by itself, without steps."""
        return (
            self.node_type is not None
            and issubclass(self.node_type.behaviour, Instance)
            and self.node_type.behaviour.is_pbx
        )


@dataclass(slots=True)
class Wiring:
    """A document joined up. `findings` holds what is wrong with its connections."""

    lanes: dict[str, Lane] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    has_cycle: bool = False

    def add(self, problem: Problem, node: Node, edge_id: str | None = None) -> None:
        """Add a finding about a node, or about an edge of it."""
        self.findings.append(Finding(problem.severity, node.id, problem.field, problem.fault, node.name, edge_id))


def wire(document: Document, node_types: NodeTypes) -> Wiring:
    """Join a document up. Every fault is a finding; what is faulty is left out, the rest still stands.

    What is disabled is left out too: whatever leads to it leads to where its success edge does.
    """
    wiring = Wiring(findings=list(document.findings))
    for node in document.nodes:
        _add_node(wiring, node, node_types)
    if not wiring.lanes and (document.nodes or not document.findings):
        wiring.findings.append(Finding(Severity.ERROR, None, "", Saying.of("no-instance")))
    for edge in document.edges:
        _add_edge(wiring, edge)
    _pass_over_disabled(wiring)
    _assign_instances(wiring)
    _find_cycles(wiring)
    return wiring


def _add_node(wiring: Wiring, node: Node, node_types: NodeTypes) -> None:
    node_type = node_types.find(node.type, node.type_name)
    if node.type == INSTANCE_TYPE:
        wiring.lanes[node.id] = Lane(node, node_type)
    else:
        wiring.steps[node.id] = Step(node, node_type)
    if node_type is not None or not node.type or node.is_disabled:
        return
    if node.type not in ("command", "event"):
        is_instance = node.type == INSTANCE_TYPE
        wiring.add(Problem.error(node.type if is_instance else "type", "type-unknown", name=node.type_name), node)
    elif node.type_name:
        code = "command-unknown" if node.type == "command" else "event-unknown"
        wiring.add(Problem.error(node.type, code, name=node.type_name), node)
    else:
        wiring.add(Problem.error(node.type, "command-missing" if node.type == "command" else "event-missing"), node)


def _add_edge(wiring: Wiring, edge: Edge) -> None:
    source = wiring.lanes.get(edge.source) or wiring.steps.get(edge.source)
    target = wiring.steps.get(edge.target)
    if source is None or (target is None and edge.target not in wiring.lanes):
        for code, node_id, other in (
            ("edge-from-nowhere", edge.source, edge.target),
            ("edge-to-nowhere", edge.target, edge.source),
        ):
            if node_id not in wiring.lanes and node_id not in wiring.steps:
                place = other if other in wiring.lanes or other in wiring.steps else None
                fault = Saying.of(code, edge=edge.id, id=node_id)
                wiring.findings.append(Finding(Severity.ERROR, place, "", fault, edge_id=edge.id))
    elif target is None:
        problem = Problem.error("", "edge-to-instance", edge=edge.id, id=edge.target)
        wiring.add(problem, source.node, edge.id)
    elif isinstance(source, Lane):
        if source.is_pbx:
            wiring.add(Problem.error("", "edge-from-pbx", edge=edge.id), source.node, edge.id)
        elif edge.branch is Branch.FAILURE:
            wiring.add(Problem.error("", "edge-instance-failure", edge=edge.id), source.node, edge.id)
        elif edge.target in source.starts:
            problem = Problem.error("", "edge-start-twice", edge=edge.id, id=edge.target)
            wiring.add(problem, source.node, edge.id)
        else:
            source.starts.append(edge.target)
    elif getattr(source, edge.branch.value) is not None:
        branch = Saying.of("branch-success" if edge.branch is Branch.SUCCESS else "branch-failure")
        wiring.add(Problem.error("", "edge-branch-twice", edge=edge.id, branch=branch), source.node, edge.id)
    else:
        setattr(source, edge.branch.value, edge.target)


def _pass_over_disabled(wiring: Wiring) -> None:
    """Take disabled steps out. A circle of them alone leads nowhere."""
    successor = {step_id: step.success for step_id, step in wiring.steps.items() if step.node.is_disabled}
    if not successor:
        return
    ends: dict[str, str | None] = {}

    def end_of(step_id: str | None) -> str | None:
        """The first step from here on that is not disabled."""
        passed: dict[str, None] = {}
        while step_id in successor and step_id not in ends and step_id not in passed:
            passed[step_id] = None
            step_id = successor[step_id]
        end = None if step_id is None or step_id in passed else ends.get(step_id, step_id)
        ends.update(dict.fromkeys(passed, end))
        return end

    for step in wiring.steps.values():
        step.success, step.failure = end_of(step.success), end_of(step.failure)
    for lane in wiring.lanes.values():
        starts = (end_of(start) for start in lane.starts)
        lane.starts = list(dict.fromkeys(start for start in starts if start is not None))
    for step_id in successor:
        del wiring.steps[step_id]


def _assign_instances(wiring: Wiring) -> None:
    """Give every step its instance, and report chains that run into another instance's steps."""
    for step in wiring.steps.values():
        declared = step.node.declared_instance
        if declared in wiring.lanes and wiring.lanes[declared].is_pbx:
            wiring.add(Problem.error("sipInstanceId", "step-of-pbx", pbx=_name(wiring, declared)), step.node)
        elif declared in wiring.lanes:
            step.instance_id = declared
        elif declared:
            wiring.add(Problem.error("sipInstanceId", "instance-unknown", id=declared), step.node)
    for lane in wiring.lanes.values():
        _walk(wiring, lane)
        if not lane.starts and not lane.is_pbx:
            wiring.add(Problem.warning("", "instance-without-chain"), lane.node)
    for step in wiring.steps.values():
        if not step.is_reached:
            wiring.add(Problem.warning("", "never-reached"), step.node)


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
            wiring.add(Problem.error("", "of-another-instance", owner=owner, lane=lane_name), step.node)
        if step_id not in seen:
            seen.add(step_id)
            step.is_reached = True
            waiting += ((next_id, step.instance_id) for next_id in step.next_ids)


def _name(wiring: Wiring, instance_id: str) -> str:
    label = wiring.lanes[instance_id].node.label
    return f"{label!r} ({instance_id})" if label else repr(instance_id)


def _find_cycles(wiring: Wiring) -> None:
    """Report every way back to a step that is still open, by a depth-first walk with its own stack.

    A way round through the body of a loop is none: it is followed a counted number of times.
    """
    done: set[str] = set()
    for root in wiring.steps:
        if root in done:
            continue
        position = {root: 0}
        path = [(root, wiring.steps[root].next_ids_for_good)]
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
                path.append((next_id, wiring.steps[next_id].next_ids_for_good))


def _report_cycle(wiring: Wiring, ids: list[str], *, is_whole: bool) -> None:
    wiring.has_cycle = True
    text = " → ".join([*ids, *(() if is_whole else ("…",)), ids[0]])
    wiring.add(Problem.error("", "cycle", nodes=text), wiring.steps[ids[0]].node)
