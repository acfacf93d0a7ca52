"""Where instances wait for each other, and whether they can meet there."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from sipflow.scenario.fields import Params
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import NodeType
from sipflow.scenario.running_order import reachable
from sipflow.scenario.wiring import Wiring

Meetings = Mapping[str, frozenset[str]]
"""By the name of a meeting, the instances that take part."""


def meeting_of(node_type: NodeType | None, params: Params | None) -> str:
    """The name of the meeting that a node waits at; empty for every other node."""
    if node_type is None or params is None or not node_type.meets:
        return ""
    return str(getattr(params, node_type.meets))


def meetings_of(wiring: Wiring, params: Mapping[str, Params]) -> dict[str, frozenset[str]]:
    """Who takes part in which meeting."""
    found: dict[str, set[str]] = {}
    for step_id, step in wiring.steps.items():
        name = meeting_of(step.node_type, params.get(step_id)) if step.is_reached else ""
        if name:
            found.setdefault(name, set()).add(step.instance_id)
    return {name: frozenset(ids) for name, ids in found.items()}


def check_meetings(wiring: Wiring, params: Mapping[str, Params]) -> None:
    """Report a meeting that only one instance comes to, and two at which instances wait for each other in vain."""
    meetings = meetings_of(wiring, params)
    if not meetings:
        return
    steps: dict[tuple[str, str], list[str]] = {}
    for step_id, step in wiring.steps.items():
        name = meeting_of(step.node_type, params.get(step_id)) if step.is_reached else ""
        if name:
            steps.setdefault((step.instance_id, name), []).append(step_id)
    for (_, name), ids in steps.items():
        if len(meetings[name]) == 1:
            for step_id in ids:
                field = _field(wiring, step_id)
                wiring.add(Problem.error(field, "meets-nobody", name=name), wiring.steps[step_id].node)
    for one, other in combinations(sorted(meetings), 2):
        both = sorted(meetings[one] & meetings[other])
        first = {instance: _first_of(wiring, steps[instance, one], steps[instance, other]) for instance in both}
        if {1, 2} <= set(first.values()):
            late = next(instance for instance in both if first[instance] == 2)
            early = next(instance for instance in both if first[instance] == 1)
            name = wiring.lanes[early].node.label or early
            problem = Problem.error("", "meets-in-vain", name=other, first=one, instance=name)
            wiring.add(problem, wiring.steps[steps[late, other][0]].node)


def _first_of(wiring: Wiring, one: list[str], other: list[str]) -> int:
    """1 or 2: which of two meetings an instance surely comes to before the other; 0 where that is open."""
    after_one = reachable(wiring, [n for step in one for n in wiring.steps[step].next_ids], without="")
    after_other = reachable(wiring, [n for step in other for n in wiring.steps[step].next_ids], without="")
    leads, is_led = set(other) <= after_one, set(one) <= after_other
    if leads and not after_other & set(one):
        return 1
    return 2 if is_led and not after_one & set(other) else 0


def _field(wiring: Wiring, step_id: str) -> str:
    node_type = wiring.steps[step_id].node_type
    assert node_type is not None
    return node_type.params.json_name(node_type.meets)
