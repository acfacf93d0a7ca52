"""The execution graph: what the engine runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sipflow.base.errors import NodeFailed, ScenarioInvalid
from sipflow.base.sayings import Saying
from sipflow.scenario.document import Document
from sipflow.scenario.findings import Finding, errors_first
from sipflow.scenario.hearing import MessageWait, message_waits
from sipflow.scenario.meetings import Meetings, meetings_of
from sipflow.scenario.node_api import AudioFault, InstanceParams, NodeType, NodeTypes, RunnableNode, Steering
from sipflow.scenario.steering import body_of, members_of
from sipflow.scenario.targets import pbx_of
from sipflow.scenario.template import LookUp
from sipflow.scenario.validation import check_nodes, pbx_names, resolve
from sipflow.scenario.values import no_facts
from sipflow.scenario.wiring import Step, Wiring, wire


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One step of a chain."""

    id: str
    name: str
    """What logs call it: its type and its label."""
    node_type: NodeType
    data: Mapping[str, Any]
    """The document's own settings, templates and unknown keys included."""
    instance_id: str
    success: str | None
    """The step that follows success; None ends the chain."""
    failure: str | None
    """The step that follows failure; None fails the run."""
    encloses: frozenset[str] = frozenset()
    """The steps of a loop; the events that an Either or Both waits for."""

    def build(self, variables: Mapping[str, str], facts: LookUp = no_facts) -> RunnableNode[Any]:
        """The node with its settings, ready to run.

        Raises NodeFailed, with node and field, where a variable is missing or its value does not fit.
        """
        data, problems = resolve(self.node_type, self.data, variables, facts)
        params, unreadable = self.node_type.params.read(data)
        if wrong := unreadable | problems:
            field, fault = next(iter(wrong.items()))
            raise NodeFailed(Saying.of("usable-settings"), Saying.of("finding-at", place=field, fault=fault))
        node = self.node_type.behaviour(params)
        assert isinstance(node, RunnableNode)
        return node


@dataclass(frozen=True, slots=True)
class InstanceChain:
    """An instance and the steps its chains start with."""

    instance_id: str
    label: str
    """Its label, else its directory number, else its type."""
    params: InstanceParams
    """Its settings, variables replaced; the type that the instance's node type declares."""
    start_nodes: tuple[str, ...]
    """Ids of the first steps, in edge order: their chains run one after another."""
    pbx_id: str = ""
    """The PBX of the scenario that it is used with; empty where it has none, or one from outside."""
    is_pbx: bool = False
    """Whether it is such a PBX itself."""


@dataclass(frozen=True, slots=True)
class ExecutionGraph:
    """A scenario that may be run."""

    instances: Mapping[str, InstanceChain]
    """By node id, in document order."""
    nodes: Mapping[str, GraphNode]
    """Every step that a chain reaches, by node id."""
    warnings: tuple[Finding, ...]
    meetings: Meetings
    """Which instances wait for each other, by the name of the meeting."""
    waits: tuple[MessageWait, ...]
    """Which steps wait for which messages."""

    @property
    def uses_audio(self) -> bool:
        """Whether samples are made or heard."""
        is_heard = any(chain.params.hears_audio for chain in self.instances.values())
        return is_heard or any(node.node_type.uses_audio for node in self.nodes.values())


def parse_scenario(
    flow_data: bytes | str | Mapping[str, Any],
    node_types: NodeTypes,
    *,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    audio_fault: AudioFault | None = None,
    scenario_id: str = "",
) -> ExecutionGraph:
    """Turn a document into what the engine runs. Raises ScenarioInvalid, with every finding, if it has errors.

    `environment` is where a password's `${env:NAME}` comes from; `audio_fault` looks at audio files, and without it
    nobody does.
    """
    graph, findings = _parse(flow_data, node_types, variables or {}, environment or {}, audio_fault)
    if any(finding.is_error for finding in findings):
        raise ScenarioInvalid(scenario_id, findings)
    return graph


def validate_scenario(
    flow_data: bytes | str | Mapping[str, Any],
    node_types: NodeTypes,
    *,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    audio_fault: AudioFault | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong or doubtful in a document, errors first. Never raises."""
    return _parse(flow_data, node_types, variables or {}, environment or {}, audio_fault)[1]


def _parse(
    flow_data: bytes | str | Mapping[str, Any],
    node_types: NodeTypes,
    variables: Mapping[str, str],
    environment: Mapping[str, str],
    audio_fault: AudioFault | None,
) -> tuple[ExecutionGraph, tuple[Finding, ...]]:
    document = Document.parse(flow_data)
    wiring = wire(document, node_types)
    settings = check_nodes(wiring, variables, environment, audio_fault)
    findings = errors_first(wiring.findings)
    pbxs = pbx_names(wiring)
    instances = {
        instance_id: InstanceChain(
            instance_id,
            params.label or params.number or lane.node.type_name,
            params,
            tuple(lane.starts),
            pbx_of(params, pbxs),
            lane.is_pbx,
        )
        for instance_id, lane in wiring.lanes.items()
        if isinstance(params := settings.get(instance_id), InstanceParams)
    }
    nodes = {
        step_id: GraphNode(
            step_id,
            step.node.name,
            step.node_type,
            step.node.data,
            step.instance_id,
            step.success,
            step.failure,
            _enclosed(wiring, step),
        )
        for step_id, step in wiring.steps.items()
        if step.is_reached and step.node_type is not None
    }
    warnings = tuple(finding for finding in findings if not finding.is_error)
    meetings, waits = meetings_of(wiring, settings), message_waits(wiring, settings)
    return ExecutionGraph(instances, nodes, warnings, meetings, waits), findings


def _enclosed(wiring: Wiring, step: Step) -> frozenset[str]:
    match step.node_type and step.node_type.steers:
        case None:
            return frozenset()
        case Steering.LOOP:
            return body_of(wiring, step)
        case _:
            return frozenset(members_of(wiring, step))
