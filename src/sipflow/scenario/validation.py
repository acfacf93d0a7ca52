"""Every rule about a scenario's nodes: settings, directory numbers and the life of calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sipflow.base.errors import TemplateError
from sipflow.scenario.document import Node
from sipflow.scenario.fields import CallParams, Kind, Params
from sipflow.scenario.findings import Problem, Severity
from sipflow.scenario.node_api import CallSide, InstanceParams, NodeType, Surroundings
from sipflow.scenario.template import is_template, substitute, substitute_environment
from sipflow.scenario.unsupported import unsupported_fields
from sipflow.scenario.wiring import Lane, Step, Wiring


def check_nodes(
    wiring: Wiring, variables: Mapping[str, str], environment: Mapping[str, str]
) -> dict[str, InstanceParams]:
    """Check every node; what is found goes to `wiring.findings`. Returns the settings of the instances.

    An instance's templates are replaced here, for good. Those of a step are replaced as far as they can
    be, to check what follows from them; their values are judged when the node runs.
    """
    params: dict[str, Params] = {}
    for node, node_type in _typed_nodes(wiring):
        is_instance = node.id in wiring.lanes
        read, problems = _read(node_type, node.data, variables, environment, judges_templates=is_instance)
        params[node.id] = read
        for problem in problems:
            wiring.report(problem.severity, node, problem.message, problem.field)
    instances = {key: value for key, value in params.items() if isinstance(value, InstanceParams)}
    dns = _check_dns(wiring, instances)
    takes_calls = frozenset(
        step.instance_id
        for step in wiring.steps.values()
        if step.is_reached and step.node_type is not None and step.node_type.opens is CallSide.CALLEE
    )
    for node, node_type in _typed_nodes(wiring):
        step = wiring.steps.get(node.id)
        instance_id = step.instance_id if step else node.id
        pbx = wiring.lanes[instance_id].node.data.get("pbxHost") if instance_id in wiring.lanes else None
        around = Surroundings(dns, instance_id, uses_pbx=bool(pbx), takes_calls=takes_calls)
        for problem in node_type.behaviour(params[node.id]).check(around):
            wiring.report(problem.severity, node, problem.message, problem.field)
    if not wiring.has_cycle:
        for lane in wiring.lanes.values():
            _check_calls(wiring, lane, params)
    return instances


def resolve(
    node_type: NodeType, data: Mapping[str, Any], variables: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """A node's data with the templates of its known fields replaced, and what went wrong by JSON name."""
    resolved: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in map(node_type.params.json_name, node_type.params.model_fields):
        if name not in data:
            continue
        try:
            resolved[name] = substitute(data[name], variables)
        except TemplateError as error:
            problems[name] = str(error)
    return resolved, problems


def _typed_nodes(wiring: Wiring) -> Iterator[tuple[Node, NodeType]]:
    items: list[Lane | Step] = [*wiring.lanes.values(), *wiring.steps.values()]
    for item in items:
        if item.node_type is not None:
            yield item.node, item.node_type


def _read(
    node_type: NodeType,
    data: Mapping[str, Any],
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    *,
    judges_templates: bool,
) -> tuple[Params, list[Problem]]:
    resolved, wrong = resolve(node_type, data, variables)
    _resolve_passwords(node_type.params, resolved, wrong, environment)
    params, unreadable = node_type.params.read(resolved)
    for name, message in unreadable.items():
        if name not in wrong and (judges_templates or not is_template(data.get(name))):
            wrong[name] = message
    for name, message in unsupported_fields(node_type.name, {**data, **resolved}):
        wrong.setdefault(name, message)
    return params, [Problem(Severity.ERROR, name, message) for name, message in wrong.items()]


def _resolve_passwords(
    model: type[Params], resolved: dict[str, Any], wrong: dict[str, str], environment: Mapping[str, str]
) -> None:
    for name in model.model_fields:
        value = resolved.get(model.json_name(name))
        if model.kind(name) is Kind.PASSWORD and isinstance(value, str):
            try:
                resolved[model.json_name(name)] = substitute_environment(value, environment)
            except TemplateError as error:
                wrong[model.json_name(name)] = str(error)


def _check_dns(wiring: Wiring, instances: Mapping[str, InstanceParams]) -> dict[str, str]:
    """Instance ids by directory number; a number that two instances have is reported at both."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for instance_id, params in instances.items():
        if params.dn:
            owners[params.dn].append(instance_id)
    for dn, ids in owners.items():
        for instance_id in ids if len(ids) > 1 else ():
            others = ", ".join(other for other in ids if other != instance_id)
            node = wiring.lanes[instance_id].node
            wiring.report(Severity.ERROR, node, f"{dn!r} is also the dn of {others}", "dn")
    return {dn: ids[0] for dn, ids in owners.items()}


def _check_calls(wiring: Wiring, lane: Lane, params: Mapping[str, Params]) -> None:
    """Warn of steps that work on a call which no step before them can have opened.

    Walks every start's chains in running order and carries along, as bits of a number, which calls may
    have been opened by then.
    """
    bits: dict[tuple[str, CallSide], int] = {}
    opened_before = 0
    for start in lane.starts:
        may_be_open = {start: opened_before}
        for step_id in _in_running_order(wiring, start):
            step = wiring.steps[step_id]
            opened = may_be_open[step_id]
            if step.node_type is not None and step.instance_id == lane.node.id:
                _check_call(wiring, step, params[step_id], bits, opened)
                opened |= _opened_bit(step.node_type, params[step_id], bits)
            opened_before |= opened
            for next_id in step.next_ids:
                may_be_open[next_id] = may_be_open.get(next_id, 0) | opened


def _check_call(
    wiring: Wiring, step: Step, params: Params, bits: Mapping[tuple[str, CallSide], int], opened: int
) -> None:
    needs = step.node_type.needs if step.node_type else None
    if needs is None or not isinstance(params, CallParams):
        return
    call_id = params.call_id
    sides = [side for side in (CallSide.CALLER, CallSide.CALLEE) if bits.get((call_id, side), 0) & opened]
    if not sides:
        wiring.report(Severity.WARNING, step.node, f"no step before it opens a call {call_id!r}", "callId")
    elif needs is not CallSide.EITHER and needs not in sides:
        wanted = "an incoming" if needs is CallSide.CALLEE else "an outgoing"
        wiring.report(Severity.WARNING, step.node, f"works on {wanted} call only, and {call_id!r} is none", "callId")


def _opened_bit(node_type: NodeType, params: Params, bits: dict[tuple[str, CallSide], int]) -> int:
    if node_type.opens is None or not isinstance(params, CallParams):
        return 0
    return bits.setdefault((params.call_id, node_type.opens), 1 << len(bits))


def _in_running_order(wiring: Wiring, start: str) -> list[str]:
    """The steps that can be reached, each after all that may run before it. Without cycles only."""
    order: list[str] = []
    seen = {start}
    path = [(start, wiring.steps[start].next_ids)]
    while path:
        step_id, following = path[-1]
        next_id = next(following, None)
        if next_id is None:
            order.append(step_id)
            path.pop()
        elif next_id not in seen:
            seen.add(next_id)
            path.append((next_id, wiring.steps[next_id].next_ids))
    return order[::-1]
