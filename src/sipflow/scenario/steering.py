"""Nodes that steer their chain: loops, and waits that go on at once. What they enclose, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import NodeKind, Steering
from sipflow.scenario.running_order import reachable
from sipflow.scenario.wiring import Step, Wiring


def body_of(wiring: Wiring, loop: Step) -> frozenset[str]:
    """The steps of a loop: those on a way from its success edge back to it that can't be come to but by the loop."""
    own_id = loop.node.id
    lane = wiring.lanes.get(loop.instance_id)
    outside = reachable(wiring, lane.starts if lane else [], without=own_id)
    inside = reachable(wiring, [loop.success], without=own_id) - outside
    before: dict[str, list[str]] = {}
    for step_id in inside:
        for next_id in wiring.steps[step_id].next_ids:
            before.setdefault(next_id, []).append(step_id)
    body: set[str] = set()
    waiting = list(before.get(own_id, ()))
    while waiting:
        step_id = waiting.pop()
        if step_id not in body:
            body.add(step_id)
            waiting += before.get(step_id, ())
    return frozenset(body)


def members_of(wiring: Wiring, step: Step) -> tuple[str, ...]:
    """The events for which an Either or Both waits at once; those of one that stands behind another are all together.

    What is no event is not among them.
    """
    found: dict[str, None] = {}
    seen = {step.node.id}
    waiting = [step.failure, step.success]
    while waiting:
        step_id = waiting.pop()
        if step_id is None or step_id in seen:
            continue
        seen.add(step_id)
        member = wiring.steps[step_id]
        if _steers(member) is _steers(step):
            waiting += [member.failure, member.success]
        elif member.node_type is not None and member.node_type.kind is NodeKind.EVENT:
            found[step_id] = None
    return tuple(found)


def check_steering(wiring: Wiring) -> None:
    """Report loops that nothing leads back to, and waits that lack one of their events."""
    for step in wiring.steps.values():
        if step.is_reached:
            for problem in _problems(wiring, step):
                wiring.add(problem, step.node)


def _problems(wiring: Wiring, step: Step) -> Iterator[Problem]:
    steering = _steers(step)
    if steering is Steering.LOOP:
        if not body_of(wiring, step):
            yield Problem.warning("", "loop-without-way-back")
    elif steering is not None:
        for next_id in (step.success, step.failure):
            part = wiring.steps.get(next_id or "")
            if part is None or not (_steers(part) is steering or _is_event(part)):
                yield Problem.error("", "wait-needs-two-events")
                return
        if steering is Steering.BOTH:
            ends = {wiring.steps[member].success for member in members_of(wiring, step)}
            if len(ends) > 1:
                yield Problem.error("", "both-must-meet")


def _is_event(step: Step) -> bool:
    return step.node_type is not None and step.node_type.kind is NodeKind.EVENT


def _steers(step: Step) -> Steering | None:
    return None if step.node_type is None else step.node_type.steers
