"""The node types, one module each. Nothing else lives here."""

from __future__ import annotations

import sys

from sipflow.scenario.node_api import NodeTypes

__all__ = ["load_node_types"]


def load_node_types() -> NodeTypes:
    """Every node type of this package."""
    return NodeTypes.discover(sys.modules[__name__])
