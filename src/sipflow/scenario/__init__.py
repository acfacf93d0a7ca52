"""The scenario: document, graph, findings, the node API and the repository."""

from sipflow.scenario.document import Document
from sipflow.scenario.findings import Finding, Severity
from sipflow.scenario.graph import ExecutionGraph, GraphNode, InstanceChain, parse_scenario, validate_scenario
from sipflow.scenario.node_api import NodeKind, NodeType, NodeTypes

__all__ = [
    "Document",
    "ExecutionGraph",
    "Finding",
    "GraphNode",
    "InstanceChain",
    "NodeKind",
    "NodeType",
    "NodeTypes",
    "Severity",
    "parse_scenario",
    "validate_scenario",
]
