"""`sipflow nodes`: what the node types say of themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sipflow.cli.exit_codes import ExitCode
from sipflow.cli.output import say
from sipflow.nodes import load_node_types
from sipflow.scenario import NodeType


def show_nodes(name: str, *, as_json: bool) -> int:
    """List all node types in a line each, or one with its settings; as JSON always with its settings."""
    node_types = [node_type for node_type in load_node_types() if name in ("", node_type.name)]
    if not node_types:
        known = ", ".join(sorted(node_type.name for node_type in load_node_types()))
        say(f"sipflow: no node type {name!r}; there are: {known}")
        return ExitCode.INVALID
    if as_json:
        print(json.dumps([_as_json(node_type) for node_type in node_types], indent=2, ensure_ascii=False))
    elif name:
        for node_type in node_types:
            print(*_page(node_type), sep="\n")
    else:
        width = max(len(node_type.name) for node_type in node_types)
        for node_type in sorted(node_types, key=lambda node_type: (node_type.kind != "sipInstance", node_type.kind)):
            print(f"{node_type.kind:12} {node_type.name:{width}}  {node_type.doc.splitlines()[0]}")
    return ExitCode.PASSED


def _as_json(node_type: NodeType) -> dict[str, Any]:
    return {
        "type": node_type.kind.value,
        "name": node_type.name,
        "description": node_type.doc,
        "icon": node_type.icon,
        "group": node_type.group,
        "schema": node_type.json_schema,
    }


def _page(node_type: NodeType) -> Iterator[str]:
    yield f"{node_type.name} ({node_type.kind})"
    yield ""
    yield node_type.doc
    schema = node_type.json_schema
    required = schema.get("required", [])
    for field, properties in schema.get("properties", {}).items():
        default = "required" if field in required else f"default {json.dumps(properties.get('default'))}"
        yield ""
        yield f"  {field} ({properties.get('x-kind', '')}, {default})"
        yield f"      {properties.get('description', '')}"
