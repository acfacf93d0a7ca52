"""Which variables may have a value when a step runs: those given, and those that steps before it set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sipflow.scenario.expressions import variables_of
from sipflow.scenario.fields import Kind, as_pairs
from sipflow.scenario.findings import Problem
from sipflow.scenario.node_api import NodeType
from sipflow.scenario.running_order import in_running_order, spread
from sipflow.scenario.wiring import Wiring


def variables_before(wiring: Wiring) -> dict[str, frozenset[str]]:
    """By step, the names of the variables that a step before it, or one of another instance, may have set."""
    names: dict[str, int] = {}
    sets: dict[str, int] = {}
    for step_id, step in wiring.steps.items():
        if step.node_type is not None and step.is_reached:
            for name in _names_set(step.node_type, step.node.data):
                sets[step_id] = sets.get(step_id, 0) | names.setdefault(name, 1 << len(names))
    if not sets:
        return {}
    by_lane = dict.fromkeys(wiring.lanes, 0)
    for step_id, bits in sets.items():
        by_lane[wiring.steps[step_id].instance_id] |= bits
    found: dict[str, int] = {}
    for lane_id, lane in wiring.lanes.items():
        known = 0
        for other_id, bits in by_lane.items():
            known |= bits if other_id != lane_id else 0
        for start in lane.starts:
            order = in_running_order(wiring, start)
            before = spread(wiring, order, known, lambda step_id, bits: (bits | sets.get(step_id, 0), bits))
            for step_id, bits in before.items():
                found[step_id] = found.get(step_id, 0) | bits
                known |= bits | sets.get(step_id, 0)
    texts: dict[int, frozenset[str]] = {}
    for bits in set(found.values()):
        texts[bits] = frozenset(name for name, bit in names.items() if bits & bit)
    return {step_id: texts[bits] for step_id, bits in found.items()}


def unset_in_expressions(node_type: NodeType, data: Mapping[str, Any], known: frozenset[str]) -> list[Problem]:
    """The variables that a node's expressions ask for, and that nobody gives or sets before."""
    problems = []
    for attribute in node_type.params.model_fields:
        field = node_type.params.json_name(attribute)
        source = data.get(field)
        if node_type.params.kind(attribute) is Kind.EXPRESSION and isinstance(source, str):
            missing = sorted(variables_of(source) - known)
            problems += [Problem.error(field, "variable-unset", name=name) for name in missing]
    return problems


def _names_set(node_type: NodeType, data: Mapping[str, Any]) -> list[str]:
    """The variables that a node sets, read from its data as it stands."""
    names: list[object] = []
    for attribute in node_type.params.model_fields:
        value = data.get(node_type.params.json_name(attribute))
        match node_type.params.kind(attribute), value:
            case Kind.VARIABLE, str():
                names.append(value)
            case Kind.VARIABLES, _ if isinstance(pairs := as_pairs(value), list):
                names += [pair[0] for pair in pairs if isinstance(pair, list | tuple) and pair]
            case Kind.CHECKS, list():
                names += [item.get("variable") for item in value if isinstance(item, dict)]
    return [name.strip() for name in names if isinstance(name, str) and name.strip()]
