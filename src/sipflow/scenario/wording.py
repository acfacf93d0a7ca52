"""What people read of a node type, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from sipflow.scenario.document import Branch
from sipflow.scenario.node_api import NodeType

Texts = Mapping[str, Any]
"""The texts of one language, as a file of `sipflow.nodes` holds them: `groups`, `fields` that several types share, and
for each kind and name a type's `title`, `doc`, `face`, `ways` and own `fields`. What is not there is in English."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one node type."""

    title: str
    group_title: str
    doc: str
    face: str
    ways: dict[Branch, str]
    schema: dict[str, Any]
    """JSON Schema of its settings, with `title` and `description` of each in the language. What may be chosen has its
    names in `x-choices`, by value, where the language has other words for them."""


def word(node_type: NodeType, texts: Texts) -> Wording:
    """A node type in the words of these texts, and in its own where they say nothing."""
    own = texts.get(node_type.kind.value, {}).get(node_type.name, {})
    fields = texts.get("fields", {}) | own.get("fields", {})
    schema = deepcopy(node_type.json_schema)
    for name, field in schema["properties"].items():
        said = fields.get(name, {})
        field["title"] = said.get("title", field["title"])
        field["description"] = said.get("help", field["description"])
        if "choices" in said:
            field["x-choices"] = said["choices"]
    return Wording(
        title=own.get("title", node_type.title),
        group_title=texts.get("groups", {}).get(node_type.group, node_type.group.capitalize()),
        doc=own.get("doc", node_type.doc),
        face=own.get("face", node_type.face),
        ways={branch: own.get("ways", {}).get(branch.value, text) for branch, text in node_type.ways.items()},
        schema=schema,
    )
